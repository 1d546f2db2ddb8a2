#include "graph/infer.h"

/* OP_SE and OP_RESCALE. The pass that makes the node has matched its operands already. */
enum senet_code infer_se(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    node->outputs[1]->dtype = DTYPE_FLOAT32;
    node->outputs[1]->shape = (struct senet_shape){2, {input->dim[0], input->dim[1]}};
    return set_output(node, DTYPE_FLOAT32, input, error);
}
