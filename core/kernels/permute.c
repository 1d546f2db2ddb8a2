/* Transpose, and what is one between other shapes: DepthToSpace, SpaceToDepth, ChannelShuffle. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/piece.h"
#include "kernels/planar.h"

#define BLOCK 16 /* a square of that many elements stays in the first-level cache */

/* Output axis i is axis perm[i] of `from`. */
struct permutation {
    struct senet_shape from;
    int perm[SENET_MAX_RANK];
    size_t size; /* bytes of an element */
};

/* The axes of the output after merging: how long each is, and how far apart its elements lie in input and output. */
struct walk {
    struct senet_shape shape;
    int64_t from_strides[SENET_MAX_RANK], to_strides[SENET_MAX_RANK];
};

struct permute_job {
    struct walk outer;
    int64_t rows, row_from, row_to; /* the input's last axis: elements lie behind each other there */
    int64_t columns, column_from;   /* the output's last axis, likewise */
    size_t size;
    const char *source;
    char *destination;
};

/* Axes of one element vanish; neighbours that stay neighbours become one. */
static void plan_walk(const struct permutation *permutation, struct walk *walk)
{
    const struct senet_shape *from = &permutation->from;
    int64_t strides[SENET_MAX_RANK], stride = 1;
    int count = 0;
    row_major_strides(from, strides);
    for (int axis = 0; axis < from->rank; axis++) {
        int64_t dim = from->dim[permutation->perm[axis]], step = strides[permutation->perm[axis]];
        if (dim == 1)
            continue;
        bool merges = count > 0 && walk->from_strides[count - 1] == step * dim;
        count += !merges;
        walk->shape.dim[count - 1] = merges ? walk->shape.dim[count - 1] * dim : dim;
        walk->from_strides[count - 1] = step;
    }
    walk->shape.rank = count;
    for (int axis = count - 1; axis >= 0; axis--) {
        walk->to_strides[axis] = stride;
        stride *= walk->shape.dim[axis];
    }
}

static void remove_axis(struct walk *walk, int axis)
{
    for (int next = axis + 1; next < walk->shape.rank; next++) {
        walk->shape.dim[next - 1] = walk->shape.dim[next];
        walk->from_strides[next - 1] = walk->from_strides[next];
        walk->to_strides[next - 1] = walk->to_strides[next];
    }
    walk->shape.rank--;
}

/* `rows` x `columns` elements: rows lie behind each other in the input, columns in the output. */
static inline void turn_block(const struct permute_job *job, const char *source, char *destination, int64_t rows,
                              size_t size)
{
    for (int64_t first = 0; first < job->columns; first += BLOCK) {
        int64_t end = job->columns - first < BLOCK ? job->columns : first + BLOCK;
        for (int64_t row = 0; row < rows; row++) {
            const char *from = source + (size_t)(row * job->row_from) * size;
            char *to = destination + (size_t)(row * job->row_to) * size;
            for (int64_t column = first; column < end; column++)
                memcpy(to + (size_t)column * size, from + (size_t)(column * job->column_from) * size, size);
        }
    }
}

/* Blocks of rows, all columns of each. */
static void turn_blocks(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct permute_job *job = context;
    int64_t blocks = (job->rows + BLOCK - 1) / BLOCK, index[SENET_MAX_RANK];
    for (int64_t item = begin; item < end; item++) {
        int64_t first = item % blocks * BLOCK, rows = job->rows - first < BLOCK ? job->rows - first : BLOCK;
        index_of_row(item / blocks, &job->outer.shape, index);
        int64_t from = index_offset(index, job->outer.from_strides, job->outer.shape.rank) + first * job->row_from;
        int64_t to = index_offset(index, job->outer.to_strides, job->outer.shape.rank) + first * job->row_to;
        const char *source = job->source + (size_t)from * job->size;
        char *destination = job->destination + (size_t)to * job->size;
        if (job->size == sizeof(uint32_t))
            turn_block(job, source, destination, rows, sizeof(uint32_t));
        else
            turn_block(job, source, destination, rows, sizeof(uint64_t));
    }
}

/* The last axis stays the last: its rows move in one piece. */
static void move_rows(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct permute_job *job = context;
    int64_t index[SENET_MAX_RANK];
    size_t bytes = (size_t)job->columns * job->size;
    index_of_row(begin, &job->outer.shape, index);
    for (int64_t row = begin; row < end; row++, index_advance(index, &job->outer.shape)) {
        int64_t from = index_offset(index, job->outer.from_strides, job->outer.shape.rank);
        piece_copy(job->destination + (size_t)row * bytes, job->source + (size_t)from * job->size, bytes);
    }
}

static void permute(const struct kernel_call *call, const struct permutation *permutation)
{
    struct permute_job job = {
        .size = permutation->size, .source = call->inputs[0].data, .destination = call->outputs[0].data};
    if (senet_shape_elements(&permutation->from) == 0)
        return;
    plan_walk(permutation, &job.outer);
    job.columns = job.column_from = 1;
    if (job.outer.shape.rank > 0) {
        int last = --job.outer.shape.rank;
        job.columns = job.outer.shape.dim[last];
        job.column_from = job.outer.from_strides[last];
    }
    int inner = job.outer.shape.rank - 1;
    while (inner >= 0 && job.outer.from_strides[inner] != 1)
        inner--;
    if (inner < 0) {
        team_run(call->team, senet_shape_elements(&job.outer.shape), parallel_grain(job.columns), move_rows, &job);
        return;
    }
    job.rows = job.outer.shape.dim[inner];
    job.row_from = 1;
    job.row_to = job.outer.to_strides[inner];
    remove_axis(&job.outer, inner);
    int64_t blocks = senet_shape_elements(&job.outer.shape) * ((job.rows + BLOCK - 1) / BLOCK);
    team_run(call->team, blocks, parallel_grain(BLOCK * job.columns), turn_blocks, &job);
}

void transpose(const struct kernel_call *call)
{
    const struct attribute *perm = node_attribute(call->params, "perm");
    struct permutation permutation = {.from = *call->inputs[0].shape, .size = dtype_size(call->inputs[0].dtype)};
    for (int axis = 0; axis < permutation.from.rank; axis++)
        permutation.perm[axis] = perm ? (int)perm->ints[axis] : permutation.from.rank - 1 - axis;
    permute(call, &permutation);
}

void channel_shuffle(const struct kernel_call *call)
{
    const struct senet_shape *image = call->inputs[0].shape;
    int64_t group = node_attribute_int(call->params, "group", 1);
    const struct permutation permutation = {
        {4, {image->dim[0], group, image->dim[1] / group, image->dim[2] * image->dim[3]}},
        {0, 2, 1, 3},
        dtype_size(call->inputs[0].dtype)};
    permute(call, &permutation);
}

/* N, channels that hold block x block pixels each -> N, C, H * block, W * block. */
void depth_to_space(const struct kernel_call *call)
{
    const struct senet_shape *image = call->inputs[0].shape;
    const struct attribute *mode = node_attribute(call->params, "mode");
    int64_t block = node_attribute_int(call->params, "blocksize", 1), channels = image->dim[1] / (block * block);
    size_t size = dtype_size(call->inputs[0].dtype);
    const struct permutation depth_first = {
        {6, {image->dim[0], block, block, channels, image->dim[2], image->dim[3]}}, {0, 3, 4, 1, 5, 2}, size};
    const struct permutation column_first = {
        {6, {image->dim[0], channels, block, block, image->dim[2], image->dim[3]}}, {0, 1, 4, 2, 5, 3}, size};
    permute(call, mode && !strcmp(mode->s, "CRD") ? &column_first : &depth_first);
}

void space_to_depth(const struct kernel_call *call)
{
    const struct senet_shape *image = call->inputs[0].shape;
    int64_t block = node_attribute_int(call->params, "blocksize", 1);
    const struct permutation permutation = {
        {6, {image->dim[0], image->dim[1], image->dim[2] / block, block, image->dim[3] / block, block}},
        {0, 3, 5, 1, 2, 4},
        dtype_size(call->inputs[0].dtype)};
    permute(call, &permutation);
}
