#include "graph/activation.h"

#include <string.h>

#include "graph/ops.h"

const char *activation_text(enum activation_kind kind)
{
    static const char *const texts[] = {
#define ACTIVATION_TEXT(symbol, text, expression) [ACTIVATION_##symbol] = text,
        ACTIVATIONS(ACTIVATION_TEXT)
#undef ACTIVATION_TEXT
    };
    return texts[kind];
}

static const enum activation_kind kinds[OP_COUNT] = {
#define ACTIVATION_KIND(symbol, text, expression) [OP_##symbol] = ACTIVATION_##symbol,
    ELEMENTWISE_FUNCTIONS(ACTIVATION_KIND)
#undef ACTIVATION_KIND
};

/* The attributes that a and b come from, where the function has them, and what ONNX says when they are missing. */
static const struct {
    const char *a, *b;
    float missing_a, missing_b;
} parameters[ACTIVATION_COUNT] = {
    [ACTIVATION_CELU] = {"alpha", NULL, 1.0f, 0},
    [ACTIVATION_ELU] = {"alpha", NULL, 1.0f, 0},
    [ACTIVATION_HARD_SIGMOID] = {"alpha", "beta", 0.2f, 0.5f},
    [ACTIVATION_LEAKY_RELU] = {"alpha", NULL, 0.01f, 0},
    [ACTIVATION_SELU] = {"alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f},
    [ACTIVATION_SHRINK] = {"lambd", "bias", 0.5f, 0},
    [ACTIVATION_SWISH] = {"alpha", NULL, 1.0f, 0},
    [ACTIVATION_THRESHOLDED_RELU] = {"alpha", NULL, 1.0f, 0},
};

static float parameter(const struct node *node, const char *name, float missing)
{
    return name ? node_attribute_float(node, name, missing) : missing;
}

bool node_activation(const struct node *node, struct activation *activation)
{
    enum activation_kind kind = kinds[node->op];
    if (kind == ACTIVATION_NONE || node->inputs[0]->dtype != DTYPE_FLOAT32)
        return false;
    struct activation found = {kind, parameter(node, parameters[kind].a, parameters[kind].missing_a),
                               parameter(node, parameters[kind].b, parameters[kind].missing_b)};
    if (kind == ACTIVATION_CLIP && !clip_bounds(node, &found.a, &found.b))
        return false;
    if (kind == ACTIVATION_GELU)
        found.a = gelu_is_approximate(node);
    *activation = found;
    return true;
}

void activation_attributes(const struct activation *activation, struct attribute attributes[2], size_t *count)
{
    bool clip = activation->kind == ACTIVATION_CLIP;
    const char *const names[] = {clip ? "min" : parameters[activation->kind].a,
                                 clip ? "max" : parameters[activation->kind].b};
    const float numbers[] = {activation->a, activation->b};
    *count = 0;
    if (activation->kind == ACTIVATION_GELU && activation->a != 0)
        attributes[(*count)++] = (struct attribute){.name = "approximate", .type = ATTRIBUTE_STRING, .s = "tanh"};
    for (int i = 0; i < 2; i++)
        if (names[i])
            attributes[(*count)++] = (struct attribute){.name = names[i], .type = ATTRIBUTE_FLOAT, .f = numbers[i]};
}
