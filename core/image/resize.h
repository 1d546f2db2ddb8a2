/*
 * Pillow's resize, byte for byte, of the part of an image that is wanted. The horizontal pass is always the first,
 * as in Pillow before 13, which begins with the vertical one where the height shrinks much more than the width.
 */
#ifndef SENET_IMAGE_RESIZE_H
#define SENET_IMAGE_RESIZE_H

#include "senet.h"

/* Filter weights take memory in proportion to a side. */
#define IMAGE_SIDE_MAX (1 << 20)

/* One axis: `in` samples become `out`, of which `count` from `first` on are wanted. All but `first` at least 1. */
struct resize_axis {
    int64_t in, out, first, count;
};

/*
 * `pixels` is y->in x x->in x 3; `region` receives y->count rows of x->count x 3 bytes, `stride` bytes apart.
 * The cost follows from what is read and wanted, never from `out`. Errors: OUT_OF_MEMORY.
 */
enum senet_code resize_region(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                              enum senet_interpolation interpolation, uint8_t *region, size_t stride,
                              struct senet_error *error);

#endif
