#include "graph/extents.h"
#include "graph/infer.h"

static bool is_global(enum op op)
{
    return op == OP_GLOBAL_AVERAGE_POOL || op == OP_GLOBAL_LP_POOL || op == OP_GLOBAL_MAX_POOL;
}

static void cover_input(const struct node *node, struct extent axes[SPATIAL_AXES])
{
    const struct senet_shape *shape = &node->inputs[0]->shape;
    int first = first_spatial(node);
    for (int axis = 0; axis < SPATIAL_AXES; axis++) {
        int64_t size = axis < first ? 1 : shape->dim[2 + axis - first];
        axes[axis] = (struct extent){.in = size, .kernel = size, .stride = 1, .dilation = 1, .out = 1};
    }
}

static enum senet_code read_pool(const struct node *node, struct extent axes[SPATIAL_AXES], struct senet_error *error)
{
    int64_t kernel[SPATIAL_AXES];
    enum padding padding = PADDING_EXPLICIT;
    int first = first_spatial(node);
    enum senet_code code = read_spatial(node, "kernel_shape", 1, 0, kernel, error);
    if (!code && !kernel[first])
        code = node_malformed(node, error, "'kernel_shape' is missing");
    if (!code)
        code = read_extents(node, axes, &padding, error);
    if (code)
        return code;
    for (int axis = first; axis < SPATIAL_AXES; axis++)
        axes[axis].kernel = kernel[axis];
    return resolve_extents(node, axes, padding, node_attribute_int(node, "ceil_mode", 0) != 0, error);
}

/*
 * Every window needs a tap inside the input, else there is nothing to take the maximum or mean of. It is enough
 * that the first ends after the input's begin, the last begins before its end, and no step jumps over it.
 */
static bool windows_touch_input(const struct extent *extent)
{
    return extent->pad_begin < extent_reach(extent) &&
           (extent->out - 1) * extent->stride < extent->in + extent->pad_begin &&
           (extent->kernel == 1 || extent->dilation <= extent->in);
}

enum senet_code pool_extents(const struct node *node, struct extent axes[SPATIAL_AXES], struct senet_error *error)
{
    const struct value *image = node->inputs[0];
    enum senet_code code = SENET_OK;
    /* A maximum can be taken of integers too. */
    if (node->op != OP_MAX_POOL || image->dtype != DTYPE_INT64)
        code = require_floats(node, 1, error);
    if (!code)
        code = require_spatial(node, error);
    if (code)
        return code;
    if (is_global(node->op))
        cover_input(node, axes);
    else
        code = read_pool(node, axes, error);
    if (code)
        return code;
    for (int axis = 0; axis < SPATIAL_AXES; axis++)
        if (!windows_touch_input(&axes[axis]))
            return node_unsupported(node, error, "some of its windows lie wholly in the padding");
    if (!scratch_fits(axes, image->shape.dim[0], image->shape.dim[1]))
        return node_unsupported(node, error, "its padding or kernel is too large");
    return SENET_OK;
}

enum senet_code pool_window(const struct node *node, struct window *window, struct senet_error *error)
{
    struct extent axes[SPATIAL_AXES];
    enum senet_code code = pool_extents(node, axes, error);
    if (!code)
        *window = window_of(axes);
    return code;
}
