/*
 * DESIGN
 * Walks the markers without decoding anything: it never runs past a marker in entropy-coded data other than fill
 * bytes, stuffed zeros and restarts. Where this walk is stricter than libjpeg, it refuses. It guarantees that
 *   - there is a frame, of a kind that the decoder knows, before the first scan,
 *   - every segment is whole. Whether the last scan is, shows in decoding alone: the end marker may be missing,
 *   - the number of scans is known: each costs time in proportion to the whole image.
 */
#include <stdbool.h>
#include <string.h>

#include "image/bytes.h"
#include "image/probe.h"

enum marker {
    MARKER_SOF0 = 0xC0,
    MARKER_SOF3 = 0xC3,
    MARKER_DHT = 0xC4,
    MARKER_JPG = 0xC8,
    MARKER_SOF10 = 0xCA,
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
    while (walk->size - walk->at > 1) {
        const uint8_t *found = memchr(walk->bytes + walk->at, 0xFF, walk->size - walk->at - 1);
        if (!found)
            break;
        walk->at = (size_t)(found - walk->bytes);
        uint8_t code = found[1];
        if (code != 0 && code != 0xFF && !(code >= MARKER_RST0 && code <= MARKER_RST7))
            return;
        walk->at++;
    }
    walk->at = walk->size;
}

static bool is_frame(int marker)
{
    return marker >= MARKER_SOF0 && marker <= MARKER_SOF15 && marker != MARKER_DHT && marker != MARKER_JPG &&
           marker != MARKER_DAC;
}

/* Components: identifier (1), horizontal and vertical sampling factors (4 bits each), table (1). */
static bool has_coarse_colours(const uint8_t *components, size_t count)
{
    bool coarse = false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            uint8_t one = components[3 * i + 1], other = components[3 * j + 1];
            coarse = coarse || one >> 4 >= 4 * (other >> 4) || (one & 15) >= 4 * (other & 15);
        }
    return coarse;
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
    if ((marker >= MARKER_SOF3 && marker < MARKER_JPG) || marker > MARKER_SOF10)
        return "is lossless or hierarchical, which is not supported";
    if (segment[0] != 8)
        return "has other than 8 bits per sample, which is not supported";
    if (segment[5] != 1 && segment[5] != 3 && segment[5] != 4)
        return "has neither 1 nor 3 nor 4 components";
    if ((size - 6) / 3 < segment[5])
        return "has a short frame header";
    probe->coarse_colours = has_coarse_colours(segment + 6, segment[5]);
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
        if (marker == MARKER_EOI || marker < 0) {
            probe->has_end = marker == MARKER_EOI;
            if (probe->scans == 0)
                probe->fault = marker < 0 ? "ends before its first scan" : "has no scan";
            return;
        }
        if (walk.size - walk.at < 2) {
            probe->fault = "ends within a segment";
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
