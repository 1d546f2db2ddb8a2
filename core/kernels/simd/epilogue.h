/* The end of a fused kernel, for the sources of this folder. */
#ifndef SENET_KERNELS_SIMD_EPILOGUE_H
#define SENET_KERNELS_SIMD_EPILOGUE_H

#include "kernels/activation.h"
#include "kernels/simd/math.h"
#include "kernels/simd/simd.h"

/* v = activation(v) for `count` vectors. The switch stands outside the loops, so that each is a plain one. */
static inline void vec_activate(const struct activation *activation, vec *v, int count)
{
    const vec a = vec_set(activation->a), b = vec_set(activation->b), one = vec_set(1.0f);
    switch (activation->kind) {
    case ACTIVATION_NONE:
        return;
    case ACTIVATION_RELU:
        for (int i = 0; i < count; i++)
            v[i] = vec_at_least(v[i], vec_zero());
        return;
    case ACTIVATION_CLIP:
        for (int i = 0; i < count; i++)
            v[i] = vec_at_most(vec_at_least(v[i], a), b);
        return;
    case ACTIVATION_HARD_SWISH:
        for (int i = 0; i < count; i++)
            v[i] *= vec_at_most(vec_at_least(v[i] * (1.0f / 6.0f) + 0.5f, vec_zero()), one);
        return;
    case ACTIVATION_HARD_SIGMOID:
        for (int i = 0; i < count; i++)
            v[i] = vec_at_most(vec_at_least(v[i] * a + b, vec_zero()), one);
        return;
    case ACTIVATION_LEAKY_RELU:
        for (int i = 0; i < count; i++)
            v[i] = vec_select(v[i] < vec_zero(), v[i] * a, v[i]);
        return;
    case ACTIVATION_SIGMOID:
        for (int i = 0; i < count; i++)
            v[i] = vec_sigmoid(v[i]);
        return;
    case ACTIVATION_SWISH:
        for (int i = 0; i < count; i++)
            v[i] *= vec_sigmoid(v[i] * a);
        return;
    default: /* rare at the end of a convolution: one number after the other */
        for (int i = 0; i < count; i++) {
            float lanes[LANES];
            memcpy(lanes, &v[i], sizeof lanes);
            for (int lane = 0; lane < LANES; lane++)
                lanes[lane] = activation_value(activation, lanes[lane]);
            memcpy(&v[i], lanes, sizeof lanes);
        }
    }
}

#endif
