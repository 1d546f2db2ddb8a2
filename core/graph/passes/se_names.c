#include "graph/passes/se_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/passes/rewrite.h"

struct named_block {
    struct node *node;
    size_t position; /* in graph order */
};

static int by_layer_then_position(const void *left, const void *right)
{
    const struct named_block *a = left, *b = right;
    int order = strcmp(a->node->se->layer, b->node->se->layer);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static size_t collect(const struct graph *graph, struct named_block *blocks)
{
    size_t count = 0;
    for (size_t n = 0; n < graph->node_count; n++) {
        if (graph->nodes[n]->op != OP_SE)
            continue;
        if (blocks)
            blocks[count] = (struct named_block){.node = graph->nodes[n], .position = count};
        count++;
    }
    return count;
}

/* Whether a name says more than the node's own: "/layer1/se/Mul" does, "/Mul" and "Mul_12" do not. */
static bool has_scope(const char *name)
{
    const char *end = strrchr(name, '/');
    return end && end != name;
}

/* False when memory is short. */
static bool name_from_node(struct arena *arena, const struct named_block *block)
{
    struct se_block *se = block->node->se;
    const char *name = block->node->name;
    se->layer = has_scope(name) ? module_name(arena, name) : "";
    if (se->layer && !*se->layer)
        se->layer = arena_printf(arena, "se_%zu", block->position);
    return se->layer != NULL;
}

/* One round over the sorted blocks. False when memory is short; *renamed tells that another round is due. */
static bool separate_duplicates(struct arena *arena, struct named_block *blocks, size_t count, bool *renamed)
{
    *renamed = false;
    size_t first = 0; /* of the blocks that share its name: it keeps it */
    const char *shared = count ? blocks[0].node->se->layer : NULL;
    for (size_t i = 1; i < count; i++) {
        struct se_block *se = blocks[i].node->se;
        if (strcmp(se->layer, shared)) {
            first = i;
            shared = se->layer;
            continue;
        }
        se->layer = arena_printf(arena, "%s_%zu", shared, i - first);
        if (!se->layer)
            return false;
        *renamed = true;
    }
    return true;
}

enum senet_code se_name_blocks(struct graph *graph, struct senet_error *error)
{
    size_t count = collect(graph, NULL);
    struct named_block *blocks = arena_alloc(graph->arena, count, sizeof *blocks);
    if (!blocks)
        return error_out_of_memory(error);
    collect(graph, blocks);
    for (size_t i = 0; i < count; i++)
        if (!name_from_node(graph->arena, &blocks[i]))
            return error_out_of_memory(error);
    /* A new name may be one that another block already had. Names only grow, so the rounds end. */
    bool renamed;
    do {
        qsort(blocks, count, sizeof *blocks, by_layer_then_position);
        if (!separate_duplicates(graph->arena, blocks, count, &renamed))
            return error_out_of_memory(error);
    } while (renamed);
    for (size_t i = 0; i < count; i++) {
        struct node *node = blocks[i].node;
        node->outputs[1]->name = arena_printf(graph->arena, "gate.%s", node->se->layer);
        if (!node->outputs[1]->name)
            return error_out_of_memory(error);
    }
    return SENET_OK;
}
