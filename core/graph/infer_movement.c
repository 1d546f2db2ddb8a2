#include "base/checked.h"
#include "graph/infer.h"
#include "graph/ops.h"

static enum senet_code output_like_input(const struct node *node, const struct senet_shape *shape,
                                         struct senet_error *error)
{
    return set_output(node, node->inputs[0]->dtype, shape, error);
}

enum senet_code infer_identity(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    /* Exporters share constants through Identity nodes; what reads a constant has to see it through them. */
    node->outputs[0]->data = node->inputs[0]->data;
    return output_like_input(node, &node->inputs[0]->shape, error);
}

enum senet_code infer_dropout(struct graph *graph, struct node *node, struct senet_error *error)
{
    const struct value *training = node_input(node, 2);
    size_t count;
    const int64_t *flag = value_int64s(training, &count);
    bool trains =
        graph->opset < 7 ? !node_attribute_int(node, "is_test", 0) : training && (!flag || count != 1 || *flag);
    if (trains)
        return node_unsupported(node, error, "it is in training mode");
    return infer_identity(graph, node, error);
}

static enum senet_code constant_list(const struct node *node, enum dtype dtype, const void *data, size_t count,
                                     int rank)
{
    struct value *output = node->outputs[0];
    output->dtype = dtype;
    output->shape = (struct senet_shape){rank, {(int64_t)count}};
    output->data = data;
    return SENET_OK;
}

/* May be empty: exporters write empty lists of axes so. */
enum senet_code infer_constant(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct attribute *attribute;
    if ((attribute = node_attribute(node, "value")) && attribute->type == ATTRIBUTE_TENSOR) {
        node->outputs[0]->dtype = attribute->tensor->dtype;
        node->outputs[0]->shape = attribute->tensor->shape;
        node->outputs[0]->data = attribute->tensor->data;
        return SENET_OK;
    }
    if ((attribute = node_attribute(node, "value_float")) && attribute->type == ATTRIBUTE_FLOAT)
        return constant_list(node, DTYPE_FLOAT32, &attribute->f, 1, 0);
    if ((attribute = node_attribute(node, "value_int")) && attribute->type == ATTRIBUTE_INT)
        return constant_list(node, DTYPE_INT64, &attribute->i, 1, 0);
    if ((attribute = node_attribute(node, "value_floats")) && attribute->type == ATTRIBUTE_FLOATS)
        return constant_list(node, DTYPE_FLOAT32, attribute->floats, attribute->count, 1);
    if ((attribute = node_attribute(node, "value_ints")) && attribute->type == ATTRIBUTE_INTS)
        return constant_list(node, DTYPE_INT64, attribute->ints, attribute->count, 1);
    return node_unsupported(node, error, "it holds neither numbers nor a tensor");
}

enum senet_code infer_concat(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct senet_shape shape = node->inputs[0]->shape;
    const struct attribute *attribute = node_attribute(node, "axis");
    int axis = 0;
    if (!attribute)
        return node_malformed(node, error, "'axis' is missing");
    enum senet_code code = resolve_axis(node, attribute->i, shape.rank, &axis, error);
    if (code)
        return code;
    for (int i = 1; i < node->input_count; i++) {
        const struct value *input = node->inputs[i];
        if (!input)
            return node_malformed(node, error, "input %d is missing", i);
        bool agrees = input->dtype == node->inputs[0]->dtype && input->shape.rank == shape.rank;
        for (int other = 0; agrees && other < shape.rank; other++)
            agrees = other == axis || input->shape.dim[other] == shape.dim[other];
        if (!agrees)
            return node_malformed(node, error, "input %d differs from the first in more than axis %d", i, axis);
        if (!checked_add_i64(shape.dim[axis], input->shape.dim[axis], &shape.dim[axis]))
            return node_unsupported(node, error, "its output would be too large");
    }
    return output_like_input(node, &shape, error);
}

enum senet_code infer_flatten(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    int64_t axis = node_attribute_int(node, "axis", 1);
    if (axis < -input->rank || axis > input->rank)
        return node_malformed(node, error, "axis %lld is outside a tensor of rank %d", (long long)axis, input->rank);
    if (axis < 0)
        axis += input->rank;
    struct senet_shape shape = {2, {1, 1}};
    for (int i = 0; i < input->rank; i++)
        shape.dim[i >= axis] *= input->dim[i];
    return output_like_input(node, &shape, error);
}

/* Copies 0s from the input and finds the -1; `shape` begins as the target. */
static enum senet_code resolve_target(const struct node *node, struct senet_shape *shape, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    bool copy_zeros = !node_attribute_int(node, "allowzero", 0);
    int64_t known = 1, elements = senet_shape_elements(input);
    int open = -1;
    for (int axis = 0; axis < shape->rank; axis++) {
        if (shape->dim[axis] == 0 && copy_zeros) {
            if (axis >= input->rank)
                return node_malformed(node, error, "its target copies axis %d, which the input lacks", axis);
            shape->dim[axis] = input->dim[axis];
        }
        if (shape->dim[axis] == -1 && open < 0) {
            open = axis;
            continue;
        }
        if (shape->dim[axis] < 0 || !checked_mul_i64(known, shape->dim[axis], &known))
            return node_malformed(node, error, "its target shape is invalid at axis %d", axis);
    }
    if (open >= 0 && known > 0)
        shape->dim[open] = elements / known;
    if (open >= 0 ? known == 0 || elements % known != 0 : elements != known)
        return node_malformed(node, error, "%lld elements cannot be given its target shape", (long long)elements);
    return SENET_OK;
}

enum senet_code infer_reshape(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    size_t count;
    const int64_t *target = value_int64s(node->inputs[1], &count);
    if (!target)
        return node_unsupported(node, error, "its target shape is not an int64 constant");
    if (count > SENET_MAX_RANK)
        return node_unsupported(node, error, "its target shape has %zu dimensions", count);
    struct senet_shape shape = {(int)count, {0}};
    for (size_t i = 0; i < count; i++)
        shape.dim[i] = target[i];
    enum senet_code code = resolve_target(node, &shape, error);
    return code ? code : output_like_input(node, &shape, error);
}

enum senet_code infer_squeeze(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    struct senet_shape shape = {0};
    struct axis_set axes;
    enum senet_code code = node_axes(node, input->rank, &axes, error);
    if (code)
        return code;
    for (int axis = 0; axis < input->rank; axis++) {
        bool squeezed = axes.count ? axes.has[axis] : input->dim[axis] == 1;
        if (squeezed && input->dim[axis] != 1)
            return node_malformed(node, error, "axis %d has %lld elements, not 1", axis, (long long)input->dim[axis]);
        if (!squeezed)
            shape.dim[shape.rank++] = input->dim[axis];
    }
    return output_like_input(node, &shape, error);
}

/* How many axes are listed, before they can be read: they count in the output, whose rank depends on that. */
static size_t listed_axes(const struct node *node)
{
    const struct attribute *attribute = node_attribute(node, "axes");
    size_t count = 0;
    if (value_int64s(node_input(node, 1), &count))
        return count;
    return attribute ? attribute->count : 0;
}

enum senet_code infer_unsqueeze(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    size_t listed = listed_axes(node);
    if (listed > (size_t)(SENET_MAX_RANK - input->rank))
        return node_unsupported(node, error, "its output would have more than %d dimensions", SENET_MAX_RANK);
    struct senet_shape shape = {input->rank + (int)listed, {0}};
    struct axis_set axes;
    enum senet_code code = node_axes(node, shape.rank, &axes, error);
    if (code)
        return code;
    if (!axes.count)
        return node_malformed(node, error, "it lists no axes");
    for (int axis = 0, next = 0; axis < shape.rank; axis++)
        shape.dim[axis] = axes.has[axis] ? 1 : input->dim[next++];
    return output_like_input(node, &shape, error);
}

enum senet_code infer_transpose(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    const struct attribute *perm = node_attribute(node, "perm");
    struct senet_shape shape = {input->rank, {0}};
    bool taken[SENET_MAX_RANK] = {false};
    if (perm && perm->count != (size_t)input->rank)
        return node_malformed(node, error, "'perm' lists %zu of %d axes", perm->count, input->rank);
    for (int axis = 0; axis < input->rank; axis++) {
        int64_t from = perm ? perm->ints[axis] : input->rank - 1 - axis;
        if (from < 0 || from >= input->rank || taken[from])
            return node_malformed(node, error, "'perm' is no permutation of %d axes", input->rank);
        taken[from] = true;
        shape.dim[axis] = input->dim[from];
    }
    return output_like_input(node, &shape, error);
}
