/* Concat and Split: pieces of the tensors' common outer axes, one behind the other. */
#include <string.h>

#include "graph/ops.h"
#include "kernels/planar.h"

static size_t shape_bytes_from(const struct senet_shape *shape, int64_t axis, enum dtype dtype)
{
    size_t bytes = dtype_size(dtype);
    for (int64_t i = axis; i < shape->rank; i++)
        bytes *= (size_t)shape->dim[i];
    return bytes;
}

static int64_t elements_before(const struct senet_shape *shape, int64_t axis)
{
    int64_t elements = 1;
    for (int64_t i = 0; i < axis; i++)
        elements *= shape->dim[i];
    return elements;
}

/* `rows` pieces of `bytes`; each begins so many bytes after the one before. */
static void copy_rows(char *to, size_t to_pitch, const char *from, size_t from_pitch, size_t bytes, int64_t rows)
{
    for (int64_t row = 0; row < rows && bytes > 0; row++)
        memcpy(to + (size_t)row * to_pitch, from + (size_t)row * from_pitch, bytes);
}

void concat(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *output = &call->outputs[0];
    int64_t axis = node_attribute_int(node, "axis", 0);
    axis += axis < 0 ? output->shape->rank : 0;
    int64_t rows = elements_before(output->shape, axis);
    size_t pitch = shape_bytes_from(output->shape, axis, output->dtype);
    char *destination = output->data;
    for (int i = 0; i < node->input_count; i++) {
        size_t bytes = shape_bytes_from(call->inputs[i].shape, axis, output->dtype);
        copy_rows(destination, pitch, call->inputs[i].data, bytes, bytes, rows);
        destination += bytes;
    }
}

/* Outputs that nobody has named have no memory; their elements are passed over. */
void split(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct tensor *input = &call->inputs[0];
    const struct attribute *parts = node_attribute(node, "split");
    int64_t axis = node_attribute_int(node, "axis", 0), rows = elements_before(input->shape, axis);
    size_t pitch = shape_bytes_from(input->shape, axis, input->dtype);
    size_t element = shape_bytes_from(input->shape, axis + 1, input->dtype);
    const char *source = input->data;
    for (int i = 0; i < node->output_count; i++) {
        size_t bytes = (size_t)parts->ints[i] * element;
        if (call->outputs[i].data)
            copy_rows(call->outputs[i].data, bytes, source, pitch, bytes, rows);
        source += bytes;
    }
}
