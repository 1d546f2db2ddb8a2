#include "kernels/rescale.h"

#include "kernels/activation.h"
#include "kernels/planar.h"
#include "kernels/sum.h"

struct rescale_job {
    const float *gates, *input;
    float *output;
    int64_t pixels;
    const struct activation *activation;
    /* Where there is one gate a position: */
    const float *override; /* or NULL */
    float *read;           /* N x C: what the session reads */
    int64_t channels;
};

static void finish(const struct rescale_job *job, float *plane)
{
    if (job->activation->kind != ACTIVATION_NONE)
        epilogue_apply(job->activation, 0.0f, plane, job->pixels);
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
        finish(job, job->output + plane * job->pixels);
    }
}

void rescale_planes(struct team *team, int64_t planes, int64_t pixels, const float *gates, const float *input,
                    const struct activation *activation, float *output)
{
    struct rescale_job job = {
        .gates = gates, .input = input, .pixels = pixels, .activation = activation, .output = output};
    team_run(team, planes, parallel_grain(pixels), rescale_range, &job);
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
        finish(job, output);
    }
}

/* U, gate -> U * gate, gate: see graph/se_block.h. */
void rescale(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *gates = call->inputs[1].data;
    float *read = call->outputs[1].data;
    int64_t channels = shape->dim[1], pixels = shape->dim[2] * shape->dim[3];
    int64_t planes = shape->dim[0] * channels;
    if (senet_shape_elements(call->inputs[1].shape) == planes) {
        for (int64_t plane = 0; plane < planes; plane++)
            read[plane] = gate_applied(call->gate_override, plane % channels, gates[plane]);
        rescale_planes(call->team, planes, pixels, read, call->inputs[0].data, &node->activation,
                       call->outputs[0].data);
        return;
    }
    struct rescale_job job = {.gates = gates,
                              .input = call->inputs[0].data,
                              .override = call->gate_override,
                              .read = read,
                              .channels = channels,
                              .pixels = pixels,
                              .activation = &node->activation,
                              .output = call->outputs[0].data};
    team_run(call->team, planes, parallel_grain(pixels), rescale_positions, &job);
}
