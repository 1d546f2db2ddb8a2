#include "kernels/activation.h"

#include <math.h>

/* What the rows of graph/activation.h are written with. */

static inline float at_least(float x, float low)
{
    return x < low ? low : x;
}

static inline float at_most(float x, float high)
{
    return x > high ? high : x;
}

/* expf(-x) overflows to infinity for very negative x, which gives the right 0. */
static inline float sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static inline float hard_sigmoid(float x, float a, float b)
{
    return at_most(at_least(a * x + b, 0.0f), 1.0f);
}

static inline float hard_swish(float x)
{
    return x * hard_sigmoid(x, 1.0f / 6.0f, 0.5f);
}

static inline float swish(float x, float a)
{
    return x * sigmoid(a * x);
}

static inline float leaky_relu(float x, float slope)
{
    return x < 0.0f ? slope * x : x;
}

static inline float thresholded_relu(float x, float threshold)
{
    return x <= threshold ? 0.0f : x;
}

/* Elu, and Celu with another rate. */
static inline float elu(float x, float scale, float rate)
{
    return x < 0.0f ? scale * expm1f(x * rate) : x;
}

static inline float selu(float x, float alpha, float gamma)
{
    return gamma * elu(x, alpha, 1.0f);
}

/* log(1 + exp(x)) whose exponential neither overflows nor is lost beside the 1. */
static inline float softplus(float x)
{
    return at_least(x, 0.0f) + log1pf(expf(-fabsf(x)));
}

static inline float softsign(float x)
{
    return x / (1.0f + fabsf(x));
}

static inline float mish(float x)
{
    return x * tanhf(softplus(x));
}

/*
 * By erfc, since 1 + erf(x) has no digits left for very negative x; by the sigmoid of 2 y for the (1 + tanh(y)) / 2 of
 * the approximation, for the same reason.
 */
static inline float gelu(float x, float approximate)
{
    if (approximate != 0.0f)
        return x * sigmoid(1.595769122f * (x + 0.044715f * x * x * x));
    return 0.5f * x * erfcf(x * -0.707106781f);
}

static inline float shrink(float x, float threshold, float bias)
{
    if (x < -threshold)
        return x + bias;
    return x <= threshold ? 0.0f : x - bias;
}

static inline float sign(float x)
{
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x;
}

float activation_value(const struct activation *activation, float x)
{
    const float a = activation->a, b = activation->b;
    (void)a;
    (void)b;
    switch (activation->kind) {
#define ACTIVATION_VALUE(symbol, text, expression)                                                                     \
    case ACTIVATION_##symbol:                                                                                          \
        return expression;
        ACTIVATIONS(ACTIVATION_VALUE)
#undef ACTIVATION_VALUE
    }
    return x;
}

/* The switch stands outside the loops so that each is a plain one, which the compiler turns into vectors. */
void epilogue_apply(const struct activation *activation, float bias, float *values, int64_t count)
{
    const float a = activation->a, b = activation->b;
    (void)a;
    (void)b;
    switch (activation->kind) {
#define ACTIVATION_LOOP(symbol, text, expression)                                                                      \
    case ACTIVATION_##symbol:                                                                                          \
        for (int64_t i = 0; i < count; i++) {                                                                          \
            const float x = values[i] + bias;                                                                          \
            values[i] = expression;                                                                                    \
        }                                                                                                              \
        return;
        ACTIVATIONS(ACTIVATION_LOOP)
#undef ACTIVATION_LOOP
    }
}
