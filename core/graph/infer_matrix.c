#include "graph/einsum.h"
#include "graph/infer.h"
#include "graph/ops.h"

enum senet_code infer_matmul(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct senet_shape a, b, shape;
    enum senet_code code = require_floats(node, 2, error);
    if (code)
        return code;
    if (!matmul_shapes(node, &a, &b, &shape))
        return shapes_disagree(node, &node->inputs[0]->shape, &node->inputs[1]->shape, error);
    if (node->inputs[1]->shape.rank == 1)
        shape.rank--;
    if (node->inputs[0]->shape.rank == 1) { /* its row is the last axis but one, or the last */
        bool columns = node->inputs[1]->shape.rank != 1;
        shape.rank--;
        if (columns)
            shape.dim[shape.rank - 1] = shape.dim[shape.rank];
    }
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

enum senet_code infer_gemm(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    enum senet_code code = require_floats(node, 3, error);
    if (code)
        return code;
    const struct senet_shape *a = &node->inputs[0]->shape, *b = &node->inputs[1]->shape;
    if (a->rank != 2 || b->rank != 2)
        return node_malformed(node, error, "operands of rank %d and %d are not matrices", a->rank, b->rank);
    int a_turned = node_attribute_int(node, "transA", 0) != 0, b_turned = node_attribute_int(node, "transB", 0) != 0;
    if (a->dim[1 - a_turned] != b->dim[b_turned])
        return shapes_disagree(node, &node->inputs[0]->shape, &node->inputs[1]->shape, error);
    const struct senet_shape shape = {2, {a->dim[a_turned], b->dim[1 - b_turned]}};
    const struct value *addend = node_input(node, 2);
    if (addend) {
        struct senet_shape sum = {2, {0}};
        char text[64];
        if (addend->shape.rank > 2 || !shape_broadcast(&shape, &addend->shape, 0, &sum) || sum.dim[0] != shape.dim[0] ||
            sum.dim[1] != shape.dim[1])
            return node_malformed(node, error, "its addend is %s, which does not fit %lldx%lld",
                                  shape_text(&addend->shape, text, sizeof text), (long long)shape.dim[0],
                                  (long long)shape.dim[1]);
    }
    return set_output(node, DTYPE_FLOAT32, &shape, error);
}

enum senet_code infer_einsum(struct graph *graph, struct node *node, struct senet_error *error)
{
    (void)graph;
    struct einsum einsum;
    for (int i = 0; i < node->input_count; i++)
        if (!node->inputs[i])
            return node_malformed(node, error, "input %d is missing", i);
    enum senet_code code = require_floats(node, node->input_count, error);
    if (!code)
        code = einsum_read(node, &einsum, error);
    return code ? code : set_output(node, DTYPE_FLOAT32, &einsum.output, error);
}
