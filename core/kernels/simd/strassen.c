/* Sums that Strassen's product, in Winograd's form, multiplies in place of quarters. */
#include "kernels/simd/set.h"

void SIMD(strassen_pixels)(const struct strassen_pixels *pixels)
{
    const struct strassen_pixels local = *pixels;
    for (int64_t i = 0; i < local.half; i += LANES) {
        const int64_t lanes = local.half - i;
        const vec a11 = vec_load_first(local.upper + i, lanes),
                  a12 = vec_load_first(local.upper + local.half + i, lanes);
        const vec a21 = vec_load_first(local.lower + i, lanes),
                  a22 = vec_load_first(local.lower + local.half + i, lanes);
        const vec s1 = a21 + a22, s2 = s1 - a11;
        vec_store(local.sums + i, s1);
        vec_store(local.sums + local.stride + i, s2);
        vec_store(local.sums + 2 * local.stride + i, a21 - a11);
        vec_store(local.sums + 3 * local.stride + i, a12 - s2);
    }
}
