#include "kernels/activation.h"
#include "kernels/reference.h"
#include "kernels/rescale.h"

static double plane_mean(const float *plane, int64_t pixels)
{
    double sum = 0;
    for (int64_t i = 0; i < pixels; i++)
        sum += (double)plane[i];
    return sum / (double)pixels;
}

/* Hidden unit `unit` of fc1, for the image whose planes begin at `image`. */
static double hidden_unit(const struct kernel_call *call, const struct se_block *block, const float *image,
                          int64_t pixels, int64_t unit)
{
    const float *weights = call->inputs[1].data, *bias = call->inputs[2].data;
    double sum = (double)bias[unit];
    for (int64_t channel = 0; channel < block->channels; channel++)
        sum += (double)weights[unit * block->channels + channel] * plane_mean(image + channel * pixels, pixels);
    return (double)activation_value(&block->activation, (float)sum);
}

/* U, W1, b1, W2, b2 -> rescaled U, gate: as graph/se_block.h defines it. */
void reference_se(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct se_block *block = node->se;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *weights = call->inputs[3].data, *bias = call->inputs[4].data;
    float *rescaled = call->outputs[0].data, *gates = call->outputs[1].data;
    int64_t pixels = shape->dim[2] * shape->dim[3];
    for (int64_t image = 0; image < shape->dim[0]; image++) {
        int64_t first = image * block->channels;
        const float *planes = (const float *)call->inputs[0].data + first * pixels;
        for (int64_t channel = 0; channel < block->channels; channel++) {
            double sum = (double)bias[channel];
            for (int64_t unit = 0; unit < block->reduced; unit++)
                sum +=
                    (double)weights[channel * block->reduced + unit] * hidden_unit(call, block, planes, pixels, unit);
            float gate = gate_applied(call->gate_override, channel, activation_value(&block->gate, (float)sum));
            gates[first + channel] = gate;
            for (int64_t i = channel * pixels; i < (channel + 1) * pixels; i++)
                rescaled[first * pixels + i] = activation_value(&node->activation, planes[i] * gate);
        }
    }
}

/* U, gate -> U * gate, gate: likewise. */
void reference_rescale(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data, *own = call->inputs[1].data;
    float *rescaled = call->outputs[0].data, *read = call->outputs[1].data;
    int64_t pixels = shape->dim[2] * shape->dim[3], planes = shape->dim[0] * shape->dim[1];
    int64_t gates = senet_shape_elements(call->inputs[1].shape) / planes; /* of each plane: one, or one a pixel */
    for (int64_t plane = 0; plane < planes; plane++) {
        int64_t channel = plane % shape->dim[1];
        read[plane] = gate_applied(call->gate_override, channel, (float)plane_mean(own + plane * gates, gates));
        for (int64_t i = 0; i < pixels; i++) {
            float gate = gate_applied(call->gate_override, channel, own[plane * gates + (gates > 1 ? i : 0)]);
            rescaled[plane * pixels + i] = activation_value(&node->activation, gate * input[plane * pixels + i]);
        }
    }
}
