/* Operators that are told by integers what to write over. Indices outside their axis count as its nearest end. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/binary.h"
#include "kernels/index.h"
#include "kernels/planar.h"

/* What becomes of an element and its update. */
enum reduction { REDUCTION_NONE, REDUCTION_ADD, REDUCTION_MUL, REDUCTION_MAX, REDUCTION_MIN };

static enum reduction read_reduction(const struct node *node)
{
    static const char *const words[] = {"none", "add", "mul", "max", "min"};
    const struct attribute *attribute = node_attribute(node, "reduction");
    for (int i = 0; attribute && i < (int)(sizeof words / sizeof *words); i++)
        if (!strcmp(attribute->s, words[i]))
            return (enum reduction)i;
    return REDUCTION_NONE;
}

static float reduce_float(enum reduction reduction, float old, float update)
{
    switch (reduction) {
    case REDUCTION_NONE:
        break;
    case REDUCTION_ADD:
        return old + update;
    case REDUCTION_MUL:
        return old * update;
    case REDUCTION_MAX:
        return larger(old, update);
    case REDUCTION_MIN:
        return smaller(old, update);
    }
    return update;
}

static int64_t reduce_integer(enum reduction reduction, int64_t old, int64_t update)
{
    switch (reduction) {
    case REDUCTION_NONE:
        break;
    case REDUCTION_ADD:
        return wrap_add(old, update);
    case REDUCTION_MUL:
        return wrap_mul(old, update);
    case REDUCTION_MAX:
        return old > update ? old : update;
    case REDUCTION_MIN:
        return old < update ? old : update;
    }
    return update;
}

/* Elements at..at+count-1 of the output meet updates from..from+count-1. */
static void update(const struct kernel_call *call, enum reduction reduction, int64_t at, int64_t from, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (call->outputs[0].dtype == DTYPE_INT64) {
            int64_t *element = (int64_t *)call->outputs[0].data + at + i;
            *element = reduce_integer(reduction, *element, ((const int64_t *)call->inputs[2].data)[from + i]);
        } else {
            float *element = (float *)call->outputs[0].data + at + i;
            *element = reduce_float(reduction, *element, ((const float *)call->inputs[2].data)[from + i]);
        }
}

static void copy_data(const struct kernel_call *call)
{
    const struct tensor *data = &call->inputs[0];
    memcpy(call->outputs[0].data, data->data, (size_t)senet_shape_elements(data->shape) * dtype_size(data->dtype));
}

/* Each index replaces its own place along the axis, and the update of the same place goes there. */
void scatter_elements(const struct kernel_call *call)
{
    const struct senet_shape *data = call->inputs[0].shape, *shape = call->inputs[1].shape;
    const int64_t *indices = call->inputs[1].data;
    enum reduction reduction = read_reduction(call->params);
    int64_t axis = node_attribute_int(call->params, "axis", 0), strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    copy_data(call);
    row_major_strides(data, strides);
    for (int64_t i = 0, count = senet_shape_elements(shape); i < count; i++, index_advance(index, shape)) {
        int64_t place = index_offset(index, strides, shape->rank) - index[axis] * strides[axis] +
                        index_within(indices[i], data->dim[axis]) * strides[axis];
        update(call, reduction, place, i, 1);
    }
}

/* Each tuple of indices addresses a part of the data, which meets its update. */
void scatter_nd(const struct kernel_call *call)
{
    const struct senet_shape *data = call->inputs[0].shape, *list = call->inputs[1].shape;
    const int64_t *tuple = call->inputs[1].data;
    enum reduction reduction = read_reduction(call->params);
    int64_t length = list->dim[list->rank - 1], tuples = senet_shape_elements(list) / length, part = 1;
    for (int64_t axis = length; axis < data->rank; axis++)
        part *= data->dim[axis];
    copy_data(call);
    for (int64_t i = 0; i < tuples; i++, tuple += length)
        update(call, reduction, tuple_row(tuple, length, data->dim) * part, i * part, part);
}
