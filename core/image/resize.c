/*
 * DESIGN
 * Pillow resizes 8-bit images in two passes, along rows and then along columns, each with weights in fixed point,
 * and rounds to bytes in between. Both roundings are part of the result, so they are done here at the same places.
 * The passes are interleaved: a row of the source is resized when the first row of the region needs it, and kept in
 * a ring for as long as one row of the region can need it.
 */
#include "image/resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

/* A sum of products of 8-bit samples and weights in -1..2 needs 10 of 32 bits above the point. */
#define FRACTION_BITS 22
#define HALF (1 << (FRACTION_BITS - 1))

/* Pillow finds the sources of NEAREST by repeated addition, and its rounding errors show. Larger images than
 * Pillow can hold need not repeat them. */
#define NEAREST_ADDITIONS_MAX (1 << 24)

typedef double filter_curve(double distance);

static double bilinear(double distance)
{
    distance = fabs(distance);
    return distance < 1 ? 1 - distance : 0;
}

static double bicubic(double distance)
{
    const double a = -0.5;
    distance = fabs(distance);
    if (distance < 1)
        return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
    if (distance < 2)
        return (((distance - 5) * distance + 8) * distance - 4) * a;
    return 0;
}

static const struct {
    filter_curve *curve; /* NULL: a copy of the nearest sample */
    double support;      /* the filter is 0 this far from its centre and beyond */
} filters[] = {
    [SENET_NEAREST] = {NULL, 0},
    [SENET_BILINEAR] = {bilinear, 1},
    [SENET_BICUBIC] = {bicubic, 2},
};

/* What the wanted samples of one axis are made of: `span[i]` of the source, times `weight[i * stride]` onwards. */
struct taps {
    struct span {
        int64_t first, count;
    } * span;
    int32_t *weight;
    int64_t stride; /* the longest count possible */
};

static void taps_release(struct taps *taps)
{
    free(taps->span);
    free(taps->weight);
}

static void weigh(const struct span *span, filter_curve *curve, double center, double inverse, double *exact,
                  int32_t *weight)
{
    double sum = 0;
    for (int64_t i = 0; i < span->count; i++) {
        exact[i] = curve(((double)(i + span->first) - center + 0.5) * inverse);
        sum += exact[i];
    }
    for (int64_t i = 0; i < span->count; i++) {
        double share = (sum != 0 ? exact[i] / sum : exact[i]) * (1 << FRACTION_BITS);
        weight[i] = (int32_t)(share < 0 ? share - 0.5 : share + 0.5);
    }
}

/* False when memory is short; taps_release is due either way. */
static bool taps_init(struct taps *taps, const struct resize_axis *axis, enum senet_interpolation interpolation)
{
    double scale = (double)axis->in / (double)axis->out;
    double widening = scale > 1 ? scale : 1; /* filters grow with the downscaling: no aliasing */
    double support = filters[interpolation].support * widening;
    int64_t longest = (int64_t)ceil(support) * 2 + 1;
    taps->stride = longest < axis->in ? longest : axis->in;
    size_t weights;
    if (!checked_mul_size((size_t)axis->count, (size_t)taps->stride, &weights) ||
        weights > SIZE_MAX / sizeof *taps->weight)
        return false;
    taps->span = calloc((size_t)axis->count, sizeof *taps->span);
    taps->weight = calloc(weights, sizeof *taps->weight);
    double *exact = calloc((size_t)taps->stride, sizeof *exact);
    bool complete = taps->span && taps->weight && exact;
    for (int64_t i = 0; complete && i < axis->count; i++) {
        struct span *span = &taps->span[i];
        double center = ((double)(axis->first + i) + 0.5) * scale;
        int64_t first = (int64_t)(center - support + 0.5), end = (int64_t)(center + support + 0.5);
        span->first = first > 0 ? first : 0;
        span->count = (end < axis->in ? end : axis->in) - span->first;
        weigh(span, filters[interpolation].curve, center, 1 / widening, exact, taps->weight + i * taps->stride);
    }
    free(exact);
    return complete;
}

static uint8_t to_byte(int32_t sum)
{
    int32_t sample = sum >> FRACTION_BITS;
    return (uint8_t)(sample < 0 ? 0 : sample > 255 ? 255 : sample);
}

/* One row of the source becomes `count` samples of three bytes. */
static void resize_row(const uint8_t *row, const struct taps *taps, int64_t count, uint8_t *resized)
{
    for (int64_t i = 0; i < count; i++, resized += 3) {
        const int32_t *weight = taps->weight + i * taps->stride;
        const uint8_t *pixel = row + taps->span[i].first * 3;
        int32_t red = HALF, green = HALF, blue = HALF;
        for (int64_t tap = 0; tap < taps->span[i].count; tap++, pixel += 3) {
            red += pixel[0] * weight[tap];
            green += pixel[1] * weight[tap];
            blue += pixel[2] * weight[tap];
        }
        resized[0] = to_byte(red);
        resized[1] = to_byte(green);
        resized[2] = to_byte(blue);
    }
}

/* Everything about one call; what a pass does not need is NULL or zeros. */
struct resize {
    const uint8_t *pixels; /* the source's first row, from the first column that the region needs where rows are kept */
    size_t pitch;          /* bytes from one row of the source to the next */
    int64_t width;         /* columns of the region */
    struct taps x, y;
    uint8_t *ring;          /* `slots` rows of the region's width; row r of the source is in slot r % slots */
    int64_t slots, resized; /* source rows below `resized` were resized */
    int32_t *sum;           /* a row of the region before rounding */
};

/* Row `row` of the source as wide as the region; valid until `slots` rows further were asked for. */
static const uint8_t *resized_row(struct resize *resize, int64_t row)
{
    if (!resize->ring)
        return resize->pixels + (size_t)row * resize->pitch;
    size_t bytes = (size_t)resize->width * 3;
    uint8_t *slot = resize->ring + (size_t)(row % resize->slots) * bytes;
    if (row >= resize->resized) {
        resize_row(resize->pixels + (size_t)row * resize->pitch, &resize->x, resize->width, slot);
        resize->resized = row + 1;
    }
    return slot;
}

static void sum_rows(struct resize *resize, int64_t y, uint8_t *region)
{
    const struct span *span = &resize->y.span[y];
    const int32_t *weight = resize->y.weight + y * resize->y.stride;
    int32_t *restrict sum = resize->sum;
    int64_t samples = resize->width * 3;
    for (int64_t i = 0; i < samples; i++)
        sum[i] = HALF;
    for (int64_t tap = 0; tap < span->count; tap++) {
        const uint8_t *restrict row = resized_row(resize, span->first + tap);
        for (int64_t i = 0; i < samples; i++)
            sum[i] += row[i] * weight[tap];
    }
    for (int64_t i = 0; i < samples; i++)
        region[i] = to_byte(sum[i]);
}

/* Prepares the passes that are needed: an axis that keeps its size is not filtered. False when memory is short. */
static bool prepare(struct resize *resize, const struct resize_axis *x, const struct resize_axis *y,
                    enum senet_interpolation interpolation)
{
    bool filter_x = x->in != x->out, filter_y = y->in != y->out;
    size_t row = (size_t)x->count * 3, bytes;
    if (!filter_x)
        resize->pixels += x->first * 3;
    if (filter_x && !taps_init(&resize->x, x, interpolation))
        return false;
    if (filter_y && !taps_init(&resize->y, y, interpolation))
        return false;
    if (filter_y && !(resize->sum = calloc(row, sizeof *resize->sum)))
        return false;
    resize->slots = filter_y ? resize->y.stride : 1;
    if (filter_x && (!checked_mul_size(row, (size_t)resize->slots, &bytes) || !(resize->ring = malloc(bytes))))
        return false;
    return true;
}

static bool resize_filtered(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                            enum senet_interpolation interpolation, uint8_t *region, size_t stride)
{
    struct resize resize = {.pixels = pixels, .pitch = (size_t)x->in * 3, .width = x->count};
    bool prepared = prepare(&resize, x, y, interpolation);
    for (int64_t i = 0; prepared && i < y->count; i++, region += stride) {
        if (resize.sum)
            sum_rows(&resize, i, region);
        else
            memcpy(region, resized_row(&resize, y->first + i), (size_t)x->count * 3);
    }
    taps_release(&resize.x);
    taps_release(&resize.y);
    free(resize.ring);
    free(resize.sum);
    return prepared;
}

/* The source of each wanted sample. */
static void find_nearest(const struct resize_axis *axis, int64_t *source)
{
    double scale = (double)axis->in / (double)axis->out, at = scale * 0.5;
    bool add = axis->first + axis->count <= NEAREST_ADDITIONS_MAX;
    for (int64_t i = 0; add && i < axis->first; i++)
        at += scale;
    for (int64_t i = 0; i < axis->count; i++, at += scale) {
        int64_t nearest = (int64_t)(add ? at : ((double)(axis->first + i) + 0.5) * scale);
        source[i] = nearest < axis->in ? nearest : axis->in - 1;
    }
}

static bool resize_nearest(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                           uint8_t *region, size_t stride)
{
    int64_t *column = calloc((size_t)x->count, sizeof *column), *row = calloc((size_t)y->count, sizeof *row);
    if (column && row) {
        find_nearest(x, column);
        find_nearest(y, row);
        for (int64_t j = 0; j < y->count; j++, region += stride)
            for (int64_t i = 0; i < x->count; i++)
                memcpy(region + i * 3, pixels + (row[j] * x->in + column[i]) * 3, 3);
    }
    bool complete = column && row;
    free(column);
    free(row);
    return complete;
}

enum senet_code resize_region(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                              enum senet_interpolation interpolation, uint8_t *region, size_t stride,
                              struct senet_error *error)
{
    bool done = filters[interpolation].curve ? resize_filtered(pixels, x, y, interpolation, region, stride)
                                             : resize_nearest(pixels, x, y, region, stride);
    return done ? SENET_OK
                : senet_error_set(error, SENET_OUT_OF_MEMORY, "there is not enough memory to resize the image");
}
