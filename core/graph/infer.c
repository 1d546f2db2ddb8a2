#include "graph/infer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "graph/cast_types.h"
#include "graph/fold.h"
#include "graph/ops.h"
#include "graph/passes.h"

SENET_PRINTF(4, 0)
static enum senet_code node_fail(const struct node *node, struct senet_error *error, enum senet_code code,
                                 const char *format, va_list arguments)
{
    char described[192], text[192];
    vsnprintf(text, sizeof text, format, arguments);
    return senet_error_set(error, code, "%s: %s", node_describe(node, described, sizeof described), text);
}

enum senet_code node_malformed(const struct node *node, struct senet_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum senet_code code = node_fail(node, error, SENET_MODEL_MALFORMED, format, arguments);
    va_end(arguments);
    return code;
}

enum senet_code node_unsupported(const struct node *node, struct senet_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    enum senet_code code = node_fail(node, error, SENET_MODEL_UNSUPPORTED, format, arguments);
    va_end(arguments);
    return code;
}

/* Zeros count as ones against the limit, so that any part of an accepted shape multiplies without overflow too. */
bool shape_bytes(const struct senet_shape *shape, enum dtype dtype, int64_t *bytes)
{
    int64_t total = (int64_t)dtype_size(dtype);
    bool empty = false;
    for (int axis = 0; axis < shape->rank; axis++) {
        int64_t dim = shape->dim[axis];
        empty |= dim == 0;
        if (dim < 0 || !checked_mul_i64(total, dim ? dim : 1, &total) || total > TENSOR_BYTES_MAX)
            return false;
    }
    *bytes = empty ? 0 : total;
    return true;
}

const char *shape_text(const struct senet_shape *shape, char *text, size_t size)
{
    size_t length = 0;
    snprintf(text, size, "scalar");
    for (int axis = 0; axis < shape->rank && length < size; axis++)
        length +=
            (size_t)snprintf(text + length, size - length, "%s%lld", axis ? "x" : "", (long long)shape->dim[axis]);
    return text;
}

bool shape_broadcast(const struct senet_shape *a, const struct senet_shape *b, int kept, struct senet_shape *result)
{
    for (int axis = 0; axis < result->rank - kept; axis++) {
        int a_axis = axis - (result->rank - a->rank), b_axis = axis - (result->rank - b->rank);
        int64_t a_dim = a_axis < 0 ? 1 : a->dim[a_axis], b_dim = b_axis < 0 ? 1 : b->dim[b_axis];
        if (a_dim != b_dim && a_dim != 1 && b_dim != 1)
            return false;
        result->dim[axis] = a_dim == 1 ? b_dim : a_dim;
    }
    return true;
}

enum senet_code shapes_disagree(const struct node *node, const struct senet_shape *a, const struct senet_shape *b,
                                struct senet_error *error)
{
    char first[64], second[64];
    return node_malformed(node, error, "%s and %s do not fit together", shape_text(a, first, sizeof first),
                          shape_text(b, second, sizeof second));
}

enum senet_code set_output_at(const struct node *node, int index, enum dtype dtype, const struct senet_shape *shape,
                              struct senet_error *error)
{
    char text[96];
    int64_t bytes;
    if (!shape_bytes(shape, dtype, &bytes))
        return node_unsupported(node, error, "its output would be too large (%s)",
                                shape_text(shape, text, sizeof text));
    if (bytes == 0 && dtype == DTYPE_FLOAT32)
        return node_unsupported(node, error, "its output would be empty (%s)", shape_text(shape, text, sizeof text));
    if (index < node->output_count && node->outputs[index]) {
        node->outputs[index]->dtype = dtype;
        node->outputs[index]->shape = *shape;
    }
    return SENET_OK;
}

enum senet_code set_output(const struct node *node, enum dtype dtype, const struct senet_shape *shape,
                           struct senet_error *error)
{
    return set_output_at(node, 0, dtype, shape, error);
}

enum senet_code require_floats(const struct node *node, int count, struct senet_error *error)
{
    for (int i = 0; i < count; i++) {
        const struct value *input = node_input(node, i);
        if (!input)
            continue;
        if (input->dtype != DTYPE_FLOAT32)
            return node_unsupported(node, error, "input %d is int64, only float32 is computed with", i);
        if (senet_shape_elements(&input->shape) == 0)
            return node_malformed(node, error, "input %d is empty", i);
    }
    return SENET_OK;
}

enum senet_code resolve_axis(const struct node *node, int64_t axis, int rank, int *resolved, struct senet_error *error)
{
    if (axis < -rank || axis >= rank)
        return node_malformed(node, error, "axis %lld is outside a tensor of rank %d", (long long)axis, rank);
    *resolved = (int)(axis < 0 ? axis + rank : axis);
    return SENET_OK;
}

enum senet_code node_axes(const struct node *node, int rank, struct axis_set *axes, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "axes");
    const struct value *input = node_input(node, 1);
    const int64_t *listed = NULL;
    size_t count = 0;
    if (input) {
        listed = value_int64s(input, &count);
        if (!listed)
            return node_unsupported(node, error, "its axes are not an int64 constant");
    } else if (attribute) {
        listed = attribute->ints;
        count = attribute->count;
    }
    struct axis_set found = {0};
    for (size_t i = 0; i < count; i++) {
        int axis = 0;
        enum senet_code code = resolve_axis(node, listed[i], rank, &axis, error);
        if (code)
            return code;
        if (found.has[axis])
            return node_malformed(node, error, "axis %d is listed twice", axis);
        found.has[axis] = true;
        found.count++;
    }
    *axes = found;
    return SENET_OK;
}

bool set_attribute(struct graph *graph, struct node *node, const struct attribute *attribute)
{
    for (size_t i = 0; i < node->attribute_count; i++)
        if (!strcmp(node->attributes[i].name, attribute->name)) {
            node->attributes[i] = *attribute;
            return true;
        }
    struct attribute *grown = arena_alloc(graph->arena, node->attribute_count + 1, sizeof *grown);
    if (!grown)
        return false;
    if (node->attribute_count > 0)
        memcpy(grown, node->attributes, node->attribute_count * sizeof *grown);
    grown[node->attribute_count++] = *attribute;
    node->attributes = grown;
    return true;
}

bool set_int(struct graph *graph, struct node *node, const char *name, int64_t number)
{
    return set_attribute(graph, node, &(struct attribute){.name = name, .type = ATTRIBUTE_INT, .i = number});
}

bool set_axes(struct graph *graph, struct node *node, const struct axis_set *axes)
{
    int64_t *listed = arena_alloc(graph->arena, SENET_MAX_RANK, sizeof *listed);
    struct attribute attribute = {.name = "axes", .type = ATTRIBUTE_INTS, .ints = listed};
    for (int axis = 0; listed && axis < SENET_MAX_RANK; axis++)
        if (axes->has[axis])
            listed[attribute.count++] = axis;
    return listed && set_attribute(graph, node, &attribute);
}

bool set_ints(struct graph *graph, struct node *node, const char *name, const int64_t *ints, size_t count)
{
    return set_attribute(graph, node,
                         &(struct attribute){.name = name, .type = ATTRIBUTE_INTS, .ints = ints, .count = count});
}

bool dtype_from_onnx(int64_t code, enum dtype *dtype)
{
    switch (code) {
#define CAST_TYPE_DTYPE(symbol, number, held, from_float, from_integer)                                                \
    case CAST_##symbol:                                                                                                \
        *dtype = DTYPE_##held;                                                                                         \
        return true;
        CAST_TYPES(CAST_TYPE_DTYPE)
#undef CAST_TYPE_DTYPE
    default:
        return false;
    }
}

/* An image input is batch x channels x height x width; others are open in the batch alone. */
static enum senet_code fix_input(struct value *input, const struct input_size *size, struct senet_error *error)
{
    struct senet_shape *shape = &input->shape;
    const int64_t replacements[] = {size->batch, -1, size->height, size->width};
    for (int axis = 0; axis < shape->rank; axis++) {
        if (shape->dim[axis] >= 0)
            continue;
        if (axis == 0 || shape->rank == 4)
            shape->dim[axis] = replacements[axis];
        if (shape->dim[axis] < 0)
            return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "dimension %d of input '%.120s' is open", axis,
                                   input->name);
    }
    int64_t bytes;
    if (!shape_bytes(shape, input->dtype, &bytes))
        return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "input '%.120s' is too large", input->name);
    if (bytes == 0)
        return senet_error_set(error, SENET_MODEL_MALFORMED, "input '%.120s' is empty", input->name);
    return SENET_OK;
}

/* Infers one node, and computes it when its inputs are known: the shapes of nodes after it may depend on that. */
static enum senet_code infer_node(struct graph *graph, struct node *node, struct senet_error *error)
{
    enum senet_code code = op_table[node->op].infer(graph, node, error);
    if (!code)
        code = node_fold(graph, node, error);
    for (int i = 0; !code && i < node->output_count; i++) {
        const struct value *output = node->outputs[i];
        if (output && !output->data && senet_shape_elements(&output->shape) == 0)
            code = node_unsupported(node, error, "its output would be empty");
    }
    return code;
}

enum senet_code graph_infer(struct graph *graph, const struct input_size *size, struct senet_error *error)
{
    fold_budget_init(&graph->fold_budget);
    for (size_t i = 0; i < graph->input_count; i++) {
        enum senet_code code = fix_input(graph->inputs[i], size, error);
        if (code)
            return code;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        enum senet_code code = infer_node(graph, graph->nodes[i], error);
        if (code)
            return code;
    }
    for (size_t i = 0; i < graph->output_count; i++)
        if (senet_shape_elements(&graph->outputs[i]->shape) == 0)
            return senet_error_set(error, SENET_MODEL_UNSUPPORTED, "output '%.120s' is empty", graph->outputs[i]->name);
    return SENET_OK;
}
