/* Conv over channels-last pixels as an indirect product, dense or in groups. */
#include <string.h>

#include "base/error.h"
#include "graph/conv.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/conv_product.h"

/* Zeros that are multiplied because groups are taken together, for each weight: more is left to another kernel. */
#define MERGE_MAX 8

struct conv_indirect {
    struct conv_product product;
    struct conv_geometry geometry;
    int64_t merged; /* groups of the node in one group of the product */
    int64_t in_stride;
    bool pointwise;             /* every output pixel sees the input pixel in its own place, and no other */
    const float *zeros;         /* a pixel of padding */
    const int64_t *tap_offsets; /* floats from the window's first tap */
};

struct pixels {
    const struct conv_indirect *params;
    const float *input;
};

struct source {
    const struct conv_geometry *geometry;
    const float *weights; /* out channel, channel of the group, tap */
    int64_t merged;
};

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    return b ? greatest_common_divisor(b, a % b) : a;
}

/* How many groups give a multiple of 8 columns. One group is padded instead. */
static int64_t groups_to_merge(const struct node *node, int64_t groups)
{
    int64_t columns = node->inputs[CONV_WEIGHTS]->shape.dim[0] / groups;
    return groups == 1 ? 1 : 8 / greatest_common_divisor(columns, 8);
}

bool conv_indirect_accepts(const struct node *node)
{
    int64_t groups = node_attribute_int(node, "group", 1), merged = groups_to_merge(node, groups);
    bool depthwise = groups > 1 && node->inputs[CONV_WEIGHTS]->shape.dim[1] == 1;
    return node->inputs[CONV_X]->shape.rank == 4 && conv_product_accepts(node) && !depthwise && merged <= MERGE_MAX &&
           groups % merged == 0;
}

/* Of the groups that are taken as one, a column has weights for the depth of its own, and zeros for the others. */
static const float *read_weights(const void *context, int64_t group, int64_t column, int64_t first, int64_t depth,
                                 float *room)
{
    const struct source *source = context;
    const struct conv_geometry *geometry = source->geometry;
    int64_t channels = geometry->in_channels / geometry->groups, columns = geometry->out_channels / geometry->groups;
    int64_t taps = geometry->window.kernel_h * geometry->window.kernel_w;
    int64_t own = column / columns * channels - first; /* where that depth begins, from `first` on */
    int64_t begin = own > 0 ? own : 0, end = own + channels < depth ? own + channels : depth;
    const float *from = source->weights + ((group * source->merged * columns + column) * channels + begin - own) * taps;
    if (taps == 1 && begin == 0 && end == depth)
        return from;
    if (end - begin < depth)
        memset(room, 0, (size_t)(taps * depth) * sizeof *room);
    for (int64_t i = begin; i < end; i++)
        for (int64_t tap = 0; tap < taps; tap++)
            room[tap * depth + i] = *from++;
    return room;
}

/* NULL when memory is short. */
static const int64_t *list_tap_offsets(const struct window *window, int64_t stride, struct arena *arena)
{
    int64_t *offsets = arena_alloc(arena, (size_t)(window->kernel_h * window->kernel_w), sizeof *offsets);
    for (int64_t ky = 0; offsets && ky < window->kernel_h; ky++)
        for (int64_t kx = 0; kx < window->kernel_w; kx++)
            offsets[ky * window->kernel_w + kx] =
                (ky * window->dilation_h * window->in_w + kx * window->dilation_w) * stride;
    return offsets;
}

enum senet_code conv_indirect_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct conv_indirect *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    params->merged = groups_to_merge(node, geometry->groups);
    params->in_stride = layout_pixel_stride(&node->inputs[CONV_X]->shape);
    params->pointwise = window_is_pointwise(window);
    params->zeros = arena_alloc(setup->arena, (size_t)geometry->in_channels, sizeof(float));
    params->tap_offsets = list_tap_offsets(window, params->in_stride, setup->arena);
    if (!params->zeros || !params->tap_offsets)
        return error_out_of_memory(error);
    params->product = (struct conv_product){.images = geometry->batch,
                                            .pixels = window->out_h * window->out_w,
                                            .groups = geometry->groups / params->merged,
                                            .taps = window->kernel_h * window->kernel_w,
                                            .depth = geometry->in_channels / geometry->groups * params->merged,
                                            .columns = geometry->out_channels / geometry->groups * params->merged,
                                            .out_channels = geometry->out_channels};
    const struct source source = {geometry, node->inputs[CONV_WEIGHTS]->data, params->merged};
    int64_t pixel_bytes = params->in_stride * window->stride_h * window->stride_w * (int64_t)sizeof(float);
    return conv_product_prepare(node, &params->product, read_weights, &source, pixel_bytes, setup, error);
}

/* The window at `top`, `left` lies within the input: no tap is padding. */
static bool is_inside(const struct window *window, int64_t top, int64_t left)
{
    return top >= 0 && left >= 0 && top + (window->kernel_h - 1) * window->dilation_h < window->in_h &&
           left + (window->kernel_w - 1) * window->dilation_w < window->in_w;
}

static void list_taps(const struct conv_indirect *params, const float *plane, int64_t top, int64_t left, int count,
                      const float **addresses)
{
    const struct window *window = &params->geometry.window;
    if (is_inside(window, top, left)) {
        const float *corner = plane + (top * window->in_w + left) * params->in_stride;
        for (int64_t tap = 0; tap < params->product.taps; tap++)
            addresses[tap * count] = corner + params->tap_offsets[tap];
        return;
    }
    for (int64_t ky = 0; ky < window->kernel_h; ky++)
        for (int64_t kx = 0; kx < window->kernel_w; kx++, addresses += count) {
            int64_t y = top + ky * window->dilation_h, x = left + kx * window->dilation_w;
            bool inside = y >= 0 && y < window->in_h && x >= 0 && x < window->in_w;
            *addresses = inside ? plane + (y * window->in_w + x) * params->in_stride : params->zeros;
        }
}

static void list_pixels(const void *context, int64_t image, int64_t first, int count, const float **addresses)
{
    const struct pixels *pixels = context;
    const struct conv_indirect *params = pixels->params;
    const struct window *window = &params->geometry.window;
    const float *plane = pixels->input + image * window->in_h * window->in_w * params->in_stride;
    for (int i = 0; params->pointwise && i < count; i++)
        addresses[i] = plane + (first + i) * params->in_stride;
    if (params->pointwise)
        return;
    int64_t y = first / window->out_w, x = first % window->out_w;
    for (int i = 0; i < count; i++) {
        list_taps(params, plane, y * window->stride_h - window->pad_top, x * window->stride_w - window->pad_left, count,
                  addresses + i);
        if (++x == window->out_w) {
            x = 0;
            y++;
        }
    }
}

void conv_indirect(const struct kernel_call *call)
{
    const struct conv_indirect *params = call->params;
    const struct pixels pixels = {params, call->inputs[CONV_X].data};
    conv_product_run(&params->product, call, list_pixels, &pixels);
}
