#ifndef SENET_GRAPH_FOLD_H
#define SENET_GRAPH_FOLD_H

#include "graph/graph.h"

/*
 * Computes a node whose inputs are all constant, so that its outputs are constants too. Exporters write shapes as
 * arithmetic (Shape, Gather, Concat, ...): shape inference folds each node as it comes to it, and whoever needs a
 * constant finds one.
 *
 * What folding may cost is bounded, because a small file can describe a large computation (a broadcast sum of two
 * vectors, a product of two matrices, a thousand means of one tensor). A node that exceeds what is left of the
 * graph's budget stays a node and is computed in each run like any other.
 * Shapes have been inferred. Success says nothing about whether the node was folded: its outputs' data do.
 * Errors: OUT_OF_MEMORY.
 */
enum senet_code node_fold(struct graph *graph, struct node *node, struct senet_error *error);

/*
 * Takes the cost of looking through `elements` of a constant, which infer functions do where a shape depends on them.
 * False when the budget does not allow it.
 */
bool fold_budget_scan(struct fold_budget *budget, int64_t elements);

/*
 * The product of constant matrices, `a` (m x k) and `b`, whose first axis is k and whose others together are n: m x n.
 * Blocks of 256 terms are summed in single precision, and they in double. *product is NULL where the budget does not
 * allow it. Errors: OUT_OF_MEMORY.
 */
enum senet_code fold_product(struct graph *graph, const struct value *a, const struct value *b, struct value **product,
                             struct senet_error *error);

/* Gives the graph its whole budget. */
void fold_budget_init(struct fold_budget *budget);

#endif
