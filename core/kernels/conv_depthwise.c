/* Convolutions in which every output channel sees one input channel: no product of matrices to be had. */
#include "graph/geometry.h"
#include "graph/ops.h"
#include "kernels/conv_epilogue.h"
#include "kernels/planar.h"
#include "kernels/span.h"

struct depthwise {
    const struct node *node;
    const struct simd *simd;
    struct conv_geometry geometry;
};

struct depthwise_job {
    const struct depthwise *params;
    const struct kernel_call *call;
    struct conv_operands operands;
};

bool conv_depthwise_accepts(const struct node *node)
{
    return node->inputs[1]->shape.dim[1] == 1 && node->inputs[0]->shape.rank <= 4;
}

enum senet_code conv_depthwise_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct depthwise *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    params->node = node;
    params->simd = setup->simd;
    return conv_geometry(node, &params->geometry, error);
}

/* out[x] += weight * row[x * stride + offset] wherever that lies inside the row. */
static void add_tap(const float *restrict row, const struct window *window, int64_t offset, float weight,
                    float *restrict out)
{
    int64_t stride = window->stride_w;
    struct span inside = span_inside(offset, stride, window->in_w, window->out_w);
    if (stride == 1)
        for (int64_t x = inside.begin; x < inside.end; x++)
            out[x] += weight * row[x + offset];
    else
        for (int64_t x = inside.begin; x < inside.end; x++)
            out[x] += weight * row[x * stride + offset];
}

static void compute_row(const struct window *window, const float *plane, const float *weights, int64_t y, float *out)
{
    for (int64_t x = 0; x < window->out_w; x++)
        out[x] = 0;
    for (int64_t ky = 0; ky < window->kernel_h; ky++) {
        int64_t in_y = y * window->stride_h - window->pad_top + ky * window->dilation_h;
        if (in_y < 0 || in_y >= window->in_h)
            continue;
        for (int64_t kx = 0; kx < window->kernel_w; kx++)
            add_tap(plane + in_y * window->in_w, window, kx * window->dilation_w - window->pad_left,
                    weights[ky * window->kernel_w + kx], out);
    }
}

/* A sum over one channel alone is scaled as well as what it sums. */
static void scale_plane(float *plane, int64_t pixels, float scale)
{
    for (int64_t i = 0; i < pixels; i++)
        plane[i] *= scale;
}

/* Output planes begin..end-1, counted through all images. */
static void compute_planes(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct depthwise_job *job = context;
    const struct depthwise *params = job->params;
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    int64_t multiplier = geometry->out_channels / geometry->in_channels;
    int64_t pixels = window->out_h * window->out_w;
    for (int64_t out = begin; out < end; out++) {
        int64_t channel = out % geometry->out_channels;
        const float *plane = (const float *)job->call->inputs[0].data + out / multiplier * window->in_h * window->in_w;
        const float *weights = (const float *)job->call->inputs[1].data + channel * window->kernel_h * window->kernel_w;
        float *output = (float *)job->call->outputs[0].data + out * pixels;
        for (int64_t y = 0; y < window->out_h; y++)
            compute_row(window, plane, weights, y, output + y * window->out_w);
        if (job->operands.input_scale)
            scale_plane(output, pixels, job->operands.input_scale[out / multiplier]);
        conv_epilogue(params->simd, &job->operands, out, 0, output, pixels);
    }
}

void conv_depthwise(const struct kernel_call *call)
{
    const struct depthwise *params = call->params;
    const struct window *window = &params->geometry.window;
    struct depthwise_job job = {params, call, conv_operands(call, params->node)};
    int64_t plane_macs = window->out_h * window->out_w * window->kernel_h * window->kernel_w;
    team_run(call->team, params->geometry.batch * params->geometry.out_channels, parallel_grain(plane_macs),
             compute_planes, &job);
}
