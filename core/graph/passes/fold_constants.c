#include "graph/fold.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

enum senet_code pass_fold_constants(struct graph *graph, struct senet_error *error)
{
    for (size_t n = 0; n < graph->node_count; n++) {
        struct node *node = graph->nodes[n];
        enum senet_code code = node_fold(graph, node, error);
        if (code)
            return code;
        if (!node->outputs[0]->data)
            continue;
        for (int i = 0; i < node->output_count; i++)
            if (node->outputs[i])
                node->outputs[i]->producer = NULL;
        graph_drop_node(graph, n);
    }
    graph_close_gaps(graph);
    return SENET_OK;
}
