#ifndef SENET_GRAPH_PASSES_SE_NAMES_H
#define SENET_GRAPH_PASSES_SE_NAMES_H

#include "graph/passes/se_layer.h"

/*
 * The module that holds the layers, in module form, from what their weights and biases are called:
 * "layer1.0.se.fc1.weight" and "layer1.0.se.fc2.weight" belong to "layer1.0.se". "" when the names do not say. In
 * `arena`; false when memory is short.
 */
bool se_name_by_weights(struct arena *arena, const struct se_layer *layers, int count, const char **module);

/*
 * Gives every block of the graph its layer name, and its gate the name "gate.<layer>". The layer is, in module form,
 * the first of these that there is: the scope of the product's name, the module of the weights (which the block has
 * as its name so far), se_<position among the blocks>. Where two would be called the same, the later ones get _1,
 * _2, ... appended.
 */
enum senet_code se_name_blocks(struct graph *graph, struct senet_error *error);

#endif
