#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/*
 * Gemm is for matrices: a product of higher rank stays a MatMul. Gemm's attributes default to a plain product; what
 * a file may have written on the MatMul, which has none, must not become theirs.
 */
static void matmul_to_gemm(struct node *node)
{
    size_t count;
    bool matrices = node->inputs[0]->shape.rank == 2 && node->inputs[1]->shape.rank == 2;
    if (!matrices || !value_floats(node->inputs[1], &count))
        return;
    node->op = OP_GEMM;
    node->attribute_count = 0;
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

static bool gemm_takes_bias(const struct node *gemm, const struct value *vector)
{
    return !node_bias(gemm) && gemm->activation.kind == ACTIVATION_NONE && node_attribute_float(gemm, "beta", 1) == 1 &&
           is_row_vector(vector, gemm->outputs[0]);
}

/* One number per channel of the N,C,... `image`, as broadcasting reads it: for N,C,H,W it is C,1,1 or 1,C,1,1. */
static bool is_channel_vector(const struct value *value, const struct value *image)
{
    size_t count;
    const struct senet_shape *shape = &value->shape;
    int64_t channels = image->shape.dim[1];
    if (!value_floats(value, &count) || (int64_t)count != channels || shape->rank > image->shape.rank)
        return false;
    int axis = shape->rank - (image->shape.rank - 1);
    return channels == 1 || (axis >= 0 && shape->dim[axis] == channels);
}

/* Vectors that several nodes share are not worth a sum for each. */
static bool conv_takes_bias(const struct node *conv, const struct value *vector)
{
    size_t count;
    const struct value *bias = node_bias(conv);
    return conv->activation.kind == ACTIVATION_NONE && is_channel_vector(vector, conv->outputs[0]) &&
           (!bias || (value_floats(bias, &count) && vector->uses == 1));
}

/* The sum of the bias that a node has, if it has one, and `vector`. NULL when memory is short. */
static struct value *sum_bias(struct graph *graph, const struct value *bias, const struct value *vector)
{
    size_t count;
    const float *added = value_floats(vector, &count);
    const float *old = bias ? value_floats(bias, &count) : NULL;
    const struct senet_shape shape = {.rank = 1, .dim = {(int64_t)count}};
    if (!old)
        return graph_add_constant(graph, vector->name, DTYPE_FLOAT32, &shape, added);
    float *sum = arena_alloc(graph->arena, count, sizeof *sum);
    if (!sum)
        return NULL;
    for (size_t i = 0; i < count; i++)
        sum[i] = old[i] + added[i];
    return graph_add_constant(graph, bias->name, DTYPE_FLOAT32, &shape, sum);
}

/* The Conv, ConvTranspose or Gemm before operand `index` of `add`, if the other operand can be its bias. */
static struct node *bias_taker(const struct node *add, int index)
{
    const struct value *vector = add->inputs[1 - index];
    struct node *conv = sole_producer(add->inputs[index], OP_CONV);
    if (!conv)
        conv = sole_producer(add->inputs[index], OP_CONV_TRANSPOSE);
    struct node *gemm = sole_producer(add->inputs[index], OP_GEMM);
    if (conv && conv_takes_bias(conv, vector))
        return conv;
    return gemm && gemm_takes_bias(gemm, vector) ? gemm : NULL;
}

static enum senet_code absorb_bias(struct graph *graph, size_t index, struct senet_error *error)
{
    struct node *add = graph->nodes[index];
    for (int i = 0; i < 2; i++) {
        struct node *producer = bias_taker(add, i);
        if (!producer)
            continue;
        struct value *bias = sum_bias(graph, node_bias(producer), add->inputs[1 - i]);
        if (!bias || !node_set_bias(graph, producer, bias))
            return error_out_of_memory(error);
        node_absorb(graph, producer, index);
        return SENET_OK;
    }
    return SENET_OK;
}

enum senet_code pass_absorb_biases(struct graph *graph, struct senet_error *error)
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
