#include "graph/resampling.h"
#include "kernels/reference.h"
#include "kernels/taps.h"

/* What an output element is made of along each axis: table[axis] has `counts[axis]` taps for each index. */
struct reference_resize {
    struct resampling resampling;
    int64_t counts[SENET_MAX_RANK];
    int64_t first[SENET_MAX_RANK]; /* of the axis, in the workspace */
};

enum senet_code reference_resize_prepare(const struct node *node, struct kernel_setup *setup, struct senet_error *error)
{
    struct reference_resize *params = prepare_params(setup, sizeof *params, error);
    if (!params)
        return error->code;
    int64_t taps = 0;
    enum senet_code code = resampling_read(node, &params->resampling, error);
    for (int axis = 0; !code && axis < params->resampling.rank; axis++) {
        params->counts[axis] = taps_count(&params->resampling, axis);
        params->first[axis] = taps;
        taps += params->counts[axis];
    }
    setup->workspace_bytes = (size_t)taps * sizeof(struct tap);
    return code;
}

/* The weighted sum over axes axis.. of the input, for taps of one output element. */
static double weighted_sum(const struct reference_resize *params, const struct tap *taps, const float *input,
                           const int64_t *strides, int axis)
{
    if (axis == params->resampling.rank)
        return (double)*input;
    double sum = 0;
    for (int64_t i = 0; i < params->counts[axis]; i++) {
        const struct tap *tap = &taps[params->first[axis] + i];
        if (tap->weight != 0)
            sum += tap->weight * weighted_sum(params, taps, input + tap->element * strides[axis], strides, axis + 1);
    }
    return sum;
}

static int64_t nearest_element(const struct reference_resize *params, const struct tap *taps, const int64_t *strides)
{
    int64_t offset = 0;
    for (int axis = 0; axis < params->resampling.rank; axis++)
        offset += taps[params->first[axis]].element * strides[axis];
    return offset;
}

void reference_resize(const struct kernel_call *call)
{
    const struct reference_resize *params = call->params;
    const struct tensor *input = &call->inputs[0], *output = &call->outputs[0];
    struct tap *taps = call->workspace;
    int64_t strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    row_major_strides(input->shape, strides);
    for (int64_t i = 0, count = senet_shape_elements(output->shape); i < count;
         i++, index_advance(index, output->shape)) {
        bool inside = true;
        for (int axis = 0; axis < params->resampling.rank; axis++)
            inside &= taps_at(&params->resampling, axis, index[axis], taps + params->first[axis]);
        if (input->dtype == DTYPE_INT64)
            ((int64_t *)output->data)[i] = ((const int64_t *)input->data)[nearest_element(params, taps, strides)];
        else
            ((float *)output->data)[i] =
                inside ? (float)weighted_sum(params, taps, input->data, strides, 0) : params->resampling.extrapolation;
    }
}
