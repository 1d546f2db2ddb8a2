/* Operators whose output is made rather than moved: shapes, series, patterns, and sums along an axis. */
#include <math.h>

#include "base/checked.h"
#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* Shapes are final by now, so that these are constants rather than nodes. */
static enum senet_code integers_output(struct graph *graph, const struct node *node, const int64_t *integers, int count,
                                       int rank, struct senet_error *error)
{
    int64_t *kept = arena_alloc(graph->arena, (size_t)count, sizeof *kept);
    const struct senet_shape shape = {rank, {count}};
    if (!kept)
        return error_out_of_memory(error);
    for (int i = 0; i < count; i++)
        kept[i] = integers[i];
    node->outputs[0]->data = kept;
    return set_output(node, DTYPE_INT64, &shape, error);
}

/* Counts from the end if negative, and stays within the axes. */
static int clamp_axis(int64_t axis, int rank)
{
    if (axis < 0)
        axis = axis < -rank ? 0 : axis + rank;
    return axis > rank ? rank : (int)axis;
}

enum senet_code infer_shape(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    int start = clamp_axis(node_attribute_int(node, "start", 0), shape->rank);
    int end = clamp_axis(node_attribute_int(node, "end", shape->rank), shape->rank);
    return integers_output(graph, node, shape->dim + start, end > start ? end - start : 0, 1, error);
}

enum senet_code infer_size(struct graph *graph, struct node *node, struct senet_error *error)
{
    int64_t elements = senet_shape_elements(&node->inputs[0]->shape);
    return integers_output(graph, node, &elements, 1, 0, error);
}

enum senet_code infer_constant_of_shape(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct attribute *value = node_attribute(node, "value");
    size_t count;
    const int64_t *dims = value_int64s(node->inputs[0], &count);
    if (!dims)
        return node_unsupported(node, error, "its shape is not an int64 constant");
    if (node->inputs[0]->shape.rank != 1 || count > SENET_MAX_RANK)
        return node_unsupported(node, error, "its shape is no list of at most %d dimensions", SENET_MAX_RANK);
    if (value && (value->type != ATTRIBUTE_TENSOR || senet_shape_elements(&value->tensor->shape) != 1))
        return node_malformed(node, error, "its value is not one number");
    struct senet_shape shape = {(int)count, {0}};
    for (int axis = 0; axis < shape.rank; axis++) {
        shape.dim[axis] = dims[axis];
        if (dims[axis] < 0)
            return node_malformed(node, error, "its shape is negative at axis %d", axis);
    }
    return set_output(node, value ? value->tensor->dtype : DTYPE_FLOAT32, &shape, error);
}

/* How many numbers lie from start to limit, delta apart. False when their number says nothing. */
static bool count_floats(float start, float limit, float delta, int64_t *count)
{
    double numbers = ceil(((double)limit - (double)start) / (double)delta);
    if (!(numbers <= (double)TENSOR_BYTES_MAX))
        return false;
    *count = numbers > 0 ? (int64_t)numbers : 0;
    return true;
}

static bool count_integers(int64_t start, int64_t limit, int64_t delta, int64_t *count)
{
    /* As unsigned numbers, distance and stride of any two int64 fit. */
    uint64_t distance = delta > 0 ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
    uint64_t stride = delta > 0 ? (uint64_t)delta : 0 - (uint64_t)delta;
    bool empty = delta > 0 ? limit <= start : limit >= start;
    uint64_t numbers = empty || !stride ? 0 : (distance - 1) / stride + 1;
    *count = (int64_t)numbers;
    return stride > 0 && numbers <= (uint64_t)TENSOR_BYTES_MAX;
}

enum senet_code infer_range(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    float floats[3];
    int64_t integers[3], count = 0;
    bool all_floats = true, all_integers = true;
    for (int i = 0; i < 3; i++) {
        all_floats &= value_scalar(node->inputs[i], &floats[i]);
        all_integers &= value_integer(node->inputs[i], &integers[i]);
    }
    if (!all_floats && !all_integers)
        return node_unsupported(node, error, "its operands are not constant numbers of one type");
    if (!(all_floats ? count_floats(floats[0], floats[1], floats[2], &count)
                     : count_integers(integers[0], integers[1], integers[2], &count)))
        return node_malformed(node, error, "it does not end");
    const struct senet_shape shape = {1, {count}};
    return set_output(node, all_floats ? DTYPE_FLOAT32 : DTYPE_INT64, &shape, error);
}

/* A diagonal's number, brought to just outside the matrix where it lies farther away. */
static int64_t clamp_diagonal(int64_t k, const struct senet_shape *shape)
{
    int64_t rows = shape->dim[shape->rank - 2], columns = shape->dim[shape->rank - 1];
    return k < -rows ? -rows : k > columns ? columns : k;
}

enum senet_code infer_eye_like(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    const struct attribute *written = node_attribute(node, "dtype");
    enum dtype dtype = input->dtype;
    if (input->shape.rank != 2)
        return node_malformed(node, error, "its input of rank %d is no matrix", input->shape.rank);
    if (written && !dtype_from_onnx(written->i, &dtype))
        return node_unsupported(node, error, "its type %lld is not supported", (long long)written->i);
    if (!set_int(graph, node, "k", clamp_diagonal(node_attribute_int(node, "k", 0), &input->shape)))
        return error_out_of_memory(error);
    return set_output(node, dtype, &input->shape, error);
}

enum senet_code infer_trilu(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *input = node->inputs[0], *diagonal = node_input(node, 1);
    int64_t k = 0;
    if (input->shape.rank < 2)
        return node_malformed(node, error, "its input of rank %d holds no matrices", input->shape.rank);
    if (diagonal && !value_integer(diagonal, &k))
        return node_unsupported(node, error, "its diagonal is not an int64 constant");
    if (!set_int(graph, node, "k", clamp_diagonal(k, &input->shape)))
        return error_out_of_memory(error);
    return set_output(node, input->dtype, &input->shape, error);
}

enum senet_code infer_cum_sum(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    int64_t written;
    int axis = 0;
    if (!value_integer(node->inputs[1], &written))
        return node_unsupported(node, error, "its axis is not an integer constant");
    enum senet_code code = resolve_axis(node, written, input->shape.rank, &axis, error);
    if (code)
        return code;
    return set_int(graph, node, "axis", axis) ? set_output(node, input->dtype, &input->shape, error)
                                              : error_out_of_memory(error);
}

enum senet_code infer_reverse_sequence(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct value *input = node->inputs[0], *lengths = node->inputs[1];
    int64_t batch = node_attribute_int(node, "batch_axis", 1), time = node_attribute_int(node, "time_axis", 0);
    if (input->shape.rank < 2 || batch < 0 || batch > 1 || time < 0 || time > 1 || batch == time)
        return node_malformed(node, error, "its batch and time are not the first two axes");
    if (lengths->dtype != DTYPE_INT64 || lengths->shape.rank != 1 || lengths->shape.dim[0] != input->shape.dim[batch])
        return node_malformed(node, error, "it does not have one length for each sequence");
    return set_output(node, input->dtype, &input->shape, error);
}
