#include "graph/passes/se_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "graph/passes/rewrite.h"

/* Blocks may share weights, hence what these are called, but not without end: a name that long says nothing. */
#define MODULE_LENGTH_MAX 256

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
        if (!graph->nodes[n]->se)
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
    const char *path = node_path(name), *end = strrchr(path, '/');
    return end && end != path;
}

/* The length of "layer1.0.se" in "layer1.0.se.weight"; 0 when there is no module. */
static size_t parent_length(const char *name, size_t length)
{
    while (length > 0 && name[length - 1] != '.' && name[length - 1] != '/')
        length--;
    return length > 0 ? length - 1 : 0;
}

/* What of `name` is the name of its module; the bias is asked where the weights, rewritten, lost theirs. */
static size_t module_length(const struct se_layer *layer, const char **name)
{
    *name = layer->weights->name;
    size_t length = parent_length(*name, strlen(*name));
    if (length > 0 || !layer->bias)
        return length;
    *name = layer->bias->name;
    return parent_length(*name, strlen(*name));
}

/* Of the modules "se.fc1" and "se.fc2" that is "se"; of one and the same, itself. */
static size_t common_length(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t same = 0;
    while (same < a_length && same < b_length && a[same] == b[same])
        same++;
    bool whole = same == a_length && same == b_length;
    bool contains = (same == a_length && (b[same] == '.' || b[same] == '/')) ||
                    (same == b_length && (a[same] == '.' || a[same] == '/'));
    return whole || contains ? same : parent_length(a, same);
}

bool se_name_by_weights(struct arena *arena, const struct se_layer *layers, int count, const char **module)
{
    const char *name = "";
    size_t length = 0;
    int named = 0;
    for (int i = 0; i < count; i++) {
        const char *own;
        size_t own_length = module_length(&layers[i], &own);
        if (own_length == 0)
            continue;
        length = named++ ? common_length(name, length, own, own_length) : own_length;
        name = named > 1 ? name : own;
    }
    if (named == 1)
        length = parent_length(name, length); /* that was the layer's own */
    if (length > MODULE_LENGTH_MAX)
        length = 0;
    char *text = arena_printf(arena, "%.*s/", (int)length, name);
    if (!text)
        return false;
    text_make_printable(text);
    *module = length > 0 ? module_name(arena, text) : "";
    return *module != NULL;
}

/* False when memory is short. */
static bool name_block(struct arena *arena, const struct named_block *block)
{
    struct se_block *se = block->node->se;
    const char *name = block->node->name;
    if (has_scope(name))
        se->layer = module_name(arena, name);
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
        if (!name_block(graph->arena, &blocks[i]))
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
