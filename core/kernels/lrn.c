#include <math.h>
#include <string.h>

#include "kernels/planar.h"

struct lrn_job {
    const struct kernel_call *call;
    float factor, beta, bias; /* X / (bias + factor * sum of squares) ^ beta */
    int64_t channels, pixels;
    int64_t below, above; /* how many neighbours count before and behind a channel */
};

static void add_squares(const float *restrict plane, int64_t pixels, float *restrict sums)
{
    for (int64_t i = 0; i < pixels; i++)
        sums[i] += plane[i] * plane[i];
}

static void normalise_planes(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct lrn_job *job = context;
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t channel = plane % job->channels, last = job->channels - 1 - channel;
        int64_t below = job->below < channel ? job->below : channel, above = job->above < last ? job->above : last;
        const float *input = (const float *)job->call->inputs[0].data + plane * job->pixels;
        float *output = (float *)job->call->outputs[0].data + plane * job->pixels;
        memset(output, 0, (size_t)job->pixels * sizeof *output);
        for (int64_t other = -below; other <= above; other++)
            add_squares(input + other * job->pixels, job->pixels, output);
        for (int64_t i = 0; i < job->pixels; i++)
            output[i] = input[i] * powf(job->bias + job->factor * output[i], -job->beta);
    }
}

void lrn(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *shape = call->inputs[0].shape;
    int64_t size = node_attribute_int(node, "size", 1), planes = shape->dim[0] * shape->dim[1];
    struct lrn_job job = {
        .call = call,
        .factor = node_attribute_float(node, "alpha", 1e-4f) / (float)size,
        .beta = node_attribute_float(node, "beta", 0.75f),
        .bias = node_attribute_float(node, "bias", 1),
        .channels = shape->dim[1],
        .pixels = senet_shape_elements(shape) / planes,
        .below = (size - 1) / 2,
        .above = size - 1 - (size - 1) / 2,
    };
    team_run(call->team, planes, parallel_grain(job.pixels * 16), normalise_planes, &job);
}
