/* Which elements of an axis an output of Resize is made of, and with what weights. */
#ifndef SENET_KERNELS_TAPS_H
#define SENET_KERNELS_TAPS_H

#include "graph/resampling.h"

struct tap {
    int64_t element; /* 0..in-1 */
    double weight;   /* those of an output have the sum 1 */
};

/* How many taps each output along `axis` has: 1 when it is the nearest element or the axis stays as it is. */
int64_t taps_count(const struct resampling *resampling, int axis);

/*
 * Those of output `index`. False when it lies outside the input and is the extrapolation value (crop_and_resize
 * alone); the taps are valid nevertheless.
 */
bool taps_at(const struct resampling *resampling, int axis, int64_t index, struct tap *taps);

#endif
