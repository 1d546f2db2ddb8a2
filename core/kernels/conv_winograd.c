/*
 * Convolution by Winograd's minimal filtering (Lavin and Gray, arXiv:1509.09308): F(2x2,3x3), F(4x4,3x3), and at stride
 * 2 F(2x2,3x3).
 *
 * DESIGN
 * The output is cut into tiles of side x side pixels. The span x span input pixels under a tile (span = side + 2) and
 * the 3x3 weights are each turned into span * span numbers, "frequencies", such that the convolution becomes one
 * multiplication for each frequency, and a sum over channels: a product of matrices for each frequency.
 *
 *   input          values V                    sums M                      output
 *   patches   ->   [frequency][tile][channel]  [frequency][tile][column]   tiles
 *                        |        U [panel][frequency][channel][column]      ^
 *                        |                     |                             |
 *                        +--- V[f] x U[p][f] --+--> M[f], columns of p ------+  bias, scale, residual, activation
 *
 * F(4x4,3x3) multiplies 36 times where 144 multiplications are meant, F(2x2,3x3) 16 times where 36 are.
 *
 * At stride 2, two outputs along an axis are y0 = g0 d0 + g1 d1 + g2 d2 and y1 = g0 d2 + g1 d3 + g2 d4. The taps on
 * even pixels are a filter of two taps at stride 1, of which F(2,2) is made, and the one on odd pixels is what it is:
 *
 *   values     d0 - d2    d2         d4 - d2    d1    d3         y0 = m0 + m1 + m3
 *   weights    g0         g0 + g2    g2         g1    g1         y1 = m1 + m2 + m4
 *
 * Five multiplications for six, 25 for 36 in both axes; of the weights four are distinct along an axis, and 16 kept.
 *
 * The weights U are four or nearly two times as large as the file's; they lie in the order in which they are read, and
 * while one panel's frequency is at work the next is prefetched. Rows of V begin at cache lines; rows of one tile lie
 * an odd number of lines apart from frequency to frequency, as else those that a transform writes together would
 * compete for the same few lines.
 *
 * Groups of a convolution are taken a few at a time, a slice, whose channels are transformed together and whose V stays
 * in the second-level cache between the products of its groups. A convolution without groups is one slice.
 *
 * Work is shared out in one of two ways:
 *   many tiles   blocks of tiles of a slice, whose V stays in the second-level cache; each member has its own V and M
 *   few tiles    all tiles are one block, V is shared: the team transforms patches, waits, then each member multiplies
 *                and finishes panels of its own, so that the weights, now most of the traffic, are read once; never
 *                with groups, of which each has weights of its own
 */
#include <assert.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "graph/conv.h"
#include "graph/geometry.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/conv_product.h"
#include "kernels/conv_winograd.h"
#include "kernels/simd/winograd.h"

#define LINE_FLOATS 16
/* A panel is no wider with any instruction set. */
#define COLUMNS_MAX 32
/* What V may take of the second-level cache, and M. */
#define VALUES_BYTES ((int64_t)320 << 10)
#define SUMS_BYTES ((int64_t)96 << 10)
/* Of a slice: enough that finding pixels costs little beside transforming them. */
#define SLICE_CHANNELS ((int64_t)64)

struct winograd {
    const struct simd *simd;
    const struct winograd_loops *loops;
    struct conv_geometry geometry;
    struct activation activation;
    bool has_residual, has_scale, has_input_scale;
    int64_t scale_stride, input_scale_stride; /* from image to image */
    int64_t span, frequencies;
    int64_t distinct;            /* values of the weights along an axis */
    int64_t down, across, tiles; /* tiles of an image's column and row; of all images */
    int64_t in_stride, out_stride;
    int64_t depth, columns;       /* channels of a group, in and out */
    int64_t group_panels, panels; /* of a group, of all */
    int64_t slice_groups, slices;
    int64_t block_tiles;  /* at most */
    bool shared;          /* few tiles */
    const float *weights; /* U */
    const float *bias;    /* whole vectors, zeros behind */
    const float *zeros;   /* a pixel of padding */
};

struct winograd_job {
    const struct winograd *params;
    const struct kernel_call *call;
    const float *input, *residual, *scale, *input_scale; /* NULL for none */
    float *output;
    int64_t block, at_once; /* tiles and panels that are taken at once */
};

/* The scratch of a member, and where its values are. */
struct winograd_scratch {
    float *values, *sums;
    const float **rows; /* of values, by tile */
};

/* ------------------------------------------------------------------ shapes */

/* Floats between the values of one tile and the next: a power of two would put rows of a product on the same lines. */
static int64_t values_stride(const struct winograd *params)
{
    int64_t stride = round_up(params->slice_groups * params->depth, LINE_FLOATS);
    return stride % 256 ? stride : stride + LINE_FLOATS;
}

/* Floats from frequency to frequency for `tiles` rows `stride` apart: an odd number of lines. */
static int64_t frequency_stride(int64_t tiles, int64_t stride)
{
    return (divide_up(tiles * stride, LINE_FLOATS) | 1) * LINE_FLOATS;
}

static int64_t values_floats(const struct winograd *params, int64_t tiles)
{
    return params->frequencies * frequency_stride(tiles, values_stride(params));
}

/* Output channels of its group before the panel's. */
static int64_t panel_offset(const struct winograd *params, int64_t panel)
{
    return panel % params->group_panels * params->simd->gemm_columns;
}

/* The panel's first output channel, and how many it has. */
static int64_t panel_column(const struct winograd *params, int64_t panel)
{
    return panel / params->group_panels * params->columns + panel_offset(params, panel);
}

static int64_t panel_columns(const struct winograd *params, int64_t panel)
{
    return smaller(params->columns - panel_offset(params, panel), params->simd->gemm_columns);
}

static int64_t panel_width(const struct winograd *params, int64_t panel)
{
    return simd_panel_width(params->simd, panel_columns(params, panel));
}

/* Floats between the sums of one tile and the next: the width of some panels. */
static int64_t sums_stride(const struct winograd *params, int64_t panel, int64_t panels)
{
    int64_t last = panel + panels - 1;
    return panel_column(params, last) - panel_column(params, panel) + panel_width(params, last);
}

/* Panels that are multiplied before their tiles are finished. */
static int64_t panels_at_once(const struct winograd *params, int64_t tiles)
{
    int64_t floats = params->frequencies * tiles * panel_width(params, 0);
    return smaller(larger(SUMS_BYTES / (floats * (int64_t)sizeof(float)), 1),
                   params->slice_groups * params->group_panels);
}

/* No panel is wider than the first. */
static int64_t sums_floats(const struct winograd *params, int64_t tiles)
{
    return params->frequencies * frequency_stride(tiles, panels_at_once(params, tiles) * panel_width(params, 0));
}

static int64_t filter_values(const struct winograd *params)
{
    return params->distinct * params->distinct;
}

/* Of U, before the panel's. */
static int64_t floats_before(const struct winograd *params, int64_t panel)
{
    int64_t last = params->group_panels - 1, group = panel / params->group_panels;
    int64_t columns = group * (panel_offset(params, last) + panel_width(params, last)) + panel_offset(params, panel);
    return columns * filter_values(params) * params->depth;
}

/* Along an axis the last of the distinct weights serve all frequencies that are left. */
static const float *panel_weights(const struct winograd *params, int64_t panel, int64_t frequency)
{
    int64_t last = params->distinct - 1, y = frequency / params->span, x = frequency % params->span;
    int64_t value = smaller(y, last) * params->distinct + smaller(x, last);
    return params->weights + floats_before(params, panel) + value * params->depth * panel_width(params, panel);
}

/* ----------------------------------------------------------------- weights */

/* One of something for each column of a panel. */
typedef double panel_row[COLUMNS_MAX];

/* G along one axis: three taps `stride` apart become the distinct values, as far apart as `step` says. */
static void transform_axis(const struct winograd *params, const panel_row *taps, int64_t stride, int64_t width,
                           panel_row *values, int64_t step)
{
    const double a = WINOGRAD_NEAR, b = WINOGRAD_FAR, by_zero = 1 / (a * a * b * b);
    const double by_near = 1 / (2 * a * a * (a * a - b * b)), by_far = 1 / (2 * b * b * (b * b - a * a));
    for (int64_t i = 0; i < width; i++) {
        const double g0 = taps[0][i], g1 = taps[stride][i], g2 = taps[2 * stride][i];
        if (params->loops->stride == 2) {
            values[0][i] = g0;
            values[step][i] = g0 + g2;
            values[2 * step][i] = g2;
            values[3 * step][i] = g1;
            continue;
        }
        if (params->span == 4) {
            values[0][i] = g0;
            values[step][i] = (g0 + g1 + g2) / 2;
            values[2 * step][i] = (g0 - g1 + g2) / 2;
        } else {
            values[0][i] = g0 * by_zero;
            values[step][i] = (g0 + a * g1 + a * a * g2) * by_near;
            values[2 * step][i] = (g0 - a * g1 + a * a * g2) * by_near;
            values[3 * step][i] = (g0 + b * g1 + b * b * g2) * by_far;
            values[4 * step][i] = (g0 - b * g1 + b * b * g2) * by_far;
        }
        values[(params->span - 1) * step][i] = g2;
    }
}

/* G g G^T of the filters of a panel for one input channel: nine taps to the distinct values, row by row. */
static void transform_filters(const struct winograd *params, const panel_row *taps, int64_t width, panel_row *values)
{
    panel_row columns[WINOGRAD_SPAN_MAX * 3];
    for (int64_t x = 0; x < 3; x++)
        transform_axis(params, taps + x, 3, width, columns + x, 3);
    for (int64_t y = 0; y < params->distinct; y++)
        transform_axis(params, columns + y * 3, 1, width, values + y * params->distinct, 1);
}

/* Channel by channel, so that rows of U are written whole; rounded once. */
static void pack_panel(const struct winograd *params, int64_t panel, const float *filters, float *packed)
{
    int64_t in = params->depth, width = panel_width(params, panel);
    int64_t first = panel_column(params, panel), columns = panel_columns(params, panel);
    panel_row taps[9] = {{0}}, values[WINOGRAD_SPAN_MAX * WINOGRAD_SPAN_MAX];
    for (int64_t c = 0; c < in; c++) {
        for (int64_t i = 0; i < columns; i++)
            for (int64_t tap = 0; tap < 9; tap++)
                taps[tap][i] = (double)filters[((first + i) * in + c) * 9 + tap];
        transform_filters(params, (const panel_row *)taps, width, values);
        for (int64_t value = 0; value < filter_values(params); value++)
            for (int64_t i = 0; i < width; i++)
                packed[(value * in + c) * width + i] = (float)values[value][i];
    }
}

struct packing {
    const struct winograd *params;
    const float *filters;
    float *packed;
};

static void pack_panels(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct packing *packing = context;
    for (int64_t panel = begin; panel < end; panel++)
        pack_panel(packing->params, panel, packing->filters, packing->packed + floats_before(packing->params, panel));
}

/* NULL when memory is short. */
static const float *pack_weights(const struct winograd *params, const float *filters, const struct kernel_setup *setup)
{
    size_t floats = (size_t)floats_before(params, params->panels);
    struct packing packing = {params, filters, arena_alloc(setup->arena, floats, sizeof(float))};
    if (packing.packed)
        team_run(setup->team, params->panels, 1, pack_panels, &packing);
    return packing.packed;
}

static const float *copy_bias(const struct winograd *params, const struct value *bias, struct arena *arena)
{
    size_t count = (size_t)(params->geometry.out_channels + params->simd->gemm_columns);
    float *copy = arena_alloc(arena, count, sizeof *copy);
    if (copy && bias)
        memcpy(copy, bias->data, (size_t)params->geometry.out_channels * sizeof *copy);
    return copy;
}

/* ----------------------------------------------------------------- prepare */

static void set_sizes(struct winograd *params)
{
    const struct window *window = &params->geometry.window;
    int64_t side = params->loops->side;
    params->span = params->loops->span;
    params->frequencies = params->span * params->span;
    params->distinct = params->loops->stride == 2 ? params->span - 1 : params->span;
    params->down = divide_up(window->out_h, side);
    params->across = divide_up(window->out_w, side);
    params->tiles = params->geometry.batch * params->down * params->across;
    params->depth = params->geometry.in_channels / params->geometry.groups;
    params->columns = params->geometry.out_channels / params->geometry.groups;
    params->group_panels = divide_up(params->columns, params->simd->gemm_columns);
    params->panels = params->geometry.groups * params->group_panels;
    params->slices = divide_up(params->geometry.groups, larger(SLICE_CHANNELS / params->depth, 1));
    params->slice_groups = divide_up(params->geometry.groups, params->slices);
    params->slices = divide_up(params->geometry.groups, params->slice_groups);
    int64_t tile_bytes = params->frequencies * values_stride(params) * (int64_t)sizeof(float);
    int64_t block = larger(VALUES_BYTES / tile_bytes, params->simd->gemm_rows);
    params->shared = params->geometry.groups == 1 && params->tiles < 2 * block;
    params->block_tiles = params->shared ? params->tiles : smaller(params->tiles, block);
}

/* Whether there is one, and how far apart those of two images lie. */
static bool find_scale(const struct node *node, enum conv_input input, int64_t *stride)
{
    const struct value *scale = node_input(node, (int)input);
    *stride = scale ? channel_vector_stride(scale) : 0;
    return scale != NULL;
}

static enum senet_code prepare(const struct node *node, enum winograd_method method, struct kernel_setup *setup,
                               struct senet_error *error)
{
    assert(setup->simd->gemm_columns <= COLUMNS_MAX);
    struct winograd *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &params->geometry, error);
    if (code)
        return code;
    params->simd = setup->simd;
    params->loops = &setup->simd->winograd[method];
    params->activation = node->activation;
    params->has_residual = node_input(node, CONV_RESIDUAL) != NULL;
    params->has_scale = find_scale(node, CONV_SCALE, &params->scale_stride);
    params->has_input_scale = find_scale(node, CONV_INPUT_SCALE, &params->input_scale_stride);
    params->in_stride = layout_pixel_stride(&node->inputs[0]->shape);
    params->out_stride = layout_pixel_stride(&node->outputs[0]->shape);
    set_sizes(params);
    params->weights = pack_weights(params, node->inputs[CONV_WEIGHTS]->data, setup);
    params->bias = copy_bias(params, node_input(node, CONV_BIAS), setup->arena);
    params->zeros = arena_alloc(setup->arena, (size_t)params->in_stride, sizeof(float));
    if (!params->weights || !params->bias || !params->zeros)
        return error_out_of_memory(error);
    size_t values = (size_t)values_floats(params, params->block_tiles) * sizeof(float);
    setup->packed_inputs = 1u << CONV_WEIGHTS | 1u << CONV_BIAS;
    setup->workspace_bytes = params->shared ? values : 0;
    setup->member_bytes = (params->shared ? 0 : values) +
                          (size_t)sums_floats(params, params->block_tiles) * sizeof(float) +
                          (size_t)params->block_tiles * sizeof(float *);
    return SENET_OK;
}

enum senet_code conv_winograd2_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    return prepare(node, WINOGRAD_2, setup, error);
}

enum senet_code conv_winograd4_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    return prepare(node, WINOGRAD_4, setup, error);
}

enum senet_code conv_winograd_strided_prepare(const struct node *node, struct kernel_setup *setup,
                                              struct senet_error *error)
{
    return prepare(node, WINOGRAD_STRIDED, setup, error);
}

/* --------------------------------------------------------------------- run */

/* Tile of an image -> its first output row and column. */
struct place {
    int64_t image, y, x;
};

static struct place place_of(const struct winograd *params, int64_t tile)
{
    int64_t side = params->loops->side;
    return (struct place){tile / params->across / params->down, tile / params->across % params->down * side,
                          tile % params->across * side};
}

/* Of a patch that reaches into the padding, which is a pixel of zeros. */
static void list_edge_pixels(const struct winograd *params, const float *image, int64_t channel, int64_t top,
                             int64_t left, const float **pixels)
{
    const struct window *window = &params->geometry.window;
    for (int64_t y = top; y < top + params->span; y++)
        for (int64_t x = left; x < left + params->span; x++) {
            bool inside = y >= 0 && y < window->in_h && x >= 0 && x < window->in_w;
            *pixels++ = (inside ? image + (y * window->in_w + x) * params->in_stride : params->zeros) + channel;
        }
}

/* Where channel `channel` of the pixels under a tile is. */
static void list_pixels(const struct winograd_job *job, const struct place *place, int64_t channel,
                        const float **pixels)
{
    const struct winograd *params = job->params;
    const struct window *window = &params->geometry.window;
    int64_t top = place->y * window->stride_h - window->pad_top, left = place->x * window->stride_w - window->pad_left;
    int64_t stride = params->in_stride;
    const float *image = job->input + place->image * window->in_h * window->in_w * stride;
    if (top < 0 || left < 0 || top + params->span > window->in_h || left + params->span > window->in_w) {
        list_edge_pixels(params, image, channel, top, left, pixels);
        return;
    }
    for (int64_t y = top; y < top + params->span; y++) {
        const float *pixel = image + (y * window->in_w + left) * stride + channel;
        for (int64_t i = 0; i < params->span; i++, pixel += stride)
            *pixels++ = pixel;
    }
}

/* Tiles first..first+count-1 of a slice to rows row..row+count-1 of a block of `rows`. */
static void transform_patches(const struct winograd_job *job, int64_t slice, int64_t first, int64_t count,
                              float *values, int64_t rows, int64_t row)
{
    const struct winograd *params = job->params;
    int64_t stride = values_stride(params), slice_channels = params->slice_groups * params->depth;
    int64_t channel = slice * slice_channels;
    int64_t channels = smaller(slice_channels, params->geometry.in_channels - channel);
    const float *pixels[WINOGRAD_SPAN_MAX * WINOGRAD_SPAN_MAX];
    for (int64_t i = 0; i < count; i++) {
        struct place place = place_of(params, first + i);
        list_pixels(job, &place, channel, pixels);
        const struct winograd_patch patch = {
            .pixels = pixels,
            .scale = job->input_scale ? job->input_scale + place.image * params->input_scale_stride + channel : NULL,
            .channels = channels,
            .values = values + (row + i) * stride,
            .frequency_stride = frequency_stride(rows, stride)};
        params->loops->transform_patch(&patch);
    }
}

/* Tiles of a block by panels of a slice. */
struct winograd_block {
    int64_t slice, first, tiles, panel, panels;
};

/* One frequency of one panel: `next` are the weights that are read after these, or NULL. */
static void multiply(const struct winograd *params, const struct winograd_block *block, int64_t panel, const float *b,
                     const float *const *rows, int64_t offset, float *sums, int64_t stride, const float *next)
{
    int64_t width = panel_width(params, panel), columns = round_up(panel_columns(params, panel), 8);
    int64_t pieces = divide_up(block->tiles, params->simd->gemm_rows);
    int64_t depth = params->depth, lines = depth * LINE_FLOATS;
    for (int64_t piece = 0; piece < pieces; piece++) {
        int64_t begin = block->tiles * piece / pieces, end = block->tiles * (piece + 1) / pieces;
        bool ahead = next && piece * LINE_FLOATS < width; /* each piece fetches one line for each row of b */
        const struct gemm_tile tile = {.a = rows + begin,
                                       .b = b,
                                       .c = sums + begin * stride,
                                       .a_offset = offset,
                                       .c_stride = stride,
                                       .taps = 1,
                                       .depth = depth,
                                       .rows = (int)(end - begin),
                                       .columns = columns,
                                       .prefetch = ahead ? next + piece * lines : NULL};
        params->simd->gemm_tile(&tile);
    }
}

static void finish_tiles(const struct winograd_job *job, const struct winograd_block *block, const float *sums,
                         int64_t stride)
{
    const struct winograd *params = job->params;
    const struct window *window = &params->geometry.window;
    int64_t side = params->loops->side, column = panel_column(params, block->panel);
    int64_t last = block->panel + block->panels - 1;
    int64_t channels = panel_column(params, last) + panel_columns(params, last) - column;
    for (int64_t i = 0; i < block->tiles; i++) {
        struct place place = place_of(params, block->first + i);
        int64_t pixel = (place.image * window->out_h + place.y) * window->out_w + place.x;
        int64_t at = pixel * params->out_stride + column;
        const struct epilogue epilogue = {.bias = params->bias + column,
                                          .scale = job->scale ? job->scale + place.image * params->scale_stride + column
                                                              : NULL,
                                          .residual = job->residual ? job->residual + at : NULL,
                                          .residual_stride = params->out_stride,
                                          .activation = params->activation};
        const struct winograd_tile tile = {.sums = sums + i * stride,
                                           .frequency_stride = frequency_stride(block->tiles, stride),
                                           .channels = channels,
                                           .output = job->output + at,
                                           .row_stride = window->out_w * params->out_stride,
                                           .rows = (int)smaller(side, window->out_h - place.y),
                                           .columns = (int)smaller(side, window->out_w - place.x),
                                           .epilogue = &epilogue};
        params->loops->finish_tile(&tile);
    }
}

/* What is multiplied after one panel's frequency; NULL after the last. */
static const float *next_weights(const struct winograd *params, const struct winograd_block *block, int64_t panel,
                                 int64_t frequency)
{
    int64_t end = block->panel + block->panels;
    if (panel + 1 < end)
        return panel_weights(params, panel + 1, frequency);
    if (frequency + 1 < params->frequencies)
        return panel_weights(params, block->panel, frequency + 1);
    return end < params->panels ? panel_weights(params, end, 0) : NULL;
}

static void compute_block(const struct winograd_job *job, const struct winograd_block *block,
                          const struct winograd_scratch *scratch)
{
    const struct winograd *params = job->params;
    int64_t stride = sums_stride(params, block->panel, block->panels), end = block->panel + block->panels;
    int64_t values = frequency_stride(block->tiles, values_stride(params));
    int64_t sums = frequency_stride(block->tiles, stride);
    for (int64_t frequency = 0; frequency < params->frequencies; frequency++)
        for (int64_t panel = block->panel; panel < end; panel++) {
            const float *next = next_weights(params, block, panel, frequency);
            int64_t group = panel / params->group_panels - block->slice * params->slice_groups; /* of the slice */
            int64_t column = panel_column(params, panel) - panel_column(params, block->panel);
            multiply(params, block, panel, panel_weights(params, panel, frequency), scratch->rows,
                     frequency * values + group * params->depth, scratch->sums + frequency * sums + column, stride,
                     next);
        }
    finish_tiles(job, block, scratch->sums, stride);
}

/* Panels begin..end-1, all of the slice. */
static void compute_panels(const struct winograd_job *job, int64_t slice, int64_t first, int64_t tiles, int64_t begin,
                           int64_t end, const struct winograd_scratch *scratch)
{
    for (int64_t i = 0; i < tiles; i++)
        scratch->rows[i] = scratch->values + i * values_stride(job->params);
    for (int64_t panel = begin; panel < end; panel += job->at_once) {
        const struct winograd_block block = {slice, first, tiles, panel, smaller(job->at_once, end - panel)};
        compute_block(job, &block, scratch);
    }
}

static struct winograd_scratch member_scratch(const struct winograd_job *job, int member)
{
    const struct winograd *params = job->params;
    float *scratch = (float *)((char *)job->call->member_scratch + (size_t)member * job->call->member_bytes);
    struct winograd_scratch parts = {.values = params->shared ? job->call->workspace : scratch};
    parts.sums = params->shared ? scratch : scratch + values_floats(params, params->block_tiles);
    parts.rows = (const float **)(parts.sums + sums_floats(params, params->block_tiles));
    return parts;
}

/* Units: block by slice, the block fastest, so that a member finds a slice's weights in its cache. */
static void compute_blocks(void *context, int64_t begin, int64_t end, int member)
{
    const struct winograd_job *job = context;
    const struct winograd *params = job->params;
    const struct winograd_scratch scratch = member_scratch(job, member);
    int64_t blocks = divide_up(params->tiles, job->block), panels = params->slice_groups * params->group_panels;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t slice = unit / blocks, first = unit % blocks * job->block;
        int64_t tiles = smaller(job->block, params->tiles - first);
        transform_patches(job, slice, first, tiles, scratch.values, tiles, 0);
        compute_panels(job, slice, first, tiles, slice * panels, smaller((slice + 1) * panels, params->panels),
                       &scratch);
    }
}

static void transform_shared(void *context, int64_t begin, int64_t end, int member)
{
    const struct winograd_job *job = context;
    (void)member;
    transform_patches(job, 0, begin, end - begin, job->call->workspace, job->params->tiles, begin);
}

/* Units: groups of panels. */
static void compute_shared(void *context, int64_t begin, int64_t end, int member)
{
    const struct winograd_job *job = context;
    const struct winograd_scratch scratch = member_scratch(job, member);
    compute_panels(job, 0, 0, job->params->tiles, begin * job->at_once,
                   smaller(end * job->at_once, job->params->panels), &scratch);
}

void conv_winograd(const struct kernel_call *call)
{
    const struct winograd *params = call->params;
    int members = team_share(call->team);
    struct winograd_job job = {.params = params,
                               .call = call,
                               .input = call->inputs[CONV_X].data,
                               .residual = params->has_residual ? call->inputs[CONV_RESIDUAL].data : NULL,
                               .scale = params->has_scale ? call->inputs[CONV_SCALE].data : NULL,
                               .input_scale = params->has_input_scale ? call->inputs[CONV_INPUT_SCALE].data : NULL,
                               .output = call->outputs[0].data};
    if (params->shared) {
        int64_t groups = round_up(divide_up(params->panels, panels_at_once(params, params->tiles)), members);
        job.at_once = divide_up(params->panels, groups);
        team_run_for(call->team, members, params->tiles,
                     parallel_grain(params->frequencies * params->geometry.in_channels), transform_shared, &job);
        team_run_for(call->team, members, divide_up(params->panels, job.at_once), 1, compute_shared, &job);
        return;
    }
    int64_t blocks = divide_up(params->tiles, params->block_tiles);
    if (params->slices % members != 0)
        blocks = round_up(blocks, members);
    job.block = divide_up(params->tiles, blocks);
    job.at_once = panels_at_once(params, params->block_tiles);
    team_run_for(call->team, members, params->slices * divide_up(params->tiles, job.block), 1, compute_blocks, &job);
}

/* ------------------------------------------------------------------ choice */

bool conv_winograd_can(const struct node *node, struct conv_geometry *geometry)
{
    struct senet_error error;
    if (node->inputs[CONV_X]->shape.rank != 4 || !conv_product_accepts(node) ||
        conv_geometry(node, geometry, &error) != SENET_OK)
        return false;
    const struct window *window = &geometry->window;
    int64_t depth = geometry->in_channels / geometry->groups, columns = geometry->out_channels / geometry->groups;
    bool whole = geometry->groups == 1 || (depth % 8 == 0 && columns % 8 == 0);
    return whole && window->kernel_h == 3 && window->kernel_w == 3 && window->stride_h == window->stride_w &&
           window->stride_h <= 2 && window->dilation_h == 1 && window->dilation_w == 1;
}

static bool is_chosen(const struct node *node, int64_t stride, int side)
{
    struct conv_geometry geometry;
    return conv_winograd_can(node, &geometry) && geometry.window.stride_h == stride && winograd_side(&geometry) == side;
}

bool conv_winograd2_accepts(const struct node *node)
{
    return is_chosen(node, 1, 2);
}

bool conv_winograd4_accepts(const struct node *node)
{
    return is_chosen(node, 1, 4);
}

bool conv_winograd_strided_accepts(const struct node *node)
{
    return is_chosen(node, 2, 2);
}
