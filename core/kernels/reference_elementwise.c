#include <math.h>

#include "graph/ops.h"
#include "kernels/activation.h"
#include "kernels/integer.h"
#include "kernels/reference.h"

/* -------------------------------------------------------------- of integers */

static int64_t absolute(int64_t x)
{
    return x < 0 ? wrap_sub(0, x) : x;
}

static int64_t negative(int64_t x)
{
    return wrap_sub(0, x);
}

static int64_t not_negative(int64_t x)
{
    return x < 0 ? 0 : x;
}

static int64_t sign(int64_t x)
{
    return (x > 0) - (x < 0);
}

static int64_t not(int64_t x)
{
    return x == 0;
}

static void clip_integers(const struct kernel_call *call, const int64_t *input, int64_t *output, int64_t elements)
{
    const struct tensor *low = optional_input(call, call->params, 1), *high = optional_input(call, call->params, 2);
    int64_t least = low ? *(const int64_t *)low->data : INT64_MIN;
    int64_t most = high ? *(const int64_t *)high->data : INT64_MAX;
    for (int64_t i = 0; i < elements; i++) {
        int64_t bounded = input[i] < least ? least : input[i];
        output[i] = bounded > most ? most : bounded;
    }
}

void reference_integer_function(const struct kernel_call *call)
{
    static int64_t (*const functions[OP_COUNT])(int64_t) = {
        [OP_ABS] = absolute, [OP_NEG] = negative, [OP_NOT] = not, [OP_RELU] = not_negative, [OP_SIGN] = sign,
    };
    const struct node *node = call->params;
    const int64_t *input = call->inputs[0].data;
    int64_t *output = call->outputs[0].data;
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    if (node->op == OP_CLIP) {
        clip_integers(call, input, output, elements);
        return;
    }
    for (int64_t i = 0; i < elements; i++)
        output[i] = functions[node->op](input[i]);
}

/* ---------------------------------------------------------------- of floats */

void reference_activation(const struct kernel_call *call)
{
    struct activation function = {ACTIVATION_NONE, 0, 0};
    if (call->inputs[0].dtype == DTYPE_INT64) {
        reference_integer_function(call);
        return;
    }
    node_activation(call->params, &function);
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    for (int64_t i = 0; i < elements; i++)
        output[i] = activation_value(&function, input[i]);
}

void reference_is_nan(const struct kernel_call *call)
{
    const float *input = call->inputs[0].data;
    int64_t *output = call->outputs[0].data;
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    for (int64_t i = 0; i < elements; i++)
        output[i] = isnan(input[i]) != 0;
}

void reference_is_inf(const struct kernel_call *call)
{
    const float *input = call->inputs[0].data;
    int64_t *output = call->outputs[0].data;
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    bool positive = node_attribute_int(call->params, "detect_positive", 1) != 0;
    bool negative_too = node_attribute_int(call->params, "detect_negative", 1) != 0;
    for (int64_t i = 0; i < elements; i++)
        output[i] = isinf(input[i]) && (input[i] > 0 ? positive : negative_too);
}
