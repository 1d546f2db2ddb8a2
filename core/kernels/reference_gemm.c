#include "graph/ops.h"
#include "kernels/activation.h"
#include "kernels/reference.h"

/* Y = activation(alpha * op(A) * op(B) + beta * C); C is broadcast to M x N. */
void reference_gemm(const struct kernel_call *call)
{
    const struct node *node = call->params;
    const struct senet_shape *a_shape = call->inputs[0].shape, *shape = call->outputs[0].shape;
    bool a_turned = node_attribute_int(node, "transA", 0) != 0, b_turned = node_attribute_int(node, "transB", 0) != 0;
    double alpha = (double)node_attribute_float(node, "alpha", 1), beta = (double)node_attribute_float(node, "beta", 1);
    const float *a = call->inputs[0].data, *b = call->inputs[1].data;
    const struct tensor *addend = optional_input(call, node, 2);
    float *output = call->outputs[0].data;
    int64_t rows = shape->dim[0], columns = shape->dim[1], depth = a_shape->dim[!a_turned], strides[2] = {0};
    if (addend)
        broadcast_strides(addend->shape, shape, strides);
    for (int64_t m = 0; m < rows; m++)
        for (int64_t n = 0; n < columns; n++) {
            double sum = 0;
            for (int64_t k = 0; k < depth; k++)
                sum += (double)a[a_turned ? k * rows + m : m * depth + k] *
                       (double)b[b_turned ? n * depth + k : k * columns + n];
            double start = addend ? (double)((const float *)addend->data)[m * strides[0] + n * strides[1]] : 0;
            *output++ = activation_value(&node->activation, (float)(alpha * sum + beta * start));
        }
}

/* The shape without its last two axes, over which a MatMul repeats. */
static struct senet_shape batch_shape(const struct senet_shape *shape)
{
    struct senet_shape batch = *shape;
    batch.rank -= 2;
    return batch;
}

/* A (...,M,K), B (...,K,N) -> (...,M,N), the leading axes broadcast; vectors as numpy has them. */
void reference_matmul(const struct kernel_call *call)
{
    struct senet_shape a_shape, b_shape, shape;
    matmul_shapes(call->params, &a_shape, &b_shape, &shape);
    struct senet_shape batch = batch_shape(&shape), a_batch = batch_shape(&a_shape), b_batch = batch_shape(&b_shape);
    int64_t rows = a_shape.dim[a_shape.rank - 2], depth = a_shape.dim[a_shape.rank - 1];
    int64_t columns = b_shape.dim[b_shape.rank - 1];
    int64_t a_strides[SENET_MAX_RANK], b_strides[SENET_MAX_RANK], index[SENET_MAX_RANK] = {0};
    broadcast_strides(&a_batch, &batch, a_strides);
    broadcast_strides(&b_batch, &batch, b_strides);
    float *output = call->outputs[0].data;
    int64_t products = senet_shape_elements(&batch);
    for (int64_t i = 0; i < products; i++, index_advance(index, &batch)) {
        const float *a =
            (const float *)call->inputs[0].data + index_offset(index, a_strides, batch.rank) * rows * depth;
        const float *b =
            (const float *)call->inputs[1].data + index_offset(index, b_strides, batch.rank) * depth * columns;
        for (int64_t m = 0; m < rows; m++)
            for (int64_t n = 0; n < columns; n++) {
                double sum = 0;
                for (int64_t k = 0; k < depth; k++)
                    sum += (double)a[m * depth + k] * (double)b[k * columns + n];
                *output++ = (float)sum;
            }
    }
}
