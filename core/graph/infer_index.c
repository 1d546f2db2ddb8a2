/*
 * Operators that are told by integers where to read or write. Constant indices are checked here; those that are
 * computed at run time are brought into range by the kernels, so that none reads or writes outside its tensors.
 */
#include <string.h>

#include "base/error.h"
#include "graph/fold.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* Many nodes may share one large constant. */
static enum senet_code too_much_to_read(const struct node *node, struct senet_error *error)
{
    return node_unsupported(node, error, "with it the graph's constants would take too long to look through");
}

/* The integers of an index tensor. The `count` numbers from `first` on, `stride` apart, lie in -dim..dim-1. */
static enum senet_code check_indices(struct graph *graph, const struct node *node, size_t first, size_t stride,
                                     int64_t dim, struct senet_error *error)
{
    const struct value *indices = node->inputs[1];
    size_t count;
    if (indices->dtype != DTYPE_INT64)
        return node_malformed(node, error, "its indices are not integers");
    if (dim == 0 && senet_shape_elements(&indices->shape) > 0)
        return node_malformed(node, error, "it has nothing to index");
    const int64_t *numbers = value_int64s(indices, &count);
    if (!numbers)
        return SENET_OK;
    if (!fold_budget_scan(&graph->fold_budget, (int64_t)(count / stride)))
        return too_much_to_read(node, error);
    for (size_t i = first; i < count; i += stride)
        if (numbers[i] < -dim || numbers[i] >= dim)
            return node_malformed(node, error, "index %lld is outside an axis of %lld elements", (long long)numbers[i],
                                  (long long)dim);
    return SENET_OK;
}

/* Resolves the attribute "axis" among the axes of input 0 and leaves it so. */
static enum senet_code normalise_axis(struct graph *graph, struct node *node, int *axis, struct senet_error *error)
{
    int64_t written = node_attribute_int(node, "axis", 0);
    enum senet_code code = resolve_axis(node, written, node->inputs[0]->shape.rank, axis, error);
    if (code)
        return code;
    return set_int(graph, node, "axis", *axis) ? SENET_OK : error_out_of_memory(error);
}

/* Appends axes begin..end-1 of `from`. False when there would be too many. */
static bool append_axes(struct senet_shape *shape, const struct senet_shape *from, int begin, int end)
{
    if (end - begin > SENET_MAX_RANK - shape->rank)
        return false;
    for (int axis = begin; axis < end; axis++)
        shape->dim[shape->rank++] = from->dim[axis];
    return true;
}

static enum senet_code rank_too_high(const struct node *node, struct senet_error *error)
{
    return node_unsupported(node, error, "its output would have more than %d dimensions", SENET_MAX_RANK);
}

enum senet_code infer_gather(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    struct senet_shape shape = {0};
    int axis = 0;
    enum senet_code code = normalise_axis(graph, node, &axis, error);
    if (!code)
        code = check_indices(graph, node, 0, 1, data->dim[axis], error);
    if (code)
        return code;
    if (!append_axes(&shape, data, 0, axis) || !append_axes(&shape, indices, 0, indices->rank) ||
        !append_axes(&shape, data, axis + 1, data->rank))
        return rank_too_high(node, error);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* `indices` covers a part of `data` in every axis but `axis`. */
static enum senet_code check_elements(struct graph *graph, const struct node *node, int axis, struct senet_error *error)
{
    const struct senet_shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    bool fits = indices->rank == data->rank;
    for (int other = 0; fits && other < data->rank; other++)
        fits = other == axis || indices->dim[other] <= data->dim[other];
    if (!fits)
        return node_malformed(node, error, "its indices reach beyond its data");
    return check_indices(graph, node, 0, 1, data->dim[axis], error);
}

enum senet_code infer_gather_elements(struct graph *graph, struct node *node, struct senet_error *error)
{
    int axis = 0;
    enum senet_code code = normalise_axis(graph, node, &axis, error);
    if (!code)
        code = check_elements(graph, node, axis, error);
    return code ? code : set_output(node, node->inputs[0]->dtype, &node->inputs[1]->shape, error);
}

/* How many axes each tuple of `indices` addresses, from axis `batch` of `data` on. */
static enum senet_code check_tuples(struct graph *graph, const struct node *node, int batch, int *tuple,
                                    struct senet_error *error)
{
    const struct senet_shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    if (indices->rank < 1 || batch >= indices->rank || batch >= data->rank)
        return node_malformed(node, error, "indices of rank %d and data of rank %d share no %d batch axes",
                              indices->rank, data->rank, batch);
    int64_t length = indices->dim[indices->rank - 1];
    if (length < 1 || length > data->rank - batch)
        return node_malformed(node, error, "its indices are tuples of %lld for %d axes", (long long)length,
                              data->rank - batch);
    for (int axis = 0; axis < batch; axis++)
        if (data->dim[axis] != indices->dim[axis])
            return node_malformed(node, error, "batch axis %d of data and indices differs", axis);
    *tuple = (int)length;
    enum senet_code code = SENET_OK;
    for (int i = 0; i < *tuple && !code; i++)
        code = check_indices(graph, node, (size_t)i, (size_t)*tuple, data->dim[batch + i], error);
    return code;
}

enum senet_code infer_gather_nd(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    int64_t batch = node_attribute_int(node, "batch_dims", 0);
    int tuple = 0;
    if (batch < 0 || batch > SENET_MAX_RANK)
        return node_malformed(node, error, "it has %lld batch axes", (long long)batch);
    enum senet_code code = check_tuples(graph, node, (int)batch, &tuple, error);
    if (code)
        return code;
    struct senet_shape shape = {0};
    if (!append_axes(&shape, indices, 0, indices->rank - 1) ||
        !append_axes(&shape, data, (int)batch + tuple, data->rank))
        return rank_too_high(node, error);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* Scatter's outputs are its data with some elements replaced. */
static enum senet_code check_updates(const struct node *node, const struct senet_shape *expected,
                                     struct senet_error *error)
{
    static const char *const reductions[] = {"none", "add", "mul", "max", "min"};
    const struct value *updates = node->inputs[2];
    const struct attribute *reduction = node_attribute(node, "reduction");
    bool known = !reduction;
    for (size_t i = 0; !known && i < sizeof reductions / sizeof *reductions; i++)
        known = reduction->type == ATTRIBUTE_STRING && !strcmp(reduction->s, reductions[i]);
    if (!known)
        return node_unsupported(node, error, "its reduction is not supported");
    bool same = updates->dtype == node->inputs[0]->dtype && updates->shape.rank == expected->rank;
    for (int axis = 0; same && axis < expected->rank; axis++)
        same = updates->shape.dim[axis] == expected->dim[axis];
    if (!same)
        return node_malformed(node, error, "its updates fit neither data nor indices");
    return set_output(node, node->inputs[0]->dtype, &node->inputs[0]->shape, error);
}

enum senet_code infer_scatter_elements(struct graph *graph, struct node *node, struct senet_error *error)
{
    int axis = 0;
    enum senet_code code = normalise_axis(graph, node, &axis, error);
    if (!code)
        code = check_elements(graph, node, axis, error);
    return code ? code : check_updates(node, &node->inputs[1]->shape, error);
}

enum senet_code infer_scatter_nd(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *data = &node->inputs[0]->shape, *indices = &node->inputs[1]->shape;
    struct senet_shape expected = {0};
    int tuple = 0;
    enum senet_code code = check_tuples(graph, node, 0, &tuple, error);
    if (code)
        return code;
    if (!append_axes(&expected, indices, 0, indices->rank - 1) || !append_axes(&expected, data, tuple, data->rank))
        return rank_too_high(node, error);
    return check_updates(node, &expected, error);
}

/* Of any type: exporters write floats. */
static bool read_depth(const struct value *value, int64_t *depth)
{
    float number;
    if (value_integer(value, depth))
        return true;
    if (!value_scalar(value, &number) || !(number >= 1 && number <= 1e9f))
        return false;
    *depth = (int64_t)number;
    return true;
}

enum senet_code infer_one_hot(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct senet_shape *indices = &node->inputs[0]->shape;
    const struct value *values = node->inputs[2];
    int64_t depth;
    int axis = 0;
    if (!read_depth(node->inputs[1], &depth))
        return node_unsupported(node, error, "its depth is not a constant number");
    if (depth < 1 || depth > INT32_MAX || values->shape.rank != 1 || values->shape.dim[0] != 2)
        return node_malformed(node, error, "its depth or its pair of values is invalid");
    if (indices->rank == SENET_MAX_RANK)
        return rank_too_high(node, error);
    /* The axis counts in the output; what was resolved once stays. */
    enum senet_code code = resolve_axis(node, node_attribute_int(node, "axis", -1), indices->rank + 1, &axis, error);
    if (code)
        return code;
    struct senet_shape shape = {0};
    append_axes(&shape, indices, 0, axis);
    shape.dim[shape.rank++] = depth;
    append_axes(&shape, indices, axis, indices->rank);
    if (!set_int(graph, node, "axis", axis))
        return error_out_of_memory(error);
    return set_output(node, values->dtype, &shape, error);
}

static int64_t count_nonzero(const struct value *value, const int64_t *integers, const float *floats)
{
    int64_t elements = senet_shape_elements(&value->shape), found = 0;
    for (int64_t i = 0; i < elements; i++)
        found += integers ? integers[i] != 0 : floats[i] != 0;
    return found;
}

/* How many it finds is its output's shape, so that it has to be known now. */
enum senet_code infer_non_zero(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    size_t count;
    const int64_t *integers = value_int64s(input, &count);
    const float *floats = value_floats(input, &count);
    if (!integers && !floats)
        return node_unsupported(node, error, "its output's shape depends on numbers that are not constant");
    if (!fold_budget_scan(&graph->fold_budget, senet_shape_elements(&input->shape)))
        return too_much_to_read(node, error);
    const struct senet_shape shape = {2, {input->shape.rank, count_nonzero(input, integers, floats)}};
    return set_output(node, DTYPE_INT64, &shape, error);
}

enum senet_code infer_compress(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *condition = node->inputs[1];
    struct senet_shape shape = node->inputs[0]->shape;
    size_t count;
    const int64_t *kept = value_int64s(condition, &count);
    int axis = 0;
    if (!kept)
        return node_unsupported(node, error, "its output's shape depends on a condition that is not constant");
    if (!node_attribute(node, "axis")) /* of all elements in a row */
        shape = (struct senet_shape){1, {senet_shape_elements(&shape)}};
    else {
        enum senet_code code = normalise_axis(graph, node, &axis, error);
        if (code)
            return code;
    }
    if (condition->shape.rank != 1 || (int64_t)count > shape.dim[axis])
        return node_malformed(node, error, "its condition does not fit");
    if (!fold_budget_scan(&graph->fold_budget, (int64_t)count))
        return too_much_to_read(node, error);
    shape.dim[axis] = count_nonzero(condition, kept, NULL);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}
