#include <string.h>

#include "kernels/planar.h"

/* Where element 0 of the input lies in the output. */
static int64_t first_offset(const struct senet_shape *output, const int64_t *begins)
{
    int64_t strides[SENET_MAX_RANK];
    broadcast_strides(output, output, strides);
    return index_offset(begins, strides, output->rank);
}

/* Rows of the last axis are copied as pieces into an output that holds the constant. */
void pad(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const int64_t *begins = node_attribute(node, "pads")->ints;
    const float value = node_attribute_float(node, "value", 0), *source = call->inputs[0].data;
    float *padded = call->outputs[0].data;
    const struct senet_shape *to = call->outputs[0].shape;
    struct senet_shape rows = *call->inputs[0].shape;
    int64_t strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    int64_t row = rows.rank > 0 ? rows.dim[--rows.rank] : 1;
    /* An axis of one element has stride 0 there, and only index 0 to multiply it with. */
    broadcast_strides(to, to, strides);
    for (int64_t i = 0, count = senet_shape_elements(to); i < count; i++)
        padded[i] = value;
    padded += first_offset(to, begins);
    for (int64_t i = 0, count = senet_shape_elements(&rows); i < count; i++, index_advance(index, &rows))
        memcpy(padded + index_offset(index, strides, rows.rank), source + i * row, (size_t)row * sizeof *source);
}
