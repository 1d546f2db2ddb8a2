/*
 * Vectors of floats for sources that are compiled once per instruction set (see simd.h). GCC's and clang's vector
 * extensions give arithmetic; what they have no operator for is here, by intrinsics where an instruction does it.
 *
 * Only for the .c files of simd folders: SIMD_SET, the suffix of their symbols, comes from the Makefile.
 */
#ifndef SENET_KERNELS_SIMD_VECTOR_H
#define SENET_KERNELS_SIMD_VECTOR_H

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define SIMD_PASTE(name, set) name##_##set
#define SIMD_EXPAND(name, set) SIMD_PASTE(name, set)
/* The name under which this instruction set's copy of a function is known. */
#define SIMD(name) SIMD_EXPAND(name, SIMD_SET)

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif
/* Channels-last pixels begin and end at multiples of this many channels. */
#define OCTET 8

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef float vec __attribute__((vector_size(LANES * 4)));
typedef int32_t ivec __attribute__((vector_size(LANES * 4)));
/* In memory: at any float's address, and the same object as the floats. */
typedef float vec_in_memory __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

ALWAYS_INLINE vec vec_load(const float *from)
{
    return *(const vec_in_memory *)from;
}

ALWAYS_INLINE void vec_store(float *to, vec v)
{
    *(vec_in_memory *)to = v;
}

ALWAYS_INLINE vec vec_set(float x)
{
    return x - (vec){0}; /* which, unlike a sum with 0, compilers know to be x */
}

ALWAYS_INLINE vec vec_zero(void)
{
    return (vec){0};
}

/* The first `count` lanes, 1..LANES; the others are 0. */
ALWAYS_INLINE vec vec_load_first(const float *from, int64_t count)
{
    if (count >= LANES)
        return vec_load(from);
#if LANES == 16
    return _mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#elif LANES == 8
    const ivec lane = {0, 1, 2, 3, 4, 5, 6, 7};
    return _mm256_maskload_ps(from, (__m256i)(lane < (int32_t)count));
#else
    vec v = {0};
    memcpy(&v, from, (size_t)count * sizeof *from);
    return v;
#endif
}

ALWAYS_INLINE void vec_store_first(float *to, vec v, int64_t count)
{
    if (count >= LANES)
        vec_store(to, v);
    else
#if LANES == 16
        _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), v);
#else
        memcpy(to, &v, (size_t)count * sizeof *to); /* masked stores of AVX take longer */
#endif
}

/* The first half of a vector, zeros behind; a * b + c on first halves. Only sets of 16 lanes use them. */
ALWAYS_INLINE vec vec_load_half(const float *from)
{
#if LANES == 16
    return _mm512_zextps256_ps512(_mm256_loadu_ps(from));
#else
    return vec_load_first(from, LANES / 2);
#endif
}

ALWAYS_INLINE vec vec_multiply_add_half(vec a, vec b, vec c)
{
#if LANES == 16
    return _mm512_castps256_ps512(
        _mm256_fmadd_ps(_mm512_castps512_ps256(a), _mm512_castps512_ps256(b), _mm512_castps512_ps256(c)));
#else
    return a * b + c;
#endif
}

/* Where `mask` is all ones, `yes`; where it is zero, `no`. */
ALWAYS_INLINE vec vec_select(ivec mask, vec yes, vec no)
{
    return (vec)(((ivec)yes & mask) | ((ivec)no & ~mask));
}

ALWAYS_INLINE vec vec_abs(vec x)
{
    return (vec)((ivec)x & INT32_MAX);
}

/* |x|, as the sign of `sign` has it. */
ALWAYS_INLINE vec vec_with_sign_of(vec sign, vec x)
{
    return (vec)(((ivec)x & INT32_MAX) | ((ivec)sign & INT32_MIN));
}

/* x, but at least `low`; NaN stays NaN (maxps gives its second operand when either is NaN). */
ALWAYS_INLINE vec vec_at_least(vec x, vec low)
{
#if defined(__AVX512F__)
    return _mm512_max_ps(low, x);
#elif defined(__AVX__)
    return _mm256_max_ps(low, x);
#elif defined(__x86_64__)
    return _mm_max_ps(low, x);
#elif defined(__aarch64__)
    return vmaxq_f32(low, x);
#else
    return vec_select(x < low, low, x);
#endif
}

ALWAYS_INLINE vec vec_at_most(vec x, vec high)
{
#if defined(__AVX512F__)
    return _mm512_min_ps(high, x);
#elif defined(__AVX__)
    return _mm256_min_ps(high, x);
#elif defined(__x86_64__)
    return _mm_min_ps(high, x);
#elif defined(__aarch64__)
    return vminq_f32(high, x);
#else
    return vec_select(x > high, high, x);
#endif
}

/* The larger of both, NaN where either is. */
ALWAYS_INLINE vec vec_larger(vec a, vec b)
{
    return vec_select(a != a, a, vec_at_least(b, a));
}

ALWAYS_INLINE vec vec_smaller(vec a, vec b)
{
    return vec_select(a != a, a, vec_at_most(b, a));
}

/* To the nearest integer, ties to even, for |x| < 2^22. Adding 1.5 * 2^23 leaves no fraction bits. */
ALWAYS_INLINE vec vec_round_small(vec x, ivec *integer)
{
    const vec magic = vec_set(12582912.0f);
    vec shifted = x + magic;
    *integer = (ivec)shifted - (ivec)magic;
    return shifted - magic;
}

/*
 * x as a whole number, for vec_times_power, and what is left, -1/2..1/2, returned. Beyond -126..128 the whole number
 * may be the nearer bound, or what is left 0.
 */
ALWAYS_INLINE vec vec_split_exponent(vec x, vec *whole)
{
#if defined(__AVX512DQ__)
    const vec rest = _mm512_reduce_ps(x, _MM_FROUND_TO_NEAREST_INT);
    *whole = x - rest;
    return rest;
#else
    ivec integer;
    const vec bounded = vec_at_most(vec_at_least(x, vec_set(-126.0f)), vec_set(128.0f));
    const vec rounded = vec_round_small(bounded, &integer);
    *whole = (vec)((integer + 127) << 23);
    return bounded - rounded;
#endif
}

/* x * 2^n for the whole number n that vec_split_exponent gave: infinity from n = 128 on. */
ALWAYS_INLINE vec vec_times_power(vec x, vec whole)
{
#if defined(__AVX512DQ__)
    return _mm512_scalef_ps(x, whole);
#else
    return x * whole;
#endif
}

ALWAYS_INLINE float vec_sum(vec v)
{
#if defined(__AVX512F__)
    return _mm512_reduce_add_ps(v);
#else
    float sums[LANES];
    memcpy(sums, &v, sizeof v);
    for (int width = LANES / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++)
            sums[i] += sums[i + width];
    return sums[0];
#endif
}

#endif
