/* PNG, GIF and BMP; JPEG has a file of its own. */
#include "image/probe.h"

#include <string.h>

#include "base/checked.h"

static uint32_t big_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t little_endian_32(const uint8_t *bytes)
{
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static uint32_t little_endian_16(const uint8_t *bytes)
{
    return (uint32_t)bytes[1] << 8 | bytes[0];
}

/* A signature of 8 bytes; then chunks of length (4), type (4), contents, checksum (4), from IHDR to IEND. */
void probe_png(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 8 + 12 + 13 || memcmp(bytes + 8, "\0\0\0\15IHDR", 8) != 0) {
        probe->fault = "does not begin with its header";
        return;
    }
    probe->width = big_endian_32(bytes + 16);
    probe->height = big_endian_32(bytes + 20);
    if (!probe->width || !probe->height)
        probe->fault = "has no size";
    size_t at = 8;
    while (!probe->fault) {
        if (size - at < 12 || big_endian_32(bytes + at) > size - at - 12)
            probe->fault = "ends before its last chunk";
        else if (memcmp(bytes + at + 4, "IEND", 4) == 0)
            return;
        else
            at += 12 + (size_t)big_endian_32(bytes + at);
    }
}

/* Blocks of length (1) and contents, closed by one of length 0. Moves *at behind it; false if the file ends before. */
static bool gif_skip_blocks(const uint8_t *bytes, size_t size, size_t *at)
{
    while (*at < size && bytes[*at] != 0) {
        if (bytes[*at] >= size - *at)
            return false;
        *at += 1 + (size_t)bytes[*at];
    }
    return (*at)++ < size;
}

static size_t gif_table_size(uint8_t flags)
{
    return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

/* True if the first frame is there, from its descriptor to the end of its blocks. */
static bool gif_has_whole_frame(const uint8_t *bytes, size_t size, size_t at)
{
    while (at < size && bytes[at] == 0x21) { /* extension: introducer, label, blocks */
        at += 2;
        if (!gif_skip_blocks(bytes, size, &at))
            return false;
    }
    if (at >= size || bytes[at] != 0x2C || size - at < 10)
        return false;
    at += 10 + gif_table_size(bytes[at + 9]) + 1; /* descriptor, colour table, code size */
    return gif_skip_blocks(bytes, size, &at);
}

void probe_gif(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 13) {
        probe->fault = "ends within its header";
        return;
    }
    probe->width = little_endian_16(bytes + 6);
    probe->height = little_endian_16(bytes + 8);
    if (!probe->width || !probe->height)
        probe->fault = "has no size";
    else if (!gif_has_whole_frame(bytes, size, 13 + gif_table_size(bytes[10])))
        probe->fault = "has no whole frame";
}

/* Width, height and bits per pixel; the oldest header has 16-bit fields, a height below 0 means top-down. */
static int64_t bmp_read_size(const uint8_t *bytes, struct probe *probe)
{
    if (little_endian_32(bytes + 14) == 12) {
        probe->width = little_endian_16(bytes + 18);
        probe->height = little_endian_16(bytes + 20);
        return little_endian_16(bytes + 24);
    }
    probe->width = (int32_t)little_endian_32(bytes + 18);
    probe->height = (int32_t)little_endian_32(bytes + 22);
    if (probe->height < 0)
        probe->height = -probe->height;
    return little_endian_16(bytes + 28);
}

void probe_bmp(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 30) {
        probe->fault = "ends within its header";
        return;
    }
    int64_t bits = bmp_read_size(bytes, probe);
    int64_t offset = little_endian_32(bytes + 10), header = little_endian_32(bytes + 14);
    int64_t pixels;
    if (probe->width <= 0 || probe->height <= 0 || probe->height > INT32_MAX)
        probe->fault = "has no size";
    else if (offset < 14 + header)
        probe->fault = "has its pixels within its header";
    else if (!checked_mul_i64((probe->width * bits + 31) / 32 * 4, probe->height, &pixels) ||
             pixels > (int64_t)size - offset)
        probe->fault = "ends before its last row";
}
