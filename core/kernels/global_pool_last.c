/* The mean or the largest of each channel of channels-last images. A member takes some octets of an image's channels.
 */
#include "kernels/channels_last.h"

struct global_pool {
    const struct simd *simd;
    bool largest;
    int64_t batch, octets, pixels, pixel;
    int64_t channels, out_stride; /* that an image's output has, and from one to the next */
};

struct global_pool_job {
    const struct global_pool *params;
    const float *input;
    float *output;
};

enum senet_code global_pool_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct global_pool *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    params->simd = setup->simd;
    params->largest = node->op == OP_GLOBAL_MAX_POOL;
    params->batch = shape->dim[0];
    params->octets = whole_channels(shape) / 8;
    params->pixels = shape->dim[2] * shape->dim[3];
    params->pixel = layout_pixel_stride(shape);
    params->out_stride = channel_vector_stride(node->outputs[0]);
    params->channels = params->out_stride;
    return SENET_OK;
}

/* Octets of channels, counted through all images. */
static void reduce_octets(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct global_pool_job *job = context;
    const struct global_pool *params = job->params;
    for (int64_t next = begin; next < end;) {
        int64_t image = next / params->octets, first = next % params->octets;
        int64_t count = params->octets - first < end - next ? params->octets - first : end - next;
        const struct pixel_reduction reduction = {
            .in = job->input + image * params->pixels * params->pixel,
            .stride = params->pixel,
            .pixels = params->pixels,
            .first = first * 8,
            .last = (first + count) * 8,
            .largest = params->largest,
            .factor = params->largest ? 1.0f : 1.0f / (float)params->pixels,
            .out = job->output + image * params->out_stride,
            .channels = params->channels,
        };
        params->simd->reduce_pixels(&reduction);
        next += count;
    }
}

void global_pool_last(const struct kernel_call *call)
{
    struct global_pool_job job = {call->params, call->inputs[0].data, call->outputs[0].data};
    int64_t grain = parallel_grain(8 * job.params->pixels);
    /* Pairs of octets: the widest vectors. */
    team_run(call->team, job.params->batch * job.params->octets, (grain + 1) / 2 * 2, reduce_octets, &job);
}
