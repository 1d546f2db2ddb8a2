/*
 * Functions of vectors of floats, for the sources of this folder.
 */
#ifndef SENET_KERNELS_SIMD_MATH_H
#define SENET_KERNELS_SIMD_MATH_H

#include "kernels/simd/vector.h"

/*
 * e^x. Cody and Waite's reduction x = n ln 2 + r, |r| <= ln 2 / 2, then a polynomial of degree 6 (the coefficients of
 * Cephes' expf). Relative error below 2e-7 wherever the result is a normal number; arguments are held to
 * -87.33..88.37, so that the smallest result is 1.2e-38 and the largest 2.4e38. NaN gives NaN.
 */
ALWAYS_INLINE vec vec_exp(vec x)
{
    ivec exponent;
    x = vec_at_most(vec_at_least(x, vec_set(-87.33f)), vec_set(88.37f));
    vec n = vec_round_small(x * 1.44269504f, &exponent);
    vec r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    vec p = vec_set(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * (vec)((exponent + 127) << 23);
}

/* 1 / (1 + e^-x). Relative error below 4e-7. */
ALWAYS_INLINE vec vec_sigmoid(vec x)
{
    return 1.0f / (1.0f + vec_exp(-x));
}

#endif
