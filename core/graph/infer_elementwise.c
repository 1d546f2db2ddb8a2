#include <string.h>

#include "base/error.h"
#include "graph/cast_types.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* ------------------------------------------------------------- one operand */

enum senet_code infer_numeric(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    return set_output(node, node->inputs[0]->dtype, &node->inputs[0]->shape, error);
}

enum senet_code infer_elementwise(struct graph *graph, struct node *node, struct senet_error *error)
{
    enum senet_code code = require_floats(node, 1, error);
    return code ? code : infer_numeric(graph, node, error);
}

enum senet_code infer_gelu(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct attribute *approximate = node_attribute(node, "approximate");
    bool none = !approximate || (approximate->type == ATTRIBUTE_STRING && !strcmp(approximate->s, "none"));
    if (!none && !gelu_is_approximate(node))
        return node_malformed(node, error, "'approximate' is neither none nor tanh");
    return infer_elementwise(graph, node, error);
}

static bool is_integer_bound(const struct value *bound)
{
    return !bound || (bound->dtype == DTYPE_INT64 && senet_shape_elements(&bound->shape) == 1);
}

enum senet_code infer_clip(struct graph *graph, struct node *node, struct senet_error *error)
{
    float low, high;
    if (node->inputs[0]->dtype == DTYPE_INT64) {
        if (!is_integer_bound(node_input(node, 1)) || !is_integer_bound(node_input(node, 2)))
            return node_unsupported(node, error, "its bounds are not one integer each");
    } else if (!clip_bounds(node, &low, &high)) {
        return node_unsupported(node, error, "its bounds are not float32 constants");
    }
    return infer_numeric(graph, node, error);
}

enum senet_code infer_float_test(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 1, error);
    return code ? code : set_output(node, DTYPE_INT64, &node->inputs[0]->shape, error);
}

/* -------------------------------------------------------- several operands */

/*
 * Until opset 6 operand 1 was laid along the axes of operand 0 from one on, rather than along the last: the attribute
 * "axis" said from which, and a PRelu's slopes were one a channel. Ones behind its shape say the same by today's rule.
 */
static enum senet_code align_operand(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "axis");
    struct value *operand = node->input_count == 2 ? node->inputs[1] : NULL;
    bool slopes = node->op == OP_PRELU && operand && operand->shape.rank == 1 && operand->shape.dim[0] > 1;
    int rank = node->inputs[0]->shape.rank, axis;
    /* An operand with all axes, as a pass may have made it, lies where it should. */
    if (graph->opset >= 7 || !operand || operand->shape.rank >= rank || !(attribute || slopes))
        return SENET_OK;
    struct senet_shape shape = operand->shape;
    enum senet_code code = resolve_axis(node, slopes ? 1 : attribute->i, rank, &axis, error);
    if (code)
        return code;
    if (axis + shape.rank > rank)
        return shapes_disagree(node, &node->inputs[0]->shape, &shape, error);
    if (axis + shape.rank == rank)
        return SENET_OK;
    if (!operand->data)
        return node_unsupported(node, error, "operand 1 is laid from axis %d on, and is no constant", axis);
    while (axis + shape.rank < rank)
        shape.dim[shape.rank++] = 1;
    node->inputs[1] = graph_add_constant(graph, operand->name, operand->dtype, &shape, operand->data);
    if (!node->inputs[1])
        return error_out_of_memory(error);
    node->inputs[1]->uses = 1;
    operand->uses--;
    return SENET_OK;
}

/* Operands from `first` on have one type and fit each other; the output gets `dtype`. */
static enum senet_code infer_broadcast(struct graph *graph, struct node *node, int first, enum dtype dtype,
                                       struct senet_error *error)
{
    struct senet_shape shape = {0};
    enum senet_code code = align_operand(graph, node, error);
    if (code)
        return code;
    for (int i = 0; i < node->input_count; i++) {
        const struct value *input = node->inputs[i];
        if (!input)
            return node_malformed(node, error, "input %d is missing", i);
        if (i > first && input->dtype != node->inputs[first]->dtype)
            return node_unsupported(node, error, "inputs %d and %d differ in type", first, i);
        if (input->dtype == DTYPE_FLOAT32 && senet_shape_elements(&input->shape) == 0)
            return node_malformed(node, error, "input %d is empty", i);
        struct senet_shape sum = {shape.rank > input->shape.rank ? shape.rank : input->shape.rank, {0}};
        if (!shape_broadcast(&shape, &input->shape, 0, &sum))
            return shapes_disagree(node, &shape, &input->shape, error);
        shape = sum;
    }
    return set_output(node, dtype, &shape, error);
}

enum senet_code infer_arithmetic(struct graph *graph, struct node *node, struct senet_error *error)
{
    return infer_broadcast(graph, node, 0, node->inputs[0]->dtype, error);
}

enum senet_code infer_mean(struct graph *graph, struct node *node, struct senet_error *error)
{
    enum senet_code code = require_floats(node, 1, error);
    return code ? code : infer_arithmetic(graph, node, error);
}

enum senet_code infer_mod(struct graph *graph, struct node *node, struct senet_error *error)
{
    if (node->inputs[0]->dtype == DTYPE_FLOAT32 && !node_attribute_int(node, "fmod", 0))
        return node_malformed(node, error, "'fmod' has to be 1 for floats");
    return infer_arithmetic(graph, node, error);
}

/* The exponent may be of another type than the base. */
enum senet_code infer_pow(struct graph *graph, struct node *node, struct senet_error *error)
{
    return infer_broadcast(graph, node, 1, node->inputs[0]->dtype, error);
}

enum senet_code infer_prelu(struct graph *graph, struct node *node, struct senet_error *error)
{
    enum senet_code code = infer_arithmetic(graph, node, error);
    if (code)
        return code;
    const struct senet_shape *shape = &node->outputs[0]->shape, *input = &node->inputs[0]->shape;
    if (shape->rank != input->rank || memcmp(shape->dim, input->dim, (size_t)input->rank * sizeof *input->dim) != 0)
        return shapes_disagree(node, input, &node->inputs[1]->shape, error);
    return SENET_OK;
}

enum senet_code infer_comparison(struct graph *graph, struct node *node, struct senet_error *error)
{
    return infer_broadcast(graph, node, 0, DTYPE_INT64, error);
}

enum senet_code infer_logic(struct graph *graph, struct node *node, struct senet_error *error)
{
    if (node->inputs[0]->dtype != DTYPE_INT64)
        return node_malformed(node, error, "input 0 is float32, not integers or booleans");
    return infer_arithmetic(graph, node, error);
}

enum senet_code infer_bit_shift(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct attribute *direction = node_attribute(node, "direction");
    if (!direction || direction->type != ATTRIBUTE_STRING ||
        (strcmp(direction->s, "LEFT") != 0 && strcmp(direction->s, "RIGHT") != 0))
        return node_malformed(node, error, "'direction' is neither LEFT nor RIGHT");
    return infer_logic(graph, node, error);
}

/* The condition, then what to take where it holds and where it does not. */
enum senet_code infer_where(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    if (node->inputs[0]->dtype != DTYPE_INT64)
        return node_malformed(node, error, "its condition is float32, not booleans");
    return infer_broadcast(graph, node, 1, node->inputs[1]->dtype, error);
}

/* -------------------------------------------------------------- conversion */

enum senet_code infer_cast(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum dtype dtype;
    const struct attribute *to = node_attribute(node, "to");
    if (!to || to->type != ATTRIBUTE_INT)
        return node_malformed(node, error, "'to' is missing");
    if (!dtype_from_onnx(to->i, &dtype))
        return node_unsupported(node, error, "element type %lld is not supported", (long long)to->i);
    return set_output(node, dtype, &node->inputs[0]->shape, error);
}

/* Which float or integer the second operand was in the file is not known any more: it counts as the widest. */
enum senet_code infer_cast_like(struct graph *graph, struct node *node, struct senet_error *error)
{
    bool floats = node->inputs[1]->dtype == DTYPE_FLOAT32;
    const struct attribute to = {.name = "to", .type = ATTRIBUTE_INT, .i = floats ? CAST_FLOAT : CAST_INT64};
    if (!set_attribute(graph, node, &to))
        return error_out_of_memory(error);
    return infer_cast(graph, node, error);
}
