/*
 * What happens to each pixel of a channels-last image by itself, as an epilogue: activation, rescaling, normalisation.
 */
#include <math.h>

#include "base/error.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/gate.h"

struct pixelwise {
    const struct simd *simd;
    struct activation activation;
    int64_t batch, pixels, pixel, whole, channels;
    const float *factors, *terms; /* of BatchNormalization */
    int64_t gate_stride;          /* of Rescale: floats from one image to the next */
    bool has_residual;
};

struct pixelwise_job {
    const struct pixelwise *params;
    const float *input;
    float *output;
    const float *scale, *residual;
    int64_t scale_stride;                    /* from image to image */
    int64_t residual_stride, residual_image; /* from pixel to pixel, from image to image */
};

static struct pixelwise *prepare_pixelwise(const struct node *node, struct kernel_setup *setup,
                                           struct senet_error *error)
{
    struct pixelwise *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return NULL;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    params->simd = setup->simd;
    params->activation = node->activation;
    params->batch = shape->dim[0];
    params->pixels = shape->dim[2] * shape->dim[3];
    params->pixel = layout_pixel_stride(shape);
    params->whole = whole_channels(shape);
    params->channels = shape->dim[1];
    return params;
}

/* Pixels, counted through all images. */
static void finish_pixels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct pixelwise_job *job = context;
    const struct pixelwise *params = job->params;
    for (int64_t next = begin; next < end;) {
        int64_t image = next / params->pixels, first = next % params->pixels;
        int64_t count = params->pixels - first < end - next ? params->pixels - first : end - next;
        const struct pixel_row row = {
            .in = job->input + next * params->pixel,
            .in_stride = params->pixel,
            .out = job->output + next * params->pixel,
            .out_stride = params->pixel,
            .pixels = count,
            .last = params->whole,
            .channels = params->channels,
            .epilogue = {.scale = job->scale ? job->scale + image * job->scale_stride : NULL,
                         .residual = job->residual
                                         ? job->residual + image * job->residual_image + first * job->residual_stride
                                         : NULL,
                         .residual_stride = job->residual_stride,
                         .activation = params->activation},
        };
        params->simd->finish_row(&row);
        next += count;
    }
}

static void run(const struct kernel_call *call, struct pixelwise_job *job)
{
    const struct pixelwise *params = job->params;
    team_run(call->team, params->batch * params->pixels, parallel_grain(params->whole), finish_pixels, job);
}

/* ------------------------------------------------------------- activations */

bool activation_last_accepts(const struct node *node)
{
    return is_channels_last(node->inputs[0]);
}

enum senet_code activation_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct pixelwise *params = prepare_pixelwise(node, setup, error);
    if (!params)
        return error->code;
    node_activation(node, &params->activation);
    return SENET_OK;
}

void activation_last(const struct kernel_call *call)
{
    struct pixelwise_job job = {.params = call->params, .input = call->inputs[0].data, .output = call->outputs[0].data};
    run(call, &job);
}

/* ----------------------------------------------------------------- rescale */

/* One gate a channel. */
bool rescale_last_accepts(const struct node *node)
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    return is_channels_last(node->inputs[0]) &&
           senet_shape_elements(&node->inputs[1]->shape) == shape->dim[0] * shape->dim[1];
}

enum senet_code rescale_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct pixelwise *params = prepare_pixelwise(node, setup, error);
    if (!params)
        return error->code;
    params->gate_stride = channel_vector_stride(node->inputs[1]);
    params->has_residual = node_input(node, 2) != NULL;
    return SENET_OK;
}

/* The gates as they are applied, N x C: the session reads them where the node carries a block. Else NULL. */
static const float *read_gates(const struct kernel_call *call, const struct pixelwise *params)
{
    const float *own = call->inputs[1].data;
    float *read = call->outputs[1].data;
    for (int64_t image = 0; read && image < params->batch; image++)
        for (int64_t channel = 0; channel < params->channels; channel++)
            read[image * params->channels + channel] =
                gate_applied(call->gate_override, channel, own[image * params->gate_stride + channel]);
    return read;
}

/* U, gate, residual or NULL -> activation(U * gate + residual), gate: see graph/se_block.h. */
void rescale_last(const struct kernel_call *call)
{
    const struct pixelwise *params = call->params;
    const float *read = read_gates(call, params);
    struct pixelwise_job job = {
        .params = params,
        .input = call->inputs[0].data,
        .output = call->outputs[0].data,
        .scale = read ? read : call->inputs[1].data,
        .scale_stride = read ? params->channels : params->gate_stride,
        .residual = params->has_residual ? call->inputs[2].data : NULL,
        .residual_stride = params->pixel,
        .residual_image = params->pixels * params->pixel,
    };
    run(call, &job);
}

/* ------------------------------------------------------ BatchNormalization */

/* By constant statistics. */
bool batch_normalization_last_accepts(const struct node *node)
{
    for (int i = 1; i < 5; i++)
        if (!node->inputs[i]->data)
            return false;
    return is_channels_last(node->inputs[0]);
}

/* scale * (X - mean) / sqrt(variance + epsilon) + bias = factor * X + term */
enum senet_code batch_normalization_last_prepare(const struct node *node, struct kernel_setup *setup,
                                                 struct senet_error *error)
{
    struct pixelwise *params = prepare_pixelwise(node, setup, error);
    if (!params)
        return error->code;
    float *factors = arena_alloc(setup->arena, (size_t)params->whole, sizeof *factors);
    float *terms = arena_alloc(setup->arena, (size_t)params->whole, sizeof *terms);
    if (!factors || !terms)
        return error_out_of_memory(error);
    const float *scale = node->inputs[1]->data, *bias = node->inputs[2]->data;
    const float *mean = node->inputs[3]->data, *variance = node->inputs[4]->data;
    float epsilon = node_attribute_float(node, "epsilon", 1e-5f);
    for (int64_t channel = 0; channel < params->channels; channel++) {
        factors[channel] = scale[channel] / sqrtf(variance[channel] + epsilon);
        terms[channel] = bias[channel] - mean[channel] * factors[channel];
    }
    params->factors = factors;
    params->terms = terms;
    setup->packed_inputs = 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4;
    return SENET_OK;
}

void batch_normalization_last(const struct kernel_call *call)
{
    const struct pixelwise *params = call->params;
    struct pixelwise_job job = {.params = params,
                                .input = call->inputs[0].data,
                                .output = call->outputs[0].data,
                                .scale = params->factors,
                                .residual = params->terms}; /* the same for every pixel */
    run(call, &job);
}
