/*
 * Names of values while a file is read. Sorted rather than hashed: a hostile file can choose its names so that
 * they collide, it cannot make a binary search slow.
 */
#ifndef SENET_ONNX_SYMBOLS_H
#define SENET_ONNX_SYMBOLS_H

#include <stddef.h>

#include "graph/graph.h"

#define NO_PRODUCER SIZE_MAX

struct symbol {
    const char *name;
    struct value *value;
    size_t producer; /* the node's place in the file, or NO_PRODUCER */
};

struct symbols {
    struct symbol *rows; /* room for all that will be added */
    size_t count;
};

void symbols_add(struct symbols *symbols, const char *name, struct value *value, size_t producer);

/* To be called after adding and before finding. Returns a symbol whose name is taken twice, or NULL. */
const struct symbol *symbols_sort(struct symbols *symbols);

/* NULL when there is none. */
const struct symbol *symbols_find(const struct symbols *symbols, const char *name);

#endif
