#include "kernels/gate.h"

#include "kernels/planar.h"
#include "kernels/sum.h"

struct rescale_job {
    const float *gates, *input, *residual; /* the residual may be NULL */
    float *output;
    int64_t pixels;
    const struct vector_node *end; /* whose activation follows */
    /* Where there is one gate a position: */
    const float *override; /* or NULL */
    float *read;           /* N x C: what the session reads */
    int64_t channels;
};

/* What follows the product, while the plane is still in the cache. */
static void finish(const struct rescale_job *job, int64_t plane)
{
    float *restrict output = job->output + plane * job->pixels;
    const float *restrict residual = job->residual ? job->residual + plane * job->pixels : NULL;
    for (int64_t i = 0; residual && i < job->pixels; i++)
        output[i] += residual[i];
    const struct activation *activation = &job->end->node->activation;
    if (activation->kind != ACTIVATION_NONE)
        job->end->simd->activate(activation, 0.0f, output, job->pixels);
}

static void scale_plane(const struct rescale_job *job, int64_t plane, float gate)
{
    const float *restrict input = job->input + plane * job->pixels;
    float *restrict output = job->output + plane * job->pixels;
    for (int64_t i = 0; i < job->pixels; i++)
        output[i] = gate * input[i];
}

static void rescale_range(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct rescale_job *job = context;
    for (int64_t plane = begin; plane < end; plane++) {
        scale_plane(job, plane, job->gates[plane]);
        finish(job, plane);
    }
}

/* One gate a position, unless an override names the channel. */
static void rescale_positions(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct rescale_job *job = context;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t channel = plane % job->channels;
        const float *restrict gates = job->gates + plane * job->pixels;
        const float *restrict input = job->input + plane * job->pixels;
        float *restrict output = job->output + plane * job->pixels;
        if (job->override && !isnan(job->override[channel])) {
            job->read[plane] = job->override[channel];
            scale_plane(job, plane, job->override[channel]);
        } else {
            job->read[plane] = sum_floats(gates, job->pixels) / (float)job->pixels;
            for (int64_t i = 0; i < job->pixels; i++)
                output[i] = gates[i] * input[i];
        }
        finish(job, plane);
    }
}

/* The gates as they are applied: the session reads them where the node carries a block. */
static const float *read_gates(const struct kernel_call *call, int64_t planes, int64_t channels)
{
    const float *own = call->inputs[1].data;
    float *read = call->outputs[1].data;
    for (int64_t plane = 0; read && plane < planes; plane++)
        read[plane] = gate_applied(call->gate_override, plane % channels, own[plane]);
    return read ? read : own;
}

/* U, gate, residual or NULL -> U * gate + residual, gate: see graph/se_block.h. */
void rescale(const struct kernel_call *call)
{
    const struct vector_node *params = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const struct tensor *residual = optional_input(call, params->node, 2);
    int64_t channels = shape->dim[1], planes = shape->dim[0] * channels;
    struct rescale_job job = {.gates = call->inputs[1].data,
                              .input = call->inputs[0].data,
                              .residual = residual ? residual->data : NULL,
                              .override = call->gate_override,
                              .read = call->outputs[1].data,
                              .channels = channels,
                              .pixels = shape->dim[2] * shape->dim[3],
                              .end = params,
                              .output = call->outputs[0].data};
    bool per_channel = senet_shape_elements(call->inputs[1].shape) == planes;
    if (per_channel)
        job.gates = read_gates(call, planes, channels);
    team_run(call->team, planes, parallel_grain(job.pixels), per_channel ? rescale_range : rescale_positions, &job);
}
