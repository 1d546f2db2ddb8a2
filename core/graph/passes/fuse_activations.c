#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

static bool takes_activation(const struct node *node)
{
    static const enum op takers[] = {OP_ADD, OP_BATCH_NORMALIZATION, OP_CONV, OP_CONV_TRANSPOSE, OP_GEMM, OP_RESCALE,
                                     OP_SE};
    for (size_t i = 0; i < sizeof takers / sizeof *takers; i++)
        if (takers[i] == node->op)
            return node->activation.kind == ACTIVATION_NONE;
    return false;
}

static void absorb_activation(struct graph *graph, size_t index)
{
    struct activation activation;
    struct node *node = graph->nodes[index];
    if (!node_activation(node, &activation))
        return;
    struct node *producer = node->inputs[0]->producer;
    /* An SE block's gate is its second output: what reads that computes on the gate, not on the rescaled image. */
    if (!producer || node->inputs[0]->uses != 1 || node->inputs[0] != producer->outputs[0] ||
        !takes_activation(producer))
        return;
    producer->activation = activation;
    node_absorb(graph, producer, index);
}

enum senet_code pass_fuse_activations(struct graph *graph, struct senet_error *error)
{
    (void)error; /* cannot fail; the signature is every pass's */
    for (size_t n = 0; n < graph->node_count; n++)
        absorb_activation(graph, n);
    graph_close_gaps(graph);
    return SENET_OK;
}
