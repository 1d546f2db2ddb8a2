#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "fuzz.h"
#include "senet.h"

enum { SIDE = 24 };

static uint32_t read_number(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_number(uint8_t *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (24 - 8 * i));
}

/* Makes the checksums of a PNG right, which a fuzzer would never find out. */
static void seal(uint8_t *bytes, size_t size)
{
    if (size < 8 || memcmp(bytes, "\x89PNG\r\n\x1A\n", 8) != 0)
        return;
    for (size_t at = 8; size - at >= 12 && read_number(bytes + at) <= size - at - 12;) {
        size_t contents = read_number(bytes + at);
        write_number(bytes + at + 8 + contents, (uint32_t)crc32_z(0, bytes + at + 4, contents + 4));
        at += 12 + contents;
    }
}

/* The last bits of the file choose what it is decoded for, so that every way is taken. */
static void decode(const uint8_t *bytes, size_t size, unsigned choice)
{
    const struct senet_image_limits limits = {.max_pixels = 1 << 20, .max_memory = 32 << 20};
    const struct senet_preprocess preprocess = {
        .channels = 3,
        .height = SIDE,
        .width = SIDE,
        .interpolation = (enum senet_interpolation)(choice % SENET_INTERPOLATION_COUNT),
        .crop_mode = (enum senet_crop_mode)(choice / 8 % 3),
        .crop_pct = 0.9,
        .std = {1, 1, 1},
    };
    const struct senet_decode_options options = {.exif = choice & 0x40 ? SENET_EXIF_APPLY : SENET_EXIF_IGNORE,
                                                 .jpeg_scaling = (enum senet_jpeg_scaling)(size % 3),
                                                 .preprocess = choice & 0x80 ? NULL : &preprocess};
    struct senet_image image;
    struct senet_error error;
    static float tensor[3 * SIDE * SIDE];
    if (senet_image_decode_for(bytes, size, &options, &limits, &image, &error) != SENET_OK)
        return;
    senet_image_preprocess(&image, &preprocess, tensor, &error);
    senet_image_release(&image);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        return 0;
    memcpy(copy, bytes, size);
    seal(copy, size);
    decode(copy, size, size ? bytes[size - 1] : 0);
    free(copy);
    return 0;
}
