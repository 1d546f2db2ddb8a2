#include <math.h>

#include "graph/geometry.h"
#include "graph/ops.h"
#include "kernels/planar.h"
#include "kernels/span.h"

struct pool {
    struct window window;
    bool count_padding;
};

/* Output plane from input plane. */
typedef void plane_work(const struct pool *params, const float *plane, float *output);

struct pool_job {
    const struct pool *params;
    const struct kernel_call *call;
    plane_work *work;
};

enum senet_code pool_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct pool *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->count_padding = node_attribute_int(node, "count_include_pad", 0) != 0;
    return pool_window(node, &params->window, error);
}

/* Planes alone. */
bool average_pool_accepts(const struct node *node)
{
    return node->inputs[0]->shape.rank <= 4;
}

/* Floats that need not be found again. */
bool max_pool_accepts(const struct node *node)
{
    return average_pool_accepts(node) && node->inputs[0]->dtype == DTYPE_FLOAT32 && !node_output(node, 1);
}

/* What one tap does to the outputs of a row that see it inside the input. */
typedef void tap_work(const float *row, int64_t stride, int64_t offset, struct span inside, float *out);

static void take_largest(const float *restrict row, int64_t stride, int64_t offset, struct span inside,
                         float *restrict out)
{
    for (int64_t x = inside.begin; x < inside.end; x++) {
        float value = row[x * stride + offset];
        out[x] = value > out[x] || value != value ? value : out[x]; /* NaN passes through */
    }
}

static void add_up(const float *restrict row, int64_t stride, int64_t offset, struct span inside, float *restrict out)
{
    for (int64_t x = inside.begin; x < inside.end; x++)
        out[x] += row[x * stride + offset];
}

/* One output row: begins as `start`, then each tap of the window does its work on all outputs that see it. */
static void pool_row(const struct window *window, const float *plane, int64_t y, float start, tap_work *work,
                     float *out)
{
    for (int64_t x = 0; x < window->out_w; x++)
        out[x] = start;
    for (int64_t ky = 0; ky < window->kernel_h; ky++) {
        int64_t in_y = y * window->stride_h - window->pad_top + ky * window->dilation_h;
        if (in_y < 0 || in_y >= window->in_h)
            continue;
        for (int64_t kx = 0; kx < window->kernel_w; kx++) {
            int64_t offset = kx * window->dilation_w - window->pad_left;
            work(plane + in_y * window->in_w, window->stride_w, offset,
                 span_inside(offset, window->stride_w, window->in_w, window->out_w), out);
        }
    }
}

static void max_plane(const struct pool *params, const float *plane, float *output)
{
    const struct window *window = &params->window;
    for (int64_t y = 0; y < window->out_h; y++)
        pool_row(window, plane, y, -INFINITY, take_largest, output + y * window->out_w);
}

static void average_plane(const struct pool *params, const float *plane, float *output)
{
    const struct window *window = &params->window;
    /* With ceil_mode the last window may reach past the padding, which is never counted. */
    int64_t top = params->count_padding ? window->pad_top : 0, left = params->count_padding ? window->pad_left : 0;
    int64_t bottom = params->count_padding ? window->pad_bottom : 0;
    int64_t right = params->count_padding ? window->pad_right : 0;
    for (int64_t y = 0; y < window->out_h; y++, output += window->out_w) {
        int64_t rows = taps_inside(y * window->stride_h - window->pad_top, window->kernel_h, window->dilation_h, -top,
                                   window->in_h + bottom);
        pool_row(window, plane, y, 0.0f, add_up, output);
        for (int64_t x = 0; x < window->out_w; x++) {
            int64_t columns = taps_inside(x * window->stride_w - window->pad_left, window->kernel_w, window->dilation_w,
                                          -left, window->in_w + right);
            output[x] /= (float)(rows * columns);
        }
    }
}

static void pool_planes(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct pool_job *job = context;
    const struct window *window = &job->params->window;
    const float *input = job->call->inputs[0].data;
    float *output = job->call->outputs[0].data;
    for (int64_t plane = begin; plane < end; plane++)
        job->work(job->params, input + plane * window->in_h * window->in_w,
                  output + plane * window->out_h * window->out_w);
}

static void pool(const struct kernel_call *call, plane_work *work)
{
    struct pool_job job = {call->params, call, work};
    const struct window *window = &job.params->window;
    const struct senet_shape *shape = call->inputs[0].shape;
    int64_t plane_taps = window->out_h * window->out_w * window->kernel_h * window->kernel_w;
    team_run(call->team, shape->dim[0] * shape->dim[1], parallel_grain(plane_taps), pool_planes, &job);
}

void max_pool(const struct kernel_call *call)
{
    pool(call, max_plane);
}

void average_pool(const struct kernel_call *call)
{
    pool(call, average_plane);
}
