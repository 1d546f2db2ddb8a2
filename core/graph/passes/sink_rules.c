/* How each operator works on the sources of its lazy operands: see sink.h. */
#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/passes/sink.h"

typedef bool sink_rule(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code);

/* ---------------------------------------------------------------- operands */

/* What operand `value` is in a space of `rank` axes whose `permutation` it is: `source`, `turned`. */
struct operand {
    struct value *source;
    struct senet_shape shape;  /* of the source, with ones before it up to the rank */
    struct permutation turned; /* what has to be done to that still */
    bool as_is;                /* one element fits any space */
};

static struct operand find_operand(const struct sinking *sinking, struct value *value,
                                   const struct permutation *permutation, int rank)
{
    struct permutation inverse = permutation_inverse(permutation, rank), own;
    const struct lazy *lazy = sink_find(sinking, value);
    struct operand operand = {.source = lazy ? lazy->source : value, .shape = {rank, {0}}};
    int missing = rank - value->shape.rank;
    for (int axis = 0; axis < rank; axis++) {
        own.axis[axis] = axis;
        if (lazy && axis >= missing)
            own.axis[axis] = missing + lazy->permutation.axis[axis - missing];
        operand.shape.dim[axis] = axis < missing ? 1 : operand.source->shape.dim[axis - missing];
    }
    operand.turned = permutation_then(&own, &inverse, rank);
    operand.as_is = senet_shape_elements(&operand.shape) == 1;
    return operand;
}

/* Constants are turned once, and views move nothing. */
static bool is_free(const struct operand *operand)
{
    return operand->as_is || operand->source->data || permutation_is_view(&operand->turned, &operand->shape);
}

static enum senet_code turn_operand(struct sinking *sinking, const struct operand *operand, size_t region,
                                    struct value **result)
{
    int rank = operand->shape.rank;
    struct senet_shape turned = {rank, {0}};
    *result = operand->source;
    if (operand->as_is || (operand->source->shape.rank == rank && permutation_is_none(&operand->turned, rank)))
        return SENET_OK;
    for (int axis = 0; axis < rank; axis++)
        turned.dim[axis] = operand->shape.dim[operand->turned.axis[axis]];
    if (permutation_is_view(&operand->turned, &operand->shape))
        return sink_reshape(sinking, operand->source, &turned, result);
    enum senet_code code = sink_reshape(sinking, operand->source, &operand->shape, result);
    return code ? code : sink_permute(sinking, *result, &operand->turned, region, result);
}

/* Whether all operands can be had in this space without moving anything at run time. */
static bool all_free(const struct sinking *sinking, const struct node *node, const struct permutation *permutation,
                     int rank)
{
    for (int i = 0; i < node->input_count; i++) {
        if (!node->inputs[i])
            continue;
        struct operand operand = find_operand(sinking, node->inputs[i], permutation, rank);
        if (!is_free(&operand))
            return false;
    }
    return true;
}

/* The lazy operand of this rank whose space suits all operands; those that are no views are asked first. */
static const struct lazy *find_space(const struct sinking *sinking, const struct node *node, int rank)
{
    for (int views = 0; views < 2; views++)
        for (int i = 0; i < node->input_count; i++) {
            const struct lazy *lazy = node->inputs[i] ? sink_find(sinking, node->inputs[i]) : NULL;
            if (lazy && node->inputs[i]->shape.rank == rank &&
                permutation_is_view(&lazy->permutation, &lazy->source->shape) == (views == 1) &&
                all_free(sinking, node, &lazy->permutation, rank))
                return lazy;
        }
    return NULL;
}

/* Brings all operands into one space. False when there is none that suits. */
static bool turn_operands(struct sinking *sinking, struct node *node, int rank, struct sunk *sunk,
                          enum senet_code *code)
{
    const struct lazy *space = find_space(sinking, node, rank);
    if (!space)
        return false;
    sunk->result = space->permutation;
    sunk->region = space->region;
    for (int i = 0; i < node->input_count && !*code; i++) {
        if (!node->inputs[i])
            continue;
        const struct lazy *lazy = sink_find(sinking, node->inputs[i]);
        if (lazy)
            sunk->region = sink_join(sinking, sunk->region, lazy->region);
        struct operand operand = find_operand(sinking, node->inputs[i], &sunk->result, rank);
        *code = turn_operand(sinking, &operand, sunk->region, &node->inputs[i]);
    }
    return true;
}

/* ------------------------------------------------------------------- rules */

/* Operand 0 becomes its source. NULL when it is not lazy, or another is. */
static const struct lazy *take_source(const struct sinking *sinking, struct node *node, struct sunk *sunk)
{
    const struct lazy *lazy = sink_find(sinking, node->inputs[0]);
    for (int i = 1; i < node->input_count; i++)
        if (node->inputs[i] && sink_find(sinking, node->inputs[i]))
            return NULL;
    if (!lazy)
        return NULL;
    node->inputs[0] = lazy->source;
    sunk->result = lazy->permutation;
    sunk->region = lazy->region;
    return lazy;
}

static bool sink_elementwise(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    (void)code;
    return take_source(sinking, node, sunk) != NULL;
}

static bool sink_broadcast(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    return turn_operands(sinking, node, node->outputs[0]->shape.rank, sunk, code);
}

/* Statistics are per channel: those have to stay where they are. */
static bool sink_batch_normalization(struct sinking *sinking, struct node *node, struct sunk *sunk,
                                     enum senet_code *code)
{
    (void)code;
    const struct lazy *lazy = take_source(sinking, node, sunk);
    return lazy && lazy->permutation.axis[1] == 1;
}

static bool set_axis(struct sinking *sinking, struct node *node, const struct permutation *permutation, int rank,
                     enum senet_code *code)
{
    int64_t axis = node_attribute_int(node, "axis", 0);
    axis += axis < 0 ? rank : 0;
    if (!set_int(sinking->graph, node, "axis", permutation->axis[axis]))
        *code = error_out_of_memory(sinking->error);
    return true;
}

static bool sink_concat(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    int rank = node->outputs[0]->shape.rank;
    return turn_operands(sinking, node, rank, sunk, code) && set_axis(sinking, node, &sunk->result, rank, code);
}

static bool sink_split(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    int rank = node->inputs[0]->shape.rank;
    return take_source(sinking, node, sunk) && set_axis(sinking, node, &sunk->result, rank, code);
}

/* Room for a list of axes in the graph. NULL, with *code set, when memory is short. */
static int64_t *new_axes(const struct sinking *sinking, size_t count, enum senet_code *code)
{
    int64_t *axes = arena_alloc(sinking->graph->arena, count, sizeof *axes);
    if (!axes)
        *code = error_out_of_memory(sinking->error);
    return axes;
}

/* From here on the node's attributes say all that inputs said. */
static void drop_inputs(struct node *node)
{
    node->input_count = 1;
}

static bool sink_pad(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    const struct attribute *pads = node_attribute(node, "pads");
    int rank = node->inputs[0]->shape.rank;
    if (!take_source(sinking, node, sunk))
        return false;
    int64_t *turned = new_axes(sinking, 2 * (size_t)rank, code);
    if (!turned)
        return true;
    for (int axis = 0; axis < rank; axis++) {
        turned[sunk->result.axis[axis]] = pads->ints[axis];
        turned[rank + sunk->result.axis[axis]] = pads->ints[rank + axis];
    }
    drop_inputs(node);
    if (!set_ints(sinking->graph, node, "pads", turned, 2 * (size_t)rank))
        *code = error_out_of_memory(sinking->error);
    return true;
}

/* What is left of a permutation when the axes that are reduced are gone: the others, renumbered. */
static struct permutation remaining_axes(const struct permutation *permutation, const bool *reduced, int rank)
{
    struct permutation remaining = {{0}};
    int count = 0;
    for (int axis = 0; axis < rank; axis++) {
        int source = permutation->axis[axis], place = 0;
        if (reduced[source])
            continue;
        for (int before = 0; before < source; before++)
            place += !reduced[before];
        remaining.axis[count++] = place;
    }
    return remaining;
}

static bool sink_reduce(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    const struct attribute *axes = node_attribute(node, "axes");
    int rank = node->inputs[0]->shape.rank;
    bool reduced[SENET_MAX_RANK] = {false};
    if (!axes || !take_source(sinking, node, sunk))
        return false;
    int64_t *turned = new_axes(sinking, (size_t)rank, code);
    if (!turned)
        return true;
    for (size_t i = 0; i < axes->count; i++)
        reduced[sunk->result.axis[axes->ints[i]]] = true;
    size_t count = 0;
    for (int axis = 0; axis < rank; axis++)
        if (reduced[axis])
            turned[count++] = axis;
    if (!node_attribute_int(node, "keepdims", 1))
        sunk->result = remaining_axes(&sunk->result, reduced, rank);
    drop_inputs(node);
    if (!set_ints(sinking->graph, node, "axes", turned, count))
        *code = error_out_of_memory(sinking->error);
    return true;
}

/* The list of axes, an input from opset 10 on, says where all other lists belong. */
static bool sink_slice(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    bool inputs = node->input_count > 1;
    const struct attribute *attribute = node_attribute(node, "axes"), *starts = node_attribute(node, "starts");
    size_t count = starts ? starts->count : 0;
    const int64_t *axes = attribute && !inputs ? attribute->ints : NULL;
    int rank = node->inputs[0]->shape.rank;
    if (inputs) {
        value_int64s(node->inputs[1], &count);
        axes = value_int64s(node_input(node, 3), &count);
    }
    if (!take_source(sinking, node, sunk))
        return false;
    int64_t *turned = new_axes(sinking, count, code);
    if (!turned)
        return true;
    for (size_t i = 0; i < count; i++) {
        int64_t axis = axes ? axes[i] : (int64_t)i;
        turned[i] = sunk->result.axis[axis < 0 ? axis + rank : axis];
    }
    if (!inputs) {
        if (!set_ints(sinking->graph, node, "axes", turned, count))
            *code = error_out_of_memory(sinking->error);
        return true;
    }
    const struct senet_shape shape = {1, {(int64_t)count}};
    node->input_count = node->input_count < 4 ? 4 : node->input_count;
    node->inputs[3] = graph_add_constant(sinking->graph, "", DTYPE_INT64, &shape, turned);
    if (!node->inputs[3])
        *code = error_out_of_memory(sinking->error);
    return true;
}

/* A view of a view: it reads the same elements in the same order. */
static bool sink_view(struct sinking *sinking, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    const struct lazy *lazy = sink_find(sinking, node->inputs[0]);
    if (!lazy || !permutation_is_view(&lazy->permutation, &lazy->source->shape))
        return false;
    const struct senet_shape *shape = &node->outputs[0]->shape, list = {1, {shape->rank}};
    int64_t *target = new_axes(sinking, (size_t)shape->rank, code);
    if (!target)
        return true;
    for (int axis = 0; axis < shape->rank; axis++)
        target[axis] = shape->dim[axis];
    node->op = OP_RESHAPE;
    node->attribute_count = 0;
    node->input_count = 2;
    node->inputs[0] = lazy->source;
    node->inputs[1] = graph_add_constant(sinking->graph, "", DTYPE_INT64, &list, target);
    if (!node->inputs[1])
        *code = error_out_of_memory(sinking->error);
    sunk->region = lazy->region;
    sunk->keeps_outputs = true;
    return true;
}

/* The rule by which an operator infers its shape says how axes go through it. */
static const struct {
    infer_function *infer;
    sink_rule *rule;
} rules[] = {
    {infer_arithmetic, sink_broadcast},
    {infer_batch_normalization, sink_batch_normalization},
    {infer_cast, sink_elementwise},
    {infer_clip, sink_elementwise},
    {infer_comparison, sink_broadcast},
    {infer_concat, sink_concat},
    {infer_dropout, sink_elementwise},
    {infer_elementwise, sink_elementwise},
    {infer_flatten, sink_view},
    {infer_float_test, sink_elementwise},
    {infer_gelu, sink_elementwise},
    {infer_identity, sink_elementwise},
    {infer_logic, sink_broadcast},
    {infer_mean, sink_broadcast},
    {infer_mod, sink_broadcast},
    {infer_numeric, sink_elementwise},
    {infer_pad, sink_pad},
    {infer_pow, sink_broadcast},
    {infer_prelu, sink_broadcast},
    {infer_reduce, sink_reduce},
    {infer_reshape, sink_view},
    {infer_slice, sink_slice},
    {infer_split, sink_split},
    {infer_squeeze, sink_view},
    {infer_unsqueeze, sink_view},
    {infer_where, sink_broadcast},
};

bool sink_apply(struct sinking *sinking, size_t index, struct node *node, struct sunk *sunk, enum senet_code *code)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].infer == op_table[node->op].infer)
            return !sinking->pinned[index] && rules[i].rule(sinking, node, sunk, code);
    return false;
}
