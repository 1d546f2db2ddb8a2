#ifndef SENET_KERNELS_ORDER_H
#define SENET_KERNELS_ORDER_H

#include <math.h>
#include <string.h>

#include "kernels/kernel.h"

/*
 * A number that orders elements of either type as they are themselves ordered, so that what only compares need not be
 * written twice. NaN is above all, as where a comparison lets it pass through. The bits of a float are in the order
 * of its magnitude; those of negative ones count downwards, and both zeros are 0.
 */
static inline int64_t element_rank(const struct tensor *tensor, int64_t element)
{
    if (tensor->dtype == DTYPE_INT64)
        return ((const int64_t *)tensor->data)[element];
    float value = ((const float *)tensor->data)[element];
    int32_t bits;
    if (isnan(value))
        return INT64_MAX;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? (int64_t)INT32_MIN - bits : bits;
}

/* Copies one element between tensors of the same type. */
static inline void element_copy(const struct tensor *from, int64_t element, const struct tensor *to, int64_t place)
{
    size_t size = dtype_size(from->dtype);
    memcpy((char *)to->data + (size_t)place * size, (const char *)from->data + (size_t)element * size, size);
}

#endif
