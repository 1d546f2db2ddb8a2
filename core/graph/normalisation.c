#include "graph/normalisation.h"

#include "graph/infer.h"
#include "graph/ops.h"

static int64_t product(const struct senet_shape *shape, int first, int end)
{
    int64_t elements = 1;
    for (int axis = first; axis < end; axis++)
        elements *= shape->dim[axis];
    return elements;
}

/* One number for each channel, or in GroupNormalization until opset 20 for each group. */
static enum senet_code read_channels(const struct node *node, int64_t groups, struct normalisation *found,
                                     struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    if (input->rank < 2)
        return node_malformed(node, error, "its input of rank %d has no channels", input->rank);
    int64_t channels = input->dim[1];
    if (groups < 1 || channels % groups)
        return node_malformed(node, error, "%lld groups do not divide %lld channels", (long long)groups,
                              (long long)channels);
    int64_t pixels = product(input, 2, input->rank), given = senet_shape_elements(&node->inputs[1]->shape);
    for (int i = 1; i < 3; i++) {
        const struct senet_shape *operand = &node->inputs[i]->shape;
        if (operand->rank != 1 || operand->dim[0] != given || (given != channels && given != groups))
            return node_malformed(node, error, "its %s is not one number for each of %lld channels",
                                  i == 1 ? "scale" : "bias", (long long)channels);
    }
    found->lines = input->dim[0] * groups;
    found->length = channels / groups * pixels;
    found->has_bias = true;
    found->scale = found->bias = (struct affine){channels / given * pixels, given};
    return SENET_OK;
}

/*
 * `operand` is broadcast to the axes from `first` on. Its own are some neighbours of them, those before and behind are
 * ones: a whole line, a channel's number, or one number alone.
 */
static bool read_affine(const struct senet_shape *input, int first, const struct senet_shape *operand,
                        struct affine *affine)
{
    int skipped = input->rank - operand->rank, begin = input->rank, end = first;
    if (skipped < 0)
        return false;
    for (int axis = skipped; axis < input->rank; axis++)
        if (operand->dim[axis - skipped] != 1) {
            begin = axis < begin ? axis : begin;
            end = axis + 1;
        }
    *affine = (struct affine){1, 1};
    if (begin == input->rank)
        return true;
    for (int axis = begin; axis < end; axis++)
        if (operand->dim[axis - skipped] != input->dim[axis])
            return false;
    *affine = (struct affine){product(input, end, input->rank), product(input, begin, end)};
    return begin >= first;
}

static enum senet_code read_layer(const struct node *node, struct normalisation *found, struct senet_error *error)
{
    const struct senet_shape *input = &node->inputs[0]->shape;
    const struct value *bias = node_input(node, 2);
    int axis = 0;
    enum senet_code code = resolve_axis(node, node_attribute_int(node, "axis", -1), input->rank, &axis, error);
    if (code)
        return code;
    if (!read_affine(input, axis, &node->inputs[1]->shape, &found->scale) ||
        (bias && !read_affine(input, axis, &bias->shape, &found->bias)))
        return node_unsupported(node, error,
                                "its scale or bias does not lie on neighbouring axes of what is normalised");
    found->has_bias = bias != NULL;
    found->lines = product(input, 0, axis);
    found->length = product(input, axis, input->rank);
    return SENET_OK;
}

enum senet_code normalisation_read(const struct node *node, struct normalisation *normalisation,
                                   struct senet_error *error)
{
    struct normalisation found = {.centred = node->op != OP_RMS_NORMALIZATION,
                                  .epsilon = node_attribute_float(node, "epsilon", 1e-5f)};
    enum senet_code code = require_floats(node, 3, error);
    if (code)
        return code;
    if (node->op == OP_INSTANCE_NORMALIZATION)
        code = read_channels(node, node->inputs[0]->shape.rank > 1 ? node->inputs[0]->shape.dim[1] : 1, &found, error);
    else if (node->op == OP_GROUP_NORMALIZATION)
        code = read_channels(node, node_attribute_int(node, "num_groups", 0), &found, error);
    else
        code = read_layer(node, &found, error);
    if (!code)
        *normalisation = found;
    return code;
}
