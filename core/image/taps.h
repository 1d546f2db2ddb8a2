/* What the samples of a resized axis are made of: Pillow's filters in Pillow's fixed point. */
#ifndef SENET_IMAGE_TAPS_H
#define SENET_IMAGE_TAPS_H

#include "image/resize.h"

/* A sum of products of 8-bit samples and weights in -1..2 needs 10 of 32 bits above the point. */
#define TAPS_FRACTION_BITS 22
/* Weights are read in groups of so many. */
#define TAPS_GROUP 4

struct taps {
    struct span {
        int64_t first, count;
    } * span;        /* wanted sample i is made of `count` of those held from `first` on, */
    int32_t *weight; /* times weight[i * stride] onwards; zeros behind them, to `stride` */
    int64_t stride;  /* a multiple of TAPS_GROUP */
};

/* The samples of the source that the wanted ones are made of: from *first to before *end. */
void taps_range(const struct resize_axis *axis, enum senet_interpolation interpolation, int64_t *first, int64_t *end);

/* False when memory is short; taps_release is due either way. */
bool taps_init(struct taps *taps, const struct resize_axis *axis, enum senet_interpolation interpolation);
void taps_release(struct taps *taps);

#endif
