/*
 * Operators that are told by integers what to read. Infer has checked those that are constant; what is computed at run
 * time and outside its axis is brought to the axis's nearest end.
 */
#include "graph/ops.h"
#include "kernels/index.h"
#include "kernels/piece.h"
#include "kernels/planar.h"

static int64_t elements_between(const struct senet_shape *shape, int64_t begin, int64_t end)
{
    int64_t elements = 1;
    for (int64_t axis = begin; axis < end; axis++)
        elements *= shape->dim[axis];
    return elements;
}

/* data (outer, dim, inner), indices (any) -> (outer, indices, inner) */
void gather(const struct kernel_call *call)
{
    const struct tensor *data = &call->inputs[0];
    const int64_t *indices = call->inputs[1].data;
    int64_t axis = node_attribute_int(call->params, "axis", 0), dim = data->shape->dim[axis];
    int64_t outer = elements_between(data->shape, 0, axis), count = senet_shape_elements(call->inputs[1].shape);
    size_t bytes = (size_t)elements_between(data->shape, axis + 1, data->shape->rank) * dtype_size(data->dtype);
    const char *source = data->data;
    char *destination = call->outputs[0].data;
    for (int64_t row = 0; row < outer; row++, source += (size_t)dim * bytes)
        for (int64_t i = 0; i < count; i++, destination += bytes)
            piece_copy(destination, source + (size_t)index_within(indices[i], dim) * bytes, bytes);
}

/* The output has the shape of the indices: each replaces its own place along the axis. */
void gather_elements(const struct kernel_call *call)
{
    const struct tensor *data = &call->inputs[0];
    const int64_t *indices = call->inputs[1].data;
    const struct senet_shape *shape = call->outputs[0].shape;
    int64_t axis = node_attribute_int(call->params, "axis", 0), strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    size_t size = dtype_size(data->dtype);
    row_major_strides(data->shape, strides);
    for (int64_t i = 0, count = senet_shape_elements(shape); i < count; i++, index_advance(index, shape)) {
        int64_t place = index_offset(index, strides, shape->rank) - index[axis] * strides[axis] +
                        index_within(indices[i], data->shape->dim[axis]) * strides[axis];
        piece_copy((char *)call->outputs[0].data + (size_t)i * size, (const char *)data->data + (size_t)place * size,
                   size);
    }
}

/* data (batch, dims, inner), indices (batch, tuples, one number for each of dims) -> (batch, tuples, inner) */
void gather_nd(const struct kernel_call *call)
{
    const struct tensor *data = &call->inputs[0];
    const struct senet_shape *list = call->inputs[1].shape;
    const int64_t *tuple = call->inputs[1].data;
    int64_t batch_axes = node_attribute_int(call->params, "batch_dims", 0), length = list->dim[list->rank - 1];
    int64_t batches = elements_between(data->shape, 0, batch_axes);
    int64_t tuples = elements_between(list, batch_axes, list->rank - 1);
    int64_t image = elements_between(data->shape, batch_axes, data->shape->rank);
    size_t size = dtype_size(data->dtype);
    size_t bytes = (size_t)elements_between(data->shape, batch_axes + length, data->shape->rank) * size;
    char *destination = call->outputs[0].data;
    for (int64_t batch = 0; batch < batches; batch++)
        for (int64_t i = 0; i < tuples; i++, tuple += length, destination += bytes) {
            const char *source = (const char *)data->data + (size_t)(batch * image) * size;
            piece_copy(destination, source + (size_t)tuple_row(tuple, length, data->shape->dim + batch_axes) * bytes,
                       bytes);
        }
}

/* All of the output is `off`, and `on` where an index says. An index outside the depth leaves its row off. */
void one_hot(const struct kernel_call *call)
{
    const struct tensor *indices = &call->inputs[0], *output = &call->outputs[0];
    int64_t axis = node_attribute_int(call->params, "axis", 0), depth = output->shape->dim[axis];
    int64_t outer = elements_between(output->shape, 0, axis);
    int64_t inner = elements_between(output->shape, axis + 1, output->shape->rank);
    size_t size = dtype_size(output->dtype);
    const char *off = call->inputs[2].data, *on = off + size;
    char *destination = output->data;
    piece_fill(destination, off, size, senet_shape_elements(output->shape));
    for (int64_t i = 0; i < outer * inner; i++) {
        double number = indices->dtype == DTYPE_INT64 ? (double)((const int64_t *)indices->data)[i]
                                                      : (double)((const float *)indices->data)[i];
        if (!(number >= (double)-depth && number < (double)depth))
            continue;
        int64_t hot = (int64_t)number + (number < 0 ? depth : 0);
        int64_t place = (i / inner * depth + (hot < depth ? hot : depth - 1)) * inner + i % inner;
        piece_copy(destination + (size_t)place * size, on, size);
    }
}

static bool is_nonzero(const struct tensor *tensor, int64_t i)
{
    return tensor->dtype == DTYPE_INT64 ? ((const int64_t *)tensor->data)[i] != 0
                                        : ((const float *)tensor->data)[i] != 0;
}

/* One column for each element that is not 0: its index. */
void non_zero(const struct kernel_call *call)
{
    const struct tensor *input = &call->inputs[0];
    const struct senet_shape *shape = input->shape;
    int64_t columns = call->outputs[0].shape->dim[1], column = 0, index[SENET_MAX_RANK] = {0};
    int64_t *output = call->outputs[0].data;
    for (int64_t i = 0, count = senet_shape_elements(shape); i < count; i++, index_advance(index, shape)) {
        if (!is_nonzero(input, i))
            continue;
        for (int axis = 0; axis < shape->rank; axis++)
            output[axis * columns + column] = index[axis];
        column++;
    }
}

/* The slices along an axis, or of all elements in a row, for which the condition holds. */
void compress(const struct kernel_call *call)
{
    const struct tensor *data = &call->inputs[0], *condition = &call->inputs[1];
    const struct attribute *axis = node_attribute(call->params, "axis");
    const struct senet_shape row = {1, {senet_shape_elements(data->shape)}}, *shape = axis ? data->shape : &row;
    int64_t outer = elements_between(shape, 0, axis ? axis->i : 0), dim = shape->dim[axis ? axis->i : 0];
    size_t bytes = (size_t)elements_between(shape, axis ? axis->i + 1 : 1, shape->rank) * dtype_size(data->dtype);
    const char *source = data->data;
    char *destination = call->outputs[0].data;
    for (int64_t i = 0; i < outer; i++, source += (size_t)dim * bytes)
        for (int64_t j = 0; j < condition->shape->dim[0]; j++)
            if (is_nonzero(condition, j)) {
                piece_copy(destination, source + (size_t)j * bytes, bytes);
                destination += bytes;
            }
}
