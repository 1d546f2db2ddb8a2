/*
 * The expansion of an inverted residual block (1x1, its activation) and the depthwise convolution after it as one step
 * (Sandler et al., "MobileNetV2", arXiv:1801.04381, section 3.3). The expanded image, the largest tensor of such
 * networks by far, is never in memory as a whole.
 *
 * DESIGN
 * A unit of work is a block of channels of a strip of output rows. It computes the block's channels of the expanded
 * rows, a few rows at a time, into a ring that the second-level cache holds, and each output row as soon as the rows
 * are there that it sees:
 *
 *     X        rows of pixels, all of their channels: read once for each block
 *       | 1x1: tiles of pixels by panels, simd/gemm.c
 *     ring     rows x width x channels of the block
 *       | depthwise: simd/depthwise.c
 *     Y        channels of the block of each pixel
 *
 * Strips serve the balance of a team alone: where two meet, rows of the ring are computed twice.
 *
 * The ring has a multiple of `batch` rows, so that those computed at a time lie behind each other, and so many that a
 * new batch takes the places of rows that no output sees any more: at least batch + kernel - 1.
 */
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/conv_product.h"
#include "kernels/depthwise.h"
#include "kernels/pixel_rows.h"

/* Channels of a block: a few lines of each pixel, while the ring stays in cache. */
#define BLOCK_CHANNELS 64
/* Pixels computed at a time: a few tiles, so that the last, shorter ones do not count. */
#define BATCH_PIXELS 48
/* Smaller ones are in the caches between the two convolutions: measured on a machine with 1 MiB and 32 MiB of them. */
#define WORTH_WHILE_BYTES ((int64_t)2 << 20)
#define UNITS_PER_MEMBER 3
/* A strip has so many times the rows that it shares with its neighbour. */
#define ROWS_PER_SHARED 4

struct expand_depthwise {
    struct conv_product expand;
    struct depthwise depthwise;
    int64_t in_pixel; /* floats from one to the next */
    int64_t block;    /* channels, a multiple of the panels' */
    int64_t blocks;
    int64_t batch, ring; /* rows */
};

struct expand_job {
    const struct expand_depthwise *params;
    const struct kernel_call *call;
    int64_t strips; /* of an image */
};

/* A member's scratch, and what it has in the ring. */
struct expand_ring {
    float *pixels;           /* ring x width x block */
    const float **addresses; /* of a batch's pixels in X */
    const float **slots;     /* ring x row_pixels: what a window sees of each row of the ring */
    const float **window;    /* kernel_h x row_pixels */
    int64_t first, next;     /* expanded rows: the one in the ring's first place, the next to be computed */
};

/* ----------------------------------------------------------------- prepare */

static bool is_plain(const struct node *node)
{
    return !node_input(node, CONV_RESIDUAL) && !node_input(node, CONV_SCALE) && !node_input(node, CONV_INPUT_SCALE);
}

/* 1x1 at stride 1 over an image, whose output nobody else reads. */
static bool is_expansion(const struct node *node)
{
    struct conv_geometry geometry;
    struct senet_error error;
    if (!node || node->op != OP_CONV || node->outputs[0]->uses != 1 || !is_plain(node) || !conv_product_accepts(node) ||
        !is_channels_last(node->inputs[CONV_X]) || conv_geometry(node, &geometry, &error) != SENET_OK)
        return false;
    return geometry.groups == 1 && window_is_pointwise(&geometry.window);
}

bool expand_depthwise_accepts(const struct node *node)
{
    struct conv_geometry geometry;
    struct senet_error error;
    const struct value *expanded = node->inputs[CONV_X];
    if (!depthwise_last_accepts(node) || !is_expansion(expanded->producer) ||
        conv_geometry(node, &geometry, &error) != SENET_OK)
        return false;
    const struct window *window = &geometry.window;
    int64_t bytes = window->in_h * window->in_w * geometry.in_channels * (int64_t)sizeof(float);
    return bytes >= WORTH_WHILE_BYTES && window->dilation_h == 1 && window->dilation_w == 1;
}

static void set_sizes(struct expand_depthwise *params)
{
    const struct window *window = &params->depthwise.geometry.window;
    int64_t panel = params->expand.simd->gemm_columns;
    params->block = round_up(BLOCK_CHANNELS, panel);
    params->blocks = divide_up(params->expand.columns, params->block);
    params->batch = divide_up(BATCH_PIXELS, window->in_w);
    params->ring = round_up(params->batch + window->kernel_h - 1, params->batch);
}

static size_t scratch_bytes(const struct expand_depthwise *params)
{
    const struct window *window = &params->depthwise.geometry.window;
    int64_t addresses = params->batch * window->in_w + (params->ring + window->kernel_h) * pixel_row_width(window);
    return (size_t)(params->ring * window->in_w * params->block) * sizeof(float) + (size_t)addresses * sizeof(float *);
}

enum senet_code expand_depthwise_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    const struct node *expansion = node->inputs[CONV_X]->producer;
    struct expand_depthwise *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = depthwise_prepare(node, &params->depthwise, setup, error);
    if (code)
        return code;
    const struct conv_geometry *geometry = &params->depthwise.geometry;
    params->in_pixel = layout_pixel_stride(&expansion->inputs[CONV_X]->shape);
    params->expand = (struct conv_product){.images = geometry->batch,
                                           .pixels = geometry->window.in_h * geometry->window.in_w,
                                           .groups = 1,
                                           .taps = 1,
                                           .depth = expansion->inputs[CONV_X]->shape.dim[1],
                                           .columns = geometry->in_channels,
                                           .out_channels = geometry->in_channels};
    code = conv_product_prepare(expansion, &params->expand, conv_pointwise_weights, expansion->inputs[CONV_WEIGHTS],
                                params->in_pixel * (int64_t)sizeof(float), setup, error);
    if (code)
        return code;
    set_sizes(params);
    setup->workspace_bytes = 0;
    setup->member_bytes = scratch_bytes(params);
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

/* A place of the ring for each row of the image, time and again. */
static int64_t place_of(const struct expand_depthwise *params, const struct expand_ring *ring, int64_t row)
{
    return (row - ring->first) % params->ring;
}

/* The columns of each row that windows see, those in the padding included. */
static void list_slots(const struct expand_depthwise *params, const struct expand_ring *ring)
{
    const struct window *window = &params->depthwise.geometry.window;
    int64_t width = pixel_row_width(window);
    for (int64_t slot = 0; slot < params->ring; slot++) {
        const float *row = ring->pixels + slot * window->in_w * params->block;
        for (int64_t i = 0; i < width; i++) {
            int64_t x = i - window->pad_left;
            ring->slots[slot * width + i] =
                x >= 0 && x < window->in_w ? row + x * params->block : params->depthwise.padding;
        }
    }
}

static struct expand_ring ring_at(const struct expand_job *job, int member, int64_t first)
{
    const struct expand_depthwise *params = job->params;
    const struct window *window = &params->depthwise.geometry.window;
    char *scratch = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    struct expand_ring ring = {.pixels = (float *)(void *)scratch, .first = first, .next = first};
    ring.addresses = (const float **)(void *)(ring.pixels + params->ring * window->in_w * params->block);
    ring.slots = ring.addresses + params->batch * window->in_w;
    ring.window = ring.slots + params->ring * pixel_row_width(window);
    list_slots(params, &ring);
    return ring;
}

/* Channels first.. of the block of `pixels` pixels, whose addresses in X are listed, behind each other from `out` on.
 */
static void expand_pixels(const struct expand_depthwise *params, const struct expand_ring *ring, int64_t first,
                          int64_t pixels, float *out)
{
    const struct conv_product *product = &params->expand;
    int64_t columns = product->simd->gemm_columns, tiles = divide_up(pixels, product->simd->gemm_rows);
    const struct epilogue epilogue = {.activation = product->activation};
    struct gemm_tile tile = {.c_stride = params->block, .taps = 1, .depth = product->depth, .epilogue = &epilogue};
    for (int64_t column = first; column < first + params->block && column < product->columns; column += columns) {
        tile.b = product->weights + column * product->depth;
        tile.bias = product->bias + column;
        tile.columns = round_up(smaller(columns, product->columns - column), 8);
        for (int64_t i = 0; i < tiles; i++) {
            int64_t begin = pixels * i / tiles, end = pixels * (i + 1) / tiles;
            tile.a = ring->addresses + begin;
            tile.rows = (int)(end - begin);
            tile.c = out + begin * params->block + (column - first);
            product->simd->gemm_tile(&tile);
        }
    }
}

/* The next batch of rows; there are fewer at the image's end. */
static void expand_rows(const struct expand_job *job, struct expand_ring *ring, int64_t image, int64_t channel)
{
    const struct expand_depthwise *params = job->params;
    const struct window *window = &params->depthwise.geometry.window;
    int64_t rows = smaller(params->batch, window->in_h - ring->next), pixels = rows * window->in_w;
    const float *x = (const float *)job->call->inputs[CONV_X].data +
                     (image * window->in_h + ring->next) * window->in_w * params->in_pixel;
    for (int64_t i = 0; i < pixels; i++)
        ring->addresses[i] = x + i * params->in_pixel;
    expand_pixels(params, ring, channel, pixels,
                  ring->pixels + place_of(params, ring, ring->next) * window->in_w * params->block);
    ring->next += rows;
}

/* A depthwise row of all channels becomes one of `count` from `first` on, whose pixels have no others. */
static void take_channels(struct depthwise_row *row, int64_t first, int64_t count)
{
    row->last = count;
    row->channels -= first;
    row->weights += first;
    row->out += first;
    row->input_scale = row->input_scale ? row->input_scale + first : NULL;
    row->epilogue.bias = row->epilogue.bias ? row->epilogue.bias + first : NULL;
    row->epilogue.scale = row->epilogue.scale ? row->epilogue.scale + first : NULL;
    row->epilogue.residual = row->epilogue.residual ? row->epilogue.residual + first : NULL;
}

static void compute_strip(const struct expand_job *job, int64_t image, int64_t channel, struct span strip, int member)
{
    const struct expand_depthwise *params = job->params;
    const struct depthwise *depthwise = &params->depthwise;
    const struct window *window = &depthwise->geometry.window;
    int64_t width = pixel_row_width(window), top = strip.begin * window->stride_h - window->pad_top;
    struct expand_ring ring = ring_at(job, member, larger(top, 0));
    for (int64_t y = strip.begin; y < strip.end; y++) {
        top = y * window->stride_h - window->pad_top;
        struct span rows = span_inside(top, 1, window->in_h, window->kernel_h);
        while (ring.next < top + rows.end)
            expand_rows(job, &ring, image, channel);
        for (int64_t row = rows.begin; row < rows.end; row++)
            memcpy(ring.window + (row - rows.begin) * width, ring.slots + place_of(params, &ring, top + row) * width,
                   (size_t)width * sizeof *ring.window);
        struct depthwise_row row = depthwise_row_at(depthwise, job->call, image, y, rows, ring.window);
        take_channels(&row, channel, smaller(params->block, depthwise->octets * 8 - channel));
        depthwise->simd->depthwise_row(&row);
    }
}

/* Units in the order [image][strip][block]. */
static void compute_units(void *context, int64_t begin, int64_t end, int member)
{
    const struct expand_job *job = context;
    int64_t blocks = job->params->blocks, rows = job->params->depthwise.geometry.window.out_h;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t block = unit % blocks, strip = unit / blocks % job->strips, image = unit / blocks / job->strips;
        const struct span span = {rows * strip / job->strips, rows * (strip + 1) / job->strips};
        compute_strip(job, image, block * job->params->block, span, member);
    }
}

static int64_t count_strips(const struct expand_depthwise *params, int members)
{
    const struct window *window = &params->depthwise.geometry.window;
    int64_t units = params->blocks * params->expand.images, wanted = (int64_t)UNITS_PER_MEMBER * members;
    int64_t least = larger(window->kernel_h - window->stride_h, 1) * ROWS_PER_SHARED;
    int64_t most = larger(window->out_h / least, 1);
    return members > 1 ? smaller(divide_up(wanted, units), most) : 1;
}

/* X of the expansion in place of the depthwise convolution's; all other inputs are that one's. */
void expand_depthwise(const struct kernel_call *call)
{
    const struct expand_depthwise *params = call->params;
    int members = team_share(call->team);
    struct expand_job job = {params, call, count_strips(params, members)};
    team_run_for(call->team, members, params->expand.images * job.strips * params->blocks, 1, compute_units, &job);
}
