#include "graph/passes/se_placement.h"

#include <string.h>

#include "graph/ops.h"
#include "graph/passes/rewrite.h"

#define INPUTS_MAX 256

/* The nodes of the graph from `begin` on, and what is known about the output of each. */
struct span {
    const struct graph *graph;
    size_t begin, count;
    int layers[PLACEMENT_NODES];          /* on the longest way from where counting began; -1: no way leads here */
    unsigned char leads[PLACEMENT_NODES]; /* bits of what is computed from it */
};

enum { TO_BLOCK = 1, TO_OTHER = 2 };

static struct node *node_at(const struct span *span, size_t index)
{
    return span->graph->nodes[span->begin + index];
}

/* The index in the span of the node that computes `value`; span->count when none of them does. */
static size_t index_of(const struct span *span, const struct value *value)
{
    const struct node *node = value->producer;
    bool inside = node && node->position >= span->begin && node->position - span->begin < span->count;
    return inside ? node->position - span->begin : span->count;
}

/*
 * What a node computes on: of a block the image alone, since its gate is part of the block. A Concat of more is not
 * looked through: a file may have one of a million.
 */
static int data_inputs(const struct node *node)
{
    int count = node->se ? 1 : node->input_count;
    return count < INPUTS_MAX ? count : INPUTS_MAX;
}

static bool is_data(const struct node *node, int input)
{
    return node->inputs[input] && !node->inputs[input]->data;
}

static bool is_layer(const struct node *node)
{
    return node->op == OP_CONV || node->op == OP_CONV_TRANSPOSE || node->op == OP_GEMM || node->op == OP_MATMUL;
}

/* Two features of one shape. */
static bool is_addition(const struct node *node)
{
    if (node->op != OP_ADD || !is_data(node, 0) || !is_data(node, 1))
        return false;
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    return a->rank == b->rank && !memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim);
}

/* `from` NULL is whatever comes into the span from outside. */
static int layers_to(const struct span *span, const struct node *from, const struct value *value)
{
    if (from && value->producer == from)
        return 0;
    size_t index = index_of(span, value);
    if (index == span->count)
        return from ? -1 : 0;
    return span->layers[index];
}

static void count_layers_at(struct span *span, const struct node *from, size_t index)
{
    const struct node *node = node_at(span, index);
    int most = -1;
    for (int i = 0; i < data_inputs(node); i++) {
        int layers = is_data(node, i) ? layers_to(span, from, node->inputs[i]) : -1;
        most = layers > most ? layers : most;
    }
    span->layers[index] = most < 0 ? -1 : most + is_layer(node);
}

static struct span span_of(const struct graph *graph, size_t begin, size_t end)
{
    struct span span = {.graph = graph, .begin = begin, .count = end - begin};
    if (span.count > PLACEMENT_NODES)
        span.count = PLACEMENT_NODES;
    return span;
}

/*
 * The unit's addition: the first behind `block` of which one operand is computed from what it gives and the other,
 * *other, is not. NULL when there is none.
 */
static const struct node *find_addition(const struct graph *graph, const struct node *block, int *layers,
                                        const struct value **other)
{
    struct span span = span_of(graph, block->position + 1, graph->node_count);
    for (size_t i = 0; i < span.count; i++) {
        const struct node *node = node_at(&span, i);
        count_layers_at(&span, block, i);
        if (!is_addition(node))
            continue;
        int first = layers_to(&span, block, node->inputs[0]), second = layers_to(&span, block, node->inputs[1]);
        if ((first < 0) == (second < 0))
            continue;
        *layers = first < 0 ? second : first;
        *other = node->inputs[first < 0 ? 0 : 1];
        return node;
    }
    return NULL;
}

static void mark(struct span *span, const struct value *value, unsigned char bits)
{
    size_t index = index_of(span, value);
    if (index < span->count)
        span->leads[index] |= bits;
}

/* Which nodes before `addition` lead to U, and which to O. */
static void trace_back(const struct graph *graph, const struct node *addition, const struct value *image,
                       const struct value *other, struct span *span)
{
    size_t end = addition->position, begin = end > PLACEMENT_NODES ? end - PLACEMENT_NODES : 0;
    *span = span_of(graph, begin, end);
    mark(span, image, TO_BLOCK);
    mark(span, other, TO_OTHER);
    for (size_t n = span->count; n-- > 0;) {
        const struct node *node = node_at(span, n);
        for (int i = 0; span->leads[n] && i < data_inputs(node); i++)
            if (is_data(node, i))
                mark(span, node->inputs[i], span->leads[n]);
    }
}

/* Whether fewer layers lead from where both ways part to U than to O. */
static bool is_shortcut(struct span *span, const struct value *image, const struct value *other)
{
    const struct node *parting = NULL;
    for (size_t i = 0; i < span->count; i++)
        if (span->leads[i] == (TO_BLOCK | TO_OTHER))
            parting = node_at(span, i);
    for (size_t i = 0; i < span->count; i++)
        count_layers_at(span, parting, i);
    return layers_to(span, parting, image) < layers_to(span, parting, other);
}

static bool is_computed_from(const struct span *span, const struct value *other, const struct value *image)
{
    bool found = other == image;
    for (size_t n = 0; !found && n < span->count; n++) {
        const struct node *node = node_at(span, n);
        for (int i = 0; (span->leads[n] & TO_OTHER) && i < data_inputs(node); i++)
            found |= node->inputs[i] == image;
    }
    return found;
}

static bool follows_addition(const struct value *image)
{
    struct activation ignored;
    for (int steps = 0; image->producer && steps < PLACEMENT_NODES; steps++) {
        const struct node *node = image->producer;
        if (is_addition(node))
            return true;
        if (!node_activation(node, &ignored) && node->op != OP_BATCH_NORMALIZATION)
            return false;
        image = node->inputs[0];
    }
    return false;
}

static enum se_placement place(const struct graph *graph, const struct node *block)
{
    int layers;
    const struct value *image = block->inputs[0], *other;
    const struct node *addition = find_addition(graph, block, &layers, &other);
    struct span span;
    if (!addition)
        return follows_addition(image) ? SE_PLACEMENT_POST : SE_PLACEMENT_NONE;
    trace_back(graph, addition, image, other, &span);
    if (layers == 0)
        return is_shortcut(&span, image, other) ? SE_PLACEMENT_IDENTITY : SE_PLACEMENT_STANDARD;
    return is_computed_from(&span, other, image) ? SE_PLACEMENT_PRE : SE_PLACEMENT_BRANCH;
}

void se_place_blocks(struct graph *graph)
{
    for (size_t n = 0; n < graph->node_count; n++)
        graph->nodes[n]->position = n;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->se)
            graph->nodes[n]->se->placement = place(graph, graph->nodes[n]);
}
