/*
 * DESIGN
 * Walks the markers exactly as stb_image does, so that what is accepted here is what the decoder will read:
 * it never runs past a marker in entropy-coded data other than fill bytes, stuffed zeros and restarts. Where this
 * walk is the stricter of the two, it refuses. It guarantees that
 *   - every Huffman table holds at most 256 codes (stb_image 2.27 writes past its own with more),
 *   - there is a frame before the first scan, and an end-of-image marker,
 *   - the number of scans is known: each costs time in proportion to the whole image.
 */
#include <stdbool.h>
#include <string.h>

#include "image/bytes.h"
#include "image/probe.h"

#define HUFFMAN_CODES_MAX 256u

enum marker {
    MARKER_SOF0 = 0xC0,
    MARKER_SOF2 = 0xC2,
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_DAC = 0xCC,
    MARKER_SOF15 = 0xCF,
    MARKER_RST0 = 0xD0,
    MARKER_RST7 = 0xD7,
    MARKER_EOI = 0xD9,
    MARKER_SOS = 0xDA,
    MARKER_APP1 = 0xE1
};

struct walk {
    const uint8_t *bytes;
    size_t size, at;
};

/* The next marker, past padding and fill bytes; -1 at the end of the file. */
static int next_marker(struct walk *walk)
{
    while (walk->at < walk->size && walk->bytes[walk->at] != 0xFF)
        walk->at++;
    while (walk->at < walk->size && walk->bytes[walk->at] == 0xFF)
        walk->at++;
    return walk->at < walk->size ? walk->bytes[walk->at++] : -1;
}

/* Leaves `at` on the 0xFF of the marker that ends the scan, or at the end of the file. */
static void skip_entropy_coded(struct walk *walk)
{
    for (; walk->at + 1 < walk->size; walk->at++) {
        uint8_t code = walk->bytes[walk->at + 1];
        if (walk->bytes[walk->at] == 0xFF && code != 0 && code != 0xFF && !(code >= MARKER_RST0 && code <= MARKER_RST7))
            return;
    }
    walk->at = walk->size;
}

static bool is_frame(int marker)
{
    return marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_DHT && marker != MARKER_JPG &&
           marker != MARKER_DAC;
}

/* Precision (1), height (2), width (2), components (1), then what the decoder checks. */
static const char *read_frame(int marker, const uint8_t *segment, size_t size, struct probe *probe)
{
    if (probe->width)
        return "has two frames";
    if (size < 6)
        return "has a short frame header";
    probe->height = big_endian_16(segment + 1);
    probe->width = big_endian_16(segment + 3);
    if (!probe->width || !probe->height)
        return "has no size";
    if (marker > MARKER_SOF2)
        return "is arithmetic-coded, lossless or hierarchical, which is not supported";
    if (segment[0] != 8)
        return "has other than 8 bits per sample, which is not supported";
    return segment[5] == 1 || segment[5] == 3 || segment[5] == 4 ? NULL : "has neither 1 nor 3 nor 4 components";
}

static const char *check_huffman(const uint8_t *segment, size_t size)
{
    while (size > 0) {
        if (size < 17)
            return "has a short Huffman table";
        size_t codes = 0;
        for (int length = 1; length <= 16; length++)
            codes += segment[length];
        if (codes > HUFFMAN_CODES_MAX || codes > size - 17)
            return "has a Huffman table of the wrong size";
        segment += 17 + codes;
        size -= 17 + codes;
    }
    return NULL;
}

static void read_app1(const uint8_t *segment, size_t size, struct probe *probe)
{
    static const uint8_t signature[6] = {'E', 'x', 'i', 'f', 0, 0};
    if (probe->exif || size < sizeof signature || memcmp(segment, signature, sizeof signature) != 0)
        return;
    probe->exif = segment + sizeof signature;
    probe->exif_size = size - sizeof signature;
}

static const char *read_segment(int marker, const uint8_t *segment, size_t size, struct probe *probe)
{
    if (is_frame(marker))
        return read_frame(marker, segment, size, probe);
    if (marker == MARKER_DHT)
        return check_huffman(segment, size);
    if (marker == MARKER_APP1)
        read_app1(segment, size, probe);
    if (marker == MARKER_SOS)
        probe->scans++;
    return marker == MARKER_SOS && !probe->width ? "has a scan before its frame" : NULL;
}

void probe_jpeg(const uint8_t *bytes, size_t size, struct probe *probe)
{
    struct walk walk = {bytes, size, 2};
    for (;;) {
        int marker = next_marker(&walk);
        if (marker == MARKER_EOI) {
            if (probe->scans == 0)
                probe->fault = "has no scan";
            return;
        }
        if (marker < 0 || walk.size - walk.at < 2) {
            probe->fault = "ends before its end marker";
            return;
        }
        size_t length = big_endian_16(bytes + walk.at);
        if (length < 2 || length > walk.size - walk.at) {
            probe->fault = length < 2 ? "has a segment without length" : "ends within a segment";
            return;
        }
        probe->fault = read_segment(marker, bytes + walk.at + 2, length - 2, probe);
        if (probe->fault)
            return;
        walk.at += length;
        if (marker == MARKER_SOS)
            skip_entropy_coded(&walk);
    }
}
