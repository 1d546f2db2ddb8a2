#include "graph/geometry.h"
#include "kernels/activation.h"
#include "kernels/reference.h"

struct reference_conv {
    const struct node *node;
    struct conv_geometry geometry;
};

enum senet_code reference_conv_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reference_conv *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->node = node;
    return conv_geometry(node, &params->geometry, error);
}

/* The weighted sum under the window at (y, x); `planes` and `weights` are the `channels` that it covers. */
static double window_sum(const struct window *window, const float *planes, const float *weights, int64_t channels,
                         int64_t y, int64_t x)
{
    double sum = 0;
    for (int64_t channel = 0; channel < channels; channel++)
        for (int64_t ky = 0; ky < window->kernel_h; ky++)
            for (int64_t kx = 0; kx < window->kernel_w; kx++) {
                int64_t in_y = y * window->stride_h - window->pad_top + ky * window->dilation_h;
                int64_t in_x = x * window->stride_w - window->pad_left + kx * window->dilation_w;
                if (in_y < 0 || in_y >= window->in_h || in_x < 0 || in_x >= window->in_w)
                    continue;
                sum += (double)planes[(channel * window->in_h + in_y) * window->in_w + in_x] *
                       (double)weights[(channel * window->kernel_h + ky) * window->kernel_w + kx];
            }
    return sum;
}

/* input (N,C,H,W), weights (M,C/groups,KH,KW), bias (M) -> (N,M,OH,OW) */
void reference_conv(const struct kernel_call *call)
{
    const struct reference_conv *params = call->params;
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    const float *input = call->inputs[0].data, *weights = call->inputs[1].data;
    const struct tensor *bias = optional_input(call, params->node, 2);
    float *output = call->outputs[0].data;
    int64_t channels = geometry->in_channels / geometry->groups, per_group = geometry->out_channels / geometry->groups;
    for (int64_t image = 0; image < geometry->batch; image++)
        for (int64_t out = 0; out < geometry->out_channels; out++) {
            int64_t first = image * geometry->in_channels + out / per_group * channels;
            const float *planes = input + first * window->in_h * window->in_w;
            const float *own = weights + out * channels * window->kernel_h * window->kernel_w;
            double start = bias ? (double)((const float *)bias->data)[out] : 0;
            for (int64_t y = 0; y < window->out_h; y++)
                for (int64_t x = 0; x < window->out_w; x++)
                    *output++ = activation_value(&params->node->activation,
                                                 (float)(start + window_sum(window, planes, own, channels, y, x)));
        }
}
