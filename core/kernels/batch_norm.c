#include <math.h>

#include "kernels/planar.h"

/* X (N,C,...), scale, bias, mean, variance (C): scale * (X - mean) / sqrt(variance + epsilon) + bias. */
void batch_normalization(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data, *scale = call->inputs[1].data, *bias = call->inputs[2].data;
    const float *mean = call->inputs[3].data, *variance = call->inputs[4].data;
    float *output = call->outputs[0].data;
    float epsilon = node_attribute_float(node, "epsilon", 1e-5f);
    int64_t planes = shape->dim[0] * shape->dim[1], pixels = senet_shape_elements(shape) / planes;
    for (int64_t plane = 0; plane < planes; plane++) {
        int64_t channel = plane % shape->dim[1];
        const float factor = scale[channel] / sqrtf(variance[channel] + epsilon);
        const float term = bias[channel] - mean[channel] * factor;
        for (int64_t i = plane * pixels; i < (plane + 1) * pixels; i++)
            output[i] = input[i] * factor + term;
    }
}
