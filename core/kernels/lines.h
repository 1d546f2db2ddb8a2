#ifndef SENET_KERNELS_LINES_H
#define SENET_KERNELS_LINES_H

#include "kernels/prepare.h"

/* A tensor as lines of `count` elements, `stride` apart; there are `outer` times `stride` of them. */
struct lines {
    int64_t outer, count, stride;
};

/* The lines that run over `axes` axes from `axis` on. */
static inline struct lines lines_along(const struct senet_shape *shape, int64_t axis, int64_t axes)
{
    struct lines lines = {1, 1, 1};
    for (int64_t i = 0; i < shape->rank; i++)
        *(i < axis ? &lines.outer : i < axis + axes ? &lines.count : &lines.stride) *= shape->dim[i];
    return lines;
}

/* The first element of a line. */
static inline int64_t lines_begin(const struct lines *lines, int64_t line)
{
    return line / lines->stride * lines->count * lines->stride + line % lines->stride;
}

#endif
