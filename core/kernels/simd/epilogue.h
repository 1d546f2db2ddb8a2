/* The end of a fused kernel, for the sources of this folder. */
#ifndef SENET_KERNELS_SIMD_EPILOGUE_H
#define SENET_KERNELS_SIMD_EPILOGUE_H

#include "kernels/simd/set.h"

ALWAYS_INLINE vec vec_hard_sigmoid(vec x, float a, float b)
{
    return vec_at_most(vec_at_least(x * a + b, vec_zero()), vec_set(1.0f));
}

/*
 * What most convolutions end with costs less than a call: ROW(symbol, expression in vec x, float a and b). The other
 * functions are in activate.c.
 */
#define INLINE_FUNCTIONS(ROW)                                                                                          \
    ROW(CLIP, vec_at_most(vec_at_least(x, vec_set(a)), vec_set(b)))                                                    \
    ROW(HARD_SWISH, x *vec_hard_sigmoid(x, 1.0f / 6.0f, 0.5f))                                                         \
    ROW(RELU, vec_at_least(x, vec_zero()))

/* v = activation(v) for `count` vectors in memory. */
ALWAYS_INLINE void vec_activate(const struct activation *activation, vec *v, int count)
{
    const float a = activation->a, b = activation->b;
    switch (activation->kind) {
    case ACTIVATION_NONE:
        return;
#define INLINE_LOOP(symbol, expression)                                                                                \
    case ACTIVATION_##symbol:                                                                                          \
        for (int i = 0; i < count; i++) {                                                                              \
            const vec x = v[i];                                                                                        \
            v[i] = expression;                                                                                         \
        }                                                                                                              \
        return;
        INLINE_FUNCTIONS(INLINE_LOOP)
#undef INLINE_LOOP
    default:
        SIMD(activate)(activation, 0.0f, (float *)v, (int64_t)count * LANES);
    }
}

#endif
