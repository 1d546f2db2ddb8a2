/*
 * DESIGN
 * Pillow resizes 8-bit images in two passes, along rows and then along columns, each with weights in fixed point,
 * and rounds to bytes in between. Both roundings are part of the result, so they are done here at the same places.
 * The passes are interleaved: rows of the source are resized, two at a time, when the first row of the region needs
 * them, and kept in a ring for as long as one row of the region can need them. There the three colours are planes, as
 * in the tensor, which the second pass writes: its sums become bytes, and the bytes floats, in registers.
 */
#include "image/resize.h"

#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "image/simd/simd.h"
#include "image/taps.h"

struct resize {
    const struct image_simd *simd;
    const uint8_t *pixels, *end;
    int64_t height;   /* of the source */
    size_t pitch;     /* bytes from row to row of the source */
    int64_t width;    /* of the region */
    struct taps x, y; /* of the region's columns and rows */
    int32_t *halves;  /* of x's weights */
    uint8_t *ring;    /* `slots` rows of three planes; row r of the source is in slot r % slots */
    int64_t plane;    /* bytes from plane to plane */
    int64_t slots;
    int64_t resized;      /* source rows below it, that were needed, were resized */
    uint8_t *last_row[2]; /* copies of rows that the loops would read beyond the end of */
    const uint8_t **rows; /* what a row of the region is made of */
};

static uint8_t *slot_of(const struct resize *resize, int64_t row)
{
    return resize->ring + (size_t)(row % resize->slots) * (size_t)resize->plane * 3;
}

static const uint8_t *readable_row(const struct resize *resize, int64_t row, uint8_t *copy)
{
    const uint8_t *pixels = resize->pixels + (size_t)row * resize->pitch;
    if ((size_t)(resize->end - pixels) >= resize->pitch + IMAGE_SIMD_OVERREAD)
        return pixels;
    memcpy(copy, pixels, resize->pitch);
    return copy;
}

/* Two rows at a time: they share the weights. The last one may come twice. */
static void resize_rows(struct resize *resize, int64_t first)
{
    int64_t second = first + 1 < resize->height ? first + 1 : first;
    const struct image_columns columns = {
        .rows = {readable_row(resize, first, resize->last_row[0]), readable_row(resize, second, resize->last_row[1])},
        .taps = &resize->x,
        .halves = resize->halves,
        .count = resize->width,
        .planes = {slot_of(resize, first), slot_of(resize, second)},
        .plane = resize->plane,
    };
    resize->simd->columns(&columns);
    resize->resized = second + 1;
}

static void finish_row(struct resize *resize, int64_t y, const struct resize_output *output)
{
    const struct span *span = &resize->y.span[y];
    int64_t end = span->first + span->count;
    if (resize->resized < span->first)
        resize->resized = span->first;
    while (resize->resized < end)
        resize_rows(resize, resize->resized);
    for (int channel = 0; channel < 3; channel++) {
        for (int64_t tap = 0; tap < span->count; tap++)
            resize->rows[tap] = slot_of(resize, span->first + tap) + channel * resize->plane;
        const struct image_row row = {
            .rows = resize->rows,
            .weights = resize->y.weight + y * resize->y.stride,
            .taps = span->count,
            .count = resize->width,
            .mean = output->mean[channel],
            .std = output->std[channel],
            .out = output->first + channel * output->plane + y * output->row,
        };
        resize->simd->row(&row);
    }
}

/*
 * A weight as lower + upper * 2^16, both of 16 signed bits, for instructions that multiply and add pairs of those:
 * of taps 0 and 1 the lower, then the upper halves, and of taps 2 and 3.
 */
static int32_t pair(int32_t first, int32_t second, bool upper)
{
    uint32_t halves[2];
    const int32_t weights[2] = {first, second};
    for (int i = 0; i < 2; i++) {
        int32_t low = (int32_t)((uint32_t)weights[i] << 16) >> 16;
        halves[i] = (uint32_t)(upper ? (weights[i] - low) >> 16 : low) & 0xFFFF;
    }
    return (int32_t)(halves[0] | halves[1] << 16);
}

static void split_weights(const int32_t *weight, int64_t count, int32_t *halves)
{
    for (int64_t i = 0; i < count; i += 2) {
        halves[i] = pair(weight[i], weight[i + 1], false);
        halves[i + 1] = pair(weight[i], weight[i + 1], true);
    }
}

/* False when memory is short. */
static bool prepare(struct resize *resize, const struct resize_axis *x, const struct resize_axis *y,
                    enum senet_interpolation interpolation)
{
    if (!taps_init(&resize->x, x, interpolation) || !taps_init(&resize->y, y, interpolation))
        return false;
    resize->plane = (x->count + IMAGE_SIMD_PAD - 1) / IMAGE_SIMD_PAD * IMAGE_SIMD_PAD;
    resize->slots = resize->y.stride + 1; /* the second of two rows may be one more than is needed */
    size_t bytes;
    if (!checked_mul_size((size_t)resize->plane * 3, (size_t)resize->slots, &bytes))
        return false;
    resize->ring = calloc(bytes, 1);
    resize->rows = calloc((size_t)resize->y.stride, sizeof *resize->rows);
    for (int i = 0; i < 2; i++)
        resize->last_row[i] = calloc(resize->pitch + IMAGE_SIMD_OVERREAD, 1);
    size_t weights = (size_t)(x->count * resize->x.stride); /* allocated once already */
    resize->halves = malloc(weights * sizeof *resize->halves);
    if (!resize->ring || !resize->rows || !resize->last_row[0] || !resize->last_row[1] || !resize->halves)
        return false;
    split_weights(resize->x.weight, (int64_t)weights, resize->halves);
    return true;
}

static void release(struct resize *resize)
{
    taps_release(&resize->x);
    taps_release(&resize->y);
    free(resize->halves);
    free(resize->ring);
    free(resize->rows);
    free(resize->last_row[0]);
    free(resize->last_row[1]);
}

enum senet_code resize_region(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                              enum senet_interpolation interpolation, const char *isa,
                              const struct resize_output *output, struct senet_error *error)
{
    size_t pitch = (size_t)x->held * 3;
    struct resize resize = {
        .simd = image_simd_find(isa),
        .pixels = pixels,
        .end = pixels + pitch * (size_t)y->held,
        .height = y->held,
        .pitch = pitch,
        .width = x->count,
    };
    bool prepared = prepare(&resize, x, y, interpolation);
    for (int64_t i = 0; prepared && i < y->count; i++)
        finish_row(&resize, i, output);
    release(&resize);
    return prepared ? SENET_OK
                    : senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to resize the image");
}
