#ifndef SENET_GRAPH_PASSES_SE_PLACEMENT_H
#define SENET_GRAPH_PASSES_SE_PLACEMENT_H

#include "graph/graph.h"

/*
 * Tells where each block of the graph sits in a residual unit (arXiv:1709.01507, fig. 5), from the graph alone.
 *
 * U is what the block takes, R what it gives. The unit's addition is the first one behind the block that adds
 * something computed from R to something, O, that is not; its operands have one shape, so that no bias is meant.
 *   - There is such an addition, and no layer (a convolution or a matrix product) between R and it: the block ends one
 *     of the two ways from where they part, the last value that both U and O are computed from. It is the
 *     shortcut, "identity", if fewer layers lead to U than to O; else the branch, "standard".
 *   - There are layers between: the block is at the beginning of the branch, "pre", if O is U or computed from it, so
 *     that the shortcut takes what the block takes; else inside the branch, "branch".
 *   - There is no such addition, but U is one, with at most functions of one number behind it: "post".
 *   - Otherwise "none": the block is in no residual unit.
 * Units of more than PLACEMENT_NODES nodes are not seen.
 */
#define PLACEMENT_NODES 512

void se_place_blocks(struct graph *graph);

#endif
