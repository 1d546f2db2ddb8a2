/* What passes make of recognised blocks. The pass that makes the node has matched its operands already. */
#include "graph/infer.h"

static void set_gate(struct value *gate, int64_t images, int64_t channels)
{
    gate->dtype = DTYPE_FLOAT32;
    gate->shape = (struct senet_shape){2, {images, channels}};
}

/* OP_SE and OP_RESCALE, which without a block gives no gate. */
enum senet_code infer_se(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    if (node->outputs[1])
        set_gate(node->outputs[1], input->dim[0], input->dim[1]);
    return set_output(node, DTYPE_FLOAT32, input, error);
}

enum senet_code infer_channel_means(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    const struct senet_shape means = {2, {input->dim[0], input->dim[1] * node_attribute_int(node, "taps", 1)}};
    return set_output(node, DTYPE_FLOAT32, &means, error);
}

enum senet_code infer_excitation(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    (void)error;
    set_gate(node->outputs[0], node->inputs[0]->shape.dim[0], node->se->channels);
    return SENET_OK;
}

enum senet_code infer_gate(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    (void)error;
    set_gate(node->outputs[0], senet_shape_elements(&node->inputs[0]->shape) / node->se->channels, node->se->channels);
    return SENET_OK;
}
