/* Execution order of nodes that a file may list in any order. */
#ifndef SENET_ONNX_ORDER_H
#define SENET_ONNX_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define NO_CYCLE SIZE_MAX

/* Node i reads what the nodes producers[first[i]] .. producers[first[i + 1] - 1] produce. */
struct dependencies {
    size_t node_count;
    const size_t *first;
    const size_t *producers;
};

/*
 * Writes every node once, after its producers, and otherwise as the file has them. `cycle` becomes a node that
 * depends on itself, and `order` is useless then, or NO_CYCLE. False when `scratch` is out of memory.
 */
bool order_nodes(const struct dependencies *dependencies, struct arena *scratch, size_t *order, size_t *cycle);

#endif
