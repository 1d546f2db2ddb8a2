#include "kernels/channels_last.h"

bool is_channels_last(const struct value *value)
{
    return value->shape.rank == 4 && value->dtype == DTYPE_FLOAT32 && !value->data;
}

int64_t whole_channels(const struct senet_shape *shape)
{
    return (shape->dim[1] + 7) / 8 * 8;
}

int64_t channel_vector_stride(const struct value *value)
{
    const struct senet_shape *shape = &value->shape;
    if (is_channels_last(value))
        return layout_pixel_stride(shape);
    return senet_shape_elements(shape) / shape->dim[0];
}
