/*
 * Elementwise functions of one number. Each is an operator, and each may be fused into the node that produces its
 * operand. One row: FUNCTION(symbol of the operator, text in answers and summaries, expression in float x, a and b).
 * What a and b are called in files, and what they are when a file does not say, is in activation.c.
 *
 * Comparisons are written so that NaN passes through rather than becoming a bound.
 */
#ifndef SENET_GRAPH_ACTIVATION_H
#define SENET_GRAPH_ACTIVATION_H

#define ELEMENTWISE_FUNCTIONS(FUNCTION)                                                                                \
    FUNCTION(ABS, "abs", fabsf(x))                                                                                     \
    FUNCTION(ACOS, "acos", acosf(x))                                                                                   \
    FUNCTION(ACOSH, "acosh", acoshf(x))                                                                                \
    FUNCTION(ASIN, "asin", asinf(x))                                                                                   \
    FUNCTION(ASINH, "asinh", asinhf(x))                                                                                \
    FUNCTION(ATAN, "atan", atanf(x))                                                                                   \
    FUNCTION(ATANH, "atanh", atanhf(x))                                                                                \
    FUNCTION(CEIL, "ceil", ceilf(x))                                                                                   \
    FUNCTION(CELU, "celu", elu(x, a, 1.0f / a))                                                                        \
    FUNCTION(CLIP, "clip", at_most(at_least(x, a), b))                                                                 \
    FUNCTION(COS, "cos", cosf(x))                                                                                      \
    FUNCTION(COSH, "cosh", coshf(x))                                                                                   \
    FUNCTION(ELU, "elu", elu(x, a, 1.0f))                                                                              \
    FUNCTION(ERF, "erf", erff(x))                                                                                      \
    FUNCTION(EXP, "exp", expf(x))                                                                                      \
    FUNCTION(FLOOR, "floor", floorf(x))                                                                                \
    FUNCTION(GELU, "gelu", gelu(x, a))                                                                                 \
    FUNCTION(HARD_SIGMOID, "hard_sigmoid", hard_sigmoid(x, a, b))                                                      \
    FUNCTION(HARD_SWISH, "hard_swish", hard_swish(x))                                                                  \
    FUNCTION(LEAKY_RELU, "leaky_relu", leaky_relu(x, a))                                                               \
    FUNCTION(LOG, "log", logf(x))                                                                                      \
    FUNCTION(MISH, "mish", mish(x))                                                                                    \
    FUNCTION(NEG, "neg", -x)                                                                                           \
    FUNCTION(RECIPROCAL, "reciprocal", 1.0f / x)                                                                       \
    FUNCTION(RELU, "relu", at_least(x, 0.0f))                                                                          \
    FUNCTION(ROUND, "round", rintf(x))                                                                                 \
    FUNCTION(SELU, "selu", selu(x, a, b))                                                                              \
    FUNCTION(SHRINK, "shrink", shrink(x, a, b))                                                                        \
    FUNCTION(SIGMOID, "sigmoid", sigmoid(x))                                                                           \
    FUNCTION(SIGN, "sign", sign(x))                                                                                    \
    FUNCTION(SIN, "sin", sinf(x))                                                                                      \
    FUNCTION(SINH, "sinh", sinhf(x))                                                                                   \
    FUNCTION(SOFTPLUS, "softplus", softplus(x))                                                                        \
    FUNCTION(SOFTSIGN, "softsign", softsign(x))                                                                        \
    FUNCTION(SQRT, "sqrt", sqrtf(x))                                                                                   \
    FUNCTION(SWISH, "silu", swish(x, a))                                                                               \
    FUNCTION(TAN, "tan", tanf(x))                                                                                      \
    FUNCTION(TANH, "tanh", tanhf(x))                                                                                   \
    FUNCTION(THRESHOLDED_RELU, "thresholded_relu", thresholded_relu(x, a))

/* Those, and what a node without an activation has: ACTIVATION(symbol, text, expression). */
#define ACTIVATIONS(ACTIVATION)                                                                                        \
    ACTIVATION(NONE, "none", x)                                                                                        \
    ELEMENTWISE_FUNCTIONS(ACTIVATION)

enum activation_kind {
#define ACTIVATION_ENUM(symbol, text, expression) ACTIVATION_##symbol,
    ACTIVATIONS(ACTIVATION_ENUM)
#undef ACTIVATION_ENUM
};

/* Not one of the above, so that a switch over all is complete without it. */
enum {
#define ACTIVATION_ONE(symbol, text, expression) +1
    ACTIVATION_COUNT = 0 ACTIVATIONS(ACTIVATION_ONE)
#undef ACTIVATION_ONE
};

struct activation {
    enum activation_kind kind;
    float a, b;
};

const char *activation_text(enum activation_kind kind); /* "relu", "hard_sigmoid", ... */

#endif
