#include "graph/resampling.h"

#include <math.h>
#include <string.h>

#include "graph/infer.h"
#include "graph/ops.h"

/* Where the operands are: they moved with the opsets. -1 is nowhere. */
struct resampling_inputs {
    int roi, scales, sizes;
};

/* Resize had two inputs in opset 10 alone; Upsample has two in opset 9 and an attribute before. */
static bool is_old(const struct node *node)
{
    return node->op == OP_UPSAMPLE || node->input_count == 2;
}

static struct resampling_inputs find_inputs(const struct node *node)
{
    return is_old(node) ? (struct resampling_inputs){-1, 1, -1} : (struct resampling_inputs){1, 2, 3};
}

/* Exporters write empty constants for what they omit. */
static const struct value *given_input(const struct node *node, int index)
{
    const struct value *value = index < 0 ? NULL : node_input(node, index);
    return value && !(value->data && senet_shape_elements(&value->shape) == 0) ? value : NULL;
}

/* The place of a string attribute's text among `words`; `missing` when the node does not have it. */
static enum senet_code read_word(const struct node *node, const char *name, const char *const *words, int count,
                                 int missing, int *found, struct senet_error *error)
{
    const struct attribute *attribute = node_attribute(node, name);
    *found = missing;
    if (!attribute)
        return SENET_OK;
    for (int i = 0; attribute->type == ATTRIBUTE_STRING && i < count; i++)
        if (!strcmp(attribute->s, words[i])) {
            *found = i;
            return SENET_OK;
        }
    return node_unsupported(node, error, "its '%s' is not supported", name);
}

#define COUNT(words) (int)(sizeof(words) / sizeof *(words))

static enum senet_code read_words(const struct node *node, struct resampling *resampling, struct senet_error *error)
{
    static const char *const modes[] = {"nearest", "linear", "cubic"};
    static const char *const places[] = {"half_pixel",           "pytorch_half_pixel", "half_pixel_symmetric",
                                         "tf_half_pixel_for_nn", "align_corners",      "asymmetric",
                                         "tf_crop_and_resize"};
    static const char *const rounds[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};
    const struct attribute *mode_attribute = node_attribute(node, "mode");
    int mode = RESAMPLING_LINEAR, place = PLACE_ASYMMETRIC, round = ROUND_OLD;
    enum senet_code code = SENET_OK;
    /* Upsample could call linear in two dimensions by this name. */
    if (!mode_attribute || mode_attribute->type != ATTRIBUTE_STRING || strcmp(mode_attribute->s, "bilinear"))
        code = read_word(node, "mode", modes, COUNT(modes), RESAMPLING_NEAREST, &mode, error);
    if (!code && !is_old(node))
        code =
            read_word(node, "coordinate_transformation_mode", places, COUNT(places), PLACE_HALF_PIXEL, &place, error);
    if (!code && !is_old(node))
        code = read_word(node, "nearest_mode", rounds, COUNT(rounds), ROUND_PREFER_FLOOR, &round, error);
    resampling->mode = (enum resampling_mode)mode;
    resampling->place = (enum resampling_place)place;
    resampling->round = (enum resampling_round)round;
    return code;
}

/* The axes that scales, sizes and region list, in their order; all when the node does not say. */
static enum senet_code read_axes(const struct node *node, int *axes, int *count, struct senet_error *error)
{
    const struct attribute *attribute = is_old(node) ? NULL : node_attribute(node, "axes");
    int rank = node->inputs[0]->shape.rank;
    bool seen[SENET_MAX_RANK] = {false};
    *count = attribute && attribute->count <= (size_t)rank ? (int)attribute->count : rank;
    if (attribute && attribute->count > (size_t)rank)
        return node_malformed(node, error, "it lists %zu axes of %d", attribute->count, rank);
    for (int i = 0; i < *count; i++) {
        enum senet_code code = resolve_axis(node, attribute ? attribute->ints[i] : i, rank, &axes[i], error);
        if (code)
            return code;
        if (seen[axes[i]])
            return node_malformed(node, error, "axis %d is listed twice", axes[i]);
        seen[axes[i]] = true;
    }
    return SENET_OK;
}

static enum senet_code apply_scales(const struct node *node, const float *scales, const int *axes, int count,
                                    struct resampling *resampling, struct senet_error *error)
{
    for (int i = 0; i < count; i++) {
        struct resampled_axis *axis = &resampling->axes[axes[i]];
        /* In float, as everybody does: a scale of 7/3 makes 7 of 3 so, and not 6. */
        float out = floorf((float)axis->in * scales[i]);
        if (!(scales[i] > 0) || !isfinite(scales[i]) || !(out >= 1 && out <= (float)TENSOR_BYTES_MAX))
            return node_malformed(node, error, "it scales axis %d by %g", axes[i], (double)scales[i]);
        axis->scale = (double)scales[i];
        axis->out = (int64_t)out;
    }
    return SENET_OK;
}

enum { POLICY_STRETCH, POLICY_NOT_LARGER, POLICY_NOT_SMALLER };

/* One scale for all listed axes: the smallest or largest that the sizes ask for. */
static void keep_aspect_ratio(int policy, const int *axes, int count, struct resampling *resampling)
{
    double kept = count ? resampling->axes[axes[0]].scale : 1;
    for (int i = 1; i < count; i++) {
        double scale = resampling->axes[axes[i]].scale;
        if (policy == POLICY_NOT_LARGER ? scale < kept : scale > kept)
            kept = scale;
    }
    for (int i = 0; i < count; i++) {
        struct resampled_axis *axis = &resampling->axes[axes[i]];
        axis->scale = kept;
        /* Beyond what any tensor may be, which infer refuses, the product need not fit an integer. */
        axis->out = (int64_t)fmin(floor((double)axis->in * kept + 0.5), (double)TENSOR_BYTES_MAX);
    }
}

static enum senet_code apply_sizes(const struct node *node, const int64_t *sizes, const int *axes, int count,
                                   struct resampling *resampling, struct senet_error *error)
{
    static const char *const policies[] = {"stretch", "not_larger", "not_smaller"};
    int policy;
    enum senet_code code =
        read_word(node, "keep_aspect_ratio_policy", policies, COUNT(policies), POLICY_STRETCH, &policy, error);
    if (code)
        return code;
    for (int i = 0; i < count; i++) {
        struct resampled_axis *axis = &resampling->axes[axes[i]];
        if (sizes[i] < 1 || sizes[i] > TENSOR_BYTES_MAX)
            return node_malformed(node, error, "it resizes axis %d to %lld", axes[i], (long long)sizes[i]);
        axis->out = sizes[i];
        axis->scale = (double)axis->out / (double)axis->in;
    }
    if (policy != POLICY_STRETCH)
        keep_aspect_ratio(policy, axes, count, resampling);
    return SENET_OK;
}

/* From scales (an attribute until opset 8) or sizes: one of them is given. */
static enum senet_code read_extents(const struct node *node, const int *axes, int count, struct resampling *resampling,
                                    struct senet_error *error)
{
    const struct resampling_inputs where = find_inputs(node);
    const struct value *scales = given_input(node, where.scales), *sizes = given_input(node, where.sizes);
    const struct attribute *attribute =
        node->op == OP_UPSAMPLE && node->input_count == 1 ? node_attribute(node, "scales") : NULL;
    size_t listed = attribute ? attribute->count : 0;
    const float *factors = scales ? value_floats(scales, &listed) : attribute ? attribute->floats : NULL;
    const int64_t *extents = sizes ? value_int64s(sizes, &listed) : NULL;
    if ((scales && !factors) || (sizes && !extents))
        return node_unsupported(node, error, "its scales or sizes are not constant");
    if (!factors == !extents)
        return node_malformed(node, error, "it has to have either scales or sizes");
    if (listed != (size_t)count)
        return node_malformed(node, error, "it lists %zu sizes for %d axes", listed, count);
    return factors ? apply_scales(node, factors, axes, count, resampling, error)
                   : apply_sizes(node, extents, axes, count, resampling, error);
}

/* The region is read only where it says something. */
static enum senet_code read_region(const struct node *node, const int *axes, int count, struct resampling *resampling,
                                   struct senet_error *error)
{
    if (resampling->place != PLACE_TF_CROP_AND_RESIZE)
        return SENET_OK;
    size_t listed = 0;
    const float *region = value_floats(given_input(node, find_inputs(node).roi), &listed);
    if (!region)
        return node_unsupported(node, error, "its region is not a float32 constant");
    if (listed != 2 * (size_t)count)
        return node_malformed(node, error, "its region has %zu bounds for %d axes", listed, count);
    for (int i = 0; i < count; i++) {
        struct resampled_axis *axis = &resampling->axes[axes[i]];
        axis->roi_begin = (double)region[i];
        axis->roi_end = (double)region[count + i];
        if (!isfinite(region[i]) || !isfinite(region[count + i]))
            return node_malformed(node, error, "its region is not finite along axis %d", axes[i]);
    }
    return SENET_OK;
}

/* Every rule of placement maps an axis that is as long as before to itself; a region of it need not. */
static void find_kept_axes(struct resampling *resampling)
{
    for (int i = 0; i < resampling->rank; i++) {
        struct resampled_axis *axis = &resampling->axes[i];
        bool whole = resampling->place != PLACE_TF_CROP_AND_RESIZE || (axis->roi_begin == 0 && axis->roi_end == 1);
        axis->kept = axis->scale == 1 && axis->out == axis->in && whole;
    }
}

enum senet_code resampling_read(const struct node *node, struct resampling *resampling, struct senet_error *error)
{
    const struct value *input = node->inputs[0];
    int axes[SENET_MAX_RANK], count = 0;
    struct resampling read = {.rank = input->shape.rank,
                              .cubic_a = (double)node_attribute_float(node, "cubic_coeff_a", -0.75f),
                              .extrapolation = node_attribute_float(node, "extrapolation_value", 0),
                              .exclude_outside = node_attribute_int(node, "exclude_outside", 0) != 0,
                              .antialias = node_attribute_int(node, "antialias", 0) != 0};
    for (int axis = 0; axis < read.rank; axis++) {
        read.axes[axis] = (struct resampled_axis){input->shape.dim[axis], input->shape.dim[axis], 1, 0, 1, false};
        if (input->shape.dim[axis] == 0)
            return node_malformed(node, error, "its input is empty");
    }
    enum senet_code code = read_words(node, &read, error);
    if (!code && (read.mode != RESAMPLING_NEAREST || read.place == PLACE_TF_CROP_AND_RESIZE))
        code = require_floats(node, 1, error);
    if (!code && !isfinite(read.cubic_a))
        code = node_malformed(node, error, "'cubic_coeff_a' is not finite");
    if (!code)
        code = read_axes(node, axes, &count, error);
    if (!code)
        code = read_extents(node, axes, count, &read, error);
    if (!code)
        code = read_region(node, axes, count, &read, error);
    if (code)
        return code;
    find_kept_axes(&read);
    *resampling = read;
    return SENET_OK;
}
