#include "kernels/channels_last.h"

int64_t channel_vector_stride(const struct value *value)
{
    const struct senet_shape *shape = &value->shape;
    if (shape->rank == 4 && !value->data)
        return layout_pixel_stride(shape);
    return senet_shape_elements(shape) / shape->dim[0];
}
