/* What set.c gathers of this folder's sources, under the names of the instruction set being compiled for. */
#ifndef SENET_KERNELS_SIMD_SET_H
#define SENET_KERNELS_SIMD_SET_H

#include "kernels/simd/simd.h"
#include "kernels/simd/vector.h"

void SIMD(gemm_tile)(const struct gemm_tile *tile);
void SIMD(depthwise_row)(const struct depthwise_row *row);
void SIMD(pool_row)(const struct pool_row *row);
void SIMD(reduce_pixels)(const struct pixel_reduction *reduction);
void SIMD(finish_row)(const struct pixel_row *row);
void SIMD(combine_row)(const struct combination_row *row);

#endif
