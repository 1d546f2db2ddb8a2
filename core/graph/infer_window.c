#include "graph/geometry.h"
#include "graph/infer.h"

enum senet_code infer_conv(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct conv_geometry geometry;
    enum senet_code code = conv_geometry(node, &geometry, error);
    if (code)
        return code;
    const struct senet_shape shape = {
        4, {geometry.batch, geometry.out_channels, geometry.window.out_h, geometry.window.out_w}};
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

enum senet_code infer_pool(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct window window;
    enum senet_code code = pool_window(node, &window, error);
    if (code)
        return code;
    const struct senet_shape *input = &node->inputs[0]->shape;
    const struct senet_shape shape = {4, {input->dim[0], input->dim[1], window.out_h, window.out_w}};
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

enum senet_code infer_global_pool(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 1, error);
    if (code)
        return code;
    const struct senet_shape *input = &node->inputs[0]->shape;
    if (input->rank != 4)
        return node_unsupported(node, error, "its input is of rank %d, only 4 is supported", input->rank);
    const struct senet_shape shape = {4, {input->dim[0], input->dim[1], 1, 1}};
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}
