#include "graph/cast_types.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

static bool pads_nothing(const struct node *node)
{
    const struct attribute *pads = node_attribute(node, "pads");
    for (size_t i = 0; i < pads->count; i++)
        if (pads->ints[i])
            return false;
    return true;
}

/* Exporters cast to the type that an operand has already. */
static bool casts_nothing(const struct node *node)
{
    int64_t to = node_attribute_int(node, "to", 0);
    return node->inputs[0]->dtype == node->outputs[0]->dtype &&
           (to == CAST_FLOAT || to == CAST_DOUBLE || to == CAST_INT64);
}

/* A Dropout whose mask is read is not imported. PyTorch writes a Pad before each AveragePool, needed or not. */
static bool passes_through(const struct node *node)
{
    if (node->op == OP_PAD)
        return pads_nothing(node);
    if (node->op == OP_CAST || node->op == OP_CAST_LIKE)
        return casts_nothing(node);
    return node->op == OP_IDENTITY || node->op == OP_DROPOUT;
}

/*
 * Only a graph output still reads the node. It has to keep its name: where the operand is nobody else's, its
 * producer computes the output instead; otherwise a copy remains.
 */
static void keep_output(struct graph *graph, size_t index)
{
    struct node *node = graph->nodes[index];
    struct value *operand = node->inputs[0];
    struct node *producer = operand->uses == 1 ? operand->producer : NULL;
    if (producer && producer->outputs[0] == operand) {
        node_absorb(graph, producer, index);
        return;
    }
    for (int i = 1; i < node->input_count; i++)
        node_set_input(node, i, NULL);
    node->op = OP_IDENTITY;
    node->input_count = 1;
}

/*
 * Nodes are in topological order, so the operand of an identity has itself been resolved by the time that the
 * identity's readers are reached: one sweep is enough however long the chain.
 */
enum senet_code pass_remove_identities(struct graph *graph, struct senet_error *error)
{
    (void)error; /* cannot fail; the signature is every pass's */
    for (size_t n = 0; n < graph->node_count; n++) {
        struct node *node = graph->nodes[n];
        for (int i = 0; i < node->input_count; i++) {
            const struct value *input = node->inputs[i];
            if (input && input->producer && passes_through(input->producer))
                node_set_input(node, i, input->producer->inputs[0]);
        }
    }
    for (size_t n = 0; n < graph->node_count; n++) {
        struct node *node = graph->nodes[n];
        if (node->op == OP_CONSTANT && node->outputs[0]->data) {
            node->outputs[0]->producer = NULL;
            graph_drop_node(graph, n);
        } else if (passes_through(node)) {
            if (node->outputs[0]->uses == 0)
                graph_drop_node(graph, n);
            else
                keep_output(graph, n);
        }
    }
    graph_close_gaps(graph);
    return SENET_OK;
}
