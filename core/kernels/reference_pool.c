#include <math.h>

#include "graph/geometry.h"
#include "kernels/reference.h"

struct reference_pool {
    struct window window;
    bool count_padding;
};

enum senet_code reference_pool_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reference_pool *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->count_padding = node_attribute_int(node, "count_include_pad", 0) != 0;
    return pool_window(node, &params->window, error);
}

/* What lies under one window. */
struct taps {
    double sum, largest;
    int64_t inside, padded; /* taps on the input; taps on the input and its padding */
};

static struct taps taps_at(const struct window *window, const float *plane, int64_t y, int64_t x)
{
    struct taps taps = {.largest = -INFINITY};
    for (int64_t ky = 0; ky < window->kernel_h; ky++)
        for (int64_t kx = 0; kx < window->kernel_w; kx++) {
            int64_t in_y = y * window->stride_h - window->pad_top + ky * window->dilation_h;
            int64_t in_x = x * window->stride_w - window->pad_left + kx * window->dilation_w;
            /* With ceil_mode the last window may reach past the padding. */
            taps.padded += in_y < window->in_h + window->pad_bottom && in_x < window->in_w + window->pad_right;
            if (in_y < 0 || in_y >= window->in_h || in_x < 0 || in_x >= window->in_w)
                continue;
            double value = (double)plane[in_y * window->in_w + in_x];
            taps.inside++;
            taps.sum += value;
            taps.largest = value > taps.largest ? value : taps.largest;
        }
    return taps;
}

static void pool(const struct kernel_call *call, float (*result)(const struct reference_pool *, const struct taps *))
{
    const struct reference_pool *params = call->params;
    const struct window *window = &params->window;
    const float *plane = call->inputs[0].data;
    float *output = call->outputs[0].data;
    int64_t planes = call->inputs[0].shape->dim[0] * call->inputs[0].shape->dim[1];
    for (int64_t i = 0; i < planes; i++, plane += window->in_h * window->in_w)
        for (int64_t y = 0; y < window->out_h; y++)
            for (int64_t x = 0; x < window->out_w; x++) {
                struct taps taps = taps_at(window, plane, y, x);
                *output++ = result(params, &taps);
            }
}

static float largest(const struct reference_pool *params, const struct taps *taps)
{
    (void)params;
    return (float)taps->largest;
}

static float average(const struct reference_pool *params, const struct taps *taps)
{
    return (float)(taps->sum / (double)(params->count_padding ? taps->padded : taps->inside));
}

void reference_max_pool(const struct kernel_call *call)
{
    pool(call, largest);
}

void reference_average_pool(const struct kernel_call *call)
{
    pool(call, average);
}
