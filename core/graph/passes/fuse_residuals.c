#include <string.h>

#include "base/error.h"
#include "graph/conv.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* Which input of the node is the residual; -1 where it takes none. */
static int residual_input(const struct node *node)
{
    return node->op == OP_CONV ? (int)CONV_RESIDUAL : node->op == OP_RESCALE ? 2 : -1;
}

/* Broadcast operands and constants, which are biases, are no residuals. */
static bool is_residual_sum(const struct node *add)
{
    const struct senet_shape *a = &add->inputs[0]->shape, *b = &add->inputs[1]->shape;
    return !add->inputs[0]->data && !add->inputs[1]->data && a->rank == b->rank &&
           !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

static bool is_there_before(const struct value *value, const struct node *node)
{
    return !value->producer || value->producer->position < node->position;
}

/*
 * The node that computes operand `index` of `add` and can take the other one as its residual; else NULL. One that
 * carries a block stays where it is, since the order of blocks is theirs in the graph.
 */
static struct node *residual_taker(const struct node *add, int index)
{
    const struct value *value = add->inputs[index];
    struct node *node = value->producer;
    if (!node || value->uses != 1 || value != node->outputs[0])
        return NULL;
    int input = residual_input(node);
    bool takes = input >= 0 && !node_input(node, input) && node->activation.kind == ACTIVATION_NONE;
    return takes && (!node->se || is_there_before(add->inputs[1 - index], node)) ? node : NULL;
}

/* Of two takers the later: the other is computed by then, and nothing has to wait. */
static struct node *choose_taker(const struct node *add, struct value **residual)
{
    struct node *takers[] = {residual_taker(add, 0), residual_taker(add, 1)};
    int chosen = !takers[0] || (takers[1] && takers[1]->position > takers[0]->position);
    *residual = add->inputs[1 - chosen];
    return takers[chosen];
}

static enum senet_code absorb_residual(struct graph *graph, size_t index, struct senet_error *error)
{
    struct node *add = graph->nodes[index];
    struct value *residual;
    struct node *taker = choose_taker(add, &residual);
    if (!taker)
        return SENET_OK;
    bool moves = !is_there_before(residual, taker);
    if (!node_give_input(graph, taker, residual_input(taker), residual))
        return error_out_of_memory(error);
    taker->activation = add->activation;
    node_absorb(graph, taker, index);
    if (!moves)
        return SENET_OK;
    graph->nodes[taker->position] = NULL;
    graph->nodes[index] = taker;
    taker->position = index;
    return SENET_OK;
}

enum senet_code pass_fuse_residuals(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count; n++)
        graph->nodes[n]->position = n;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++)
        if (graph->nodes[n] && graph->nodes[n]->op == OP_ADD && is_residual_sum(graph->nodes[n]))
            code = absorb_residual(graph, n, error);
    graph_close_gaps(graph);
    return code;
}
