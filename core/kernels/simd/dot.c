/*
 * A matrix times a vector, for layers of one image.
 *
 * DESIGN
 * Such a layer is as fast as its matrix comes from memory, where it mostly is when its turn comes: it is read from
 * beginning to end, which processors are best at reading ahead, rather than several rows at a time. SUMS chains of
 * multiply-adds keep up with that.
 */
#include "kernels/simd/set.h"

#define SUMS 4

ALWAYS_INLINE float dot(const float *row, const float *x, int64_t length)
{
    vec sums[SUMS] = {{0}};
    int64_t k = 0;
    for (; k + SUMS * LANES <= length; k += SUMS * LANES)
#pragma GCC unroll 4
        for (int i = 0; i < SUMS; i++)
            sums[i] += vec_load(row + k + i * LANES) * vec_load(x + k + i * LANES);
    for (; k + LANES <= length; k += LANES)
        sums[0] += vec_load(row + k) * vec_load(x + k);
    if (k < length)
        sums[1] += vec_load_first(row + k, length - k) * vec_load_first(x + k, length - k);
    return vec_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

void SIMD(dot_rows)(const float *weights, int64_t stride, int64_t rows, int64_t length, const float *x, float *y)
{
    for (int64_t row = 0; row < rows; row++)
        y[row] = dot(weights + row * stride, x, length);
}
