/*
 * Elementwise functions of one number. Each is an operator, and each may be fused into the node that produces its
 * operand. One row: ACTIVATION(symbol, text in answers and summaries, expression in float x, a and b).
 *
 * Comparisons are written so that NaN passes through rather than becoming a bound.
 */
#ifndef SENET_GRAPH_ACTIVATION_H
#define SENET_GRAPH_ACTIVATION_H

#define ACTIVATIONS(ACTIVATION)                                                                                        \
    ACTIVATION(NONE, "none", x)                                                                                        \
    ACTIVATION(RELU, "relu", at_least(x, 0.0f))                                                                        \
    ACTIVATION(CLIP, "clip", at_most(at_least(x, a), b))                                                               \
    ACTIVATION(SIGMOID, "sigmoid", sigmoid(x))                                                                         \
    ACTIVATION(HARD_SIGMOID, "hard_sigmoid", hard_sigmoid(x, a, b))                                                    \
    ACTIVATION(HARD_SWISH, "hard_swish", x *hard_sigmoid(x, 1.0f / 6.0f, 0.5f))

enum activation_kind {
#define ACTIVATION_ENUM(symbol, text, expression) ACTIVATION_##symbol,
    ACTIVATIONS(ACTIVATION_ENUM)
#undef ACTIVATION_ENUM
};

struct activation {
    enum activation_kind kind;
    float a, b;
};

const char *activation_text(enum activation_kind kind); /* "relu", "hard_sigmoid", ... */

#endif
