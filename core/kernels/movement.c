/* Operators that move elements of any type without looking at them. */
#include <string.h>

#include "kernels/planar.h"

static size_t shape_bytes_from(const struct senet_shape *shape, int64_t axis, enum dtype dtype)
{
    size_t bytes = dtype_size(dtype);
    for (int64_t i = axis; i < shape->rank; i++)
        bytes *= (size_t)shape->dim[i];
    return bytes;
}

void concat(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *output = &call->outputs[0];
    int64_t axis = node_attribute_int(node, "axis", 0), outer = 1;
    axis += axis < 0 ? output->shape->rank : 0;
    for (int i = 0; i < axis; i++)
        outer *= output->shape->dim[i];
    size_t pitch = shape_bytes_from(output->shape, axis, output->dtype), begin = 0;
    for (int i = 0; i < node->input_count; i++) {
        size_t bytes = shape_bytes_from(call->inputs[i].shape, axis, output->dtype);
        for (int64_t row = 0; row < outer && bytes > 0; row++)
            memcpy((char *)output->data + (size_t)row * pitch + begin,
                   (const char *)call->inputs[i].data + (size_t)row * bytes, bytes);
        begin += bytes;
    }
}

/* Axes at the end that stay where they are move as one piece: a channel shuffle copies whole planes. */
void transpose(const struct kernel_call *call)
{
    const struct attribute *perm = node_attribute(call->params, "perm");
    const struct tensor *output = &call->outputs[0];
    const struct senet_shape *from = call->inputs[0].shape;
    struct senet_shape outer = *output->shape;
    int64_t strides[SENET_MAX_RANK], moved[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    broadcast_strides(from, from, strides);
    for (int axis = 0; axis < from->rank; axis++)
        moved[axis] = strides[perm ? perm->ints[axis] : from->rank - 1 - axis];
    while (perm && outer.rank > 0 && perm->ints[outer.rank - 1] == outer.rank - 1)
        outer.rank--;
    size_t bytes = shape_bytes_from(output->shape, outer.rank, output->dtype), size = dtype_size(output->dtype);
    int64_t pieces = senet_shape_elements(&outer);
    for (int64_t i = 0; i < pieces; i++, index_advance(index, &outer))
        memcpy((char *)output->data + (size_t)i * bytes,
               (const char *)call->inputs[0].data + (size_t)index_offset(index, moved, outer.rank) * size, bytes);
}
