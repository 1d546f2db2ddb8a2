/* Operators that make one number, or one place, of the elements along some axes. */
#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"
#include "graph/reduction.h"

static bool reduces_integers(enum op op)
{
    static const enum op integer_reductions[] = {
#define REDUCTION_OP(symbol, start, step, join, end) OP_REDUCE_##symbol,
        INTEGER_REDUCTIONS(REDUCTION_OP)
#undef REDUCTION_OP
    };
    for (size_t i = 0; i < sizeof integer_reductions / sizeof *integer_reductions; i++)
        if (integer_reductions[i] == op)
            return true;
    return false;
}

/* No numbers have a sum and a product, but nothing else. */
static enum senet_code check_operand(const struct node *node, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    if (input->dtype != DTYPE_INT64 || !reduces_integers(node->op))
        return require_floats(node, 1, error);
    if (senet_shape_elements(&input->shape) == 0 && node->op != OP_REDUCE_SUM && node->op != OP_REDUCE_PROD)
        return node_malformed(node, error, "its input is empty");
    return SENET_OK;
}

enum senet_code infer_reduce(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    struct axis_set axes;
    enum senet_code code = check_operand(node, error);
    if (!code)
        code = node_axes(node, input->rank, &axes, error);
    if (code)
        return code;
    bool keep = node_attribute_int(node, "keepdims", 1) != 0;
    bool all = !axes.count && !node_attribute_int(node, "noop_with_empty_axes", 0);
    struct senet_shape shape = {0};
    for (int axis = 0; axis < input->rank; axis++) {
        axes.has[axis] |= all;
        if (!axes.has[axis] || keep)
            shape.dim[shape.rank++] = axes.has[axis] ? 1 : input->dim[axis];
    }
    if (!set_axes(graph, node, &axes))
        return error_out_of_memory(error);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* Floats or integers, some of them, which are compared along the attribute "axis". */
static enum senet_code compared_axis(const struct node *node, int64_t missing, int *axis, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    if (senet_shape_elements(&input->shape) == 0)
        return node_malformed(node, error, "its input is empty");
    return resolve_axis(node, node_attribute_int(node, "axis", missing), input->shape.rank, axis, error);
}

enum senet_code infer_arg(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    int axis = 0;
    enum senet_code code = compared_axis(node, 0, &axis, error);
    if (code)
        return code;
    struct senet_shape shape = {0};
    for (int other = 0; other < input->rank; other++)
        if (other != axis)
            shape.dim[shape.rank++] = input->dim[other];
        else if (node_attribute_int(node, "keepdims", 1))
            shape.dim[shape.rank++] = 1;
    if (!set_int(graph, node, "axis", axis))
        return error_out_of_memory(error);
    return set_output(node, DTYPE_INT64, &shape, error);
}

/* Until opset 9 an attribute, then an input. */
static bool read_k(const struct node *node, int64_t *k)
{
    const struct value *input = node_input(node, 1);
    size_t count;
    const int64_t *listed = value_int64s(input, &count);
    if (input && (!listed || count != 1))
        return false;
    *k = input ? *listed : node_attribute_int(node, "k", 0);
    return true;
}

enum senet_code infer_top_k(struct graph *graph, struct node *node, struct senet_error *error)
{
    int axis = 0;
    int64_t k;
    enum senet_code code = compared_axis(node, -1, &axis, error);
    if (code)
        return code;
    if (!read_k(node, &k))
        return node_unsupported(node, error, "its k is not an int64 constant");
    struct senet_shape shape = node->inputs[0]->shape;
    if (k < 1 || k > shape.dim[axis])
        return node_malformed(node, error, "it wants %lld of %lld elements", (long long)k, (long long)shape.dim[axis]);
    shape.dim[axis] = k;
    if (!set_int(graph, node, "axis", axis) || !set_int(graph, node, "k", k))
        return error_out_of_memory(error);
    code = set_output(node, node->inputs[0]->dtype, &shape, error);
    return code ? code : set_output_at(node, 1, DTYPE_INT64, &shape, error);
}

/*
 * Until opset 12 Softmax and its kin ran over all axes from `axis` on together (1 when absent). That is one axis
 * again when the others have one element, as in every classifier.
 */
static void find_flat_axes(const struct senet_shape *shape, int *axis, int *count)
{
    int first = *axis, wide = 0;
    for (int other = first; other < shape->rank; other++)
        if (shape->dim[other] > 1) {
            *axis = other;
            wide++;
        }
    *count = 1;
    if (wide > 1) {
        *axis = first;
        *count = shape->rank - first;
    }
}

enum senet_code infer_softmax(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    bool flat = graph->opset < 13;
    int axis = 0, count = 1;
    enum senet_code code = require_floats(node, 1, error);
    if (!code)
        code = resolve_axis(node, node_attribute_int(node, "axis", flat ? 1 : -1), shape->rank, &axis, error);
    if (code)
        return code;
    if (flat)
        find_flat_axes(shape, &axis, &count);
    if (!set_int(graph, node, "axis", axis) || !set_int(graph, node, "axis_count", count))
        return error_out_of_memory(error);
    return set_output(node, DTYPE_FLOAT32, shape, error);
}
