#include <stdbool.h>
#include <string.h>

#include "image/bytes.h"
#include "image/probe.h"

#define CRC_POLYNOMIAL 0xEDB88320u

/* stb_image leaves the checksums alone, and random damage seldom shows otherwise. */
struct crc {
    uint32_t of_byte[256];
};

static void crc_init(struct crc *crc)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t rest = byte;
        for (int bit = 0; bit < 8; bit++)
            rest = rest & 1 ? rest >> 1 ^ CRC_POLYNOMIAL : rest >> 1;
        crc->of_byte[byte] = rest;
    }
}

static uint32_t crc_compute(const struct crc *crc, const uint8_t *bytes, size_t size)
{
    uint32_t rest = ~0u;
    for (size_t i = 0; i < size; i++)
        rest = rest >> 8 ^ crc->of_byte[(rest ^ bytes[i]) & 0xFF];
    return ~rest;
}

static bool is_chunk(const uint8_t *chunk, const char *type)
{
    return memcmp(chunk + 4, type, 4) == 0;
}

/* Bit 5 of a type's first letter says that a reader may do without the chunk. */
static bool is_ancillary(const uint8_t *chunk)
{
    return chunk[4] & 0x20;
}

/* A signature of 8 bytes; then chunks of length (4), type (4), contents, checksum (4), from IHDR to IEND. */
void probe_png(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 8 + 12 + 13 || big_endian_32(bytes + 8) != 13 || !is_chunk(bytes + 8, "IHDR")) {
        probe->fault = "does not begin with its header";
        return;
    }
    probe->width = big_endian_32(bytes + 16);
    probe->height = big_endian_32(bytes + 20);
    if (!probe->width || !probe->height)
        probe->fault = "has no size";
    struct crc crc;
    crc_init(&crc);
    for (size_t at = 8; !probe->fault;) {
        const uint8_t *chunk = bytes + at;
        if (size - at < 12 || big_endian_32(chunk) > size - at - 12) {
            probe->fault = "ends before its last chunk";
            return;
        }
        size_t contents = big_endian_32(chunk);
        if (!is_ancillary(chunk) && crc_compute(&crc, chunk + 4, 4 + contents) != big_endian_32(chunk + 8 + contents))
            probe->fault = "has a wrong checksum";
        if (!probe->exif && is_chunk(chunk, "eXIf")) {
            probe->exif = chunk + 8;
            probe->exif_size = contents;
        }
        if (is_chunk(chunk, "IEND"))
            return;
        at += 12 + contents;
    }
}
