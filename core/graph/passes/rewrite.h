/* Surgery on graphs, for passes: keeps `uses`, `producer` and the order of the nodes right. */
#ifndef SENET_GRAPH_PASSES_REWRITE_H
#define SENET_GRAPH_PASSES_REWRITE_H

#include "graph/graph.h"

/* `value` may be NULL: the input is omitted. */
void node_set_input(struct node *node, int index, struct value *value);
/* The same for an input that the node may not have had: those before it are then omitted. False when memory is short.
 */
bool node_give_input(struct graph *graph, struct node *node, int index, struct value *value);
/* Makes `value` input 2 of a Conv or Gemm, which may not have had one. False when memory is short. */
bool node_set_bias(struct graph *graph, struct node *node, struct value *value);
/* NULL when input 2 is omitted. */
struct value *node_bias(const struct node *node);

/* Takes the node out and leaves NULL in its place, which graph_close_gaps removes before the pass ends. */
void graph_drop_node(struct graph *graph, size_t index);
void graph_close_gaps(struct graph *graph);
/*
 * `producer`, whose output 0 only the node at `reader` reads, from now on computes that node's output 0
 * itself; the reader is dropped. The value keeps its name and its readers.
 */
void node_absorb(struct graph *graph, struct node *producer, size_t reader);

/* The node that computes `value`, if it is an `op` and one reader is all that the value has; else NULL. */
struct node *sole_producer(const struct value *value, enum op op);
/* The operand of an Add or Mul that is not the one-element constant *scalar. NULL when neither is one. */
struct value *node_scalar_operand(const struct node *node, float *scalar);

#endif
