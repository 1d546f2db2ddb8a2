/* Indices that a network computed: whatever they are, what is read or written lies inside the tensor. */
#ifndef SENET_KERNELS_INDEX_H
#define SENET_KERNELS_INDEX_H

#include <stdint.h>

/* Counts from the end if negative; 0..dim-1. */
static inline int64_t index_within(int64_t index, int64_t dim)
{
    if (index < 0)
        index = index < -dim ? 0 : index + dim;
    return index < dim ? index : dim - 1;
}

/* The place of a tuple of `length` indices in row-major order over `dims`. */
static inline int64_t tuple_row(const int64_t *tuple, int64_t length, const int64_t *dims)
{
    int64_t row = 0;
    for (int64_t i = 0; i < length; i++)
        row = row * dims[i] + index_within(tuple[i], dims[i]);
    return row;
}

#endif
