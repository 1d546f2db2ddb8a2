#include "base/checked.h"
#include "image/bytes.h"
#include "image/probe.h"

#define FILE_HEADER_SIZE 14
#define OLD_HEADER_SIZE 12
#define BITFIELDS 3u /* uncompressed, with masks that say where the colours are */

struct bmp {
    int64_t offset, header, bits;
    uint32_t compression;
};

/* The oldest header has 16-bit fields and no compression; a height below 0 means top-down. */
static void read_header(const uint8_t *bytes, struct bmp *bmp, struct probe *probe)
{
    bmp->offset = little_endian_32(bytes + 10);
    bmp->header = little_endian_32(bytes + FILE_HEADER_SIZE);
    if (bmp->header == OLD_HEADER_SIZE) {
        probe->width = little_endian_16(bytes + 18);
        probe->height = little_endian_16(bytes + 20);
        bmp->bits = little_endian_16(bytes + 24);
        return;
    }
    probe->width = (int32_t)little_endian_32(bytes + 18);
    probe->height = (int32_t)little_endian_32(bytes + 22);
    if (probe->height < 0)
        probe->height = -probe->height;
    bmp->bits = little_endian_16(bytes + 28);
    bmp->compression = little_endian_32(bytes + 30);
}

void probe_bmp(const uint8_t *bytes, size_t size, struct probe *probe)
{
    if (size < 34) {
        probe->fault = "ends within its header";
        return;
    }
    struct bmp bmp = {0};
    read_header(bytes, &bmp, probe);
    int64_t pitch = (probe->width * bmp.bits + 31) / 32 * 4, pixels;
    if (probe->width <= 0 || probe->height <= 0 || probe->height > INT32_MAX)
        probe->fault = "has no size";
    else if (bmp.compression != 0 && bmp.compression != BITFIELDS)
        probe->fault = "is compressed";
    else if (bmp.bits != 1 && bmp.bits != 4 && bmp.bits != 8 && bmp.bits != 16 && bmp.bits != 24 && bmp.bits != 32)
        probe->fault = "has an unknown number of bits per pixel";
    else if (bmp.bits <= 8 && bmp.header == OLD_HEADER_SIZE) /* stb_image miscounts this palette */
        probe->fault = "has a palette of a kind that is not supported";
    else if (bmp.offset < FILE_HEADER_SIZE + bmp.header)
        probe->fault = "has its pixels within its header";
    else if (!checked_mul_i64(pitch, probe->height, &pixels) || pixels > (int64_t)size - bmp.offset)
        probe->fault = "ends before its last row";
}
