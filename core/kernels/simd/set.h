/* What set.c gathers of this folder's sources, under the names of the instruction set being compiled for. */
#ifndef SENET_KERNELS_SIMD_SET_H
#define SENET_KERNELS_SIMD_SET_H

#include "kernels/simd/simd.h"
#include "kernels/simd/vector.h"

void SIMD(activate)(const struct activation *activation, float bias, float *values, int64_t count);
void SIMD(dot_rows)(const float *weights, int64_t stride, int64_t rows, int64_t length, const float *x, float *y);
void SIMD(interleave)(const float *const *planes, int channels, int64_t count, float *pixels);
void SIMD(gemm_tile)(const struct gemm_tile *tile);
float SIMD(multiply_adds)(int64_t turns, float factor, float term);
void SIMD(winograd2_patch)(const struct winograd_patch *patch);
void SIMD(winograd4_patch)(const struct winograd_patch *patch);
void SIMD(winograd_strided_patch)(const struct winograd_patch *patch);
void SIMD(winograd2_tile)(const struct winograd_tile *tile);
void SIMD(winograd4_tile)(const struct winograd_tile *tile);
void SIMD(winograd_strided_tile)(const struct winograd_tile *tile);
void SIMD(strassen_pixels)(const struct strassen_pixels *pixels);
void SIMD(scale_rows)(const float *rows, const float *factors, int64_t count, int64_t width, float *scaled);
void SIMD(softmax_columns)(const float *input, int64_t stride, int64_t count, int64_t columns, float *output);
void SIMD(softmax_row)(const float *input, int64_t count, float *output);
void SIMD(depthwise_row)(const struct depthwise_row *row);
void SIMD(grouped_row)(const struct grouped_row *row);
void SIMD(pool_row)(const struct pool_row *row);
void SIMD(reduce_pixels)(const struct pixel_reduction *reduction);
void SIMD(finish_row)(const struct pixel_row *row);
void SIMD(combine_row)(const struct combination_row *row);

#endif
