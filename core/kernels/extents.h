/* Walking windows of one to three axes one tap at a time, for the naive kernels. */
#ifndef SENET_KERNELS_EXTENTS_H
#define SENET_KERNELS_EXTENTS_H

#include "graph/geometry.h"

static inline struct senet_shape extents_inputs(const struct extent axes[SPATIAL_AXES])
{
    return (struct senet_shape){SPATIAL_AXES, {axes[0].in, axes[1].in, axes[2].in}};
}

static inline struct senet_shape extents_taps(const struct extent axes[SPATIAL_AXES])
{
    return (struct senet_shape){SPATIAL_AXES, {axes[0].kernel, axes[1].kernel, axes[2].kernel}};
}

static inline struct senet_shape extents_outputs(const struct extent axes[SPATIAL_AXES])
{
    return (struct senet_shape){SPATIAL_AXES, {axes[0].out, axes[1].out, axes[2].out}};
}

/* Which element of an input plane the tap sees from the output. -1 when that is padding. */
static inline int64_t extents_input(const struct extent axes[SPATIAL_AXES], const int64_t *output, const int64_t *tap)
{
    int64_t element = 0;
    for (int axis = 0; axis < SPATIAL_AXES; axis++) {
        const struct extent *extent = &axes[axis];
        int64_t at = output[axis] * extent->stride - extent->pad_begin + tap[axis] * extent->dilation;
        if (at < 0 || at >= extent->in)
            return -1;
        element = element * extent->in + at;
    }
    return element;
}

/* The other way: the element of an output plane from which the tap sees the input. -1 when there is none. */
static inline int64_t extents_output(const struct extent axes[SPATIAL_AXES], const int64_t *input, const int64_t *tap)
{
    int64_t element = 0;
    for (int axis = 0; axis < SPATIAL_AXES; axis++) {
        const struct extent *extent = &axes[axis];
        int64_t at = input[axis] + extent->pad_begin - tap[axis] * extent->dilation;
        if (at < 0 || at % extent->stride || at / extent->stride >= extent->out)
            return -1;
        element = element * extent->out + at / extent->stride;
    }
    return element;
}

#endif
