/*
 * Functions of vectors of floats, for the sources of this folder.
 *
 * Bounds are of the error relative to the exact value, with and without fused multiply-adds;
 * tests/unit/test_simd_math.c holds the functions to them. Results that would be smaller than the smallest normal
 * number may be 0. NaN gives NaN.
 */
#ifndef SENET_KERNELS_SIMD_MATH_H
#define SENET_KERNELS_SIMD_MATH_H

#include "kernels/simd/vector.h"

/*
 * Cody and Waite's reduction x = n ln 2 + r, |r| <= ln 2 / 2: returns e^r - 1 by a polynomial (the coefficients of
 * Cephes' expf) and gives 2^(n-1). Half of 2^n, since 2^128 is no float while e^88.7 is; and since what is left of the
 * exponent for n = -126, 0, makes 0 of every e^x below -87 without a comparison. Above 89, n = 128 overflows as it
 * should.
 */
ALWAYS_INLINE vec vec_exp_reduced(vec x, vec *half_power)
{
    ivec n;
    x = vec_at_most(vec_at_least(x, vec_set(-87.0f)), vec_set(89.0f));
    vec rounded = vec_round_small(x * 1.44269504f, &n);
    vec r = x - rounded * 0.693359375f;
    r = r - rounded * -2.12194440e-4f;
    vec p = vec_set(1.9875691500e-4f);
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    *half_power = (vec)((n + 126) << 23);
    return p * (r * r) + r;
}

/* e^x: 1e-7. 0 below -87, infinity where expf gives it. */
ALWAYS_INLINE vec vec_exp(vec x)
{
    vec half_power;
    vec p = vec_exp_reduced(x, &half_power) + 1.0f;
    return (p + p) * half_power;
}

/* e^x - 1: 2e-7, around 0 too. */
ALWAYS_INLINE vec vec_expm1(vec x)
{
    vec half_power;
    vec p = vec_exp_reduced(x, &half_power);
    vec half = p * half_power + (half_power - 0.5f);
    return half + half;
}

/*
 * 1 + e^-ax, from 1 to infinity: sigmoids are quotients by it. In as few instructions as can be, since what ends a
 * convolution may be a sixth of its time: in powers of two, `a` and the change of base are one factor, and the fraction
 * of the exponent is exact; the polynomial has a relative error of 1.1e-7 on -1/2..1/2. A division by the sum, which
 * keeps no multiplier busy, is cheaper than an estimate of its reciprocal and a step of Newton's method. Error: 3e-7,
 * and 7e-8 |ax| for the rounding of the exponent.
 */
ALWAYS_INLINE vec vec_one_plus_exp(vec x, float a)
{
    vec whole;
    const vec r = vec_split_exponent(x * (-1.44269504f * a), &whole);
    vec p = vec_set(1.326465910e-3f);
    p = p * r + 9.671565923e-3f;
    p = p * r + 5.550734388e-2f;
    p = p * r + 2.402224127e-1f;
    p = p * r + 6.931469770e-1f;
    p = p * r + 1.0f;
    return vec_times_power(p, whole) + 1.0f;
}

/* 1 / (1 + e^-ax): 5e-7, and 7e-8 |ax|. */
ALWAYS_INLINE vec vec_sigmoid(vec x, float a)
{
    return 1.0f / vec_one_plus_exp(x, a);
}

/* (1 - e^-2|x|) / (1 + e^-2|x|) with the sign of x: 2e-7, around 0 too. */
ALWAYS_INLINE vec vec_tanh(vec x)
{
    vec e = vec_expm1(-2.0f * vec_abs(x));
    return vec_with_sign_of(x, e / (e + 2.0f));
}

/* log(1 + x) for x in 0..1, as 2 artanh(x / (2 + x)), whose series needs few terms there: 2e-7. */
ALWAYS_INLINE vec vec_log1p(vec x)
{
    vec s = x / (x + 2.0f), z = s * s;
    vec p = vec_set(1.401222939e-1f);
    p = p * z + 1.399957055e-1f;
    p = p * z + 2.001084953e-1f;
    p = p * z + 3.333320657e-1f;
    s = s + s;
    return s + s * z * p;
}

/* log(1 + e^x) whose exponential neither overflows nor is lost beside the 1: 3e-7. */
ALWAYS_INLINE vec vec_softplus(vec x)
{
    return vec_at_least(x, vec_zero()) + vec_log1p(vec_exp(-vec_abs(x)));
}

/*
 * 1 - erf(x), with digits left where erf(x) is as good as 1. For a = |x|, e^(a^2) erfc(a) = t Q(t), t = 1 / (1 + 0.3
 * a), with a polynomial fitted to the smallest relative error for a <= 9.5, where erfc ends. Error: (5 + x^2) * 1e-7,
 * since an exponential makes of the relative error of its argument an absolute one.
 */
ALWAYS_INLINE vec vec_erfc(vec x)
{
    vec a = vec_abs(x), t = 1.0f / (a * 0.3f + 1.0f);
    vec q = vec_set(-1.294340672e-1f);
    q = q * t + 4.850963856e-1f;
    q = q * t + -5.112263061e-1f;
    q = q * t + 5.463948861e-1f;
    q = q * t + -9.363114083e-2f;
    q = q * t + 2.144362339e-1f;
    q = q * t + 1.484824404e-1f;
    q = q * t + 1.706919337e-1f;
    q = q * t + 1.691896148e-1f;
    vec tail = q * t * vec_exp(-a * a);
    return vec_select(x < 0.0f, 2.0f - tail, tail);
}

/* 1 - erfc, and around 0, where that has no digits, an odd polynomial: 2e-7. */
ALWAYS_INLINE vec vec_erf(vec x)
{
    vec a = vec_abs(x), z = x * x;
    vec p = vec_set(-6.090358222e-4f);
    p = p * z + 5.011962457e-3f;
    p = p * z + -2.677890865e-2f;
    p = p * z + 1.128214080e-1f;
    p = p * z + -3.761252328e-1f;
    p = p * z + 1.128379154e+0f;
    return vec_select(a < 0.9f, x * p, vec_with_sign_of(x, 1.0f - vec_erfc(a)));
}

#endif
