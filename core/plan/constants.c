#include "plan/constants.h"

#include <stdlib.h>

struct constant {
    const void *contents;
    size_t bytes;
    size_t readers; /* inputs of nodes that have not been planned */
    bool kept;
};

static size_t contents_bytes(const struct value *value)
{
    return (size_t)senet_shape_elements(&value->shape) * dtype_size(value->dtype);
}

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct constant *)a)->contents;
    uintptr_t right = (uintptr_t)((const struct constant *)b)->contents;
    return (left > right) - (left < right);
}

static struct constant *find(const struct constants *constants, const void *contents)
{
    const struct constant key = {.contents = contents};
    return bsearch(&key, constants->rows, constants->count, sizeof key, by_address);
}

/* Known already: nothing to compute, hence nothing to read. */
static bool is_planned(const struct node *node)
{
    return !node->outputs[0]->data;
}

/* One row for all values that share their contents; they may differ in how much of it they are. */
static void merge_rows(struct constants *constants)
{
    size_t kept = 0;
    for (size_t i = 0; i < constants->count; i++) {
        const struct constant *row = &constants->rows[i];
        struct constant *last = kept > 0 ? &constants->rows[kept - 1] : NULL;
        if (last && last->contents == row->contents) {
            last->readers += row->readers;
            last->kept |= row->kept;
            last->bytes = last->bytes > row->bytes ? last->bytes : row->bytes;
        } else {
            constants->rows[kept++] = *row;
        }
    }
    constants->count = kept;
}

static void add_row(struct constants *constants, const struct value *value, size_t readers, bool kept)
{
    if (value && value->data)
        constants->rows[constants->count++] = (struct constant){
            .contents = value->data, .bytes = contents_bytes(value), .readers = readers, .kept = kept};
}

/* Kernels may read the attributes of their node at run time. */
static void add_rows(struct constants *constants, const struct node *node)
{
    for (int i = 0; i < node->input_count; i++)
        add_row(constants, node->inputs[i], 1, false);
    for (size_t i = 0; i < node->attribute_count; i++)
        if (node->attributes[i].type == ATTRIBUTE_TENSOR)
            add_row(constants, node->attributes[i].tensor, 0, true);
}

bool constants_list(struct constants *constants, const struct graph *graph, struct arena *arena)
{
    size_t most = graph->output_count;
    for (size_t n = 0; n < graph->node_count; n++)
        most += (size_t)graph->nodes[n]->input_count + graph->nodes[n]->attribute_count;
    *constants = (struct constants){.graph = graph, .rows = arena_alloc(arena, most, sizeof *constants->rows)};
    if (!constants->rows)
        return false;
    for (size_t n = 0; n < graph->node_count; n++)
        if (is_planned(graph->nodes[n]))
            add_rows(constants, graph->nodes[n]);
    for (size_t i = 0; i < graph->output_count; i++)
        add_row(constants, graph->outputs[i], 0, true);
    qsort(constants->rows, constants->count, sizeof *constants->rows, by_address);
    merge_rows(constants);
    return true;
}

void constants_keep(struct constants *constants, const void *contents)
{
    struct constant *constant = find(constants, contents);
    if (constant)
        constant->kept = true;
}

void constants_node_done(struct constants *constants, const struct node *node)
{
    for (int i = 0; i < node->input_count; i++) {
        struct constant *constant =
            node->inputs[i] && node->inputs[i]->data ? find(constants, node->inputs[i]->data) : NULL;
        if (!constant || --constant->readers > 0 || constant->kept || !constants->graph->constants)
            continue;
        arena_discard(constants->graph->constants, (struct arena_range){constant->contents, constant->bytes});
    }
}

void constants_discard_rest(const struct constants *constants)
{
    const struct graph *graph = constants->graph;
    if (!graph->constants)
        return;
    for (const struct contents *contents = graph->contents; contents; contents = contents->next)
        if (!find(constants, contents->range.begin))
            arena_discard(graph->constants, contents->range);
    arena_trim(graph->constants);
}
