#ifndef SENET_GRAPH_PASSES_SE_NAMES_H
#define SENET_GRAPH_PASSES_SE_NAMES_H

#include "graph/graph.h"

/*
 * Gives every OP_SE of the graph its layer name, and its gate the name "gate.<layer>". The layer is the scope
 * of the node's name in module form; a node without one becomes se_<position among the blocks>. Where two would be
 * called the same, the later ones get _1, _2, ... appended.
 */
enum senet_code se_name_blocks(struct graph *graph, struct senet_error *error);

#endif
