#include <math.h>

#include "base/error.h"
#include "graph/ops.h"
#include "graph/passes.h"
#include "graph/passes/rewrite.h"

/* y = (x - mean) * gamma / sqrt(variance + epsilon) + beta, one of each per channel. */
struct batch_norm {
    const float *gamma, *beta, *mean, *variance;
    float epsilon;
};

static bool read_batch_norm(const struct node *node, struct batch_norm *norm)
{
    const float *columns[4];
    size_t count;
    for (int i = 0; i < 4; i++)
        if (!(columns[i] = value_floats(node->inputs[i + 1], &count)))
            return false;
    *norm = (struct batch_norm){.gamma = columns[0],
                                .beta = columns[1],
                                .mean = columns[2],
                                .variance = columns[3],
                                .epsilon = node_attribute_float(node, "epsilon", 1e-5f)};
    return true;
}

/* Weights that several nodes share would have to be copied for each, so those keep their normalisation. */
static struct node *foldable_conv(const struct node *batch_norm)
{
    size_t count;
    struct node *conv = sole_producer(batch_norm->inputs[0], OP_CONV);
    if (!conv || conv->activation.kind != ACTIVATION_NONE)
        return NULL;
    const struct value *weights = conv->inputs[1], *bias = node_bias(conv);
    bool constant = value_floats(weights, &count) && (!bias || value_floats(bias, &count));
    return constant && weights->uses == 1 ? conv : NULL;
}

/* `weights` is channels x taps, `bias` (may be NULL) channels; the results likewise. */
static void fold_arithmetic(const struct batch_norm *norm, int64_t channels, int64_t taps, const float *weights,
                            const float *bias, float *new_weights, float *new_bias)
{
    for (int64_t c = 0; c < channels; c++) {
        double scale = norm->gamma[c] / sqrt((double)norm->variance[c] + (double)norm->epsilon);
        for (int64_t t = 0; t < taps; t++)
            new_weights[c * taps + t] = (float)(weights[c * taps + t] * scale);
        double shifted = (bias ? (double)bias[c] : 0.0) - (double)norm->mean[c];
        new_bias[c] = (float)(shifted * scale + (double)norm->beta[c]);
    }
}

static enum senet_code fold(struct graph *graph, struct node *conv, const struct batch_norm *norm,
                            struct senet_error *error)
{
    struct value *weights = conv->inputs[1], *bias = node_bias(conv);
    int64_t channels = weights->shape.dim[0];
    size_t weight_count, bias_count;
    const float *old_weights = value_floats(weights, &weight_count);
    const float *old_bias = bias ? value_floats(bias, &bias_count) : NULL;
    float *new_weights = arena_alloc(graph->arena, weight_count, sizeof *new_weights);
    float *new_bias = arena_alloc(graph->arena, (size_t)channels, sizeof *new_bias);
    if (!new_weights || !new_bias)
        return error_out_of_memory(error);
    fold_arithmetic(norm, channels, (int64_t)weight_count / channels, old_weights, old_bias, new_weights, new_bias);

    const struct senet_shape vector = {.rank = 1, .dim = {channels}};
    struct value *folded = graph_add_constant(graph, weights->name, DTYPE_FLOAT32, &weights->shape, new_weights);
    struct value *shift = graph_add_constant(graph, bias ? bias->name : "", DTYPE_FLOAT32, &vector, new_bias);
    if (!folded || !shift || !node_set_bias(graph, conv, shift))
        return error_out_of_memory(error);
    node_set_input(conv, 1, folded);
    return SENET_OK;
}

enum senet_code pass_fold_batch_norm(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        struct batch_norm norm;
        if (graph->nodes[n]->op != OP_BATCH_NORMALIZATION || !read_batch_norm(graph->nodes[n], &norm))
            continue;
        struct node *conv = foldable_conv(graph->nodes[n]);
        if (!conv)
            continue;
        code = fold(graph, conv, &norm, error);
        if (code == SENET_OK)
            node_absorb(graph, conv, n);
    }
    graph_close_gaps(graph);
    return code;
}
