#include "kernels/simd/set.h"

#include "kernels/simd/gemm.h"

#define TEXT(name) #name
#define EXPANDED_TEXT(name) TEXT(name)

extern const struct simd SIMD(simd);

const struct simd SIMD(simd) = {
    .name = EXPANDED_TEXT(SIMD_SET),
    .lanes = LANES,
    .gemm_rows = GEMM_ROWS,
    .gemm_columns = GEMM_VECTORS * LANES,
    .gemm_tile = SIMD(gemm_tile),
    .interleave = SIMD(interleave),
    .multiply_adds_per_turn = GEMM_ROWS * GEMM_VECTORS * LANES,
    .multiply_adds = SIMD(multiply_adds),
    .winograd = {[WINOGRAD_2] = {2, 4, 1, SIMD(winograd2_patch), SIMD(winograd2_tile)},
                 [WINOGRAD_4] = {4, 6, 1, SIMD(winograd4_patch), SIMD(winograd4_tile)},
                 [WINOGRAD_STRIDED] = {2, 5, 2, SIMD(winograd_strided_patch), SIMD(winograd_strided_tile)}},
    .strassen_pixels = SIMD(strassen_pixels),
    .activate = SIMD(activate),
    .dot_rows = SIMD(dot_rows),
    .scale_rows = SIMD(scale_rows),
    .softmax_row = SIMD(softmax_row),
    .softmax_columns = SIMD(softmax_columns),
    .depthwise_row = SIMD(depthwise_row),
    .grouped_row = SIMD(grouped_row),
    .pool_row = SIMD(pool_row),
    .reduce_pixels = SIMD(reduce_pixels),
    .finish_row = SIMD(finish_row),
    .combine_row = SIMD(combine_row),
};
