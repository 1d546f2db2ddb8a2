#include "graph/passes.h"
#include "graph/passes/rewrite.h"

static bool is_read(const struct node *node)
{
    for (int i = 0; i < node->output_count; i++)
        if (node->outputs[i] && node->outputs[i]->uses > 0)
            return true;
    return false;
}

/* Outputs behind the first are optional: the node is the faster without, where a kernel can leave them out. */
static void forget_unread(struct node *node)
{
    for (int i = 1; i < node->output_count && node->op != OP_SE; i++)
        if (node->outputs[i] && node->outputs[i]->uses == 0)
            node->outputs[i] = NULL;
}

/* Backwards, so that what only dead nodes read is dead by the time it is reached. */
enum senet_code pass_remove_dead(struct graph *graph, struct senet_error *error)
{
    (void)error; /* cannot fail; the signature is every pass's */
    for (size_t n = graph->node_count; n-- > 0;)
        if (is_read(graph->nodes[n]))
            forget_unread(graph->nodes[n]);
        else
            graph_drop_node(graph, n);
    graph_close_gaps(graph);
    return SENET_OK;
}
