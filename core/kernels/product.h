#ifndef SENET_KERNELS_PRODUCT_H
#define SENET_KERNELS_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * product (rows x columns) = a (rows x depth) * b (depth x columns), all row-major, for
 * constants that are multiplied when a model is loaded: long sums lose little, see product.c. All sizes are at most
 * INT_MAX. False when memory is short.
 */
bool product_of_constants(const float *a, const float *b, int64_t rows, int64_t depth, int64_t columns, float *product);

#endif
