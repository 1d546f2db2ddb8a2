/* Elementwise functions, fused and alone. */
#include "kernels/activation.h"
#include "kernels/simd/epilogue.h"
#include "kernels/simd/math.h"

ALWAYS_INLINE vec elu(vec x, float scale, float rate)
{
    return vec_select(x < 0.0f, vec_expm1(x * rate) * scale, x);
}

/* (1 + tanh(y)) / 2 is the sigmoid of 2 y. */
ALWAYS_INLINE vec gelu_by_tanh(vec x)
{
    return x / vec_one_plus_exp(x + 0.044715f * x * x * x, 1.595769122f);
}

ALWAYS_INLINE vec gelu(vec x, float approximate)
{
    return approximate != 0.0f ? gelu_by_tanh(x) : 0.5f * x * vec_erfc(x * -0.707106781f);
}

/* tanh(log(1 + e)) = e (e + 2) / (e (e + 2) + 2) for e = e^x; from 20 on that is 1. */
ALWAYS_INLINE vec mish(vec x)
{
    vec e = vec_exp(vec_at_most(x, vec_set(20.0f))), product = e * (e + 2.0f);
    return x * (product / (product + 2.0f));
}

ALWAYS_INLINE vec shrink(vec x, float threshold, float bias)
{
    vec outer = vec_select(x < -threshold, x + bias, x - bias);
    return vec_select((x >= -threshold) & (x <= threshold), vec_zero(), outer);
}

/*
 * The rows of graph/activation.h that are worth vectors: ROW(symbol, expression in vec x, float a and b). All others
 * are what their definition says, one number after the other.
 */
#define VECTOR_FUNCTIONS(ROW)                                                                                          \
    ROW(NONE, x)                                                                                                       \
    INLINE_FUNCTIONS(ROW)                                                                                              \
    ROW(ABS, vec_abs(x))                                                                                               \
    ROW(CELU, elu(x, a, 1.0f / a))                                                                                     \
    ROW(ELU, elu(x, a, 1.0f))                                                                                          \
    ROW(ERF, vec_erf(x))                                                                                               \
    ROW(EXP, vec_exp(x))                                                                                               \
    ROW(GELU, gelu(x, a))                                                                                              \
    ROW(HARD_SIGMOID, vec_hard_sigmoid(x, a, b))                                                                       \
    ROW(LEAKY_RELU, vec_select(x < 0.0f, x * a, x))                                                                    \
    ROW(MISH, mish(x))                                                                                                 \
    ROW(NEG, -x)                                                                                                       \
    ROW(RECIPROCAL, 1.0f / x)                                                                                          \
    ROW(SELU, b *elu(x, a, 1.0f))                                                                                      \
    ROW(SHRINK, shrink(x, a, b))                                                                                       \
    ROW(SIGMOID, vec_sigmoid(x, 1.0f))                                                                                 \
    ROW(SOFTPLUS, vec_softplus(x))                                                                                     \
    ROW(SOFTSIGN, x / (vec_abs(x) + 1.0f))                                                                             \
    ROW(SWISH, x / vec_one_plus_exp(x, a))                                                                             \
    ROW(TANH, vec_tanh(x))                                                                                             \
    ROW(THRESHOLDED_RELU, vec_select(x <= a, vec_zero(), x))

/* The switch stands outside the loops, so that each is a plain one. */
void SIMD(activate)(const struct activation *activation, float bias, float *values, int64_t count)
{
    const float a = activation->a, b = activation->b;
    switch (activation->kind) {
#define VECTOR_LOOP(symbol, expression)                                                                                \
    case ACTIVATION_##symbol:                                                                                          \
        for (int64_t i = 0; i < count; i += LANES) {                                                                   \
            const vec x = vec_load_first(values + i, count - i) + bias;                                                \
            vec_store_first(values + i, expression, count - i);                                                        \
        }                                                                                                              \
        return;
        VECTOR_FUNCTIONS(VECTOR_LOOP)
#undef VECTOR_LOOP
    default:
        epilogue_apply(activation, bias, values, count);
    }
}
