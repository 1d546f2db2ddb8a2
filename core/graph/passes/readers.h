/* Who reads a value: what the graph itself does not say. */
#ifndef SENET_GRAPH_PASSES_READERS_H
#define SENET_GRAPH_PASSES_READERS_H

#include "graph/graph.h"

struct reading {
    const struct value *value;
    struct node *reader;
};

/* One row for each input of each node, sorted by value. It says how things were when it was made. */
struct readers {
    struct reading *rows;
    size_t count;
};

/* In `arena`. False when memory is short. */
bool readers_list(const struct graph *graph, struct arena *arena, struct readers *readers);

/* The readings of `value`, *count of them, one after the other; NULL when there are none. */
const struct reading *readers_of(const struct readers *readers, const struct value *value, size_t *count);

#endif
