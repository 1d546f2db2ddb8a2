#include "graph/geometry.h"

#include <string.h>

#include "graph/infer.h"
#include "graph/ops.h"

/* Larger strides, dilations, pads and groups mean nothing for tensors below TENSOR_BYTES_MAX, and overflow. */
#define EXTENT_MAX INT32_MAX

enum padding { PADDING_EXPLICIT, PADDING_VALID, PADDING_SAME_UPPER, PADDING_SAME_LOWER };

/* One of the two spatial dimensions. */
struct extent {
    int64_t in, kernel, stride, dilation, pad_begin, pad_end, out;
};

/* From the first tap of a window to its last. */
static int64_t window_reach(const struct extent *extent)
{
    return (extent->kernel - 1) * extent->dilation + 1;
}

/* Reads `count` integers of at least `minimum`; all are `missing` when the attribute is. */
static enum senet_code read_integers(const struct node *node, const char *name, size_t count, int64_t minimum,
                                     int64_t missing, int64_t *integers, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, name);
    for (size_t i = 0; i < count; i++)
        integers[i] = missing;
    if (!attribute)
        return SENET_OK;
    if (attribute->type != ATTRIBUTE_INTS || attribute->count != count)
        return node_malformed(node, error, "'%s' has to be %zu integers", name, count);
    for (size_t i = 0; i < count; i++) {
        if (attribute->ints[i] < minimum || attribute->ints[i] > EXTENT_MAX)
            return node_malformed(node, error, "'%s' holds %lld, which is out of range", name,
                                  (long long)attribute->ints[i]);
        integers[i] = attribute->ints[i];
    }
    return SENET_OK;
}

static enum senet_code read_padding(const struct node *node, enum padding *padding, struct senet_error *error)
{
    static const char *const texts[] = {"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
    const struct attribute *attribute = node_attribute(node, "auto_pad");
    const char *text = attribute && attribute->type == ATTRIBUTE_STRING ? attribute->s : texts[0];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!strcmp(texts[i], text)) {
            *padding = (enum padding)i;
            return SENET_OK;
        }
    return node_malformed(node, error, "'auto_pad' is '%.40s'", text);
}

/* Sets the pads and the output size. False when the kernel does not fit into the padded input. */
static bool resolve_extent(struct extent *extent, enum padding padding, bool ceil_mode)
{
    int64_t reach = window_reach(extent);
    if (padding == PADDING_SAME_UPPER || padding == PADDING_SAME_LOWER) {
        extent->out = (extent->in + extent->stride - 1) / extent->stride;
        int64_t total = (extent->out - 1) * extent->stride + reach - extent->in;
        total = total > 0 ? total : 0;
        extent->pad_begin = padding == PADDING_SAME_UPPER ? total / 2 : total - total / 2;
        extent->pad_end = total - extent->pad_begin;
        return true;
    }
    if (padding == PADDING_VALID)
        extent->pad_begin = extent->pad_end = 0;
    int64_t room = extent->in + extent->pad_begin + extent->pad_end - reach;
    if (room < 0)
        return false;
    extent->out = (ceil_mode ? room + extent->stride - 1 : room) / extent->stride + 1;
    /* A window that would begin in the padding after the input is not counted. */
    if (ceil_mode && (extent->out - 1) * extent->stride >= extent->in + extent->pad_begin)
        extent->out--;
    return true;
}

static enum senet_code resolve_window(const struct node *node, const int64_t kernel[2], bool ceil_mode,
                                      struct window *window, struct senet_error *error)
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    int64_t strides[2], dilations[2], pads[4];
    enum padding padding = PADDING_EXPLICIT;
    enum senet_code code = read_integers(node, "strides", 2, 1, 1, strides, error);
    if (!code)
        code = read_integers(node, "dilations", 2, 1, 1, dilations, error);
    if (!code)
        code = read_integers(node, "pads", 4, 0, 0, pads, error);
    if (!code)
        code = read_padding(node, &padding, error);
    if (code)
        return code;
    struct extent h = {shape->dim[2], kernel[0], strides[0], dilations[0], pads[0], pads[2], 0};
    struct extent w = {shape->dim[3], kernel[1], strides[1], dilations[1], pads[1], pads[3], 0};
    if (!resolve_extent(&h, padding, ceil_mode) || !resolve_extent(&w, padding, ceil_mode))
        return node_malformed(node, error, "its kernel is larger than the padded input");
    *window = (struct window){
        .kernel_h = h.kernel,
        .kernel_w = w.kernel,
        .stride_h = h.stride,
        .stride_w = w.stride,
        .dilation_h = h.dilation,
        .dilation_w = w.dilation,
        .pad_top = h.pad_begin,
        .pad_left = w.pad_begin,
        .pad_bottom = h.pad_end,
        .pad_right = w.pad_end,
        .in_h = h.in,
        .in_w = w.in,
        .out_h = h.out,
        .out_w = w.out,
    };
    return SENET_OK;
}

/* What kernels may build beside input and output: see geometry.h. */
static bool scratch_fits(const struct window *window, int64_t batch, int64_t channels)
{
    struct senet_shape padded = {4, {batch, channels}};
    padded.dim[2] = window->in_h + window->pad_top + window->pad_bottom;
    padded.dim[3] = window->in_w + window->pad_left + window->pad_right;
    const struct senet_shape patches = {5,
                                        {channels, window->kernel_h, window->kernel_w, window->out_h, window->out_w}};
    int64_t bytes;
    return shape_bytes(&padded, DTYPE_FLOAT32, &bytes) && shape_bytes(&patches, DTYPE_FLOAT32, &bytes);
}

static enum senet_code require_image(const struct node *node, int inputs, struct senet_error *error)
{
    char text[96];
    enum senet_code code = require_floats(node, inputs, error);
    if (code)
        return code;
    if (node->inputs[0]->shape.rank != 4)
        return node_unsupported(node, error, "its input is %s, only batch x channels x height x width is supported",
                                shape_text(&node->inputs[0]->shape, text, sizeof text));
    return SENET_OK;
}

static enum senet_code check_conv_operands(const struct node *node, struct conv_geometry *geometry,
                                           struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape, *weight = &node->inputs[1]->shape;
    const struct value *bias = node_input(node, 2);
    char text[96];
    int64_t groups = node_attribute_int(node, "group", 1);
    if (weight->rank != 4)
        return node_malformed(node, error, "its weights are %s, not of rank 4", shape_text(weight, text, sizeof text));
    if (groups < 1 || groups > EXTENT_MAX || input->dim[1] % groups || weight->dim[0] % groups)
        return node_malformed(node, error, "%lld groups do not divide %lld input and %lld output channels",
                              (long long)groups, (long long)input->dim[1], (long long)weight->dim[0]);
    if (weight->dim[1] != input->dim[1] / groups)
        return node_malformed(node, error, "its weights expect %lld channels per group, the input has %lld",
                              (long long)weight->dim[1], (long long)(input->dim[1] / groups));
    if (bias && (bias->shape.rank != 1 || bias->shape.dim[0] != weight->dim[0]))
        return node_malformed(node, error, "its bias is %s, not one number for each of %lld channels",
                              shape_text(&bias->shape, text, sizeof text), (long long)weight->dim[0]);
    geometry->batch = input->dim[0];
    geometry->in_channels = input->dim[1];
    geometry->out_channels = weight->dim[0];
    geometry->groups = groups;
    return SENET_OK;
}

enum senet_code conv_geometry(const struct node *node, struct conv_geometry *geometry, struct senet_error *error)
{
    struct conv_geometry found = {0};
    enum senet_code code = require_image(node, 3, error);
    if (!code)
        code = check_conv_operands(node, &found, error);
    if (code)
        return code;
    const int64_t kernel[] = {node->inputs[1]->shape.dim[2], node->inputs[1]->shape.dim[3]};
    int64_t stated[2];
    if (kernel[0] > EXTENT_MAX || kernel[1] > EXTENT_MAX)
        return node_unsupported(node, error, "its kernel is too large");
    code = read_integers(node, "kernel_shape", 2, 1, 0, stated, error);
    if (code)
        return code;
    if (stated[0] && (stated[0] != kernel[0] || stated[1] != kernel[1]))
        return node_malformed(node, error, "'kernel_shape' differs from its weights");
    code = resolve_window(node, kernel, false, &found.window, error);
    if (code)
        return code;
    if (!scratch_fits(&found.window, found.batch, found.in_channels))
        return node_unsupported(node, error, "its padding or kernel is too large");
    *geometry = found;
    return SENET_OK;
}

/*
 * Every window needs a tap inside the input, else there is nothing to take the maximum or mean of. It is enough
 * that the first ends after the input's begin, the last begins before its end, and no step jumps over it.
 */
static bool windows_touch_input(const struct extent *extent)
{
    return extent->pad_begin < window_reach(extent) &&
           (extent->out - 1) * extent->stride < extent->in + extent->pad_begin &&
           (extent->kernel == 1 || extent->dilation <= extent->in);
}

enum senet_code pool_window(const struct node *node, struct window *window, struct senet_error *error)
{
    struct window found = {0};
    int64_t kernel[2];
    enum senet_code code = require_image(node, 1, error);
    if (!code)
        code = read_integers(node, "kernel_shape", 2, 1, 0, kernel, error);
    if (code)
        return code;
    if (!kernel[0])
        return node_malformed(node, error, "'kernel_shape' is missing");
    code = resolve_window(node, kernel, node_attribute_int(node, "ceil_mode", 0) != 0, &found, error);
    if (code)
        return code;
    const struct extent h = {found.in_h,    found.kernel_h,   found.stride_h, found.dilation_h,
                             found.pad_top, found.pad_bottom, found.out_h};
    const struct extent w = {found.in_w,     found.kernel_w,  found.stride_w, found.dilation_w,
                             found.pad_left, found.pad_right, found.out_w};
    if (!windows_touch_input(&h) || !windows_touch_input(&w))
        return node_unsupported(node, error, "some of its windows lie wholly in the padding");
    if (!scratch_fits(&found, node->inputs[0]->shape.dim[0], node->inputs[0]->shape.dim[1]))
        return node_unsupported(node, error, "its padding or kernel is too large");
    *window = found;
    return SENET_OK;
}
