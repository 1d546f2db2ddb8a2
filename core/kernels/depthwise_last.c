/*
 * Depthwise convolution over channels-last images.
 *
 * DESIGN
 * The unit of work is a row of outputs, or a block of channels of one, counted so that a member's rows follow each
 * other and find the input rows that they share in cache:
 *
 *     image | block of channels | row
 *
 * Blocks serve the balance alone. Narrow ones that would keep a row in the first-level cache were measured on the
 * layers of MobileNetV3 and EfficientNet and lose more by reading pieces than they win by reading them again.
 *
 * Weights lie as rows of the window by columns by channels. How a row is computed is in simd/depthwise.c.
 */
#include <string.h>

#include "base/error.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/depthwise.h"
#include "kernels/pixel_rows.h"

/* That many multiply-adds take about as long as moving an element. */
#define MACS_PER_ELEMENT 8
/* Fewer channels are not worth a block. */
#define OCTETS_PER_BLOCK 4
/* So many, and members have rows of their own, as they had when the input was computed. */
#define ROWS_PER_MEMBER 8

struct depthwise_job {
    const struct depthwise *params;
    const struct kernel_call *call;
    int64_t blocks; /* of channels */
};

/* As many output channels as input channels, each of one; weights and bias are constants. */
bool depthwise_last_accepts(const struct node *node)
{
    const struct senet_shape *weights = &node->inputs[CONV_WEIGHTS]->shape;
    const struct value *bias = node_input(node, CONV_BIAS);
    return is_channels_last(node->inputs[CONV_X]) && node->inputs[CONV_WEIGHTS]->data && weights->dim[1] == 1 &&
           weights->dim[0] == node->inputs[CONV_X]->shape.dim[1] && (!bias || bias->data);
}

/* C x taps becomes taps x octets * 8. */
static void pack(const float *weights, const struct depthwise *params, float *packed)
{
    int64_t taps = params->geometry.window.kernel_h * params->geometry.window.kernel_w;
    for (int64_t channel = 0; channel < params->channels; channel++)
        for (int64_t tap = 0; tap < taps; tap++)
            packed[tap * params->octets * 8 + channel] = weights[channel * taps + tap];
}

static bool copy_bias(const struct value *value, struct depthwise *params, struct kernel_setup *setup)
{
    float *bias = arena_alloc(setup->arena, (size_t)params->channels, sizeof *bias);
    if (bias)
        memcpy(bias, value->data, (size_t)params->channels * sizeof *bias);
    params->bias = bias;
    return bias != NULL;
}

enum senet_code depthwise_prepare(const struct node *node, struct depthwise *params, struct kernel_setup *setup,
                                  struct senet_error *error)
{
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    const struct window *window = &params->geometry.window;
    params->simd = setup->simd;
    params->activation = node->activation;
    params->channels = params->geometry.in_channels;
    params->pixel = layout_pixel_stride(&node->inputs[0]->shape);
    params->out_pixel = layout_pixel_stride(&node->outputs[0]->shape);
    params->octets = (params->channels + 7) / 8;
    for (int i = 0; i < CONV_INPUTS; i++)
        params->has[i] = node_input(node, i) != NULL;
    for (int i = CONV_SCALE; i < CONV_INPUTS; i++)
        params->strides[i] = params->has[i] ? channel_vector_stride(node->inputs[i]) : 0;
    float *packed =
        arena_alloc(setup->arena, (size_t)(params->octets * 8 * window->kernel_h * window->kernel_w), sizeof *packed);
    params->padding = arena_alloc(setup->arena, (size_t)params->octets * 8, sizeof *params->padding);
    if (!packed || !params->padding)
        return error_out_of_memory(error);
    pack(node->inputs[CONV_WEIGHTS]->data, params, packed);
    params->weights = packed;
    if (params->has[CONV_BIAS] && !copy_bias(node->inputs[CONV_BIAS], params, setup))
        return error_out_of_memory(error);
    setup->packed_inputs = 1u << CONV_WEIGHTS | 1u << CONV_BIAS;
    return SENET_OK;
}

enum senet_code depthwise_last_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct depthwise *params = prepare_params(setup, sizeof *params, error);
    enum senet_code code = params ? depthwise_prepare(node, params, setup, error) : error->code;
    if (!code)
        setup->member_bytes = pixel_rows_bytes(&params->geometry.window);
    return code;
}

static const float *vector_of_image(const struct depthwise *params, const struct kernel_call *call, int index,
                                    int64_t image)
{
    return params->has[index] ? (const float *)call->inputs[index].data + image * params->strides[index] : NULL;
}

struct depthwise_row depthwise_row_at(const struct depthwise *params, const struct kernel_call *call, int64_t image,
                                      int64_t y, struct span rows, const float *const *pixels)
{
    const struct window *window = &params->geometry.window;
    int64_t start = (image * window->out_h + y) * window->out_w * params->out_pixel;
    const float *residual = params->has[CONV_RESIDUAL] ? call->inputs[CONV_RESIDUAL].data : NULL;
    return (struct depthwise_row){
        .pixels = pixels,
        .row_pixels = pixel_row_width(window),
        .rows = rows.end - rows.begin,
        .kernel_w = window->kernel_w,
        .stride = window->stride_w,
        .dilation = window->dilation_w,
        .weights = params->weights + rows.begin * window->kernel_w * params->octets * 8,
        .weight_stride = params->octets * 8,
        .out = (float *)call->outputs[0].data + start,
        .out_stride = params->out_pixel,
        .width = window->out_w,
        .last = params->octets * 8,
        .channels = params->channels,
        .input_scale = vector_of_image(params, call, CONV_INPUT_SCALE, image),
        .epilogue = {.bias = params->bias,
                     .scale = vector_of_image(params, call, CONV_SCALE, image),
                     .residual = residual ? residual + start : NULL,
                     .residual_stride = params->out_pixel,
                     .activation = params->activation},
    };
}

static void compute_row(const struct depthwise_job *job, int64_t image, int64_t block, int64_t y, const float **pixels)
{
    const struct depthwise *params = job->params;
    const struct window *window = &params->geometry.window;
    const float *input =
        (const float *)job->call->inputs[CONV_X].data + image * window->in_h * window->in_w * params->pixel;
    struct span rows = pixel_rows_fill(window, input, params->pixel, params->padding, y, pixels);
    struct depthwise_row row = depthwise_row_at(params, job->call, image, y, rows, pixels);
    row.first = block * params->octets / job->blocks * 8;
    row.last = (block + 1) * params->octets / job->blocks * 8;
    params->simd->depthwise_row(&row);
}

static void compute_units(void *context, int64_t begin, int64_t end, int member)
{
    const struct depthwise_job *job = context;
    int64_t rows = job->params->geometry.window.out_h, blocks = job->blocks;
    void *scratch = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    for (int64_t unit = begin; unit < end; unit++)
        compute_row(job, unit / rows / blocks, unit / rows % blocks, unit % rows, scratch);
}

/*
 * A row is read best with all its channels, in the order in which it lies. But seven rows are no work for two members:
 * where rows are few, blocks of channels are counted too.
 */
static int64_t count_blocks(const struct depthwise *params, int64_t members)
{
    int64_t rows = params->geometry.batch * params->geometry.window.out_h;
    int64_t most = params->octets / OCTETS_PER_BLOCK;
    if (rows >= ROWS_PER_MEMBER * members || most <= 1)
        return 1;
    return members < most ? members : most;
}

void depthwise_last(const struct kernel_call *call)
{
    const struct depthwise *params = call->params;
    const struct window *window = &params->geometry.window;
    int members = team_share(call->team);
    struct depthwise_job job = {params, call, count_blocks(params, members)};
    int64_t unit_macs = window->out_w * window->kernel_h * window->kernel_w * params->pixel / job.blocks;
    team_run_for(call->team, members, params->geometry.batch * job.blocks * window->out_h,
                 parallel_grain(unit_macs / MACS_PER_ELEMENT + 1), compute_units, &job);
}
