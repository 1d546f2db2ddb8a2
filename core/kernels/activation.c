#include "kernels/activation.h"

#include <math.h>

/* Comparisons are written so that NaN passes through rather than becoming a bound. */
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

float activation_value(const struct activation *activation, float x)
{
    switch (activation->kind) {
    case ACTIVATION_NONE:
        return x;
    case ACTIVATION_RELU:
        return at_least(x, 0.0f);
    case ACTIVATION_CLIP:
        return at_most(at_least(x, activation->a), activation->b);
    case ACTIVATION_SIGMOID:
        return sigmoid(x);
    case ACTIVATION_HARD_SIGMOID:
        return hard_sigmoid(x, activation->a, activation->b);
    case ACTIVATION_HARD_SWISH:
        return hard_swish(x);
    }
    return x;
}

/* The switch stands outside the loops so that each is a plain one, which the compiler turns into vectors. */
void epilogue_apply(const struct activation *activation, float bias, float *values, int64_t count)
{
    const float a = activation->a, b = activation->b;
    switch (activation->kind) {
    case ACTIVATION_NONE:
        for (int64_t i = 0; i < count; i++)
            values[i] += bias;
        return;
    case ACTIVATION_RELU:
        for (int64_t i = 0; i < count; i++)
            values[i] = at_least(values[i] + bias, 0.0f);
        return;
    case ACTIVATION_CLIP:
        for (int64_t i = 0; i < count; i++)
            values[i] = at_most(at_least(values[i] + bias, a), b);
        return;
    case ACTIVATION_SIGMOID:
        for (int64_t i = 0; i < count; i++)
            values[i] = sigmoid(values[i] + bias);
        return;
    case ACTIVATION_HARD_SIGMOID:
        for (int64_t i = 0; i < count; i++)
            values[i] = hard_sigmoid(values[i] + bias, a, b);
        return;
    case ACTIVATION_HARD_SWISH:
        for (int64_t i = 0; i < count; i++)
            values[i] = hard_swish(values[i] + bias);
        return;
    }
}
