#include "graph/ops.h"
#include "kernels/activation.h"
#include "kernels/reference.h"

static float sum(float a, float b)
{
    return a + b;
}

static float product(float a, float b)
{
    return a * b;
}

/* Both operands broadcast to the output's shape. */
static void combine(const struct kernel_call *call, float (*function)(float, float))
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->outputs[0].shape;
    const float *a = call->inputs[0].data, *b = call->inputs[1].data;
    float *output = call->outputs[0].data;
    int64_t a_strides[SENET_MAX_RANK], b_strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    broadcast_strides(call->inputs[0].shape, shape, a_strides);
    broadcast_strides(call->inputs[1].shape, shape, b_strides);
    int64_t elements = senet_shape_elements(shape);
    for (int64_t i = 0; i < elements; i++, index_advance(index, shape))
        output[i] = activation_value(&node->activation, function(a[index_offset(index, a_strides, shape->rank)],
                                                                 b[index_offset(index, b_strides, shape->rank)]));
}

void reference_add(const struct kernel_call *call)
{
    combine(call, sum);
}

void reference_mul(const struct kernel_call *call)
{
    combine(call, product);
}

void reference_activation(const struct kernel_call *call)
{
    struct activation function = {ACTIVATION_NONE, 0, 0};
    node_activation(call->params, &function);
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t elements = senet_shape_elements(call->outputs[0].shape);
    for (int64_t i = 0; i < elements; i++)
        output[i] = activation_value(&function, input[i]);
}
