/* MaxPool and AveragePool over channels-last images, one row of outputs after the other. */
#include <math.h>

#include "base/error.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/pixel_rows.h"

struct pool {
    const struct simd *simd;
    struct window window;
    bool count_padding;
    int64_t batch, channels, pixel, out_pixel;
    const float *padding; /* a pixel that no window takes, and that adds nothing to a sum */
    const float *columns; /* counted, of each output's window */
};

struct pool_job {
    const struct pool *params;
    const struct kernel_call *call;
    bool largest;
};

bool pool_last_accepts(const struct node *node)
{
    return is_channels_last(node->inputs[0]);
}

/* Pixels that need not be found again. */
bool max_pool_last_accepts(const struct node *node)
{
    return pool_last_accepts(node) && !node_output(node, 1);
}

/* With ceil_mode the last window may reach past the padding, which is never counted. */
static int64_t counted(int64_t first, int64_t kernel, int64_t dilation, int64_t in, int64_t pad_begin, int64_t pad_end,
                       bool count_padding)
{
    return count_padding ? taps_inside(first, kernel, dilation, -pad_begin, in + pad_end)
                         : taps_inside(first, kernel, dilation, 0, in);
}

static int64_t counted_columns(const struct pool *params, int64_t x)
{
    const struct window *window = &params->window;
    return counted(x * window->stride_w - window->pad_left, window->kernel_w, window->dilation_w, window->in_w,
                   window->pad_left, window->pad_right, params->count_padding);
}

static int64_t counted_rows(const struct pool *params, int64_t y)
{
    const struct window *window = &params->window;
    return counted(y * window->stride_h - window->pad_top, window->kernel_h, window->dilation_h, window->in_h,
                   window->pad_top, window->pad_bottom, params->count_padding);
}

enum senet_code pool_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct pool *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = pool_window(node, &params->window, error);
    if (code)
        return code;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    params->simd = setup->simd;
    params->count_padding = node_attribute_int(node, "count_include_pad", 0) != 0;
    params->batch = shape->dim[0];
    params->channels = whole_channels(shape);
    params->pixel = layout_pixel_stride(shape);
    params->out_pixel = layout_pixel_stride(&node->outputs[0]->shape);
    float *padding = arena_alloc(setup->arena, (size_t)params->channels, sizeof *padding);
    float *columns = arena_alloc(setup->arena, (size_t)params->window.out_w, sizeof *columns);
    if (!padding || !columns)
        return error_out_of_memory(error);
    for (int64_t c = 0; c < params->channels; c++)
        padding[c] = node->op == OP_MAX_POOL ? -INFINITY : 0;
    for (int64_t x = 0; x < params->window.out_w; x++)
        columns[x] = (float)counted_columns(params, x);
    params->padding = padding;
    params->columns = columns;
    setup->member_bytes = pixel_rows_bytes(&params->window);
    return SENET_OK;
}

static void pool_rows(void *context, int64_t begin, int64_t end, int member)
{
    const struct pool_job *job = context;
    const struct pool *params = job->params;
    const struct window *window = &params->window;
    const struct kernel_call *call = job->call;
    const float **pixels = (const float **)((char *)call->member_scratch + (size_t)member * call->member_bytes);
    for (int64_t at = begin; at < end; at++) {
        int64_t image = at / window->out_h, y = at % window->out_h;
        const float *input = (const float *)call->inputs[0].data + image * window->in_h * window->in_w * params->pixel;
        struct span rows = pixel_rows_fill(window, input, params->pixel, params->padding, y, pixels);
        const struct pool_row row = {
            .pixels = pixels,
            .row_pixels = pixel_row_width(window),
            .rows = rows.end - rows.begin,
            .kernel_w = window->kernel_w,
            .stride = window->stride_w,
            .dilation = window->dilation_w,
            .out = (float *)call->outputs[0].data + at * window->out_w * params->out_pixel,
            .out_stride = params->out_pixel,
            .width = window->out_w,
            .channels = params->channels,
            .largest = job->largest,
            .counted_rows = (float)counted_rows(params, y),
            .columns = params->columns,
        };
        params->simd->pool_row(&row);
    }
}

static void pool(const struct kernel_call *call, bool largest)
{
    struct pool_job job = {call->params, call, largest};
    const struct window *window = &job.params->window;
    team_run(call->team, job.params->batch * window->out_h,
             parallel_grain(window->out_w * window->stride_h * window->stride_w * job.params->channels), pool_rows,
             &job);
}

void max_pool_last(const struct kernel_call *call)
{
    pool(call, true);
}

void average_pool_last(const struct kernel_call *call)
{
    pool(call, false);
}
