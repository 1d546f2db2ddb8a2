/*
 * The excitation, as graph/se_block.h defines it: two layers over the means of each image.
 *
 * DESIGN
 * The first layer has few rows, each as long as there are channels: dot products, read in the order of memory. The
 * second has many rows, each as short as the reduction leaves them: it is packed at load so that vectors run along the
 * gate, and is a product of one row (simd/gemm.c), whose epilogue is the gate's function. Both are shared among the
 * team, the first by rows, the second by panels; a number does not depend on who computes it.
 * Workspace: the hidden layer of all images (N x R), then their gates, each padded to whole panels.
 */
#include <string.h>

#include "base/error.h"
#include "kernels/gate.h"
#include "kernels/planar.h"

struct excitation {
    const struct simd *simd;
    const struct se_block *block;
    int64_t images, means; /* of an image */
    int64_t panels;        /* of the second layer */
    const float *weights;  /* of the second layer: [panel][hidden][column] */
    const float *bias;     /* of the second layer, whole panels */
};

struct excitation_job {
    const struct excitation *params;
    const struct kernel_call *call;
    float *hidden, *padded;
};

/* W2 (C x R) turned, zeros behind the channels. */
static void pack(const struct se_block *block, int64_t width, const float *weights, float *packed)
{
    for (int64_t channel = 0; channel < block->channels; channel++)
        for (int64_t i = 0; i < block->reduced; i++)
            packed[(channel / width * block->reduced + i) * width + channel % width] =
                weights[channel * block->reduced + i];
}

enum senet_code excitation_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct excitation *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct se_block *block = node->se;
    int64_t width = setup->simd->gemm_columns;
    params->simd = setup->simd;
    params->block = block;
    params->images = node->inputs[0]->shape.dim[0];
    params->means = node->inputs[0]->shape.dim[1];
    params->panels = (block->channels + width - 1) / width;
    size_t columns = (size_t)(params->panels * width);
    float *weights = arena_alloc(setup->arena, columns * (size_t)block->reduced, sizeof *weights);
    float *bias = arena_alloc(setup->arena, columns, sizeof *bias);
    if (!weights || !bias)
        return error_out_of_memory(error);
    pack(block, width, node->inputs[3]->data, weights);
    memcpy(bias, node->inputs[4]->data, (size_t)block->channels * sizeof *bias);
    params->weights = weights;
    params->bias = bias;
    setup->packed_inputs = 1u << 3 | 1u << 4;
    setup->workspace_bytes = (size_t)params->images * ((size_t)block->reduced + columns) * sizeof(float);
    return SENET_OK;
}

/* hidden = activation(W1 means + b1), rows begin..end-1 of every image */
static void first_layer(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct excitation_job *job = context;
    const struct excitation *params = job->params;
    const float *means = job->call->inputs[0].data, *weights = job->call->inputs[1].data;
    const float *bias = job->call->inputs[2].data;
    for (int64_t image = 0; image < params->images; image++) {
        float *hidden = job->hidden + image * params->block->reduced;
        params->simd->dot_rows(weights + begin * params->means, params->means, end - begin, params->means,
                               means + image * params->means, hidden + begin);
        for (int64_t row = begin; row < end; row++)
            hidden[row] += bias[row];
        params->simd->activate(&params->block->activation, 0.0f, hidden + begin, end - begin);
    }
}

/* gate = g(W2 hidden + b2), one panel of one image */
static void compute_panel(const struct excitation_job *job, int64_t image, int64_t panel)
{
    const struct excitation *params = job->params;
    const struct se_block *block = params->block;
    int64_t width = params->simd->gemm_columns, first = panel * width;
    int64_t end = first + width < block->channels ? first + width : block->channels;
    const float *hidden = job->hidden + image * block->reduced, *override = job->call->gate_override;
    float *padded = job->padded + image * params->panels * width;
    float *gate = (float *)job->call->outputs[0].data + image * block->channels;
    const struct epilogue epilogue = {.activation = block->gate};
    params->simd->gemm_tile(&(struct gemm_tile){.a = &hidden,
                                                .b = params->weights + first * block->reduced,
                                                .bias = params->bias + first,
                                                .c = padded + first,
                                                .taps = 1,
                                                .depth = block->reduced,
                                                .rows = 1,
                                                .columns = width,
                                                .epilogue = &epilogue});
    for (int64_t channel = first; channel < end; channel++)
        gate[channel] = override ? gate_applied(override, channel, padded[channel]) : padded[channel];
}

static void second_layer(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct excitation_job *job = context;
    for (int64_t image = 0; image < job->params->images; image++)
        for (int64_t panel = begin; panel < end; panel++)
            compute_panel(job, image, panel);
}

/* Means, W1, b1, W2, b2 -> gate */
void excitation(const struct kernel_call *call)
{
    const struct excitation *params = call->params;
    struct excitation_job job = {params, call, call->workspace, NULL};
    job.padded = job.hidden + params->images * params->block->reduced;
    team_run(call->team, params->block->reduced, parallel_grain(params->means), first_layer, &job);
    team_run(call->team, params->panels, parallel_grain(params->block->reduced * params->simd->gemm_columns),
             second_layer, &job);
}

/* The gate as the network computes it -> the gate as it is applied (N x C) */
void applied_gate(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->outputs[0].shape;
    const float *own = call->inputs[0].data;
    float *applied = call->outputs[0].data;
    for (int64_t i = 0; i < shape->dim[0] * shape->dim[1]; i++)
        applied[i] = gate_applied(call->gate_override, i % shape->dim[1], own[i]);
}
