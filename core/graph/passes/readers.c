#include "graph/passes/readers.h"

#include <stdlib.h>

static int by_value(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)((const struct reading *)left)->value;
    uintptr_t b = (uintptr_t)((const struct reading *)right)->value;
    return (a > b) - (a < b);
}

bool readers_list(const struct graph *graph, struct arena *arena, struct readers *readers)
{
    size_t inputs = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        inputs += (size_t)graph->nodes[n]->input_count;
    *readers = (struct readers){.rows = arena_alloc(arena, inputs, sizeof *readers->rows)};
    if (!readers->rows)
        return false;
    for (size_t n = 0; n < graph->node_count; n++) {
        struct node *node = graph->nodes[n];
        for (int i = 0; i < node->input_count; i++)
            if (node->inputs[i])
                readers->rows[readers->count++] = (struct reading){node->inputs[i], node};
    }
    qsort(readers->rows, readers->count, sizeof *readers->rows, by_value);
    return true;
}

/* The first row of a value at this address or a higher one. */
static size_t first_row(const struct readers *readers, uintptr_t address)
{
    size_t low = 0, high = readers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)readers->rows[middle].value < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct reading *readers_of(const struct readers *readers, const struct value *value, size_t *count)
{
    size_t low = first_row(readers, (uintptr_t)value);
    *count = first_row(readers, (uintptr_t)value + 1) - low;
    return *count ? &readers->rows[low] : NULL;
}
