/*
 * Which contents of constants the steps of a plan go on reading. Kernels that pack weights need the file's no more
 * once they are prepared; where no later node reads them either, the next weights are packed into their place, so
 * that both are never there whole. Constants are told apart by their contents, which several values may share.
 */
#ifndef SENET_PLAN_CONSTANTS_H
#define SENET_PLAN_CONSTANTS_H

#include "graph/graph.h"

struct constant;

struct constants {
    const struct graph *graph;
    struct constant *rows; /* in order of address */
    size_t count;
};

/* What the nodes read that are not computed yet. `arena` owns the list. False when memory is short. */
bool constants_list(struct constants *constants, const struct graph *graph, struct arena *arena);
/* `contents`, which may be no constant's, are read at run time. */
void constants_keep(struct constants *constants, const void *contents);
/* `node` has been planned: of its inputs, those that nobody keeps or has yet to plan are discarded. */
void constants_node_done(struct constants *constants, const struct node *node);
/* All nodes have been planned: what passes have replaced goes too, and all that was discarded back to the system. */
void constants_discard_rest(const struct constants *constants);

#endif
