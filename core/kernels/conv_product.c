#include "kernels/conv_product.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "base/error.h"
#include "graph/conv.h"
#include "graph/ops.h"
#include "kernels/channels_last.h"

/* Rows of a panel in a chunk: 256 of 32 floats are 32 KiB. */
#define CHUNK_ROWS 256
/* What a block's input may take of the second-level cache, beside a panel and the output. */
#define BLOCK_BYTES ((int64_t)256 << 10)
/* What the addresses of a block may take: windows may be large. */
#define ADDRESS_BYTES ((int64_t)512 << 10)
/* Outputs of this size are no longer in the second-level cache when a block comes to them; sums of less depth are
 * over before anything could arrive. */
#define FAR_BYTES ((int64_t)512 << 10)
#define FETCH_DEPTH_MIN 48
/* Weights that every member may read for itself. */
#define SHARED_WEIGHT_BYTES ((int64_t)256 << 10)
/* Fewer cannot be shared out evenly. */
#define TILES_PER_MEMBER 16
/* That many multiply-adds take about as long as moving an element. */
#define MACS_PER_ELEMENT 8
#define LINE_FLOATS 16
/* Of a column, packed at once. */
#define PACK_DEPTH ((int64_t)16)

struct product_job {
    const struct conv_product *product;
    const struct kernel_call *call;
    conv_addresses *addresses;
    const void *context;
    const float *residual, *scale, *input_scale; /* NULL for none */
    int64_t scale_stride;                        /* from image to image */
    int64_t tiles, panels;                       /* of all images, of all groups */
    bool by_panels;                              /* an item is a tile under a panel, else a tile under all of them */
    int64_t *placed;                             /* by member: the first tile of the block that it has; -1 before */
};

/* A tile of a block: where its rows begin under each tap, and where its output does, in floats. */
struct placed_tile {
    const float *const *addresses;
    int64_t offset, image;
    int rows;
};

/* A member's scratch, for a block. */
struct room {
    const float **addresses;
    struct placed_tile *tiles;
    float *scaled; /* a chunk of weights */
};

/* One chunk of one panel, as the tiles of a block see it. */
struct chunk {
    int64_t tap, taps, first, depth;
};

/* ------------------------------------------------------------------ shapes */

static void cut_chunks(struct conv_product *product)
{
    if (product->depth >= CHUNK_ROWS) {
        int64_t parts = divide_up(product->depth, CHUNK_ROWS);
        product->chunk_taps = 1;
        product->chunk_depth = divide_up(product->depth, parts);
        product->chunks = product->taps * divide_up(product->depth, product->chunk_depth);
    } else {
        product->chunk_taps = smaller(CHUNK_ROWS / product->depth, product->taps);
        product->chunk_depth = product->depth;
        product->chunks = divide_up(product->taps, product->chunk_taps);
    }
}

static struct chunk chunk_at(const struct conv_product *product, int64_t index)
{
    if (product->chunk_depth == product->depth) {
        int64_t tap = index * product->chunk_taps;
        return (struct chunk){tap, smaller(product->chunk_taps, product->taps - tap), 0, product->depth};
    }
    int64_t parts = divide_up(product->depth, product->chunk_depth);
    int64_t first = index % parts * product->chunk_depth;
    return (struct chunk){index / parts, 1, first, smaller(product->chunk_depth, product->depth - first)};
}

static int64_t panel_width(const struct conv_product *product, int64_t panel)
{
    return simd_panel_width(product->simd, product->columns - panel * product->simd->gemm_columns);
}

/* Floats of all panels of a group. */
static int64_t group_floats(const struct conv_product *product)
{
    int64_t width = (product->panels - 1) * product->simd->gemm_columns + panel_width(product, product->panels - 1);
    return product->taps * product->depth * width;
}

static const float *chunk_weights(const struct conv_product *product, int64_t group, int64_t panel,
                                  const struct chunk *chunk)
{
    int64_t before =
        group * group_floats(product) + panel * product->simd->gemm_columns * product->taps * product->depth;
    return product->weights + before + (chunk->tap * product->depth + chunk->first) * panel_width(product, panel);
}

/* ----------------------------------------------------------------- prepare */

bool conv_product_accepts(const struct node *node)
{
    const struct value *bias = node_input(node, CONV_BIAS);
    return node->inputs[CONV_WEIGHTS]->data && (!bias || bias->data);
}

const float *conv_pointwise_weights(const void *source, int64_t group, int64_t column, int64_t first, int64_t depth,
                                    float *room)
{
    const struct value *weights = source;
    (void)group, (void)depth, (void)room;
    return (const float *)weights->data + column * weights->shape.dim[1] + first;
}

/* depth numbers, each into the next row. A constant depth is unrolled. */
static inline void spread(const float *from, int64_t depth, float *to, int64_t width)
{
    for (int64_t i = 0; i < depth; i++)
        to[i * width] = from[i];
}

/*
 * [column][tap][depth] -> [tap][depth][column], PACK_DEPTH at a time: a column is read a cache line after the other,
 * and what is written to, a few numbers in each line, stays in the first-level cache. `room` is for a column.
 */
static void pack_panel(const struct conv_product *product, int64_t group, int64_t panel, conv_weights *read,
                       const void *source, float *room, float *packed)
{
    int64_t width = panel_width(product, panel), first_column = panel * product->simd->gemm_columns;
    int64_t columns = smaller(width, product->columns - first_column);
    if (columns < width)
        memset(packed, 0, (size_t)(product->taps * product->depth * width) * sizeof *packed);
    for (int64_t first = 0; first < product->depth; first += PACK_DEPTH) {
        int64_t depth = smaller(PACK_DEPTH, product->depth - first);
        for (int64_t column = 0; column < columns; column++) {
            const float *line = read(source, group, first_column + column, first, depth, room);
            float *to = packed + first * width + column;
            for (int64_t tap = 0; tap < product->taps; tap++, line += depth, to += product->depth * width)
                if (depth == PACK_DEPTH)
                    spread(line, PACK_DEPTH, to, width);
                else
                    spread(line, depth, to, width);
        }
    }
}

struct packing {
    const struct conv_product *product;
    conv_weights *read;
    const void *source;
    float *rooms, *packed;
    int64_t room; /* floats of each member's */
};

/* Panels begin..end-1, counted through all groups. */
static void pack_panels(void *context, int64_t begin, int64_t end, int member)
{
    const struct packing *packing = context;
    const struct conv_product *product = packing->product;
    int64_t floats = group_floats(product), panel_floats = product->taps * product->depth * product->simd->gemm_columns;
    for (int64_t i = begin; i < end; i++) {
        int64_t group = i / product->panels, panel = i % product->panels;
        pack_panel(product, group, panel, packing->read, packing->source, packing->rooms + member * packing->room,
                   packing->packed + group * floats + panel * panel_floats);
    }
}

static bool pack(struct conv_product *product, conv_weights *read, const void *source, const struct kernel_setup *setup)
{
    struct packing packing = {.product = product,
                              .read = read,
                              .source = source,
                              .room = product->taps * smaller(PACK_DEPTH, product->depth)};
    packing.rooms = malloc((size_t)(packing.room * team_size(setup->team)) * sizeof(float));
    packing.packed = arena_alloc(setup->arena, (size_t)(product->groups * group_floats(product)), sizeof(float));
    bool allocated = packing.rooms && packing.packed;
    if (allocated)
        team_run(setup->team, product->groups * product->panels, 1, pack_panels, &packing);
    product->weights = packing.packed;
    free(packing.rooms);
    return allocated;
}

static bool copy_bias(struct conv_product *product, const struct value *bias, struct arena *arena)
{
    size_t count = (size_t)(product->out_channels + product->simd->gemm_columns);
    float *copy = arena_alloc(arena, count, sizeof *copy);
    if (copy && bias)
        memcpy(copy, bias->data, (size_t)product->out_channels * sizeof *copy);
    product->bias = copy;
    return copy != NULL;
}

/* Whether there is one, and how far apart those of two images lie. */
static bool find_scale(const struct node *node, enum conv_input input, int64_t *stride)
{
    const struct value *scale = node_input(node, (int)input);
    *stride = scale ? channel_vector_stride(scale) : 0;
    return scale != NULL;
}

enum senet_code conv_product_prepare(const struct node *node, struct conv_product *product, conv_weights *read,
                                     const void *source, int64_t bytes_per_pixel, struct kernel_setup *setup,
                                     struct senet_error *error)
{
    product->simd = setup->simd;
    product->activation = node->activation;
    product->out_stride = layout_pixel_stride(&node->outputs[0]->shape);
    product->panels = divide_up(product->columns, setup->simd->gemm_columns);
    product->tiles = divide_up(product->pixels, setup->simd->gemm_rows);
    cut_chunks(product);
    int64_t pixels = BLOCK_BYTES / bytes_per_pixel, all = product->images * product->tiles;
    int64_t tile_bytes = product->taps * setup->simd->gemm_rows * (int64_t)sizeof(float *);
    product->block_tiles = smaller(pixels / setup->simd->gemm_rows, ADDRESS_BYTES / tile_bytes);
    product->block_tiles = smaller(product->block_tiles + 1, all);
    product->block_tiles = divide_up(all, divide_up(all, product->block_tiles));
    int64_t out_bytes = product->images * product->pixels * product->out_stride * (int64_t)sizeof(float);
    product->fetch = out_bytes >= FAR_BYTES && product->taps * product->depth >= FETCH_DEPTH_MIN;
    if (!pack(product, read, source, setup) || !copy_bias(product, node_input(node, CONV_BIAS), setup->arena))
        return error_out_of_memory(error);
    setup->packed_inputs = 1u << CONV_WEIGHTS | 1u << CONV_BIAS;
    product->has_residual = node_input(node, CONV_RESIDUAL) != NULL;
    product->has_scale = find_scale(node, CONV_SCALE, &product->scale_stride);
    product->has_input_scale = find_scale(node, CONV_INPUT_SCALE, &product->input_scale_stride);
    product->address_bytes = (size_t)(product->block_tiles * product->taps * setup->simd->gemm_rows) * sizeof(float *);
    size_t scaled = (size_t)(product->chunk_taps * product->chunk_depth * setup->simd->gemm_columns) * sizeof(float);
    setup->member_bytes = product->address_bytes + (size_t)product->block_tiles * sizeof(struct placed_tile) +
                          (product->has_input_scale ? scaled : 0);
    if (product->has_scale)
        setup->workspace_bytes += (size_t)(product->images * (product->out_channels + 7)) * sizeof(float);
    return SENET_OK;
}

/* --------------------------------------------------------------------- run */

/*
 * Tiles first..first+count-1, counted through all images. Those of an image differ by one row at most, so that none is
 * too short to keep the multipliers busy. Addresses are in the order [tile][tap][row].
 */
static void place_tiles(const struct product_job *job, int64_t first, int64_t count, const struct room *room)
{
    const float **addresses = room->addresses;
    const struct conv_product *product = job->product;
    int64_t share = product->pixels / product->tiles, longer = product->pixels % product->tiles;
    int64_t image = first / product->tiles, index = first % product->tiles;
    int64_t pixel = share * index + smaller(index, longer);
    for (int64_t i = 0; i < count; i++) {
        int rows = (int)(share + (index < longer));
        job->addresses(job->context, image, pixel, rows, addresses);
        room->tiles[i] = (struct placed_tile){.addresses = addresses,
                                              .offset = (image * product->pixels + pixel) * product->out_stride,
                                              .image = image,
                                              .rows = rows};
        addresses += product->taps * rows;
        pixel += rows;
        if (++index == product->tiles) {
            index = pixel = 0;
            image++;
        }
    }
}

/* The chunk's weights times the gate of their input channels. */
static const float *scale_weights(const struct simd *simd, const float *weights, const float *gate,
                                  const struct chunk *chunk, int64_t width, float *scaled)
{
    for (int64_t tap = 0; tap < chunk->taps; tap++)
        simd->scale_rows(weights + tap * chunk->depth * width, gate, chunk->depth, width,
                         scaled + tap * chunk->depth * width);
    return scaled;
}

/* One panel of weights under the tiles of a block. */
struct panel_work {
    int64_t group, panel;
    const struct placed_tile *tiles;
    int64_t count;
    float *scaled;
};

/*
 * The first tiles of a block fetch the weights of the chunk that comes next, a line for each row of their own: all of
 * them when there are enough tiles.
 */
static const float *next_lines(const float *next, int64_t tile, int64_t rows, int64_t width)
{
    return tile < width / LINE_FLOATS ? next + tile * rows * LINE_FLOATS : NULL;
}

static void compute_chunk(const struct product_job *job, const struct panel_work *work, int64_t index)
{
    const struct conv_product *product = job->product;
    const struct chunk chunk = chunk_at(product, index);
    int64_t width = panel_width(product, work->panel), column = work->panel * product->simd->gemm_columns;
    int64_t channel = work->group * product->columns + column, rows = chunk.taps * chunk.depth;
    const float *weights = chunk_weights(product, work->group, work->panel, &chunk);
    struct epilogue epilogue = {.residual_stride = product->out_stride, .activation = product->activation};
    struct gemm_tile tile = {.b = weights,
                             .bias = index > 0 ? NULL : product->bias + channel,
                             .a_offset = work->group * product->depth + chunk.first,
                             .c_stride = product->out_stride,
                             .sum_stride = product->out_stride,
                             .taps = chunk.taps,
                             .depth = chunk.depth,
                             .columns = (smaller(width, product->columns - column) + 7) / 8 * 8,
                             .fetch = product->fetch,
                             .epilogue = index == product->chunks - 1 ? &epilogue : NULL};
    int64_t scaled_image = -1;
    for (int64_t i = 0; i < work->count; i++) {
        const struct placed_tile *placed = &work->tiles[i];
        int64_t offset = placed->offset + channel;
        tile.rows = placed->rows;
        tile.a = placed->addresses + chunk.tap * placed->rows;
        tile.c = (float *)job->call->outputs[0].data + offset;
        tile.sum = index > 0 ? tile.c : NULL;
        tile.prefetch = next_lines(weights + rows * width, i, rows, width);
        if (job->residual)
            epilogue.residual = job->residual + offset;
        if (job->scale)
            epilogue.scale = job->scale + placed->image * job->scale_stride + channel;
        if (job->input_scale && placed->image != scaled_image) {
            scaled_image = placed->image;
            tile.b = scale_weights(product->simd, weights,
                                   job->input_scale + scaled_image * product->input_scale_stride + tile.a_offset,
                                   &chunk, width, work->scaled);
        }
        product->simd->gemm_tile(&tile);
    }
}

/* Panels first..last-1, counted through all groups, under tiles of a block. */
static void compute_panels(const struct product_job *job, struct panel_work *work, int64_t first, int64_t last)
{
    for (int64_t panel = first; panel < last; panel++) {
        work->group = panel / job->product->panels;
        work->panel = panel % job->product->panels;
        for (int64_t index = 0; index < job->product->chunks; index++)
            compute_chunk(job, work, index);
    }
}

/* Tiles begin..end-1 with all panels, a block at a time. */
static void compute_tiles(const struct product_job *job, int64_t begin, int64_t end, const struct room *room)
{
    struct panel_work work = {.tiles = room->tiles, .scaled = room->scaled};
    for (int64_t first = begin; first < end; first += work.count) {
        work.count = smaller(job->product->block_tiles, end - first);
        place_tiles(job, first, work.count, room);
        compute_panels(job, &work, 0, job->panels);
    }
}

/* Tiles in the order [block][panel][tile]. A member places a block's once, for all panels of it that it takes. */
static void compute_by_panels(const struct product_job *job, int64_t begin, int64_t end, const struct room *room,
                              int64_t *placed)
{
    struct panel_work work = {.scaled = room->scaled};
    int64_t block_tiles = job->product->block_tiles;
    for (int64_t item = begin; item < end; item += work.count) {
        int64_t first = item / (job->panels * block_tiles) * block_tiles;
        int64_t tiles = smaller(block_tiles, job->tiles - first), within = item - first * job->panels;
        int64_t panel = within / tiles, tile = within % tiles;
        if (*placed != first)
            place_tiles(job, first, tiles, room);
        *placed = first;
        work.tiles = room->tiles + tile;
        work.count = smaller(tiles - tile, end - item);
        compute_panels(job, &work, panel, panel + 1);
    }
}

static void compute_items(void *context, int64_t begin, int64_t end, int member)
{
    const struct product_job *job = context;
    char *scratch = (char *)job->call->member_scratch + (size_t)member * job->call->member_bytes;
    struct placed_tile *tiles = (struct placed_tile *)(void *)(scratch + job->product->address_bytes);
    const struct room room = {(const float **)(void *)scratch, tiles,
                              (float *)(void *)(tiles + job->product->block_tiles)};
    if (job->by_panels)
        compute_by_panels(job, begin, end, &room, &job->placed[member]);
    else
        compute_tiles(job, begin, end, &room);
}

/* Whole vectors of it are read, so each image's begins at a multiple of 8. */
static const float *pad_scale(const struct conv_product *product, const float *scale, int64_t stride, float *padded)
{
    for (int64_t image = 0; image < product->images; image++)
        memcpy(padded + image * stride, scale + image * product->scale_stride,
               (size_t)product->out_channels * sizeof *scale);
    return padded;
}

/*
 * Members share out the pixels where those are many, and each reads all weights, or the weights, and each reads all
 * pixels: what is more goes once into one cache. One member alone goes by blocks.
 */
static bool is_cut_by_panels(const struct product_job *job, int members)
{
    const struct conv_product *product = job->product;
    int64_t weight_bytes = product->groups * group_floats(product) * (int64_t)sizeof(float);
    return members > 1 && (weight_bytes > SHARED_WEIGHT_BYTES || job->tiles < TILES_PER_MEMBER * members);
}

/* Multiply-adds of an item. */
static int64_t item_macs(const struct product_job *job)
{
    const struct conv_product *product = job->product;
    int64_t columns =
        job->by_panels ? smaller(product->columns, product->simd->gemm_columns) : product->groups * product->columns;
    return product->taps * product->depth * columns * product->simd->gemm_rows;
}

void conv_product_run(const struct conv_product *product, const struct kernel_call *call, conv_addresses *addresses,
                      const void *context)
{
    int members = team_share(call->team);
    int64_t placed[TEAM_SIZE_MAX];
    for (int i = 0; i < team_size(call->team); i++)
        placed[i] = -1;
    struct product_job job = {.product = product,
                              .call = call,
                              .addresses = addresses,
                              .context = context,
                              .residual = product->has_residual ? call->inputs[CONV_RESIDUAL].data : NULL,
                              .scale = product->has_scale ? call->inputs[CONV_SCALE].data : NULL,
                              .input_scale = product->has_input_scale ? call->inputs[CONV_INPUT_SCALE].data : NULL,
                              .scale_stride = product->scale_stride,
                              .tiles = product->images * product->tiles,
                              .panels = product->groups * product->panels,
                              .placed = placed};
    job.by_panels = is_cut_by_panels(&job, members);
    if (job.scale && product->scale_stride % 8 != 0) {
        job.scale_stride = (product->out_channels + 7) / 8 * 8;
        job.scale = pad_scale(product, job.scale, job.scale_stride, call->workspace);
    }
    int64_t items = job.by_panels ? job.tiles * job.panels : job.tiles;
    team_run_for(call->team, members, items, parallel_grain(item_macs(&job) / MACS_PER_ELEMENT + 1), compute_items,
                 &job);
}
