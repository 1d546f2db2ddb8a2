/*
 * Conv in groups of few channels over channels-last images.
 *
 * DESIGN
 * Groups of 4 or 8 channels are narrower than the vectors, or just as wide, so that a product of matrices for each of
 * them would leave lanes idle or multiply zeros. Here a vector holds whole groups (simd/grouped.c). The unit of work is
 * a row of outputs, or a block of vectors of channels of one where rows are few:
 *
 *     image | block of vectors | row
 *
 * Weights lie as they are read: vector by vector, row of the window, input of the group, column of the window, lane.
 */
#include <string.h>

#include "base/error.h"
#include "graph/conv.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/pixel_rows.h"

/* So many, and one more or less for one of the members does not count. */
#define ROWS_PER_MEMBER 16

struct grouped {
    const struct simd *simd;
    struct conv_geometry geometry;
    struct activation activation;
    const float *weights;
    const float *bias;    /* or NULL */
    const float *padding; /* a pixel of zeros */
    int64_t depth;        /* channels of a group */
    int64_t whole;        /* channels up to a multiple of 8 */
    int64_t vectors;
    int64_t vector_weights; /* floats */
    bool has_residual, has_scale;
    int64_t scale_stride; /* from image to image */
};

struct grouped_job {
    const struct grouped *params;
    const struct kernel_call *call;
    int64_t blocks; /* of vectors */
};

/* A scale of the inputs would have to be multiplied into each of them. */
bool conv_grouped_accepts(const struct node *node)
{
    const struct value *weights = node->inputs[CONV_WEIGHTS], *bias = node_input(node, CONV_BIAS);
    struct conv_geometry geometry;
    struct senet_error error;
    if (!is_channels_last(node->inputs[CONV_X]) || !weights->data || (bias && !bias->data) ||
        node_input(node, CONV_INPUT_SCALE) || conv_geometry(node, &geometry, &error) != SENET_OK)
        return false;
    const struct window *window = &geometry.window;
    int64_t depth = weights->shape.dim[1];
    return geometry.groups > 1 && (depth == 4 || depth == 8) && geometry.out_channels == geometry.in_channels &&
           window->kernel_w == GROUPED_KERNEL && window->dilation_w == 1 && window->stride_w <= 2;
}

/* ----------------------------------------------------------------- prepare */

static int64_t lanes_of(const struct grouped *params)
{
    return params->whole < params->simd->lanes ? params->whole : params->simd->lanes;
}

/* Where the vector begins: the last one ends where the channels do. */
static int64_t vector_begin(const struct grouped *params, int64_t vector)
{
    int64_t lanes = lanes_of(params), begin = vector * lanes;
    return begin < params->whole - lanes ? begin : params->whole - lanes;
}

static void pack_vector(const struct grouped *params, int64_t vector, const float *weights, float *packed)
{
    int64_t lanes = params->simd->lanes, first = vector_begin(params, vector), rows = params->geometry.window.kernel_h;
    int64_t end = params->geometry.out_channels - first < lanes ? params->geometry.out_channels - first : lanes;
    for (int64_t row = 0; row < rows; row++)
        for (int64_t i = 0; i < params->depth; i++)
            for (int64_t column = 0; column < GROUPED_KERNEL; column++, packed += lanes)
                for (int64_t lane = 0; lane < end; lane++)
                    packed[lane] =
                        weights[(((first + lane) * params->depth + i) * rows + row) * GROUPED_KERNEL + column];
}

static bool pack(struct grouped *params, const float *weights, struct arena *arena)
{
    float *packed = arena_alloc(arena, (size_t)(params->vectors * params->vector_weights), sizeof *packed);
    for (int64_t vector = 0; packed && vector < params->vectors; vector++)
        pack_vector(params, vector, weights, packed + vector * params->vector_weights);
    params->weights = packed;
    return packed != NULL;
}

static bool copy_bias(struct grouped *params, const struct value *value, struct arena *arena)
{
    size_t channels = (size_t)params->geometry.out_channels;
    float *bias = arena_alloc(arena, channels, sizeof *bias);
    if (bias)
        memcpy(bias, value->data, channels * sizeof *bias);
    params->bias = bias;
    return bias != NULL;
}

enum senet_code conv_grouped_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct grouped *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    const struct value *bias = node_input(node, CONV_BIAS), *scale = node_input(node, CONV_SCALE);
    params->simd = setup->simd;
    params->activation = node->activation;
    params->depth = node->inputs[CONV_WEIGHTS]->shape.dim[1];
    params->whole = layout_pixel_stride(&node->outputs[0]->shape);
    params->vectors = (params->whole + lanes_of(params) - 1) / lanes_of(params);
    params->vector_weights = params->geometry.window.kernel_h * params->depth * GROUPED_KERNEL * setup->simd->lanes;
    params->has_residual = node_input(node, CONV_RESIDUAL) != NULL;
    params->has_scale = scale != NULL;
    params->scale_stride = scale ? channel_vector_stride(scale) : 0;
    params->padding = arena_alloc(setup->arena, (size_t)params->whole, sizeof *params->padding);
    if (!params->padding || !pack(params, node->inputs[CONV_WEIGHTS]->data, setup->arena) ||
        (bias && !copy_bias(params, bias, setup->arena)))
        return error_out_of_memory(error);
    setup->packed_inputs = 1u << CONV_WEIGHTS | 1u << CONV_BIAS;
    setup->member_bytes = pixel_rows_bytes(&params->geometry.window);
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

static void compute_row(const struct grouped_job *job, int64_t image, int64_t block, int64_t y, const float **pixels)
{
    const struct grouped *params = job->params;
    const struct window *window = &params->geometry.window;
    const struct tensor *inputs = job->call->inputs;
    const float *input = (const float *)inputs[CONV_X].data + image * window->in_h * window->in_w * params->whole;
    int64_t offset = (image * window->out_h + y) * window->out_w * params->whole;
    struct span rows = pixel_rows_fill(window, input, params->whole, params->padding, y, pixels);
    const struct grouped_row row = {
        .pixels = pixels,
        .row_pixels = pixel_row_width(window),
        .rows = rows.end - rows.begin,
        .stride = window->stride_w,
        .depth = params->depth,
        .weights = params->weights + rows.begin * (params->vector_weights / window->kernel_h),
        .vector_weights = params->vector_weights,
        .out = (float *)job->call->outputs[0].data + offset,
        .out_stride = params->whole,
        .width = window->out_w,
        .first = block * params->vectors / job->blocks,
        .last = (block + 1) * params->vectors / job->blocks,
        .channels = params->geometry.out_channels,
        .epilogue = {.bias = params->bias,
                     .scale = params->has_scale ? (const float *)inputs[CONV_SCALE].data + image * params->scale_stride
                                                : NULL,
                     .residual = params->has_residual ? (const float *)inputs[CONV_RESIDUAL].data + offset : NULL,
                     .residual_stride = params->whole,
                     .activation = params->activation},
    };
    params->simd->grouped_row(&row);
}

static void compute_units(void *context, int64_t begin, int64_t end, int member)
{
    const struct grouped_job *job = context;
    int64_t rows = job->params->geometry.window.out_h;
    void *scratch = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    for (int64_t unit = begin; unit < end; unit++)
        compute_row(job, unit / rows / job->blocks, unit / rows % job->blocks, unit % rows, scratch);
}

/* A row is read best with all its channels, but seven rows are no work for two members. */
static int64_t count_blocks(const struct grouped *params, int64_t members)
{
    int64_t rows = params->geometry.batch * params->geometry.window.out_h;
    if (rows >= ROWS_PER_MEMBER * members)
        return 1;
    return members < params->vectors ? members : params->vectors;
}

void conv_grouped(const struct kernel_call *call)
{
    const struct grouped *params = call->params;
    const struct window *window = &params->geometry.window;
    int members = team_share(call->team);
    struct grouped_job job = {params, call, count_blocks(params, members)};
    int64_t unit_macs = window->out_w * window->kernel_h * GROUPED_KERNEL * params->depth * params->whole / job.blocks;
    team_run_for(call->team, members, params->geometry.batch * job.blocks * window->out_h, parallel_grain(unit_macs),
                 compute_units, &job);
}
