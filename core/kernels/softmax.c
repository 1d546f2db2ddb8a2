#include <math.h>

#include "kernels/planar.h"

/* exp(x - max) / sum of them, so that nothing overflows; `count` elements, `stride` apart. */
static void softmax_line(const float *input, int64_t stride, int64_t count, float *output)
{
    float largest = input[0];
    double sum = 0;
    for (int64_t i = 1; i < count; i++)
        largest = fmaxf(largest, input[i * stride]);
    for (int64_t i = 0; i < count; i++) {
        output[i * stride] = expf(input[i * stride] - largest);
        sum += (double)output[i * stride];
    }
    float scale = (float)(1.0 / sum);
    for (int64_t i = 0; i < count; i++)
        output[i * stride] *= scale;
}

void softmax(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t axis = node_attribute_int(call->params, "axis", 0);
    int64_t count = shape->dim[axis], stride = 1, outer = 1;
    for (int i = 0; i < axis; i++)
        outer *= shape->dim[i];
    for (int64_t i = axis + 1; i < shape->rank; i++)
        stride *= shape->dim[i];
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < stride; j++)
            softmax_line(input + i * count * stride + j, stride, count, output + i * count * stride + j);
}
