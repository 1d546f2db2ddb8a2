/*
 * Pointwise convolution by Strassen's product of matrices in Winograd's form: seven multiplications for eight
 * (Winograd, "On multiplication of 2 x 2 matrices", Linear Algebra and its Applications 4, 1971).
 *
 * DESIGN
 * Pixels are rows, A (pixels x depth) times B (depth x columns) is C, and each is cut into quarters. A block of pixels
 * is cut into its first and its second half, the depth in the middle, and panel p of the columns goes with panel
 * p + pairs, as far as there are pairs of whole panels:
 *
 *              B   panel p    panel p + pairs
 *                 +---------+---------+
 *                 |   B11   |   B12   |
 *                 +---------+---------+
 *         A       |   B21   |   B22   |                   S1 = A21 + A22   T1 = B12 - B11
 *   +-----+-----+ +---------+---------+                   S2 = S1 - A11    T2 = B11 - T3
 *   | A11 | A12 | |   C11   |   C12   |  upper pixels     S3 = A21 - A11   T3 = B12 - B22
 *   +-----+-----+ +---------+---------+                   S4 = A12 - S2    T4 = B21 - T2
 *   | A21 | A22 | |   C21   |   C22   |  lower pixels
 *   +-----+-----+ +---------+---------+
 *
 * The additions are made where something else is waited for:
 *   S   once for each block, into scratch: the only pass of its own
 *   T   by the first tile of each product, between its multiplications (adders are idle there), into scratch for the
 *       tiles after it; signs are such that each T is one subtraction, and T3, T2, T4 follow each other in one place
 *   C   at the end of tiles, from registers. The order of the products is such that two unfinished sums, U and V, are
 *       all that waits, in the first-level cache, and that each quarter of C is written once, through the epilogue:
 *
 *           P1 = A11 B11   U = P1               P4 = A22 T4   C21 = V + P4
 *           P2 = A12 B21   C11 = U + P2         P5 = S1 T1    C22 = V + P5, V = U + P5
 *           P7 = S3 T3     V = U + P7           P3 = S4 B22   C12 = V + P3
 *           P6 = S2 T2     U += P6, V += P6
 *
 * An odd pixel, and panels without a partner, are multiplied as they are.
 */
#include "base/count.h"
#include "base/error.h"
#include "graph/conv.h"
#include "graph/geometry.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"
#include "kernels/conv_product.h"
#include "kernels/span.h"

#define LINE_FLOATS 16
/* Two panels, with any instruction set. */
#define COLUMNS_MIN 64
/* Of input, in a block. More than the second-level cache holds: the more tiles share a T the better. */
#define BLOCK_BYTES ((int64_t)800 << 10)
/* Their U and V stay in the first-level cache. */
#define BLOCK_PAIRS_MAX 100
/* Blocks are not made smaller than this to give each member one. */
#define BLOCK_PAIRS_MIN 24
/* Units for each member, where there are too few blocks. */
#define UNITS_PER_MEMBER 4

/*
 * What the additions cost, as a share of the eight multiplications' time: rounded from fits to measurements of one
 * machine with AVX2 and AVX-512, between the two.
 */
#define SUMS_COST 3.0       /* over columns */
#define TILE_COST 15.0      /* over depth */
#define DIFFERENCE_COST 2.0 /* over pixels */
#define WORTH_WHILE 0.03

struct conv_strassen {
    struct conv_product product; /* weights, in panels of the whole depth, and what else a product needs */
    struct window window;
    int64_t in_stride;
    int64_t scaled_stride; /* of pixels in scratch, where their channels are scaled; else 0 */
    int64_t half;          /* of the depth */
    int64_t sum_stride;    /* floats from S1 to S2 and so on, of one pair of pixels */
    int64_t pairs;         /* of pixels of an image */
    int64_t block_pairs;   /* at most */
    int64_t panel_pairs;
    size_t sums_bytes, difference_bytes, temporary_bytes, scaled_bytes; /* of a member's scratch: S, T, U or V, A */
};

struct strassen_job {
    const struct conv_strassen *params;
    const struct kernel_call *call;
    const float *input, *residual, *scale, *input_scale; /* NULL for none */
    float *output;
    int64_t block, blocks; /* pairs of a block; blocks of an image */
    int64_t columns;       /* units of a block: a pair of panels each, and one of the panels without a partner */
    int64_t slices;        /* of the block's tiles, which are units of their own */
    int64_t *placed;       /* by member: the block whose sums it has, counted through all images; -1 before */
};

enum row_list { ROWS_UPPER, ROWS_LOWER, ROWS_SUMS, ROW_LISTS };
/* KEPT: the T of the product before. */
enum quarter { NO_QUARTER, B11, B12, B21, B22, KEPT, QUARTERS };
/* U and V are sums that are not finished, in scratch; quarters of C are finished by their last product. */
enum place { NOWHERE, U, V, C11, C12, C21, C22, PLACES };

/* to = sum + P, also = also_sum + P, where P = part of rows * (b - minus) + bias. Sums are those of before. */
static const struct strassen_product {
    enum row_list rows;
    int part; /* 0 and 1 are halves of the depth, or 0..3 are S1..S4 */
    enum quarter b, minus;
    enum place to, sum, also, also_sum;
    bool bias;
} products[] = {
    /* P1 */ {.rows = ROWS_UPPER, .part = 0, .b = B11, .to = U},
    /* P2 */ {.rows = ROWS_UPPER, .part = 1, .b = B21, .to = C11, .sum = U, .bias = true},
    /* P7 */ {.rows = ROWS_SUMS, .part = 2, .b = B12, .minus = B22, .to = V, .sum = U},
    /* P6 */ {.rows = ROWS_SUMS, .part = 1, .b = B11, .minus = KEPT, .to = U, .sum = U, .also = V, .also_sum = V},
    /* P4 */ {.rows = ROWS_LOWER, .part = 1, .b = B21, .minus = KEPT, .to = C21, .sum = V, .bias = true},
    /* P5 */
    {.rows = ROWS_SUMS, .part = 0, .b = B12, .minus = B11, .to = C22, .sum = V, .also = V, .also_sum = U, .bias = true},
    /* P3 */ {.rows = ROWS_SUMS, .part = 3, .b = B22, .to = C12, .sum = V},
};
enum { PRODUCTS = sizeof products / sizeof *products };

/* ----------------------------------------------------------------- prepare */

static void set_sizes(struct conv_strassen *params)
{
    const struct conv_product *product = &params->product;
    int64_t pair_bytes = 2 * params->in_stride * (int64_t)sizeof(float);
    params->half = product->depth / 2;
    params->sum_stride = (divide_up(params->half, LINE_FLOATS) | 1) * LINE_FLOATS;
    params->pairs = product->pixels / 2;
    params->block_pairs = smaller(smaller(BLOCK_BYTES / pair_bytes + 1, BLOCK_PAIRS_MAX), params->pairs);
    params->panel_pairs = product->columns / product->simd->gemm_columns / 2;
    params->sums_bytes = (size_t)(params->block_pairs * STRASSEN_SUMS * params->sum_stride) * sizeof(float);
    if (product->has_input_scale)
        params->scaled_stride = (divide_up(product->depth, LINE_FLOATS) | 1) * LINE_FLOATS;
    params->scaled_bytes = (size_t)((2 * params->block_pairs + 1) * params->scaled_stride) * sizeof(float);
    params->temporary_bytes = (size_t)(params->block_pairs * product->simd->gemm_columns) * sizeof(float);
    params->difference_bytes = (size_t)(params->half * product->simd->gemm_columns) * sizeof(float);
}

enum senet_code conv_strassen_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct conv_geometry geometry;
    struct conv_strassen *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    enum senet_code code = conv_geometry(node, &geometry, error);
    if (code)
        return code;
    params->window = geometry.window;
    params->in_stride = layout_pixel_stride(&node->inputs[CONV_X]->shape);
    params->product = (struct conv_product){.images = geometry.batch,
                                            .pixels = geometry.window.out_h * geometry.window.out_w,
                                            .groups = 1,
                                            .taps = 1,
                                            .depth = geometry.in_channels,
                                            .columns = geometry.out_channels,
                                            .out_channels = geometry.out_channels};
    code = conv_product_prepare(node, &params->product, conv_pointwise_weights, node->inputs[CONV_WEIGHTS],
                                params->in_stride * (int64_t)sizeof(float), setup, error);
    if (code)
        return code;
    set_sizes(params);
    setup->workspace_bytes = 0; /* scales are whole vectors */
    setup->member_bytes = params->sums_bytes + params->difference_bytes + 2 * params->temporary_bytes +
                          params->scaled_bytes + (size_t)(params->block_pairs * 3 + 1) * sizeof(float *);
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

/* Pixels first..first+pixels-1 of an image, two for each pair and at the image's end perhaps one more; scratch. */
struct strassen_block {
    int64_t image, first, pixels, pairs;
    float *sums, *difference, *scaled, *temporaries[2];
    const float **rows[ROW_LISTS]; /* by pair. The lists of upper and lower pixels and of an odd one are one */
};

static struct strassen_block block_at(const struct strassen_job *job, int64_t index, int member)
{
    const struct conv_strassen *params = job->params;
    char *scratch = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    int64_t first = index % job->blocks * job->block, pairs = smaller(job->block, params->pairs - first);
    int64_t pixels = params->product.pixels - 2 * first;
    struct strassen_block block = {.image = index / job->blocks,
                                   .first = 2 * first,
                                   .pixels = pixels == 2 * pairs + 1 ? pixels : 2 * pairs,
                                   .pairs = pairs,
                                   .sums = (float *)(void *)scratch,
                                   .difference = (float *)(void *)(scratch + params->sums_bytes)};
    scratch += params->sums_bytes + params->difference_bytes;
    for (int i = 0; i < 2; i++, scratch += params->temporary_bytes)
        block.temporaries[i] = (float *)(void *)scratch;
    block.scaled = (float *)(void *)scratch;
    block.rows[ROWS_SUMS] = (const float **)(void *)(scratch + params->scaled_bytes);
    block.rows[ROWS_UPPER] = block.rows[ROWS_SUMS] + params->block_pairs;
    block.rows[ROWS_LOWER] = block.rows[ROWS_UPPER] + pairs;
    return block;
}

/* Where a gate goes in, A is scaled in scratch: it cannot be in weights whose rows are added up. */
static const float *scale_pixels(const struct strassen_job *job, const struct strassen_block *block,
                                 const float *pixels)
{
    const struct conv_strassen *params = job->params;
    const struct combination_row row = {.combination = COMBINE_MUL,
                                        .a = pixels,
                                        .b = job->input_scale + block->image * params->product.input_scale_stride,
                                        .out = block->scaled,
                                        .a_stride = params->in_stride,
                                        .out_stride = params->scaled_stride,
                                        .pixels = block->pixels,
                                        .channels = params->product.depth};
    params->product.simd->combine_row(&row);
    return block->scaled;
}

/* At stride 2 or more pixels are stepped over. */
static void list_pixels(const struct strassen_job *job, const struct strassen_block *block, const float **rows)
{
    const struct window *window = &job->params->window;
    int64_t x = block->first % window->out_w,
            y = block->image * window->in_h + block->first / window->out_w * window->stride_h;
    for (int64_t i = 0; i < block->pixels; i++) {
        rows[i] = job->input + (y * window->in_w + x * window->stride_w) * job->params->in_stride;
        if (++x == window->out_w) {
            x = 0;
            y += window->stride_h;
        }
    }
}

static void list_rows(const struct strassen_job *job, const struct strassen_block *block)
{
    const struct conv_strassen *params = job->params;
    list_pixels(job, block, block->rows[ROWS_UPPER]);
    if (job->input_scale) {
        const float *scaled = scale_pixels(job, block, block->rows[ROWS_UPPER][0]);
        for (int64_t i = 0; i < block->pixels; i++)
            block->rows[ROWS_UPPER][i] = scaled + i * params->scaled_stride;
    }
    for (int64_t i = 0; i < block->pairs; i++)
        block->rows[ROWS_SUMS][i] = block->sums + i * STRASSEN_SUMS * params->sum_stride;
}

static void make_sums(const struct strassen_job *job, const struct strassen_block *block)
{
    const struct conv_strassen *params = job->params;
    for (int64_t i = 0; i < block->pairs; i++) {
        const struct strassen_pixels pixels = {.upper = block->rows[ROWS_UPPER][i],
                                               .lower = block->rows[ROWS_LOWER][i],
                                               .half = params->half,
                                               .sums = block->sums + i * STRASSEN_SUMS * params->sum_stride,
                                               .stride = params->sum_stride};
        params->product.simd->strassen_pixels(&pixels);
    }
}

static struct epilogue epilogue_of(const struct strassen_job *job, int64_t image, int64_t channel)
{
    const struct conv_product *product = &job->params->product;
    return (struct epilogue){.scale = job->scale ? job->scale + image * product->scale_stride + channel : NULL,
                             .residual_stride = product->out_stride,
                             .activation = product->activation};
}

/* A place that tiles are stored to, or sums read from. */
struct strassen_place {
    float *at; /* of the block's first pair */
    int64_t stride, channel;
};

static struct strassen_place place_at(const struct strassen_job *job, const struct strassen_block *block, int64_t panel,
                                      enum place place)
{
    const struct conv_product *product = &job->params->product;
    int64_t width = product->simd->gemm_columns;
    if (place == U || place == V)
        return (struct strassen_place){block->temporaries[place - U], width, 0};
    int64_t pixel = block->image * product->pixels + block->first + (place >= C21 ? block->pairs : 0);
    int64_t channel = (panel + (place == C12 || place == C22 ? job->params->panel_pairs : 0)) * width;
    return (struct strassen_place){job->output + pixel * product->out_stride + channel, product->out_stride, channel};
}

static const float *quarter_at(const struct strassen_job *job, const struct strassen_block *block, int64_t panel,
                               enum quarter quarter)
{
    const struct conv_strassen *params = job->params;
    int64_t floats = params->half * params->product.simd->gemm_columns;
    const float *left = params->product.weights + 2 * panel * floats, *right = left + 2 * params->panel_pairs * floats;
    const float *const quarters[QUARTERS] = {
        [B11] = left, [B12] = right, [B21] = left + floats, [B22] = right + floats, [KEPT] = block->difference};
    return quarters[quarter];
}

/* One of `slices` of all `count` pixels, pairs of them or tiles. */
static struct span slice_of(const struct strassen_job *job, int64_t slice, int64_t count)
{
    return (struct span){count * slice / job->slices, count * (slice + 1) / job->slices};
}

static void multiply(const struct strassen_job *job, const struct strassen_block *block, int64_t panel, int64_t slice,
                     int index)
{
    const struct conv_strassen *params = job->params;
    const struct conv_product *product = &params->product;
    const struct strassen_product *part = &products[index];
    const struct strassen_place to = place_at(job, block, panel, part->to);
    const float *sum = part->sum ? place_at(job, block, panel, part->sum).at : NULL;
    int64_t width = product->simd->gemm_columns;
    struct epilogue epilogue = epilogue_of(job, block->image, to.channel);
    const struct gemm_difference difference = {quarter_at(job, block, panel, part->minus), block->difference};
    struct gemm_second second;
    struct gemm_tile tile = {.b = quarter_at(job, block, panel, part->b),
                             .bias = part->bias ? product->bias + to.channel : NULL,
                             .a_offset = part->part * (part->rows == ROWS_SUMS ? params->sum_stride : params->half),
                             .c_stride = to.stride,
                             .sum_stride = width,
                             .taps = 1,
                             .depth = params->half,
                             .columns = width,
                             .epilogue = part->to >= C11 ? &epilogue : NULL,
                             .fetch = product->fetch,
                             .second = part->also ? &second : NULL,
                             .difference = part->minus ? &difference : NULL};
    /* The quarters of the next pair of panels, one in each of the first products, a line for each row in each tile. */
    const float *next = index < 4 && panel + 1 < params->panel_pairs
                            ? quarter_at(job, block, panel + 1, (enum quarter)(B11 + index))
                            : NULL;
    int64_t tiles = divide_up(block->pairs, product->simd->gemm_rows);
    const struct span own = slice_of(job, slice, tiles);
    for (int64_t i = own.begin; i < own.end; i++) {
        int64_t begin = block->pairs * i / tiles, end = block->pairs * (i + 1) / tiles;
        tile.a = block->rows[part->rows] + begin;
        tile.rows = (int)(end - begin);
        tile.c = to.at + begin * to.stride;
        tile.sum = sum ? sum + begin * width : NULL;
        if (part->also)
            second = (struct gemm_second){place_at(job, block, panel, part->also_sum).at + begin * width,
                                          place_at(job, block, panel, part->also).at + begin * width};
        tile.prefetch = next && i < width / LINE_FLOATS ? next + i * params->half * LINE_FLOATS : NULL;
        if (job->residual && part->to >= C11)
            epilogue.residual = job->residual + (tile.c - job->output);
        product->simd->gemm_tile(&tile);
        if (part->minus)
            tile.b = block->difference;
        tile.difference = NULL;
    }
}

/* Pixels first..first+count-1 of a block, as they are. */
static void multiply_plainly(const struct strassen_job *job, const struct strassen_block *block, int64_t first,
                             int64_t count, int64_t panel)
{
    const struct conv_product *product = &job->params->product;
    int64_t column = panel * product->simd->gemm_columns, tiles = divide_up(count, product->simd->gemm_rows);
    int64_t origin = (block->image * product->pixels + block->first + first) * product->out_stride + column;
    struct epilogue epilogue = epilogue_of(job, block->image, column);
    struct gemm_tile tile = {.b = product->weights + column * product->depth,
                             .bias = product->bias + column,
                             .c_stride = product->out_stride,
                             .taps = 1,
                             .depth = product->depth,
                             .columns = smaller(product->simd->gemm_columns, product->columns - column),
                             .epilogue = &epilogue,
                             .fetch = product->fetch};
    for (int64_t i = 0; i < tiles; i++) {
        int64_t begin = count * i / tiles, end = count * (i + 1) / tiles, at = origin + begin * product->out_stride;
        tile.a = block->rows[ROWS_UPPER] + first + begin;
        tile.rows = (int)(end - begin);
        tile.c = job->output + at;
        if (job->residual)
            epilogue.residual = job->residual + at;
        product->simd->gemm_tile(&tile);
    }
}

/* A slice of a pair of panels; the last has the odd pixel. */
static void compute_pair(const struct strassen_job *job, const struct strassen_block *block, int64_t panel,
                         int64_t slice)
{
    int64_t paired = 2 * block->pairs;
    for (int i = 0; i < PRODUCTS; i++)
        multiply(job, block, panel, slice, i);
    for (int side = 0; side < 2 && slice == job->slices - 1; side++)
        multiply_plainly(job, block, paired, block->pixels - paired, panel + side * job->params->panel_pairs);
}

/* A slice of the panels without a partner. */
static void compute_rest(const struct strassen_job *job, const struct strassen_block *block, int64_t slice)
{
    const struct span own = slice_of(job, slice, block->pixels);
    for (int64_t panel = 2 * job->params->panel_pairs; panel < job->params->product.panels; panel++)
        multiply_plainly(job, block, own.begin, own.end - own.begin, panel);
}

/* Units begin..end-1. A member makes a block's sums once for all units of it that it takes. */
static void compute_units(void *context, int64_t begin, int64_t end, int member)
{
    const struct strassen_job *job = context;
    for (int64_t unit = begin; unit < end; unit++) {
        int64_t slice = unit % job->slices, column = unit / job->slices % job->columns;
        int64_t index = unit / job->slices / job->columns;
        struct strassen_block block = block_at(job, index, member);
        if (job->placed[member] != index) {
            list_rows(job, &block);
            make_sums(job, &block);
        }
        job->placed[member] = index;
        if (column < job->params->panel_pairs)
            compute_pair(job, &block, column, slice);
        else
            compute_rest(job, &block, slice);
    }
}

/*
 * As many blocks as the team has members, so that sums are made once. Where blocks would become too small members share
 * one, and make its sums each: by panels, and by slices of those where panels do not come out even.
 */
static void share_out(struct strassen_job *job, int members)
{
    const struct conv_strassen *params = job->params;
    int64_t images = params->product.images, least = divide_up(params->pairs, params->block_pairs);
    int64_t most = larger(params->pairs / BLOCK_PAIRS_MIN, least);
    int64_t wanted = divide_up(divide_up(least * images, members) * members, images);
    job->block = divide_up(params->pairs, smaller(wanted, most));
    job->blocks = divide_up(params->pairs, job->block);
    job->columns = params->panel_pairs + (params->product.panels > 2 * params->panel_pairs);
    job->slices = 1;
    if (job->blocks * images < members)
        job->slices = smaller(divide_up(UNITS_PER_MEMBER * members, job->blocks * images * job->columns),
                              divide_up(job->block, params->product.simd->gemm_rows));
}

void conv_strassen(const struct kernel_call *call)
{
    const struct conv_strassen *params = call->params;
    int members = team_size(call->team); /* not its share: pairs, and with them the last bits, follow from the blocks */
    int64_t placed[TEAM_SIZE_MAX];
    for (int i = 0; i < members; i++)
        placed[i] = -1;
    struct strassen_job job = {.params = params,
                               .call = call,
                               .input = call->inputs[CONV_X].data,
                               .residual = params->product.has_residual ? call->inputs[CONV_RESIDUAL].data : NULL,
                               .scale = params->product.has_scale ? call->inputs[CONV_SCALE].data : NULL,
                               .input_scale =
                                   params->product.has_input_scale ? call->inputs[CONV_INPUT_SCALE].data : NULL,
                               .output = call->outputs[0].data,
                               .placed = placed};
    share_out(&job, members);
    int64_t units = params->product.images * job.blocks * job.columns * job.slices, grain = 1;
    if (job.blocks * params->product.images >= members)
        grain = job.columns;
    team_run_for(call->team, team_share(call->team), units, grain, compute_units, &job);
}

/* ------------------------------------------------------------------ choice */

/* Halves of the depth, and scales, are whole octets. What is scaled are pixels side by side. */
static bool can(const struct node *node, struct conv_geometry *geometry)
{
    struct senet_error error;
    if (node->inputs[CONV_X]->shape.rank != 4 || !conv_product_accepts(node) ||
        conv_geometry(node, geometry, &error) != SENET_OK)
        return false;
    bool reached = node_input(node, CONV_INPUT_SCALE) ? window_is_pointwise(&geometry->window)
                                                      : window_is_one_pixel(&geometry->window);
    return reached && geometry->groups == 1 && geometry->in_channels % 16 == 0 && geometry->out_channels % 8 == 0 &&
           geometry->out_channels >= COLUMNS_MIN;
}

/*
 * An eighth is saved, of the columns that are paired with any instruction set; S is made of each pixel whatever the
 * columns, and twice where A is scaled first, C is stored whatever the depth, T likewise whatever the pixels.
 */
static bool pays(const struct node *node, const struct conv_geometry *geometry)
{
    double pixels = (double)(geometry->window.out_h * geometry->window.out_w);
    double columns = (double)geometry->out_channels, passes = node_input(node, CONV_INPUT_SCALE) ? 2 : 1;
    double paired = (double)(geometry->out_channels / COLUMNS_MIN * COLUMNS_MIN) / columns;
    double spent = passes * SUMS_COST / columns + TILE_COST / (double)geometry->in_channels + DIFFERENCE_COST / pixels;
    return paired / 8 - spent > WORTH_WHILE;
}

bool conv_strassen_accepts(const struct node *node)
{
    struct conv_geometry geometry;
    return can(node, &geometry) && pays(node, &geometry);
}
