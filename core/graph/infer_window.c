#include "graph/geometry.h"
#include "graph/infer.h"

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
