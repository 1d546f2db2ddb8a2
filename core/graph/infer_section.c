/* Operators that show parts of a tensor, parts of it again, or a frame around it: each axis by itself. */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* ------------------------------------------------------------------- Slice */

/* What one axis of a Slice lists. */
struct slice {
    int64_t start, end, step;
};

static int64_t clamp(int64_t number, int64_t low, int64_t high)
{
    return number < low ? low : number > high ? high : number;
}

/*
 * Counting from the end, and beyond the ends, as in Python. Leaves start inside the axis and returns how many elements
 * are taken. A step larger than the axis takes one element, however large it is.
 */
static int64_t resolve_slice(struct slice *slice, int64_t dim)
{
    int64_t reach = dim > 0 ? dim : 1;
    slice->step = clamp(slice->step, -reach, reach);
    if (dim == 0) /* backwards, the last element would be before the first */
        return slice->start = 0;
    slice->start += slice->start < 0 ? dim : 0;
    slice->end += slice->end < 0 ? dim : 0;
    bool forwards = slice->step > 0;
    slice->start = clamp(slice->start, 0, forwards ? dim : dim - 1);
    slice->end = clamp(slice->end, forwards ? 0 : -1, forwards ? dim : dim - 1);
    int64_t distance = forwards ? slice->end - slice->start : slice->start - slice->end;
    int64_t stride = forwards ? slice->step : -slice->step;
    return dim > 0 && distance > 0 ? (distance + stride - 1) / stride : 0;
}

/* The lists of a Slice: inputs from opset 10 on, attributes before. NULL where one is omitted. */
struct slice_lists {
    const int64_t *starts, *ends, *axes, *steps;
    size_t count;
};

static enum senet_code read_slice_list(const struct node *node, int input, const char *name, const int64_t **list,
                                       size_t *count, struct senet_error *error)
{
    const struct attribute *attribute = input ? NULL : node_attribute(node, name);
    const struct value *value = input ? node_input(node, input) : NULL;
    *list = value ? value_int64s(value, count) : NULL;
    if (value && !*list)
        return node_unsupported(node, error, "its %s are not an int64 constant", name);
    if (attribute) {
        *list = attribute->ints;
        *count = attribute->count;
    }
    return SENET_OK;
}

static enum senet_code read_slice(const struct node *node, struct slice_lists *lists, struct senet_error *error)
{
    bool inputs = node->input_count > 1;
    const struct {
        const char *name;
        int input;
        const int64_t **list;
        bool required;
    } rows[] = {
        {"starts", 1, &lists->starts, true},
        {"ends", 2, &lists->ends, true},
        {"axes", 3, &lists->axes, false},
        {"steps", 4, &lists->steps, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = 0;
        if (!inputs && i == 3)
            continue; /* the attribute of that name is ours */
        enum senet_code code =
            read_slice_list(node, inputs ? rows[i].input : 0, rows[i].name, rows[i].list, &count, error);
        if (code)
            return code;
        if (rows[i].required && !*rows[i].list)
            return node_malformed(node, error, "its %s are missing", rows[i].name);
        if (i == 0)
            lists->count = count;
        if (*rows[i].list && count != lists->count)
            return node_malformed(node, error, "it has %zu starts and %zu %s", lists->count, count, rows[i].name);
    }
    return SENET_OK;
}

/* Sets `slices` for the axes that are listed. */
static enum senet_code list_slices(const struct node *node, const struct slice_lists *lists, struct slice *slices,
                                   struct senet_error *error)
{
    int rank = node->inputs[0]->shape.rank;
    bool listed[SENET_MAX_RANK] = {false};
    for (size_t i = 0; i < lists->count; i++) {
        int axis = 0;
        enum senet_code code = resolve_axis(node, lists->axes ? lists->axes[i] : (int64_t)i, rank, &axis, error);
        if (code)
            return code;
        if (listed[axis])
            return node_malformed(node, error, "axis %d is listed twice", axis);
        listed[axis] = true;
        slices[axis] = (struct slice){lists->starts[i], lists->ends[i], lists->steps ? lists->steps[i] : 1};
        if (!slices[axis].step)
            return node_malformed(node, error, "its step along axis %d is 0", axis);
    }
    return SENET_OK;
}

enum senet_code infer_slice(struct graph *graph, struct node *node, struct senet_error *error)
{
    struct slice_lists lists = {0};
    struct slice slices[SENET_MAX_RANK];
    struct senet_shape shape = node->inputs[0]->shape;
    int64_t *begins = arena_alloc(graph->arena, 2 * SENET_MAX_RANK, sizeof *begins), *steps = begins + SENET_MAX_RANK;
    if (!begins)
        return error_out_of_memory(error);
    for (int axis = 0; axis < shape.rank; axis++)
        slices[axis] = (struct slice){0, shape.dim[axis], 1};
    enum senet_code code = read_slice(node, &lists, error);
    if (!code)
        code = list_slices(node, &lists, slices, error);
    if (code)
        return code;
    for (int axis = 0; axis < shape.rank; axis++) {
        shape.dim[axis] = resolve_slice(&slices[axis], shape.dim[axis]);
        begins[axis] = slices[axis].start;
        steps[axis] = slices[axis].step;
    }
    if (!set_ints(graph, node, "begins", begins, (size_t)shape.rank) ||
        !set_ints(graph, node, "steps", steps, (size_t)shape.rank))
        return error_out_of_memory(error);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* --------------------------------------------------------------------- Pad */

/* From opset 11 on an input, before that an attribute; begins of all listed axes, then ends. */
static enum senet_code read_pads(const struct node *node, int64_t *pads, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "pads");
    const struct value *input = node_input(node, 1), *axes_input = node_input(node, 3);
    int rank = node->inputs[0]->shape.rank;
    size_t count = attribute ? attribute->count : 0, axis_count = (size_t)rank;
    const int64_t *listed = input ? value_int64s(input, &count) : attribute ? attribute->ints : NULL;
    const int64_t *axes = axes_input ? value_int64s(axes_input, &axis_count) : NULL;
    bool seen[SENET_MAX_RANK] = {false};
    if (!listed)
        return node_unsupported(node, error, "its pads are not an int64 constant");
    if (axes_input && !axes)
        return node_unsupported(node, error, "its axes are not an int64 constant");
    if (axis_count > (size_t)rank || count != 2 * axis_count)
        return node_malformed(node, error, "it has %zu pads for %zu of %d axes", count, axis_count, rank);
    for (size_t i = 0; i < axis_count; i++) {
        int axis = 0;
        enum senet_code code = resolve_axis(node, axes ? axes[i] : (int64_t)i, rank, &axis, error);
        if (code)
            return code;
        if (seen[axis])
            return node_malformed(node, error, "axis %d is listed twice", axis);
        seen[axis] = true;
        pads[axis] = listed[i];
        pads[rank + axis] = listed[axis_count + i];
    }
    return SENET_OK;
}

/* Until opset 18 the last was unknown; a mode is what it says in every opset. */
static enum senet_code check_pad_mode(const struct node *node, struct senet_error *error)
{
    static const char *const modes[] = {"constant", "edge", "reflect", "wrap"};
    const struct attribute *mode = node_attribute(node, "mode");
    if (!mode)
        return SENET_OK;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (mode->type == ATTRIBUTE_STRING && !strcmp(mode->s, modes[i]))
            return SENET_OK;
    return node_malformed(node, error, "its mode is not one that Pad has");
}

/* Until opset 10 a float attribute, then an input of the tensor's type. */
static enum senet_code read_pad_value(const struct node *node, struct attribute *value, struct senet_error *error)
{
    const struct value *input = node_input(node, 2);
    const struct attribute *old = node_attribute(node, "value");
    bool integer = node->inputs[0]->dtype == DTYPE_INT64;
    *value = (struct attribute){.name = "value", .type = integer ? ATTRIBUTE_INT : ATTRIBUTE_FLOAT};
    if (!input && old && old->type == value->type)
        *value = *old;
    if (input && !(integer ? value_integer(input, &value->i) : value_scalar(input, &value->f)))
        return node_unsupported(node, error, "its value is not a constant of the input's type");
    return SENET_OK;
}

/*
 * What an axis shows where it is reflected or wrapped at one end, and cut at the other, depends on which comes first;
 * ONNX does not say, and runtimes differ.
 */
static bool is_ambiguous(const struct node *node, int64_t begin, int64_t end)
{
    const struct attribute *mode = node_attribute(node, "mode");
    bool folds = mode && (!strcmp(mode->s, "reflect") || !strcmp(mode->s, "wrap"));
    return folds && ((begin < 0 && end > 0) || (begin > 0 && end < 0));
}

static enum senet_code pad_shape(const struct node *node, const int64_t *pads, struct senet_shape *shape,
                                 struct senet_error *error)
{
    for (int axis = 0; axis < shape->rank; axis++) {
        int64_t begin = pads[axis], end = pads[shape->rank + axis];
        /* No tensor is so large that more could be right; sums of three such numbers cannot overflow. */
        if (begin < -TENSOR_BYTES_MAX || begin > TENSOR_BYTES_MAX || end < -TENSOR_BYTES_MAX || end > TENSOR_BYTES_MAX)
            return node_unsupported(node, error, "its output would be too large");
        if (shape->dim[axis] == 0 && (begin || end))
            return node_unsupported(node, error, "axis %d has no elements to pad", axis);
        if (is_ambiguous(node, begin, end))
            return node_unsupported(node, error, "its pads fold one end of axis %d and cut the other", axis);
        shape->dim[axis] += begin + end;
        if (shape->dim[axis] < 0)
            return node_malformed(node, error, "its pads take more than there is of axis %d", axis);
    }
    return SENET_OK;
}

enum senet_code infer_pad(struct graph *graph, struct node *node, struct senet_error *error)
{
    int64_t *pads = arena_alloc(graph->arena, 2 * SENET_MAX_RANK, sizeof *pads);
    struct senet_shape shape = node->inputs[0]->shape;
    struct attribute value;
    if (!pads)
        return error_out_of_memory(error);
    enum senet_code code = check_pad_mode(node, error);
    if (!code)
        code = read_pad_value(node, &value, error);
    if (!code)
        code = read_pads(node, pads, error);
    if (!code)
        code = pad_shape(node, pads, &shape, error);
    if (code)
        return code;
    if (!set_ints(graph, node, "pads", pads, 2 * (size_t)shape.rank) || !set_attribute(graph, node, &value))
        return error_out_of_memory(error);
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* --------------------------------------------------------- Expand and Tile */

enum senet_code infer_expand(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    const struct senet_shape *input = &node->inputs[0]->shape;
    size_t count;
    const int64_t *target = value_int64s(node->inputs[1], &count);
    if (!target)
        return node_unsupported(node, error, "its target shape is not an int64 constant");
    if (node->inputs[1]->shape.rank != 1 || count > SENET_MAX_RANK)
        return node_unsupported(node, error, "its target shape is no list of at most %d dimensions", SENET_MAX_RANK);
    struct senet_shape shape = {input->rank > (int)count ? input->rank : (int)count, {0}};
    for (int axis = 0; axis < shape.rank; axis++) {
        int own = axis - (shape.rank - input->rank), listed = axis - (shape.rank - (int)count);
        int64_t from = own < 0 ? 1 : input->dim[own], to = listed < 0 ? 1 : target[listed];
        if (to < 0 || (from != to && from != 1 && to != 1))
            return node_malformed(node, error, "axis %d cannot be expanded from %lld to %lld", axis, (long long)from,
                                  (long long)to);
        shape.dim[axis] = from == 1 ? to : from;
    }
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

enum senet_code infer_tile(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct senet_shape shape = node->inputs[0]->shape;
    size_t count;
    const int64_t *repeats = value_int64s(node->inputs[1], &count);
    if (!repeats)
        return node_unsupported(node, error, "its repeats are not an int64 constant");
    if (count != (size_t)shape.rank)
        return node_malformed(node, error, "it has %zu repeats for %d axes", count, shape.rank);
    for (int axis = 0; axis < shape.rank; axis++) {
        if (repeats[axis] < 0)
            return node_malformed(node, error, "it repeats axis %d %lld times", axis, (long long)repeats[axis]);
        if (!checked_mul_i64(shape.dim[axis], repeats[axis], &shape.dim[axis]))
            return node_unsupported(node, error, "its output would be too large");
    }
    return set_output(node, node->inputs[0]->dtype, &shape, error);
}

/* ------------------------------------------------------------------- Split */

/*
 * How many elements each output takes. Until opset 12 an attribute, then an input; where neither is given, equal
 * parts, the last of which may be smaller if `num_outputs` (opset 18) is written.
 */
static enum senet_code read_parts(const struct node *node, int64_t dim, int64_t *parts, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "split");
    const struct value *input = node_input(node, 1);
    size_t count = attribute ? attribute->count : 0, outputs = (size_t)node->output_count;
    const int64_t *listed = input ? value_int64s(input, &count) : attribute ? attribute->ints : NULL;
    if (input && !listed)
        return node_unsupported(node, error, "its split is not an int64 constant");
    if (listed && count != outputs)
        return node_malformed(node, error, "it lists %zu parts for %zu outputs", count, outputs);
    bool uneven = node_attribute(node, "num_outputs") != NULL;
    if (uneven && node_attribute_int(node, "num_outputs", 0) != (int64_t)outputs)
        return node_malformed(node, error, "'num_outputs' is not the number of its outputs");
    int64_t equal = dim / (int64_t)outputs + (dim % (int64_t)outputs > 0);
    if (!listed && !uneven && dim % (int64_t)outputs)
        return node_malformed(node, error, "%lld elements cannot be split into %zu equal parts", (long long)dim,
                              outputs);
    int64_t left = dim;
    for (size_t i = 0; i < outputs; i++) {
        parts[i] = listed ? listed[i] : i + 1 < outputs ? equal : left;
        if (parts[i] < 0 || parts[i] > left)
            return node_malformed(node, error, "its parts do not add up to %lld", (long long)dim);
        left -= parts[i];
    }
    return left ? node_malformed(node, error, "its parts do not add up to %lld", (long long)dim) : SENET_OK;
}

enum senet_code infer_split(struct graph *graph, struct node *node, struct senet_error *error)
{
    struct senet_shape shape = node->inputs[0]->shape;
    int axis = 0;
    enum senet_code code = resolve_axis(node, node_attribute_int(node, "axis", 0), shape.rank, &axis, error);
    if (code)
        return code;
    int64_t *parts = arena_alloc(graph->arena, (size_t)node->output_count, sizeof *parts);
    if (!parts)
        return error_out_of_memory(error);
    code = read_parts(node, shape.dim[axis], parts, error);
    if (code)
        return code;
    if (!set_int(graph, node, "axis", axis) || !set_ints(graph, node, "split", parts, (size_t)node->output_count))
        return error_out_of_memory(error);
    for (int i = 0; i < node->output_count && !code; i++) {
        shape.dim[axis] = parts[i];
        code = set_output_at(node, i, node->inputs[0]->dtype, &shape, error);
    }
    return code;
}
