#include "graph/extents.h"

#include <string.h>

#include "graph/infer.h"

int64_t extent_reach(const struct extent *extent)
{
    return (extent->kernel - 1) * extent->dilation + 1;
}

int first_spatial(const struct node *node)
{
    return SPATIAL_AXES + 2 - node->inputs[0]->shape.rank;
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

enum senet_code read_spatial(const struct node *node, const char *name, int64_t minimum, int64_t missing,
                             int64_t integers[SPATIAL_AXES], struct senet_error *error)
{
    int first = first_spatial(node);
    return read_integers(node, name, (size_t)(SPATIAL_AXES - first), minimum, missing, integers + first, error);
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

enum senet_code read_extents(const struct node *node, struct extent axes[SPATIAL_AXES], enum padding *padding,
                             struct senet_error *error)
{
    const struct extent absent = {.in = 1, .kernel = 1, .stride = 1, .dilation = 1, .out = 1};
    int64_t strides[SPATIAL_AXES], dilations[SPATIAL_AXES], pads[2 * SPATIAL_AXES];
    int first = first_spatial(node), count = SPATIAL_AXES - first;
    enum senet_code code = read_spatial(node, "strides", 1, 1, strides, error);
    if (!code)
        code = read_spatial(node, "dilations", 1, 1, dilations, error);
    if (!code)
        code = read_integers(node, "pads", 2 * (size_t)count, 0, 0, pads, error);
    if (!code)
        code = read_padding(node, padding, error);
    if (code)
        return code;
    for (int axis = 0; axis < first; axis++)
        axes[axis] = absent;
    for (int axis = first; axis < SPATIAL_AXES; axis++)
        axes[axis] = (struct extent){
            .in = node->inputs[0]->shape.dim[2 + axis - first],
            .kernel = 1,
            .stride = strides[axis],
            .dilation = dilations[axis],
            .pad_begin = pads[axis - first],
            .pad_end = pads[count + axis - first],
        };
    return SENET_OK;
}

/* Sets the pads and the output size. False when the kernel does not fit into the padded input. */
static bool resolve_extent(struct extent *extent, enum padding padding, bool ceil_mode)
{
    int64_t reach = extent_reach(extent);
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

enum senet_code resolve_extents(const struct node *node, struct extent axes[SPATIAL_AXES], enum padding padding,
                                bool ceil_mode, struct senet_error *error)
{
    for (int axis = first_spatial(node); axis < SPATIAL_AXES; axis++)
        if (!resolve_extent(&axes[axis], padding, ceil_mode))
            return node_malformed(node, error, "its kernel is larger than the padded input");
    return SENET_OK;
}

struct window window_of(const struct extent axes[SPATIAL_AXES])
{
    const struct extent *h = &axes[SPATIAL_AXES - 2], *w = &axes[SPATIAL_AXES - 1];
    return (struct window){
        .kernel_h = h->kernel,
        .kernel_w = w->kernel,
        .stride_h = h->stride,
        .stride_w = w->stride,
        .dilation_h = h->dilation,
        .dilation_w = w->dilation,
        .pad_top = h->pad_begin,
        .pad_left = w->pad_begin,
        .pad_bottom = h->pad_end,
        .pad_right = w->pad_end,
        .in_h = h->in,
        .in_w = w->in,
        .out_h = h->out,
        .out_w = w->out,
    };
}

bool scratch_fits(const struct extent axes[SPATIAL_AXES], int64_t batch, int64_t channels)
{
    struct senet_shape padded = {2, {batch, channels}}, patches = {1, {channels}};
    int64_t bytes;
    for (int axis = 0; axis < SPATIAL_AXES; axis++) {
        padded.dim[padded.rank++] = axes[axis].in + axes[axis].pad_begin + axes[axis].pad_end;
        patches.dim[patches.rank++] = axes[axis].kernel;
        patches.dim[patches.rank++] = axes[axis].out;
    }
    return shape_bytes(&padded, DTYPE_FLOAT32, &bytes) && shape_bytes(&patches, DTYPE_FLOAT32, &bytes);
}

enum senet_code require_spatial(const struct node *node, struct senet_error *error)
{
    char text[96];
    const struct value *image = node->inputs[0];
    if (image->shape.rank < 3 || image->shape.rank > 2 + SPATIAL_AXES)
        return node_unsupported(node, error,
                                "its input is %s, only batch x channels and one to three axes more are supported",
                                shape_text(&image->shape, text, sizeof text));
    return SENET_OK;
}
