#include <math.h>
#include <string.h>

#include "kernels/planar.h"

struct batch_norm_job {
    const struct vector_node *params;
    const struct kernel_call *call;
    int64_t channels, pixels;
};

static void normalise_planes(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct batch_norm_job *job = context;
    const struct tensor *inputs = job->call->inputs;
    const float *scale = inputs[1].data, *bias = inputs[2].data, *mean = inputs[3].data, *variance = inputs[4].data;
    const struct node *node = job->params->node;
    float epsilon = node_attribute_float(node, "epsilon", 1e-5f);
    for (int64_t plane = begin; plane < end; plane++) {
        int64_t channel = plane % job->channels;
        const float *restrict input = (const float *)inputs[0].data + plane * job->pixels;
        float *restrict output = (float *)job->call->outputs[0].data + plane * job->pixels;
        const float factor = scale[channel] / sqrtf(variance[channel] + epsilon);
        const float term = bias[channel] - mean[channel] * factor;
        for (int64_t i = 0; i < job->pixels; i++)
            output[i] = input[i] * factor;
        job->params->simd->activate(&node->activation, term, output, job->pixels);
    }
}

/* X (N,C,...), scale, bias, mean, variance (C): activation(scale * (X - mean) / sqrt(variance + epsilon) + bias). */
void batch_normalization(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    int64_t planes = shape->dim[0] * shape->dim[1];
    struct batch_norm_job job = {call->params, call, shape->dim[1], senet_shape_elements(shape) / planes};
    team_run(call->team, planes, parallel_grain(job.pixels), normalise_planes, &job);
}
