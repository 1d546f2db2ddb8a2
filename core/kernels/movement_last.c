/* Concat and Split along the channels of channels-last images, and ChannelShuffle: each pixel by itself. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/channels_last.h"

struct movement_job {
    const struct kernel_call *call;
    const struct node *node;
    const int64_t *sources; /* of ChannelShuffle: where each channel comes from */
};

static int64_t pixels_of(const struct senet_shape *shape)
{
    return shape->dim[0] * shape->dim[2] * shape->dim[3];
}

/* Pixels are shared out. `shape` is the one of all channels. */
static void run(const struct kernel_call *call, const struct senet_shape *shape, team_work *work,
                struct movement_job *job)
{
    job->call = call;
    team_run(call->team, pixels_of(shape), parallel_grain(shape->dim[1]), work, job);
}

/* `channels` floats of pixels begin..end-1; `step` floats from one to the next. */
static void copy_channels(const float *from, int64_t from_step, float *to, int64_t to_step, int64_t channels,
                          int64_t begin, int64_t end)
{
    for (int64_t pixel = begin; pixel < end; pixel++)
        memcpy(to + pixel * to_step, from + pixel * from_step, (size_t)channels * sizeof *to);
}

/* ------------------------------------------------------------------ Concat */

bool concat_last_accepts(const struct node *node)
{
    int64_t axis = node_attribute_int(node, "axis", 0);
    for (int i = 0; i < node->input_count; i++)
        if (!is_channels_last(node->inputs[i]))
            return false;
    return axis == 1 || axis == -3;
}

static void concat_pixels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct movement_job *job = context;
    const struct tensor *output = &job->call->outputs[0];
    float *to = output->data;
    for (int i = 0; i < job->node->input_count; i++) {
        const struct tensor *input = &job->call->inputs[i];
        copy_channels(input->data, layout_pixel_stride(input->shape), to, layout_pixel_stride(output->shape),
                      input->shape->dim[1], begin, end);
        to += input->shape->dim[1];
    }
}

void concat_last(const struct kernel_call *call)
{
    struct movement_job job = {.node = call->params};
    run(call, call->outputs[0].shape, concat_pixels, &job);
}

/* ------------------------------------------------------------------- Split */

bool split_last_accepts(const struct node *node)
{
    return is_channels_last(node->inputs[0]) && node_attribute_int(node, "axis", 0) == 1;
}

/* Outputs that nobody has named have no memory; their channels are passed over. */
static void split_pixels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct movement_job *job = context;
    const struct tensor *input = &job->call->inputs[0];
    const struct attribute *parts = node_attribute(job->node, "split");
    const float *from = input->data;
    for (int i = 0; i < job->node->output_count; i++) {
        const struct tensor *output = &job->call->outputs[i];
        if (output->data)
            copy_channels(from, layout_pixel_stride(input->shape), output->data, layout_pixel_stride(output->shape),
                          parts->ints[i], begin, end);
        from += parts->ints[i];
    }
}

void split_last(const struct kernel_call *call)
{
    struct movement_job job = {.node = call->params};
    run(call, call->inputs[0].shape, split_pixels, &job);
}

/* ---------------------------------------------------------- ChannelShuffle */

bool channel_shuffle_last_accepts(const struct node *node)
{
    return is_channels_last(node->inputs[0]);
}

/* Channels as a matrix of `group` rows, transposed. */
enum senet_code channel_shuffle_last_prepare(const struct node *node, struct kernel_setup *setup,
                                             struct senet_error *error)
{
    int64_t channels = node->inputs[0]->shape.dim[1], group = node_attribute_int(node, "group", 1);
    int64_t *sources = prepare_params(setup, (size_t)channels * sizeof *sources, error);
    if (!sources)
        return error->code;
    for (int64_t channel = 0; channel < channels; channel++)
        sources[channel] = channel % group * (channels / group) + channel / group;
    return SENET_OK;
}

static void shuffle_pixels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct movement_job *job = context;
    const struct senet_shape *shape = job->call->inputs[0].shape;
    int64_t pixel = layout_pixel_stride(shape), channels = shape->dim[1];
    for (int64_t at = begin; at < end; at++) {
        const float *restrict from = (const float *)job->call->inputs[0].data + at * pixel;
        float *restrict to = (float *)job->call->outputs[0].data + at * pixel;
        for (int64_t channel = 0; channel < channels; channel++)
            to[channel] = from[job->sources[channel]];
    }
}

void channel_shuffle_last(const struct kernel_call *call)
{
    struct movement_job job = {.sources = call->params};
    run(call, call->inputs[0].shape, shuffle_pixels, &job);
}
