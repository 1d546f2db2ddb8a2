#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* One number per channel of the N,C,H,W `image`, as broadcasting reads it: C,1,1 or 1,C,1,1. */
static bool is_channel_vector(const struct value *value, const struct value *image)
{
    size_t count;
    const struct senet_shape *shape = &value->shape;
    int64_t channels = image->shape.dim[1];
    if (!value_floats(value, &count) || (int64_t)count != channels || shape->rank > image->shape.rank)
        return false;
    return channels == 1 || (shape->rank >= 3 && shape->dim[shape->rank - 3] == channels);
}

/* The sum of Conv's bias, if it has one, and `vector`. NULL when memory is short. */
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

/* Vectors that several nodes share are not worth a copy for each. */
static bool takes_bias(const struct node *conv, const struct value *vector)
{
    size_t count;
    const struct value *bias = node_bias(conv);
    return conv->activation.kind == ACTIVATION_NONE && is_channel_vector(vector, conv->outputs[0]) &&
           (!bias || (value_floats(bias, &count) && vector->uses == 1));
}

/* True in *absorbed when the Add at `index` was the addition of a constant to a Conv. */
static enum senet_code absorb_bias(struct graph *graph, size_t index, bool *absorbed, struct senet_error *error)
{
    struct node *add = graph->nodes[index];
    *absorbed = false;
    for (int i = 0; i < 2 && !*absorbed; i++) {
        struct node *conv = sole_producer(add->inputs[i], OP_CONV);
        if (!conv || !takes_bias(conv, add->inputs[1 - i]))
            continue;
        struct value *bias = sum_bias(graph, node_bias(conv), add->inputs[1 - i]);
        if (!bias || !node_set_bias(graph, conv, bias))
            return graph_out_of_memory(error);
        node_absorb(graph, conv, index);
        *absorbed = true;
    }
    return SENET_OK;
}

static bool takes_activation(const struct node *node)
{
    bool kind = node->op == OP_CONV || node->op == OP_GEMM || node->op == OP_ADD || node->op == OP_SE;
    return kind && node->activation.kind == ACTIVATION_NONE;
}

static void absorb_activation(struct graph *graph, size_t index)
{
    struct activation activation;
    struct node *node = graph->nodes[index];
    if (!node_activation(node, &activation))
        return;
    struct node *producer = node->inputs[0]->producer;
    /* An SE block's gate is its second output: what reads that computes on the gate, not on the rescaled image. */
    if (!producer || node->inputs[0]->uses != 1 || node->inputs[0] != producer->outputs[0] ||
        !takes_activation(producer))
        return;
    producer->activation = activation;
    node_absorb(graph, producer, index);
}

enum senet_code pass_fuse_activations(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        bool absorbed = false;
        if (graph->nodes[n]->op == OP_ADD)
            code = absorb_bias(graph, n, &absorbed, error);
        if (code == SENET_OK && !absorbed)
            absorb_activation(graph, n);
    }
    graph_close_gaps(graph);
    return code;
}
