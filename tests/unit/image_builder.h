/* Files and pictures for the tests of core/image; tests/fixtures/images/make_images.py makes the same. */
#ifndef SENET_TESTS_IMAGE_BUILDER_H
#define SENET_TESTS_IMAGE_BUILDER_H

#include <stdio.h>
#include <string.h>

#include "harness.h"

#define IMAGE_FIXTURES "tests/fixtures/images/"

struct bytes {
    uint8_t *data;
    size_t size;
};

/* The caller frees data, which is allocated to the byte so that a sanitizer sees the file's end. */
static inline struct bytes read_fixture(const char *name)
{
    char path[256];
    uint8_t buffer[1 << 16];
    snprintf(path, sizeof path, IMAGE_FIXTURES "%s", name);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "%s is missing", path);
    struct bytes bytes = {.size = fread(buffer, 1, sizeof buffer, file)};
    fclose(file);
    ck_assert_msg(bytes.size > 0 && bytes.size < sizeof buffer, "%s is empty or too large", path);
    bytes.data = malloc(bytes.size);
    ck_assert_ptr_nonnull(bytes.data);
    memcpy(bytes.data, buffer, bytes.size);
    return bytes;
}

/* source() of make_images.py: height x width x 3. The caller frees it. */
static inline uint8_t *make_source(int64_t width, int64_t height)
{
    uint32_t count = (uint32_t)(width * height * 3);
    uint8_t *pixels = malloc(count);
    ck_assert_ptr_nonnull(pixels);
    for (uint32_t i = 0; i < count; i++)
        pixels[i] = (uint8_t)(i * 7 / (uint32_t)(3 * width) + (i * 2654435761u >> 24) / 2);
    return pixels;
}

/* A stream of bits, the lowest of each byte first. */
struct bits {
    uint8_t *bytes;
    size_t at;
};

static inline void put_bits(struct bits *bits, uint32_t value, int count)
{
    for (int i = 0; i < count; i++, bits->at++)
        bits->bytes[bits->at / 8] |= (uint8_t)((value >> i & 1) << (bits->at % 8));
}

#endif
