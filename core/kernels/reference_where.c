#include <string.h>

#include "kernels/reference.h"

/* condition, X, Y -> X where the condition holds, Y elsewhere; all three broadcast. */
void reference_where(const struct kernel_call *call)
{
    const struct tensor *output = &call->outputs[0];
    const struct senet_shape *shape = output->shape;
    const int64_t *condition = call->inputs[0].data;
    int64_t strides[3][SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    size_t size = dtype_size(output->dtype);
    int64_t elements = senet_shape_elements(shape);
    for (int i = 0; i < 3; i++)
        broadcast_strides(call->inputs[i].shape, shape, strides[i]);
    for (int64_t i = 0; i < elements; i++, index_advance(index, shape)) {
        int taken = condition[index_offset(index, strides[0], shape->rank)] ? 1 : 2;
        memcpy((char *)output->data + (size_t)i * size,
               (const char *)call->inputs[taken].data + (size_t)index_offset(index, strides[taken], shape->rank) * size,
               size);
    }
}
