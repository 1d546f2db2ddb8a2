/* A few neighbouring pixels of a channels-last tensor, one vector of channels of each, for the sources of this folder.
 */
#ifndef SENET_KERNELS_SIMD_PIXELS_H
#define SENET_KERNELS_SIMD_PIXELS_H

#include "kernels/simd/epilogue.h"

/* Images of most networks are 7 * 2^n pixels wide; no tile has more than PIXELS_MAX of them. */
enum { PIXELS = 7, PIXELS_MAX = 14 };

/* Channels from c on, none when that lies behind the last one: a vector of four may. */
ALWAYS_INLINE int64_t channels_from(int64_t channels, int64_t c)
{
    return channels > c ? channels - c : 0;
}

/*
 * Where a vector of channels first..last-1 begins that would begin at `next`: the last one goes back so far that it
 * ends where they do, and computes some of them again.
 */
ALWAYS_INLINE int64_t vector_at(int64_t next, int64_t last, const int lanes)
{
    return next < last - lanes ? next : last - lanes;
}

/*
 * Channels c..c+lanes-1 of pixels x..x+count-1 go through the epilogue. `lanes` is LANES, or OCTET where there are no
 * more; the vectors of channels that the epilogue holds have `channels` elements, which may end anywhere.
 */
ALWAYS_INLINE void finish_pixels(const struct epilogue *epilogue, int64_t channels, vec *v, int64_t x, int64_t c,
                                 const int count, const int lanes)
{
    const int64_t left = channels_from(channels, c);
    if (epilogue->bias) {
        const vec bias = vec_load_first(epilogue->bias + c, left);
#pragma GCC unroll 16
        for (int t = 0; t < count; t++)
            v[t] += bias;
    }
    if (epilogue->scale) {
        const vec scale = vec_load_first(epilogue->scale + c, left);
#pragma GCC unroll 16
        for (int t = 0; t < count; t++)
            v[t] *= scale;
    }
    if (epilogue->residual) {
        const float *residual = epilogue->residual + x * epilogue->residual_stride + c;
#pragma GCC unroll 16
        for (int t = 0; t < count; t++, residual += epilogue->residual_stride)
            v[t] += vec_load_first(residual, lanes);
    }
    if (epilogue->activation.kind == ACTIVATION_RELU) {
#pragma GCC unroll 16
        for (int t = 0; t < count; t++)
            v[t] = vec_at_least(v[t], vec_zero());
    } else if (epilogue->activation.kind != ACTIVATION_NONE) {
        vec values[PIXELS_MAX]; /* in memory, so that v need not be */
#pragma GCC unroll 16
        for (int t = 0; t < count; t++)
            values[t] = v[t];
        vec_activate(&epilogue->activation, values, count);
#pragma GCC unroll 16
        for (int t = 0; t < count; t++)
            v[t] = values[t];
    }
}

ALWAYS_INLINE void store_pixels(float *out, int64_t stride, const vec *v, const int count, const int lanes)
{
#pragma GCC unroll 16
    for (int t = 0; t < count; t++, out += stride)
        vec_store_first(out, v[t], lanes);
}

#endif
