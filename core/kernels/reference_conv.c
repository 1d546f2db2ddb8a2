/* Conv and ConvTranspose over one to three axes. */
#include "kernels/activation.h"
#include "kernels/conv_epilogue.h"
#include "kernels/extents.h"
#include "kernels/reference.h"

struct reference_conv {
    const struct node *node;
    struct conv_geometry geometry;
};

enum senet_code reference_conv_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reference_conv *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->node = node;
    return node->op == OP_CONV ? conv_geometry(node, &params->geometry, error)
                               : conv_transpose_geometry(node, &params->geometry, error);
}

static double bias_of(const struct kernel_call *call, const struct node *node, int64_t channel)
{
    const struct tensor *bias = optional_input(call, node, 2);
    return bias ? (double)((const float *)bias->data)[channel] : 0;
}

/*
 * The weighted sum under the window of `output`; `planes`, `scales` (one a plane, or NULL) and `weights` are those of
 * the group and the channel.
 */
static double window_sum(const struct conv_geometry *geometry, const float *planes, const float *scales,
                         const float *weights, const int64_t *output)
{
    const struct senet_shape inputs = extents_inputs(geometry->axes), taps = extents_taps(geometry->axes);
    int64_t pixels = senet_shape_elements(&inputs), count = senet_shape_elements(&taps), tap[SPATIAL_AXES] = {0};
    double sum = 0;
    for (int64_t i = 0; i < count; i++, index_advance(tap, &taps)) {
        int64_t pixel = extents_input(geometry->axes, output, tap);
        if (pixel < 0)
            continue;
        for (int64_t channel = 0; channel < geometry->in_channels / geometry->groups; channel++)
            sum += (double)planes[channel * pixels + pixel] * (double)weights[channel * count + i] *
                   (scales ? (double)scales[channel] : 1);
    }
    return sum;
}

/* What becomes of the sum at `pixel` of output plane `plane`, counted through all images. */
static float conv_result(const struct conv_operands *operands, int64_t plane, int64_t pixel, double sum)
{
    double bias = operands->bias ? (double)operands->bias[plane % operands->channels] : 0;
    double scale = operands->scale ? (double)operands->scale[plane] : 1;
    double residual = operands->residual ? (double)operands->residual[plane * operands->pixels + pixel] : 0;
    return activation_value(operands->activation, (float)(scale * (sum + bias) + residual));
}

/* X, weights and the optional operands of graph/conv.h -> (N,M,...) */
void reference_conv(const struct kernel_call *call)
{
    const struct reference_conv *params = call->params;
    const struct conv_geometry *geometry = &params->geometry;
    const struct senet_shape inputs = extents_inputs(geometry->axes), outputs = extents_outputs(geometry->axes);
    const struct conv_operands operands = conv_operands(call, params->node);
    const float *input = call->inputs[CONV_X].data, *weights = call->inputs[CONV_WEIGHTS].data;
    float *output = call->outputs[0].data;
    int64_t channels = geometry->in_channels / geometry->groups, per_group = geometry->out_channels / geometry->groups;
    int64_t in_pixels = senet_shape_elements(&inputs), out_pixels = senet_shape_elements(&outputs);
    int64_t per_channel = senet_shape_elements(call->inputs[1].shape) / geometry->out_channels;
    for (int64_t image = 0; image < geometry->batch; image++)
        for (int64_t out = 0; out < geometry->out_channels; out++) {
            int64_t first = image * geometry->in_channels + out / per_group * channels, index[SPATIAL_AXES] = {0};
            const float *scales = operands.input_scale ? operands.input_scale + first : NULL;
            for (int64_t i = 0; i < out_pixels; i++, index_advance(index, &outputs)) {
                double sum =
                    window_sum(geometry, input + first * in_pixels, scales, weights + out * per_channel, index);
                *output++ = conv_result(&operands, image * geometry->out_channels + out, i, sum);
            }
        }
}

/*
 * What the group's input channels leave on output pixel `pixel`; the geometry is that of the convolution which leads
 * back. `planes` and `weights` begin at the group's first channel, `weights` at the output channel within it.
 */
static double transposed_sum(const struct conv_geometry *geometry, const float *planes, const float *weights,
                             const int64_t *pixel)
{
    const struct senet_shape sources = extents_outputs(geometry->axes), taps = extents_taps(geometry->axes);
    int64_t pixels = senet_shape_elements(&sources), count = senet_shape_elements(&taps), tap[SPATIAL_AXES] = {0};
    int64_t pitch = geometry->out_channels / geometry->groups * count;
    double sum = 0;
    for (int64_t i = 0; i < count; i++, index_advance(tap, &taps)) {
        int64_t source = extents_output(geometry->axes, pixel, tap);
        if (source < 0)
            continue;
        for (int64_t channel = 0; channel < geometry->in_channels / geometry->groups; channel++)
            sum += (double)planes[channel * pixels + source] * (double)weights[channel * pitch + i];
    }
    return sum;
}

/* input (N,C,...), weights (C,M/groups,...), bias (M) -> (N,M,...) */
void reference_conv_transpose(const struct kernel_call *call)
{
    const struct reference_conv *params = call->params;
    const struct conv_geometry *geometry = &params->geometry;
    const struct senet_shape sources = extents_outputs(geometry->axes), results = extents_inputs(geometry->axes);
    const struct senet_shape taps = extents_taps(geometry->axes);
    const float *input = call->inputs[0].data, *weights = call->inputs[1].data;
    float *output = call->outputs[0].data;
    int64_t channels = geometry->in_channels / geometry->groups, per_group = geometry->out_channels / geometry->groups;
    int64_t in_pixels = senet_shape_elements(&sources), out_pixels = senet_shape_elements(&results);
    int64_t count = senet_shape_elements(&taps);
    for (int64_t image = 0; image < geometry->batch; image++)
        for (int64_t out = 0; out < geometry->out_channels; out++) {
            int64_t channel = out / per_group * channels, index[SPATIAL_AXES] = {0};
            const float *planes = input + (image * geometry->in_channels + channel) * in_pixels;
            const float *own = weights + (channel * per_group + out % per_group) * count;
            double start = bias_of(call, params->node, out);
            for (int64_t i = 0; i < out_pixels; i++, index_advance(index, &results))
                *output++ = activation_value(&params->node->activation,
                                             (float)(start + transposed_sum(geometry, planes, own, index)));
        }
}
