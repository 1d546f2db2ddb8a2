#include "graph/infer.h"
#include "graph/ops.h"

static enum senet_code output_floats(const struct node *node, const struct senet_shape *shape,
                                     struct senet_error *error)
{
    return set_output(node, DTYPE_FLOAT32, shape, error);
}

enum senet_code infer_elementwise(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 1, error);
    return code ? code : output_floats(node, &node->inputs[0]->shape, error);
}

enum senet_code infer_clip(struct graph *graph, struct node *node, struct senet_error *error)
{
    float low, high;
    if (!clip_bounds(node, &low, &high))
        return node_unsupported(node, error, "its bounds are not float32 constants");
    return infer_elementwise(graph, node, error);
}

enum senet_code infer_broadcast(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 2, error);
    if (code)
        return code;
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    struct senet_shape shape = {a->rank > b->rank ? a->rank : b->rank, {0}};
    if (!shape_broadcast(a, b, 0, &shape))
        return shapes_disagree(node, error);
    return output_floats(node, &shape, error);
}

/* OP_SE and OP_RESCALE. The pass that makes the node has matched its operands already. */
enum senet_code infer_se(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    node->outputs[1]->dtype = DTYPE_FLOAT32;
    node->outputs[1]->shape = (struct senet_shape){2, {input->dim[0], input->dim[1]}};
    return output_floats(node, input, error);
}
