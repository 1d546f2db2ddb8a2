/* How fast multiply-adds can be: in registers alone, none waiting for the one before it. */
#include "kernels/simd/gemm.h"
#include "kernels/simd/set.h"

/* As many sums as a tile of gemm.c has, which cover the four cycles or so that each takes. */
#define CHAINS (GEMM_ROWS * GEMM_VECTORS)

float SIMD(multiply_adds)(int64_t turns, float factor, float term)
{
    const vec factors = vec_set(factor), terms = vec_set(term);
    vec chains[CHAINS], sum = vec_zero();
    for (int i = 0; i < CHAINS; i++)
        chains[i] = vec_set((float)i); /* were they equal, one would stand for all */
    for (int64_t turn = 0; turn < turns; turn++) {
#pragma GCC unroll 24
        for (int i = 0; i < CHAINS; i++)
            chains[i] = chains[i] * factors + terms;
    }
    for (int i = 0; i < CHAINS; i++)
        sum += chains[i];
    return vec_sum(sum);
}
