#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* Gemm is for matrices: a product of higher rank stays a MatMul. Gemm's attributes default to a plain product. */
static void matmul_to_gemm(struct node *node)
{
    size_t count;
    bool matrices = node->inputs[0]->shape.rank == 2 && node->inputs[1]->shape.rank == 2;
    if (node->op == OP_MATMUL && matrices && value_floats(node->inputs[1], &count))
        node->op = OP_GEMM;
}

/* One number per column of `matrix`, which broadcasting adds to every row. */
static bool is_row_vector(const struct value *value, const struct value *matrix)
{
    size_t count;
    const struct senet_shape *shape = &value->shape;
    int64_t columns = matrix->shape.dim[1];
    return value_floats(value, &count) && (shape->rank == 1 || shape->rank == 2) && (int64_t)count == columns &&
           shape->dim[shape->rank - 1] == columns;
}

/* Gemm without C, then Add: the vector becomes C. */
static enum senet_code absorb_bias(struct graph *graph, size_t index, struct senet_error *error)
{
    struct node *add = graph->nodes[index];
    for (int i = 0; i < 2; i++) {
        struct node *gemm = sole_producer(add->inputs[i], OP_GEMM);
        struct value *vector = add->inputs[1 - i];
        if (!gemm || node_bias(gemm) || gemm->activation.kind != ACTIVATION_NONE ||
            node_attribute_float(gemm, "beta", 1) != 1 || !is_row_vector(vector, gemm->outputs[0]))
            continue;
        if (!node_set_bias(graph, gemm, vector))
            return graph_out_of_memory(error);
        node_absorb(graph, gemm, index);
        return SENET_OK;
    }
    return SENET_OK;
}

enum senet_code pass_normalise_gemm(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        if (graph->nodes[n]->op == OP_MATMUL)
            matmul_to_gemm(graph->nodes[n]);
        else if (graph->nodes[n]->op == OP_ADD)
            code = absorb_bias(graph, n, error);
    }
    graph_close_gaps(graph);
    return code;
}
