#include "kernels/activation.h"
#include "kernels/gate.h"
#include "kernels/reference.h"

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

/* What one tap of a 3x3 convolution with padding by one sees, on average over all output positions. */
static double tap_mean(const float *plane, const struct senet_shape *shape, int64_t tap)
{
    double sum = 0;
    for (int64_t y = 0; y < shape->dim[2]; y++)
        for (int64_t x = 0; x < shape->dim[3]; x++) {
            int64_t in_y = y + tap / 3 - 1, in_x = x + tap % 3 - 1;
            if (in_y >= 0 && in_y < shape->dim[2] && in_x >= 0 && in_x < shape->dim[3])
                sum += (double)plane[in_y * shape->dim[3] + in_x];
        }
    return sum / (double)(shape->dim[2] * shape->dim[3]);
}

/* X (N,C,H,W) -> N x C*T */
void reference_channel_means(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data;
    float *means = call->outputs[0].data;
    int64_t pixels = shape->dim[2] * shape->dim[3], taps = call->outputs[0].shape->dim[1] / shape->dim[1];
    for (int64_t plane = 0; plane < shape->dim[0] * shape->dim[1]; plane++)
        for (int64_t tap = 0; tap < taps; tap++)
            *means++ = (float)(taps == 1 ? plane_mean(input + plane * pixels, pixels)
                                         : tap_mean(input + plane * pixels, shape, tap));
}

/* bias[row] + the product of that row of `weights` with `vector`, which are `columns` long */
static double row_sum(const struct tensor *weights, const struct tensor *bias, int64_t row, const float *vector)
{
    int64_t columns = weights->shape->dim[1];
    const float *own = (const float *)weights->data + row * columns;
    double sum = (double)((const float *)bias->data)[row];
    for (int64_t i = 0; i < columns; i++)
        sum += (double)own[i] * (double)vector[i];
    return sum;
}

/* Means (N,K), W1, b1, W2, b2 -> gate (N,C). */
void reference_excitation(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct se_block *block = node->se;
    const struct tensor *weights = &call->inputs[3];
    float *gates = call->outputs[0].data;
    for (int64_t image = 0; image < call->inputs[0].shape->dim[0]; image++) {
        const float *means = (const float *)call->inputs[0].data + image * call->inputs[0].shape->dim[1];
        for (int64_t channel = 0; channel < block->channels; channel++) {
            double sum = (double)((const float *)call->inputs[4].data)[channel];
            for (int64_t unit = 0; unit < block->reduced; unit++) {
                double hidden = row_sum(&call->inputs[1], &call->inputs[2], unit, means);
                sum += (double)((const float *)weights->data)[channel * block->reduced + unit] *
                       (double)activation_value(&block->activation, (float)hidden);
            }
            *gates++ = gate_applied(call->gate_override, channel, activation_value(&block->gate, (float)sum));
        }
    }
}

/* U, gate, residual or NULL -> U * gate + residual, gate where it is wanted. */
void reference_rescale(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const struct tensor *residual = optional_input(call, node, 2);
    const float *input = call->inputs[0].data, *own = call->inputs[1].data, *added = residual ? residual->data : NULL;
    float *rescaled = call->outputs[0].data, *read = call->outputs[1].data;
    int64_t pixels = shape->dim[2] * shape->dim[3], planes = shape->dim[0] * shape->dim[1];
    int64_t gates = senet_shape_elements(call->inputs[1].shape) / planes; /* of each plane: one, or one a pixel */
    for (int64_t plane = 0; plane < planes; plane++) {
        int64_t channel = plane % shape->dim[1];
        if (read)
            read[plane] = gate_applied(call->gate_override, channel, (float)plane_mean(own + plane * gates, gates));
        for (int64_t i = 0; i < pixels; i++) {
            float gate = gate_applied(call->gate_override, channel, own[plane * gates + (gates > 1 ? i : 0)]);
            double sum = (double)gate * (double)input[plane * pixels + i];
            sum += added ? (double)added[plane * pixels + i] : 0;
            rescaled[plane * pixels + i] = activation_value(&node->activation, (float)sum);
        }
    }
}
