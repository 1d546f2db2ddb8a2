#include "kernels/reference.h"

/* `reduced` marks the axes to average over; the output lists the others in order, with or without 1s between. */
static void mean(const struct kernel_call *call, const bool *reduced)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    const float *input = call->inputs[0].data;
    float *output = call->outputs[0].data;
    struct senet_shape kept = {shape->rank, {0}}, averaged = {shape->rank, {0}};
    int64_t strides[SENET_MAX_RANK], outer[SENET_MAX_RANK] = {0};
    broadcast_strides(shape, shape, strides);
    for (int axis = 0; axis < shape->rank; axis++) {
        kept.dim[axis] = reduced[axis] ? 1 : shape->dim[axis];
        averaged.dim[axis] = reduced[axis] ? shape->dim[axis] : 1;
    }
    int64_t outputs = senet_shape_elements(&kept), count = senet_shape_elements(&averaged);
    for (int64_t i = 0; i < outputs; i++, index_advance(outer, &kept)) {
        const float *base = input + index_offset(outer, strides, shape->rank);
        int64_t inner[SENET_MAX_RANK] = {0};
        double sum = 0;
        for (int64_t j = 0; j < count; j++, index_advance(inner, &averaged))
            sum += (double)base[index_offset(inner, strides, shape->rank)];
        output[i] = (float)(sum / (double)count);
    }
}

void reference_reduce_mean(const struct kernel_call *call)
{
    const struct attribute *axes = node_attribute(call->params, "axes");
    bool reduced[SENET_MAX_RANK] = {false};
    for (size_t i = 0; i < axes->count; i++)
        reduced[axes->ints[i]] = true;
    mean(call, reduced);
}

void reference_global_average_pool(const struct kernel_call *call)
{
    const bool reduced[SENET_MAX_RANK] = {false, false, true, true};
    mean(call, reduced);
}
