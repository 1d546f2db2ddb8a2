#include "base/checked.h"
#include "graph/extents.h"
#include "graph/infer.h"
#include "graph/ops.h"

/* Channels, groups and bias. Weights are out x in/group x kernel, or in x out/group x kernel when `transposed`. */
static enum senet_code check_operands(const struct node *node, bool transposed, struct conv_geometry *geometry,
                                      struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape, *weight = &node->inputs[1]->shape;
    const struct value *bias = node_input(node, 2);
    char text[96];
    int64_t groups = node_attribute_int(node, "group", 1);
    if (weight->rank != input->rank)
        return node_malformed(node, error, "its weights are %s, not of rank %d", shape_text(weight, text, sizeof text),
                              input->rank);
    if (groups < 1 || groups > EXTENT_MAX || input->dim[1] % groups || weight->dim[0] % groups)
        return node_malformed(node, error, "%lld groups do not divide %lld input and %lld output channels",
                              (long long)groups, (long long)input->dim[1], (long long)weight->dim[0]);
    /* No overflow: there are at most as many groups as the weights' first axis is long, and those are there. */
    int64_t expected = transposed ? weight->dim[0] : weight->dim[1] * groups;
    if (expected != input->dim[1])
        return node_malformed(node, error, "its weights expect %lld channels, the input has %lld", (long long)expected,
                              (long long)input->dim[1]);
    geometry->batch = input->dim[0];
    geometry->in_channels = input->dim[1];
    geometry->out_channels = transposed ? weight->dim[1] * groups : weight->dim[0];
    geometry->groups = groups;
    if (bias && (bias->shape.rank != 1 || bias->shape.dim[0] != geometry->out_channels))
        return node_malformed(node, error, "its bias is %s, not one number for each of %lld channels",
                              shape_text(&bias->shape, text, sizeof text), (long long)geometry->out_channels);
    return SENET_OK;
}

/* The weights say how large the kernel is; the attribute may only repeat it. */
static enum senet_code read_kernel(const struct node *node, struct extent axes[SPATIAL_AXES], struct senet_error *error)
{
    int64_t stated[SPATIAL_AXES];
    int first = first_spatial(node);
    enum senet_code code = read_spatial(node, "kernel_shape", 1, 0, stated, error);
    if (code)
        return code;
    for (int axis = first; axis < SPATIAL_AXES; axis++) {
        int64_t kernel = node->inputs[1]->shape.dim[2 + axis - first];
        if (kernel > EXTENT_MAX)
            return node_unsupported(node, error, "its kernel is too large");
        if (stated[axis] && stated[axis] != kernel)
            return node_malformed(node, error, "'kernel_shape' differs from its weights");
        axes[axis].kernel = kernel;
    }
    return SENET_OK;
}

static enum senet_code read_conv(const struct node *node, bool transposed, struct conv_geometry *geometry,
                                 enum padding *padding, struct senet_error *error)
{
    enum senet_code code = require_floats(node, 3, error);
    if (!code)
        code = require_spatial(node, error);
    if (!code)
        code = check_operands(node, transposed, geometry, error);
    if (!code)
        code = read_extents(node, geometry->axes, padding, error);
    return code ? code : read_kernel(node, geometry->axes, error);
}

bool window_is_pointwise(const struct window *window)
{
    return window->kernel_h == 1 && window->kernel_w == 1 && window->stride_h == 1 && window->stride_w == 1 &&
           window->in_h == window->out_h && window->in_w == window->out_w;
}

bool window_is_one_pixel(const struct window *window)
{
    return window->kernel_h == 1 && window->kernel_w == 1 && window->pad_top == 0 && window->pad_left == 0 &&
           (window->out_h - 1) * window->stride_h < window->in_h &&
           (window->out_w - 1) * window->stride_w < window->in_w;
}

enum senet_code conv_geometry(const struct node *node, struct conv_geometry *geometry, struct senet_error *error)
{
    struct conv_geometry found = {0};
    enum padding padding = PADDING_EXPLICIT;
    enum senet_code code = read_conv(node, false, &found, &padding, error);
    if (!code)
        code = resolve_extents(node, found.axes, padding, false, error);
    if (code)
        return code;
    if (!scratch_fits(found.axes, found.batch, found.in_channels))
        return node_unsupported(node, error, "its padding or kernel is too large");
    found.window = window_of(found.axes);
    *geometry = found;
    return SENET_OK;
}

/*
 * `extent` arrives with the node's input as `in` and leaves with it as `out`. `wanted` is the size that the node asks
 * for, 0 when it follows from the pads. It is taken as ONNX and TensorFlow mean it even where no tap reaches the last
 * outputs, which are then the bias alone; ONNX Runtime leaves them out. False when there would be no output, or one
 * beyond all bounds.
 */
static bool turn_round(struct extent *extent, enum padding padding, int64_t output_padding, int64_t wanted)
{
    bool same = padding == PADDING_SAME_UPPER || padding == PADDING_SAME_LOWER;
    int64_t size;
    extent->out = extent->in;
    if (!checked_mul_i64(extent->out - 1, extent->stride, &size) ||
        !checked_add_i64(size, extent_reach(extent) + output_padding, &size))
        return false;
    if (!wanted && same && !checked_mul_i64(extent->out, extent->stride, &wanted))
        return false;
    if (padding == PADDING_VALID)
        extent->pad_begin = extent->pad_end = 0;
    if (wanted) {
        int64_t total = size > wanted ? size - wanted : 0;
        extent->pad_begin = padding == PADDING_SAME_UPPER ? total / 2 : total - total / 2;
        extent->pad_end = total - extent->pad_begin;
    }
    extent->in = wanted ? wanted : size - extent->pad_begin - extent->pad_end;
    return extent->in > 0;
}

enum senet_code conv_transpose_geometry(const struct node *node, struct conv_geometry *geometry,
                                        struct senet_error *error)
{
    struct conv_geometry found = {0};
    enum padding padding = PADDING_EXPLICIT;
    int64_t output_padding[SPATIAL_AXES], wanted[SPATIAL_AXES];
    enum senet_code code = read_conv(node, true, &found, &padding, error);
    if (!code)
        code = read_spatial(node, "output_padding", 0, 0, output_padding, error);
    if (!code)
        code = read_spatial(node, "output_shape", 1, 0, wanted, error);
    if (code)
        return code;
    for (int axis = first_spatial(node); axis < SPATIAL_AXES; axis++)
        if (!turn_round(&found.axes[axis], padding, output_padding[axis], wanted[axis]))
            return node_malformed(node, error, "its output would be empty or too large");
    if (!scratch_fits(found.axes, found.batch, found.out_channels))
        return node_unsupported(node, error, "its padding or kernel is too large");
    found.window = window_of(found.axes);
    *geometry = found;
    return SENET_OK;
}
