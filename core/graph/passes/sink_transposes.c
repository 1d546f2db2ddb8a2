#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "graph/fold.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/sink.h"

/* Regions that lose are pinned, which may change what others gain; whoever still loses then, loses for all. */
#define ROUNDS 4

/* ------------------------------------------------------------ permutations */

bool permutation_is_none(const struct permutation *permutation, int rank)
{
    for (int axis = 0; axis < rank; axis++)
        if (permutation->axis[axis] != axis)
            return false;
    return true;
}

bool permutation_is_view(const struct permutation *permutation, const struct senet_shape *source)
{
    int last = -1;
    for (int axis = 0; axis < source->rank; axis++) {
        int from = permutation->axis[axis];
        if (source->dim[from] == 1)
            continue;
        if (from < last)
            return false;
        last = from;
    }
    return true;
}

struct permutation permutation_inverse(const struct permutation *permutation, int rank)
{
    struct permutation inverse = {{0}};
    for (int axis = 0; axis < rank; axis++)
        inverse.axis[permutation->axis[axis]] = axis;
    return inverse;
}

struct permutation permutation_then(const struct permutation *first, const struct permutation *second, int rank)
{
    struct permutation both = {{0}};
    for (int axis = 0; axis < rank; axis++)
        both.axis[axis] = first->axis[second->axis[axis]];
    return both;
}

static struct permutation transpose_permutation(const struct node *node)
{
    const struct attribute *perm = node_attribute(node, "perm");
    struct permutation permutation = {{0}};
    int rank = node->inputs[0]->shape.rank;
    for (int axis = 0; axis < rank; axis++)
        permutation.axis[axis] = perm ? (int)perm->ints[axis] : rank - 1 - axis;
    return permutation;
}

/* ------------------------------------------------------------- lazy values */

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct lazy *)a)->value, right = (uintptr_t)((const struct lazy *)b)->value;
    return (left > right) - (left < right);
}

static struct lazy *find_entry(const struct sinking *sinking, const struct value *value)
{
    const struct lazy key = {.value = value};
    return bsearch(&key, sinking->lazies, sinking->lazy_count, sizeof key, by_address);
}

struct lazy *sink_find(const struct sinking *sinking, const struct value *value)
{
    struct lazy *lazy = find_entry(sinking, value);
    return lazy && lazy->source ? lazy : NULL;
}

static void set_lazy(const struct sinking *sinking, const struct value *value, struct value *source,
                     const struct permutation *permutation, size_t region)
{
    struct lazy *lazy = find_entry(sinking, value);
    lazy->source = source;
    lazy->permutation = *permutation;
    lazy->region = region;
}

static size_t find_region(const struct sinking *sinking, size_t region)
{
    while (sinking->regions[region] != region) {
        sinking->regions[region] = sinking->regions[sinking->regions[region]];
        region = sinking->regions[region];
    }
    return region;
}

size_t sink_join(const struct sinking *sinking, size_t a, size_t b)
{
    a = find_region(sinking, a);
    b = find_region(sinking, b);
    sinking->regions[b] = a;
    if (a != b) {
        sinking->before[a] += sinking->before[b];
        sinking->after[a] += sinking->after[b];
    }
    return a;
}

/* ---------------------------------------------------------------- the list */

bool sink_write(struct sinking *sinking, struct node *node)
{
    if (sinking->node_count == sinking->node_capacity) {
        size_t capacity = 2 * sinking->node_capacity + 64;
        struct node **nodes = arena_alloc(sinking->scratch, capacity, sizeof *nodes);
        if (!nodes)
            return false;
        if (sinking->node_count > 0)
            memcpy(nodes, sinking->nodes, sinking->node_count * sizeof *nodes);
        sinking->nodes = nodes;
        sinking->node_capacity = capacity;
    }
    sinking->nodes[sinking->node_count++] = node;
    return true;
}

struct node *sink_copy(const struct sinking *sinking, const struct node *node, int inputs)
{
    int room = node->input_count > inputs ? node->input_count : inputs;
    struct node *copy = graph_new_node(sinking->graph, node->op, node->name, room, node->output_count);
    struct attribute *attributes = arena_alloc(sinking->graph->arena, node->attribute_count, sizeof *attributes);
    if (!copy || !attributes)
        return NULL;
    for (int i = 0; i < node->input_count; i++)
        copy->inputs[i] = node->inputs[i];
    for (int i = 0; i < node->output_count; i++)
        copy->outputs[i] = node->outputs[i];
    if (node->attribute_count > 0)
        memcpy(attributes, node->attributes, node->attribute_count * sizeof *attributes);
    copy->input_count = node->input_count;
    copy->attributes = attributes;
    copy->attribute_count = node->attribute_count;
    copy->activation = node->activation;
    copy->se = node->se;
    return copy;
}

/* `result` = a node of `op` on `source`, with a list of integers as its input 1 or its attribute. */
static struct node *new_mover(const struct sinking *sinking, enum op op, struct value *source, struct value *result,
                              const int64_t *list, int count)
{
    const struct senet_shape shape = {1, {count}};
    struct graph *graph = sinking->graph;
    struct node *node = graph_new_node(graph, op, "", op == OP_RESHAPE ? 2 : 1, 1);
    int64_t *kept = arena_alloc(graph->arena, (size_t)count, sizeof *kept);
    if (!node || !kept)
        return NULL;
    for (int i = 0; i < count; i++)
        kept[i] = list[i];
    node->inputs[0] = source;
    node->outputs[0] = result;
    if (op == OP_TRANSPOSE)
        return set_ints(graph, node, "perm", kept, (size_t)count) ? node : NULL;
    node->inputs[1] = graph_add_constant(graph, "", DTYPE_INT64, &shape, kept);
    return node->inputs[1] ? node : NULL;
}

static enum senet_code write_mover(struct sinking *sinking, struct node *node)
{
    if (!node)
        return error_out_of_memory(sinking->error);
    enum senet_code code = op_table[node->op].infer(sinking->graph, node, sinking->error);
    if (!code)
        code = node_fold(sinking->graph, node, sinking->error);
    if (!code && !node->outputs[0]->data && !sink_write(sinking, node))
        code = error_out_of_memory(sinking->error);
    return code;
}

static struct node *new_reshape(const struct sinking *sinking, struct value *source, const struct senet_shape *shape,
                                struct value *result)
{
    return new_mover(sinking, OP_RESHAPE, source, result, shape->dim, shape->rank);
}

static struct node *new_transpose(const struct sinking *sinking, struct value *source,
                                  const struct permutation *permutation, struct value *result)
{
    int64_t perm[SENET_MAX_RANK] = {0};
    for (int axis = 0; axis < source->shape.rank; axis++)
        perm[axis] = permutation->axis[axis];
    return new_mover(sinking, OP_TRANSPOSE, source, result, perm, source->shape.rank);
}

enum senet_code sink_reshape(struct sinking *sinking, struct value *source, const struct senet_shape *shape,
                             struct value **result)
{
    *result = graph_add_value(sinking->graph, source->name);
    return *result ? write_mover(sinking, new_reshape(sinking, source, shape, *result))
                   : error_out_of_memory(sinking->error);
}

enum senet_code sink_permute(struct sinking *sinking, struct value *source, const struct permutation *permutation,
                             size_t region, struct value **result)
{
    *result = graph_add_value(sinking->graph, source->name);
    enum senet_code code = *result ? write_mover(sinking, new_transpose(sinking, source, permutation, *result))
                                   : error_out_of_memory(sinking->error);
    if (!code && !(*result)->data)
        sinking->after[find_region(sinking, region)] += senet_shape_elements(&source->shape);
    return code;
}

/* Makes a lazy value, once. What is its source itself is read there. */
static enum senet_code make(struct sinking *sinking, struct lazy *lazy, struct value **value)
{
    struct value *source = lazy->source, *made = *value;
    if (permutation_is_none(&lazy->permutation, source->shape.rank)) {
        *value = source;
        return SENET_OK;
    }
    if (lazy->made)
        return SENET_OK;
    lazy->made = true;
    if (permutation_is_view(&lazy->permutation, &source->shape))
        return write_mover(sinking, new_reshape(sinking, source, &made->shape, made));
    sinking->after[find_region(sinking, lazy->region)] += senet_shape_elements(&made->shape);
    return write_mover(sinking, new_transpose(sinking, source, &lazy->permutation, made));
}

/* --------------------------------------------------------------- the nodes */

static bool reads_lazy(const struct sinking *sinking, const struct node *node)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i] && sink_find(sinking, node->inputs[i]))
            return true;
    return false;
}

/* A Transpose writes nothing: its output is lazy. */
static void defer(const struct sinking *sinking, size_t index)
{
    const struct node *node = sinking->graph->nodes[index];
    struct permutation permutation = transpose_permutation(node);
    const struct lazy *operand = sink_find(sinking, node->inputs[0]);
    struct value *source = node->inputs[0];
    size_t region = index;
    sinking->before[index] += senet_shape_elements(&node->outputs[0]->shape);
    if (operand) {
        source = operand->source;
        permutation = permutation_then(&operand->permutation, &permutation, source->shape.rank);
        region = sink_join(sinking, operand->region, index);
    }
    set_lazy(sinking, node->outputs[0], source, &permutation, region);
}

/* As it was, on operands that are made before it. */
static enum senet_code keep(struct sinking *sinking, const struct node *node)
{
    struct node *copy = sink_copy(sinking, node, 0);
    if (!copy)
        return error_out_of_memory(sinking->error);
    for (int i = 0; i < copy->input_count; i++) {
        struct lazy *lazy = copy->inputs[i] ? sink_find(sinking, copy->inputs[i]) : NULL;
        enum senet_code code = lazy ? make(sinking, lazy, &copy->inputs[i]) : SENET_OK;
        if (code)
            return code;
    }
    return sink_write(sinking, copy) ? SENET_OK : error_out_of_memory(sinking->error);
}

/* The rewritten node gets outputs of its own; those of the old one are these permuted. */
static enum senet_code replace_outputs(struct sinking *sinking, size_t index, struct node *node,
                                       const struct sunk *sunk)
{
    size_t region = sink_join(sinking, sunk->region, index);
    for (int i = 0; i < node->output_count && !sunk->keeps_outputs; i++) {
        const struct value *old = node->outputs[i];
        if (!old)
            continue;
        node->outputs[i] = graph_add_value(sinking->graph, old->name);
        if (!node->outputs[i])
            return error_out_of_memory(sinking->error);
        set_lazy(sinking, old, node->outputs[i], &sunk->result, region);
    }
    enum senet_code code = op_table[node->op].infer(sinking->graph, node, sinking->error);
    if (!code && !sink_write(sinking, node))
        code = error_out_of_memory(sinking->error);
    return code;
}

static enum senet_code visit(struct sinking *sinking, size_t index)
{
    struct node *node = sinking->graph->nodes[index];
    if (node->op == OP_TRANSPOSE && !sinking->pinned[index]) {
        defer(sinking, index);
        return SENET_OK;
    }
    if (!reads_lazy(sinking, node))
        return sink_write(sinking, node) ? SENET_OK : error_out_of_memory(sinking->error);
    enum senet_code code = SENET_OK;
    struct sunk sunk = {0};
    struct node *copy = sink_copy(sinking, node, 4); /* as many as a rule may add to */
    if (!copy)
        return error_out_of_memory(sinking->error);
    if (!sink_apply(sinking, index, copy, &sunk, &code))
        return keep(sinking, node);
    return code ? code : replace_outputs(sinking, index, copy, &sunk);
}

/* Graph outputs have to be made, and under their own names. */
static enum senet_code make_outputs(struct sinking *sinking)
{
    for (size_t i = 0; i < sinking->graph->output_count; i++) {
        struct value *output = sinking->graph->outputs[i], *made = output;
        struct lazy *lazy = sink_find(sinking, output);
        enum senet_code code = lazy ? make(sinking, lazy, &made) : SENET_OK;
        if (!code && made != output && !lazy->made) {
            struct node *copy = graph_new_node(sinking->graph, OP_IDENTITY, "", 1, 1);
            if (!copy || !sink_write(sinking, copy))
                return error_out_of_memory(sinking->error);
            lazy->made = true;
            copy->inputs[0] = made;
            copy->outputs[0] = output;
        }
        if (code)
            return code;
    }
    return SENET_OK;
}

/* ---------------------------------------------------------------- the pass */

static bool allocate(struct sinking *sinking)
{
    const struct graph *graph = sinking->graph;
    size_t outputs = 0, count = graph->node_count;
    for (size_t n = 0; n < count; n++)
        outputs += (size_t)graph->nodes[n]->output_count;
    sinking->lazies = arena_alloc(sinking->scratch, outputs, sizeof *sinking->lazies);
    sinking->regions = arena_alloc(sinking->scratch, count, sizeof *sinking->regions);
    sinking->before = arena_alloc(sinking->scratch, count, sizeof *sinking->before);
    sinking->after = arena_alloc(sinking->scratch, count, sizeof *sinking->after);
    sinking->pinned = arena_alloc(sinking->scratch, count, sizeof *sinking->pinned);
    if (!sinking->lazies || !sinking->regions || !sinking->before || !sinking->after || !sinking->pinned)
        return false;
    for (size_t n = 0; n < count; n++)
        for (int i = 0; i < graph->nodes[n]->output_count; i++)
            if (graph->nodes[n]->outputs[i])
                sinking->lazies[sinking->lazy_count++].value = graph->nodes[n]->outputs[i];
    qsort(sinking->lazies, sinking->lazy_count, sizeof *sinking->lazies, by_address);
    return true;
}

static enum senet_code write_list(struct sinking *sinking)
{
    enum senet_code code = SENET_OK;
    sinking->node_count = 0;
    for (size_t i = 0; i < sinking->lazy_count; i++)
        sinking->lazies[i] = (struct lazy){.value = sinking->lazies[i].value};
    for (size_t n = 0; n < sinking->graph->node_count; n++) {
        sinking->regions[n] = n;
        sinking->before[n] = sinking->after[n] = 0;
    }
    for (size_t n = 0; n < sinking->graph->node_count && !code; n++)
        code = visit(sinking, n);
    return code ? code : make_outputs(sinking);
}

/* Pins what moves as much as before, or more. False when nothing does. */
static bool pin_losers(const struct sinking *sinking)
{
    bool pinned = false;
    for (size_t n = 0; n < sinking->graph->node_count; n++) {
        size_t region = find_region(sinking, n);
        if (sinking->pinned[n] || sinking->before[region] == 0 || sinking->after[region] < sinking->before[region])
            continue;
        sinking->pinned[n] = pinned = true;
    }
    return pinned;
}

static void count_uses(const struct node *node, int by)
{
    for (int i = 0; i < node->input_count; i++)
        if (node->inputs[i])
            node->inputs[i]->uses += by;
}

/* Readers are counted anew where they changed: the old nodes' are taken back, the new ones' added. */
static enum senet_code take_list(struct sinking *sinking)
{
    struct graph *graph = sinking->graph;
    struct node **nodes = arena_alloc(graph->arena, sinking->node_count, sizeof *nodes);
    if (!nodes)
        return error_out_of_memory(sinking->error);
    for (size_t n = 0; n < graph->node_count; n++)
        count_uses(graph->nodes[n], -1);
    for (size_t n = 0; n < sinking->node_count; n++) {
        nodes[n] = sinking->nodes[n];
        count_uses(nodes[n], 1);
        for (int i = 0; i < nodes[n]->output_count; i++)
            if (nodes[n]->outputs[i])
                nodes[n]->outputs[i]->producer = nodes[n];
    }
    graph->nodes = nodes;
    graph->node_count = sinking->node_count;
    return SENET_OK;
}

static enum senet_code sink(struct sinking *sinking)
{
    if (!allocate(sinking))
        return error_out_of_memory(sinking->error);
    for (int round = 0; round < ROUNDS; round++) {
        enum senet_code code = write_list(sinking);
        if (code)
            return code;
        if (!pin_losers(sinking))
            return take_list(sinking);
    }
    return SENET_OK;
}

static bool has_transposes(const struct graph *graph)
{
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->op == OP_TRANSPOSE)
            return true;
    return false;
}

enum senet_code pass_sink_transposes(struct graph *graph, struct senet_error *error)
{
    if (!has_transposes(graph))
        return SENET_OK;
    struct arena scratch = {0};
    struct sinking sinking = {.graph = graph, .scratch = &scratch, .error = error};
    enum senet_code code = sink(&sinking);
    arena_release(&scratch);
    if (!code)
        code = pass_remove_identities(graph, error);
    return code ? code : pass_remove_dead(graph, error);
}
