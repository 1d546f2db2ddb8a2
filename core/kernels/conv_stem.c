/*
 * The first convolution of a network, whose input is an image in planes.
 *
 * DESIGN
 * With three channels, a tap has too little depth to multiply with. The planes are interleaved into a copy with its
 * padding around it; there the taps of one row of the window are one run of kernel_w * channels numbers, and the
 * convolution is a product whose taps are the window's rows:
 *
 *     copy     ... r g b r g b r g b r g b r g b ...    one row of the image
 *     output 0     [---- kernel_w * 3 ----]
 *     output 1           [---- kernel_w * 3 ----]       stride_w * 3 further on
 */
#include <string.h>

#include "graph/conv.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/conv_product.h"

/* With more channels a pixel is depth enough. */
#define CHANNELS_MAX 4

struct conv_stem {
    struct conv_product product;
    struct conv_geometry geometry;
    int64_t rows, columns; /* of the copy */
    size_t scale_floats;   /* of the workspace, before the copy */
};

struct stem_job {
    const struct conv_stem *params;
    const float *planes;
    float *copy;
};

struct source {
    const struct conv_geometry *geometry;
    const float *weights;
};

/* What passes add would have to be read in the output's layout, and no first convolution has any of it. */
bool conv_stem_accepts(const struct node *node)
{
    const struct senet_shape *weights = &node->inputs[CONV_WEIGHTS]->shape;
    struct conv_geometry geometry;
    struct senet_error error;
    return node->inputs[CONV_X]->shape.rank == 4 && conv_product_accepts(node) && weights->dim[1] <= CHANNELS_MAX &&
           node->input_count <= CONV_BIAS + 1 && node_attribute_int(node, "group", 1) == 1 &&
           conv_geometry(node, &geometry, &error) == SENET_OK && geometry.window.dilation_w == 1;
}

static const float *read_weights(const void *context, int64_t group, int64_t column, int64_t first, int64_t depth,
                                 float *room)
{
    (void)group;
    const struct source *source = context;
    const struct window *window = &source->geometry->window;
    int64_t channels = source->geometry->in_channels;
    float *weights = room;
    for (int64_t tap = 0; tap < window->kernel_h; tap++)
        for (int64_t i = 0; i < depth; i++) {
            int64_t channel = (first + i) % channels, kx = (first + i) / channels;
            *weights++ =
                source->weights[((column * channels + channel) * window->kernel_h + tap) * window->kernel_w + kx];
        }
    return room;
}

enum senet_code conv_stem_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct conv_stem *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    params->rows = window->pad_top + window->in_h + window->pad_bottom;
    params->columns = window->pad_left + window->in_w + window->pad_right;
    params->product = (struct conv_product){.images = geometry->batch,
                                            .pixels = window->out_h * window->out_w,
                                            .groups = 1,
                                            .taps = window->kernel_h,
                                            .depth = window->kernel_w * geometry->in_channels,
                                            .columns = geometry->out_channels,
                                            .out_channels = geometry->out_channels};
    const struct source source = {geometry, node->inputs[CONV_WEIGHTS]->data};
    int64_t pixel_bytes = geometry->in_channels * window->stride_h * window->stride_w * (int64_t)sizeof(float);
    code = conv_product_prepare(node, &params->product, read_weights, &source, pixel_bytes, setup, error);
    params->scale_floats = setup->workspace_bytes / sizeof(float);
    setup->workspace_bytes +=
        (size_t)(geometry->batch * geometry->in_channels * params->rows * params->columns) * sizeof(float);
    return code;
}

/* Rows begin..end-1 of the copy, counted through all images. */
static void interleave(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct stem_job *job = context;
    const struct window *window = &job->params->geometry.window;
    int64_t channels = job->params->geometry.in_channels, columns = job->params->columns;
    for (int64_t row = begin; row < end; row++) {
        int64_t image = row / job->params->rows, y = row % job->params->rows - window->pad_top;
        float *copy = job->copy + row * columns * channels;
        if (y < 0 || y >= window->in_h) {
            memset(copy, 0, (size_t)(columns * channels) * sizeof *copy);
            continue;
        }
        const float *planes[CHANNELS_MAX] = {NULL};
        for (int64_t channel = 0; channel < channels; channel++)
            planes[channel] = job->planes + ((image * channels + channel) * window->in_h + y) * window->in_w;
        memset(copy, 0, (size_t)(window->pad_left * channels) * sizeof *copy);
        job->params->product.simd->interleave(planes, (int)channels, window->in_w, copy + window->pad_left * channels);
        memset(copy + (columns - window->pad_right) * channels, 0,
               (size_t)(window->pad_right * channels) * sizeof *copy);
    }
}

static void list_rows(const void *context, int64_t image, int64_t first, int count, const float **addresses)
{
    const struct stem_job *job = context;
    const struct window *window = &job->params->geometry.window;
    int64_t channels = job->params->geometry.in_channels, row = job->params->columns * channels;
    const float *copy = job->copy + image * job->params->rows * row;
    int64_t y = first / window->out_w, x = first % window->out_w;
    for (int i = 0; i < count; i++) {
        const float *corner = copy + y * window->stride_h * row + x * window->stride_w * channels;
        for (int64_t ky = 0; ky < window->kernel_h; ky++)
            addresses[ky * count + i] = corner + ky * window->dilation_h * row;
        if (++x == window->out_w) {
            x = 0;
            y++;
        }
    }
}

void conv_stem(const struct kernel_call *call)
{
    const struct conv_stem *params = call->params;
    const struct conv_geometry *geometry = &params->geometry;
    struct stem_job job = {params, call->inputs[CONV_X].data, (float *)call->workspace + params->scale_floats};
    team_run_for(call->team, team_share(call->team), geometry->batch * params->rows,
                 parallel_grain(params->columns * geometry->in_channels), interleave, &job);
    conv_product_run(&params->product, call, list_rows, &job);
}
