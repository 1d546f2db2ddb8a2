/* Operators that move elements between channels and pixels, or make more or fewer pixels. */
#include <string.h>

#include "base/checked.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/resampling.h"

enum senet_code infer_resize(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct resampling resampling;
    enum senet_code code = resampling_read(node, &resampling, error);
    if (code)
        return code;
    struct senet_shape shape = {resampling.rank, {0}};
    for (int axis = 0; axis < shape.rank; axis++)
        shape.dim[axis] = resampling.axes[axis].out;
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* The side of the squares of pixels that become channels, or come from them. */
static enum senet_code read_block(const struct node *node, int64_t *block, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    *block = node_attribute_int(node, "blocksize", 0);
    if (input->rank != 4)
        return node_malformed(node, error, "its input of rank %d is no image", input->rank);
    if (*block < 1 || *block > INT32_MAX)
        return node_malformed(node, error, "its blocks of %lld pixels are invalid", (long long)*block);
    return SENET_OK;
}

enum senet_code infer_depth_to_space(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct senet_shape shape = node->inputs[0]->shape;
    const struct attribute *mode = node_attribute(node, "mode");
    int64_t block;
    enum senet_code code = read_block(node, &block, error);
    if (code)
        return code;
    if (mode && (mode->type != ATTRIBUTE_STRING || (strcmp(mode->s, "DCR") && strcmp(mode->s, "CRD"))))
        return node_malformed(node, error, "its mode is neither DCR nor CRD");
    if (shape.dim[1] % (block * block))
        return node_malformed(node, error, "%lld channels cannot fill blocks of %lld by %lld", (long long)shape.dim[1],
                              (long long)block, (long long)block);
    shape.dim[1] /= block * block;
    if (!checked_mul_i64(shape.dim[2], block, &shape.dim[2]) || !checked_mul_i64(shape.dim[3], block, &shape.dim[3]))
        return node_unsupported(node, error, "its output would be too large");
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

enum senet_code infer_space_to_depth(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct senet_shape shape = node->inputs[0]->shape;
    int64_t block;
    enum senet_code code = read_block(node, &block, error);
    if (code)
        return code;
    if (shape.dim[2] % block || shape.dim[3] % block)
        return node_malformed(node, error, "%lld by %lld pixels are no blocks of %lld by %lld", (long long)shape.dim[2],
                              (long long)shape.dim[3], (long long)block, (long long)block);
    shape.dim[2] /= block;
    shape.dim[3] /= block;
    if (!checked_mul_i64(shape.dim[1], block * block, &shape.dim[1]))
        return node_unsupported(node, error, "its output would be too large");
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* The pass that makes the node has matched its groups already. */
enum senet_code infer_channel_shuffle(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    return set_output(node, node->inputs[0]->dtype, &node->inputs[0]->shape, error);
}
