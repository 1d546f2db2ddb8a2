/*
 * DESIGN
 * One image and one group of a convolution is the product weights (M x K) times columns (K x P), with
 * K = channels * kernel_h * kernel_w and P the output pixels. The work is cut into units, each a tile of pixels by
 * a block of output channels, which members of the team take without waiting for one another: every member
 * gathers the columns of its own tile into its own scratch. Tiles bound that scratch and keep it in the cache. An
 * input scale is multiplied into the columns where they are gathered, and makes a 1x1 convolution gather too.
 */
#include <cblas.h>
#include <limits.h>

#include "base/count.h"
#include "graph/geometry.h"
#include "graph/ops.h"
#include "kernels/blas.h"
#include "kernels/channels_last.h"
#include "kernels/conv_epilogue.h"
#include "kernels/im2col.h"
#include "kernels/planar.h"

#define COLUMNS_BYTES ((int64_t)2 << 20)
/* Narrower products leave the multiplication's inner loop half empty. */
#define MIN_TILE 64

struct conv_gemm {
    const struct node *node;
    const struct simd *simd;
    struct conv_geometry geometry;
    int64_t rows, depth, pixels; /* M, K, P of one group */
    int64_t tile;                /* pixels that member scratch has room for; all of them when direct */
    bool direct;                 /* 1x1, stride 1, no padding: the input planes are the columns */
};

/* How one run cuts the work. */
struct cut {
    int64_t tile, tiles, block, blocks; /* pixels per tile, channels per block */
};

struct conv_job {
    const struct conv_gemm *params;
    const struct kernel_call *call;
    struct conv_operands operands;
    struct cut cut;
};

static void set_sizes(struct conv_gemm *params, const struct node *node)
{
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    params->rows = geometry->out_channels / geometry->groups;
    params->depth = geometry->in_channels / geometry->groups * window->kernel_h * window->kernel_w;
    params->pixels = window->out_h * window->out_w;
    params->direct = window_is_pointwise(window) && !node_input(node, CONV_INPUT_SCALE);
    params->tile = params->pixels;
    if (params->direct)
        return;
    int64_t tile = COLUMNS_BYTES / (params->depth * (int64_t)sizeof(float));
    tile = tile < MIN_TILE ? MIN_TILE : tile;
    if (tile < params->pixels) /* equal tiles rather than a narrow last one */
        params->tile = divide_up(params->pixels, divide_up(params->pixels, tile));
}

/* What is left over: one spatial axis, groups of odd sizes, weights that are computed. OpenBLAS counts in int. */
bool conv_gemm_accepts(const struct node *node)
{
    struct conv_gemm params = {0};
    struct senet_error error;
    if (node->inputs[0]->shape.rank > 4 || conv_indirect_accepts(node) ||
        conv_geometry(node, &params.geometry, &error) != SENET_OK)
        return false;
    set_sizes(&params, node);
    return params.rows <= INT_MAX && params.depth <= INT_MAX && params.pixels <= INT_MAX;
}

enum senet_code conv_gemm_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct conv_gemm *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    blas_use_one_thread();
    set_sizes(params, node);
    params->node = node;
    params->simd = setup->simd;
    setup->member_bytes = params->direct ? 0 : (size_t)(params->depth * params->tile) * sizeof(float);
    return SENET_OK;
}

/*
 * Images, groups and tiles are shared out first; where they are fewer than the members, pixels are cut finer; where
 * that would leave narrow tiles, channels are cut and members gather the same columns each for itself.
 */
static struct cut cut_work(const struct conv_gemm *params, int members)
{
    struct cut cut = {params->tile, divide_up(params->pixels, params->tile), params->rows, 1};
    int64_t units = params->geometry.batch * params->geometry.groups * cut.tiles;
    if (units >= members)
        return cut;
    if (params->pixels / members >= MIN_TILE) {
        cut.tiles = members;
        cut.tile = divide_up(params->pixels, cut.tiles);
        cut.tiles = divide_up(params->pixels, cut.tile);
    } else {
        cut.block = divide_up(params->rows, members);
        cut.blocks = divide_up(params->rows, cut.block);
    }
    return cut;
}

/* `taps` rows of `count` columns to a channel. */
static void scale_columns(const float *scales, int64_t channels, int64_t taps, int64_t count, float *columns)
{
    for (int64_t channel = 0; channel < channels; channel++, columns += taps * count)
        for (int64_t i = 0; i < taps * count; i++)
            columns[i] *= scales[channel];
}

/* Where planes are columns: `count` of them, from the one at `planes` on. */
static void scale_planes(const float *planes, int64_t pixels, const float *scales, int64_t channels, int64_t count,
                         float *restrict columns)
{
    for (int64_t channel = 0; channel < channels; channel++, planes += pixels, columns += count)
        for (int64_t i = 0; i < count; i++)
            columns[i] = planes[i] * scales[channel];
}

/* The columns of `count` pixels from `pixel` on, with the group's `scales` if there are any. */
static void gather_columns(const struct conv_gemm *params, const float *planes, const float *scales, int64_t pixel,
                           int64_t count, float *columns)
{
    const struct window *window = &params->geometry.window;
    int64_t channels = params->geometry.in_channels / params->geometry.groups;
    if (scales && window_is_pointwise(window)) {
        scale_planes(planes + pixel, params->pixels, scales, channels, count, columns);
        return;
    }
    im2col(planes, window, channels, pixel, count, columns);
    if (scales)
        scale_columns(scales, channels, window->kernel_h * window->kernel_w, count, columns);
}

/* Unit: image, group, tile, block, the last fastest. */
static void compute_unit(const struct conv_job *job, int64_t unit, float *scratch)
{
    const struct conv_gemm *params = job->params;
    const struct conv_geometry *geometry = &params->geometry;
    const struct window *window = &geometry->window;
    const struct cut *cut = &job->cut;
    int64_t row = unit % cut->blocks * cut->block;
    int64_t pixel = unit / cut->blocks % cut->tiles * cut->tile;
    int64_t group = unit / cut->blocks / cut->tiles; /* counted through all images */
    int64_t rows = params->rows - row < cut->block ? params->rows - row : cut->block;
    int64_t pixels = params->pixels - pixel < cut->tile ? params->pixels - pixel : cut->tile;
    int64_t channels = geometry->in_channels / geometry->groups;
    int64_t out_channel = group % geometry->groups * params->rows + row;

    const float *planes = (const float *)job->call->inputs[0].data + group * channels * window->in_h * window->in_w;
    const float *weights = (const float *)job->call->inputs[1].data + out_channel * params->depth;
    const float *scales = job->operands.input_scale ? job->operands.input_scale + group * channels : NULL;
    int64_t plane = group * params->rows + row;
    float *output = (float *)job->call->outputs[0].data + plane * params->pixels + pixel;
    const float *columns = params->direct ? planes + pixel : scratch;
    if (!params->direct)
        gather_columns(params, planes, scales, pixel, pixels, scratch);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)pixels, (int)params->depth, 1.0f, weights,
                (int)params->depth, columns, (int)(params->direct ? params->pixels : pixels), 0.0f, output,
                (int)params->pixels);
    for (int64_t i = 0; i < rows; i++)
        conv_epilogue(params->simd, &job->operands, plane + i, pixel, output + i * params->pixels, pixels);
}

static void compute_units(void *context, int64_t begin, int64_t end, int member)
{
    const struct conv_job *job = context;
    const struct kernel_call *call = job->call;
    float *scratch = (float *)((char *)call->member_scratch + (size_t)member * call->member_bytes);
    for (int64_t unit = begin; unit < end; unit++)
        compute_unit(job, unit, scratch);
}

void conv_gemm(const struct kernel_call *call)
{
    const struct conv_gemm *params = call->params;
    struct conv_job job = {params, call, conv_operands(call, params->node), cut_work(params, team_size(call->team))};
    int64_t units = params->geometry.batch * params->geometry.groups * job.cut.tiles * job.cut.blocks;
    int64_t unit_macs = job.cut.tile * job.cut.block * params->depth;
    team_run(call->team, units, parallel_grain(divide_up(unit_macs, 16)), compute_units, &job);
}
