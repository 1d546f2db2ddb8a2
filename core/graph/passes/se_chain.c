#include "graph/passes/se_chain.h"

#include "graph/ops.h"

/* No excitation has so many. It bounds the work on files in which many products read one endless row of views. */
#define STEPS_MAX 64

bool se_keeps_order(const struct node *node)
{
    if (op_is_view(node->op))
        return true;
    if (node->op != OP_TRANSPOSE)
        return false;
    const struct senet_shape *shape = &node->inputs[0]->shape;
    const struct attribute *perm = node_attribute(node, "perm");
    int64_t last = -1;
    for (int axis = 0; axis < shape->rank; axis++) {
        int64_t from = perm ? perm->ints[axis] : shape->rank - 1 - axis;
        if (shape->dim[from] == 1)
            continue;
        if (from < last)
            return false;
        last = from;
    }
    return true;
}

void se_chain_pass(struct se_chain *chain, const struct node *node, int input)
{
    chain->at = node->inputs[input];
    chain->steps++;
}

/* A normalisation is a number's product and sum like those of a layer, and none of the channels sees another. */
static bool is_normalisation(const struct node *node)
{
    bool constant = node->op == OP_BATCH_NORMALIZATION;
    for (int i = 1; constant && i < node->input_count; i++)
        constant = node->inputs[i]->data != NULL;
    return constant;
}

const struct node *se_chain_producer(struct se_chain *chain)
{
    while (chain->steps < STEPS_MAX) {
        const struct node *node = chain->at->producer;
        if (!node || node->se || node->activation.kind != ACTIVATION_NONE)
            return NULL;
        chain->is_private = chain->is_private && chain->at->uses == 1;
        if (!se_keeps_order(node) && !is_normalisation(node))
            return node;
        chain->is_plain = chain->is_plain && !is_normalisation(node);
        se_chain_pass(chain, node, 0);
    }
    return NULL;
}

void se_chain_join(struct se_chain *chain, const struct se_chain *a, const struct se_chain *b)
{
    *chain = *a;
    chain->is_private = a->is_private && b->is_private;
    chain->is_plain = false;
}

bool se_chain_is_image(struct se_chain *chain)
{
    for (; chain->at != chain->image; se_chain_pass(chain, chain->at->producer, 0))
        if (!chain->at->producer || !se_keeps_order(chain->at->producer) || chain->steps >= STEPS_MAX)
            return false;
    return true;
}

bool se_chain_fits(const struct se_chain *chain, const struct value *value, int64_t channels)
{
    const struct senet_shape *image = &chain->image->shape, *shape = &value->shape;
    if (shape->rank < 2 || shape->dim[0] != image->dim[0])
        return false;
    if (chain->per_position)
        return shape->rank == 4 && shape->dim[1] == channels && shape->dim[2] == image->dim[2] &&
               shape->dim[3] == image->dim[3];
    int axis = 1;
    while (axis < shape->rank && shape->dim[axis] == 1)
        axis++;
    int64_t wide = axis < shape->rank ? shape->dim[axis] : 1;
    return wide == channels && senet_shape_elements(shape) == image->dim[0] * channels;
}
