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
    .depthwise_row = SIMD(depthwise_row),
    .pool_row = SIMD(pool_row),
    .reduce_pixels = SIMD(reduce_pixels),
    .finish_row = SIMD(finish_row),
    .combine_row = SIMD(combine_row),
};
