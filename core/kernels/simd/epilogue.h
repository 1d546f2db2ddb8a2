/* The end of a fused kernel, for the sources of this folder. */
#ifndef SENET_KERNELS_SIMD_EPILOGUE_H
#define SENET_KERNELS_SIMD_EPILOGUE_H

#include "kernels/simd/set.h"

/*
 * v = activation(v) for `count` vectors in memory. By a call, so that the many tiles that end so have the functions
 * once; but what most of them end with costs less than calling it.
 */
ALWAYS_INLINE void vec_activate(const struct activation *activation, vec *v, int count)
{
    if (activation->kind == ACTIVATION_RELU)
        for (int i = 0; i < count; i++)
            v[i] = vec_at_least(v[i], vec_zero());
    else if (activation->kind != ACTIVATION_NONE)
        SIMD(activate)(activation, 0.0f, (float *)v, (int64_t)count * LANES);
}

#endif
