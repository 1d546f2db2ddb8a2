/* Operators whose output is made rather than moved: series, patterns, and sums along an axis. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/piece.h"
#include "kernels/planar.h"

void constant_of_shape(const struct kernel_call *call)
{
    static const float zero = 0;
    const struct attribute *value = node_attribute(call->params, "value");
    const struct tensor *output = &call->outputs[0];
    piece_fill(output->data, value ? value->tensor->data : &zero, dtype_size(output->dtype),
               senet_shape_elements(output->shape));
}

void range(const struct kernel_call *call)
{
    const struct tensor *start = &call->inputs[0], *delta = &call->inputs[2], *output = &call->outputs[0];
    /* Unsigned, since i * delta may pass what the sum does not. */
    for (int64_t i = 0; i < output->shape->dim[0]; i++)
        if (output->dtype == DTYPE_INT64)
            ((uint64_t *)output->data)[i] =
                *(const uint64_t *)start->data + (uint64_t)i * *(const uint64_t *)delta->data;
        else
            ((float *)output->data)[i] =
                (float)((double)*(const float *)start->data + (double)i * (double)*(const float *)delta->data);
}

/* The element at row, column is 1 where column - row is k. */
void eye_like(const struct kernel_call *call)
{
    static const float one_float = 1, zero_float = 0;
    static const int64_t one_integer = 1, zero_integer = 0;
    const struct tensor *output = &call->outputs[0];
    bool integers = output->dtype == DTYPE_INT64;
    size_t size = dtype_size(output->dtype);
    int64_t rows = output->shape->dim[0], columns = output->shape->dim[1];
    int64_t k = node_attribute_int(call->params, "k", 0);
    char *destination = output->data;
    piece_fill(destination, integers ? (const void *)&zero_integer : &zero_float, size, rows * columns);
    for (int64_t row = k < 0 ? -k : 0; row < rows && row + k < columns; row++)
        piece_copy(destination + (size_t)(row * columns + row + k) * size,
                   integers ? (const char *)&one_integer : (const char *)&one_float, size);
}

/* Keeps what lies on one side of diagonal k, and the diagonal, of each matrix; the rest becomes 0. */
void trilu(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->outputs[0].shape;
    bool upper = node_attribute_int(call->params, "upper", 1) != 0;
    int64_t k = node_attribute_int(call->params, "k", 0);
    int64_t height = shape->dim[shape->rank - 2], columns = shape->dim[shape->rank - 1];
    int64_t rows = columns > 0 ? senet_shape_elements(shape) / columns : 0;
    size_t size = dtype_size(call->outputs[0].dtype), row_bytes = (size_t)columns * size;
    for (int64_t row = 0; row < rows; row++) {
        int64_t edge = row % height + k + !upper; /* the first column on the upper side */
        edge = edge < 0 ? 0 : edge > columns ? columns : edge;
        int64_t begin = upper ? edge : 0, end = upper ? columns : edge;
        char *destination = (char *)call->outputs[0].data + (size_t)row * row_bytes;
        const char *source = (const char *)call->inputs[0].data + (size_t)row * row_bytes;
        memset(destination, 0, row_bytes);
        memcpy(destination + (size_t)begin * size, source + (size_t)begin * size, (size_t)(end - begin) * size);
    }
}

/* One running sum: `count` numbers, `step` apart, from either end. Exclusive sums lag one number behind. */
static void sum_floats_along(const float *numbers, float *sums, int64_t count, int64_t step, bool exclusive)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        double next = sum + (double)numbers[i * step];
        sums[i * step] = (float)(exclusive ? sum : next);
        sum = next;
    }
}

static void sum_integers_along(const int64_t *numbers, int64_t *sums, int64_t count, int64_t step, bool exclusive)
{
    uint64_t sum = 0; /* wraps around, as it does in every other runtime */
    for (int64_t i = 0; i < count; i++) {
        uint64_t next = sum + (uint64_t)numbers[i * step];
        sums[i * step] = (int64_t)(exclusive ? sum : next);
        sum = next;
    }
}

void cum_sum(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *input = &call->inputs[0], *output = &call->outputs[0];
    bool exclusive = node_attribute_int(node, "exclusive", 0) != 0,
         reverse = node_attribute_int(node, "reverse", 0) != 0;
    int64_t axis = node_attribute_int(node, "axis", 0), strides[SENET_MAX_RANK], count = input->shape->dim[axis];
    row_major_strides(input->shape, strides);
    int64_t step = strides[axis], elements = senet_shape_elements(input->shape);
    for (int64_t i = 0; i < (count > 0 ? elements / count : 0); i++) {
        int64_t first = i / step * step * count + i % step + (reverse ? (count - 1) * step : 0);
        int64_t signed_step = reverse ? -step : step;
        if (input->dtype == DTYPE_INT64)
            sum_integers_along((const int64_t *)input->data + first, (int64_t *)output->data + first, count,
                               signed_step, exclusive);
        else
            sum_floats_along((const float *)input->data + first, (float *)output->data + first, count, signed_step,
                             exclusive);
    }
}

/* The first `length` steps of each sequence backwards, the others as they are. Time and batch are axes 0 and 1. */
void reverse_sequence(const struct kernel_call *call)
{
    const struct senet_shape *shape = call->inputs[0].shape;
    const int64_t *lengths = call->inputs[1].data;
    bool time_first = node_attribute_int(call->params, "time_axis", 0) == 0;
    int64_t strides[SENET_MAX_RANK], steps = shape->dim[time_first ? 0 : 1];
    row_major_strides(shape, strides);
    size_t bytes = (size_t)strides[1] * dtype_size(call->inputs[0].dtype);
    for (int64_t i = 0; i < shape->dim[0]; i++)
        for (int64_t j = 0; j < shape->dim[1]; j++) {
            int64_t step = time_first ? i : j, length = lengths[time_first ? j : i];
            length = length > steps ? steps : length;
            int64_t from = step < length ? length - 1 - step : step;
            int64_t source = time_first ? from * shape->dim[1] + j : i * shape->dim[1] + from;
            piece_copy((char *)call->outputs[0].data + (size_t)(i * shape->dim[1] + j) * bytes,
                       (const char *)call->inputs[0].data + (size_t)source * bytes, bytes);
        }
}
