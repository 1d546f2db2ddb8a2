/*
 * Pillow's resize, byte for byte, of the part of an image that is wanted, and what a network is fed of it. The
 * horizontal pass is always the first, as in Pillow before 13, which begins with the vertical one where the height
 * shrinks much more than the width.
 */
#ifndef SENET_IMAGE_RESIZE_H
#define SENET_IMAGE_RESIZE_H

#include "senet.h"

/* Filter weights take memory in proportion to a side. */
#define IMAGE_SIDE_MAX (1 << 20)

/* One axis: `in` samples become `out`, of which `count` from `first` on are wanted. All but `first` at least 1. */
struct resize_axis {
    int64_t in, out, first, count;
    int64_t offset, held; /* samples that are in memory: those that the wanted ones are made of, or more */
    double covered; /* samples that become `out`: `in`, or less than 1 fewer where the last is of part of a pixel */
};

/* Where channel c of column x, row y goes, as ((byte / 255 - mean[c]) / std[c]): first[c * plane + y * row + x]. */
struct resize_output {
    float *first;
    int64_t plane, row; /* floats */
    float mean[3], std[3];
};

/*
 * `pixels` is y->held x x->held x 3; the output receives y->count rows of x->count columns.
 * The cost follows from what is read and wanted, never from `out`. `isa` is NULL for the best instruction set, or one
 * that the machine has. Errors: OUT_OF_MEMORY.
 */
enum senet_code resize_region(const uint8_t *pixels, const struct resize_axis *x, const struct resize_axis *y,
                              enum senet_interpolation interpolation, const char *isa,
                              const struct resize_output *output, struct senet_error *error);

#endif
