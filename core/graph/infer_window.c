#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "graph/geometry.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* Batch x channels and the axes that the node's input has, of these sizes. */
static struct senet_shape image_shape(const struct node *node, int64_t channels, const int64_t sizes[SPATIAL_AXES])
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    struct senet_shape shape = {input->rank, {input->dim[0], channels}};
    for (int axis = 2; axis < shape.rank; axis++)
        shape.dim[axis] = sizes[SPATIAL_AXES - shape.rank + axis];
    return shape;
}

enum senet_code infer_conv(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct conv_geometry geometry;
    enum senet_code code = conv_geometry(node, &geometry, error);
    if (code)
        return code;
    const int64_t sizes[] = {geometry.axes[0].out, geometry.axes[1].out, geometry.axes[2].out};
    const struct senet_shape shape = image_shape(node, geometry.out_channels, sizes);
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

enum senet_code infer_conv_transpose(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct conv_geometry geometry;
    enum senet_code code = conv_transpose_geometry(node, &geometry, error);
    if (code)
        return code;
    const int64_t sizes[] = {geometry.axes[0].in, geometry.axes[1].in, geometry.axes[2].in};
    const struct senet_shape shape = image_shape(node, geometry.out_channels, sizes);
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

/* Checks the attributes that only one of the pools has. */
static enum senet_code check_pool_form(const struct node *node, struct senet_error *error)
{
    int64_t order = node_attribute_int(node, "storage_order", 0), norm = node_attribute_int(node, "p", 2);
    if (order != 0 && order != 1)
        return node_malformed(node, error, "'storage_order' is %lld", (long long)order);
    if (norm < 1)
        return node_malformed(node, error, "'p' is %lld", (long long)norm);
    return SENET_OK;
}

/* MaxPool says besides where it found its maxima. */
enum senet_code infer_pool(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct extent axes[SPATIAL_AXES];
    enum senet_code code = pool_extents(node, axes, error);
    if (!code)
        code = check_pool_form(node, error);
    if (code)
        return code;
    const int64_t sizes[] = {axes[0].out, axes[1].out, axes[2].out};
    const struct senet_shape shape = image_shape(node, node->inputs[0]->shape.dim[1], sizes);
    code = set_output(node, node->inputs[0]->dtype, &shape, error);
    return code ? code : set_output_at(node, 1, DTYPE_INT64, &shape, error);
}

/* From opset 11 on an input, before that an attribute; begins of all axes, then ends. */
static enum senet_code read_pads(const struct node *node, int64_t pads[2 * SENET_MAX_RANK], struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, "pads");
    const struct value *input = node_input(node, 1);
    size_t count = attribute ? attribute->count : 0, expected = 2 * (size_t)node->inputs[0]->shape.rank;
    const int64_t *listed = input ? value_int64s(input, &count) : attribute ? attribute->ints : NULL;
    if (!listed)
        return node_unsupported(node, error, "its pads are not an int64 constant");
    if (count != expected)
        return node_malformed(node, error, "it has %zu pads, not %zu", count, expected);
    for (size_t i = 0; i < count; i++) {
        if (listed[i] < 0)
            return node_unsupported(node, error, "only pads of at least 0 are supported, not %lld",
                                    (long long)listed[i]);
        pads[i] = listed[i];
    }
    return SENET_OK;
}

static enum senet_code check_pad_form(const struct node *node, float *value, struct senet_error *error)
{
    const struct attribute *mode = node_attribute(node, "mode");
    if (mode && (mode->type != ATTRIBUTE_STRING || strcmp(mode->s, "constant")))
        return node_unsupported(node, error, "only padding with a constant is supported");
    if (node_input(node, 3))
        return node_unsupported(node, error, "only pads for all axes are supported");
    *value = node_attribute_float(node, "value", 0);
    if (node_input(node, 2) && !value_scalar(node_input(node, 2), value))
        return node_unsupported(node, error, "its value is not a float32 constant");
    return SENET_OK;
}

enum senet_code infer_pad(struct graph *graph, struct node *node, struct senet_error *error)
{
    int64_t *pads = arena_alloc(graph->arena, 2 * SENET_MAX_RANK, sizeof *pads);
    float value = 0;
    if (!pads)
        return error_out_of_memory(error);
    enum senet_code code = require_floats(node, 1, error);
    if (!code)
        code = check_pad_form(node, &value, error);
    if (!code)
        code = read_pads(node, pads, error);
    if (code)
        return code;
    struct senet_shape shape = node->inputs[0]->shape;
    for (int axis = 0; axis < shape.rank; axis++)
        if (!checked_add_i64(shape.dim[axis], pads[axis], &shape.dim[axis]) ||
            !checked_add_i64(shape.dim[axis], pads[shape.rank + axis], &shape.dim[axis]))
            return node_unsupported(node, error, "its output would be too large");
    const struct attribute normal[] = {
        {.name = "pads", .type = ATTRIBUTE_INTS, .ints = pads, .count = 2 * (size_t)shape.rank},
        {.name = "value", .type = ATTRIBUTE_FLOAT, .f = value},
    };
    if (!set_attribute(graph, node, &normal[0]) || !set_attribute(graph, node, &normal[1]))
        return error_out_of_memory(error);
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}
