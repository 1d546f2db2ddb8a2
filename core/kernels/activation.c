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
