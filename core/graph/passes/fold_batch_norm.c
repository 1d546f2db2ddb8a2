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

static double channel_scale(const struct batch_norm *norm, int64_t channel)
{
    return (double)norm->gamma[channel] / sqrt((double)norm->variance[channel] + (double)norm->epsilon);
}

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

/*
 * Weights as rows x middle x inner. The middle axis counts output channels, of the first `middle` for as many rows as
 * a group has, then of the next.
 */
struct channel_view {
    int64_t rows, middle, inner, rows_per_group;
};

static struct channel_view view_weights(const struct node *node)
{
    const struct senet_shape *shape = &node->inputs[1]->shape;
    int64_t elements = senet_shape_elements(shape), first = shape->dim[0], second = shape->dim[1];
    if (node->op == OP_CONV_TRANSPOSE) {
        int64_t groups = node_attribute_int(node, "group", 1);
        return (struct channel_view){first, second, elements / first / second, first / groups};
    }
    if (node->op == OP_GEMM && !node_attribute_int(node, "transB", 0))
        return (struct channel_view){first, second, 1, first};
    return (struct channel_view){1, first, elements / first, 1};
}

/* Input 2 is nothing but a number for each channel. */
static bool has_plain_bias(const struct node *node, int64_t channels)
{
    size_t count;
    const struct value *bias = node_bias(node);
    if (node->op == OP_GEMM && node_attribute_float(node, "beta", 1) != 1)
        return false;
    return !bias || (value_floats(bias, &count) && bias->shape.rank > 0 && (int64_t)count == channels &&
                     bias->shape.dim[bias->shape.rank - 1] == channels);
}

static struct node *linear_producer(const struct value *value)
{
    static const enum op linear[] = {OP_CONV, OP_CONV_TRANSPOSE, OP_GEMM};
    for (size_t i = 0; i < sizeof linear / sizeof *linear; i++) {
        struct node *producer = sole_producer(value, linear[i]);
        if (producer)
            return producer;
    }
    return NULL;
}

/* Weights that several nodes share would have to be copied for each, so those keep their normalisation. */
static struct node *foldable_producer(const struct node *batch_norm)
{
    size_t count;
    struct node *node = linear_producer(batch_norm->inputs[0]);
    if (!node || node->activation.kind != ACTIVATION_NONE)
        return NULL;
    const struct value *weights = node->inputs[1];
    bool constant = value_floats(weights, &count) && has_plain_bias(node, node->outputs[0]->shape.dim[1]);
    return constant && weights->uses == 1 ? node : NULL;
}

static void fold_weights(const struct batch_norm *norm, const struct channel_view *view, const float *weights,
                         float *folded)
{
    for (int64_t row = 0; row < view->rows; row++)
        for (int64_t i = 0; i < view->middle; i++) {
            double scale = channel_scale(norm, row / view->rows_per_group * view->middle + i);
            for (int64_t j = 0; j < view->inner; j++)
                *folded++ = (float)(*weights++ * scale);
        }
}

/* `bias` may be NULL. */
static void fold_bias(const struct batch_norm *norm, int64_t channels, const float *bias, float *folded)
{
    for (int64_t c = 0; c < channels; c++) {
        double shifted = (bias ? (double)bias[c] : 0.0) - (double)norm->mean[c];
        folded[c] = (float)(shifted * channel_scale(norm, c) + (double)norm->beta[c]);
    }
}

static enum senet_code fold(struct graph *graph, struct node *node, const struct batch_norm *norm,
                            struct senet_error *error)
{
    struct value *weights = node->inputs[1], *bias = node_bias(node);
    const struct channel_view view = view_weights(node);
    int64_t channels = node->outputs[0]->shape.dim[1];
    size_t weight_count, bias_count;
    const float *old_weights = value_floats(weights, &weight_count);
    const float *old_bias = bias ? value_floats(bias, &bias_count) : NULL;
    float *new_weights = graph_new_contents(graph, weight_count, sizeof *new_weights);
    float *new_bias = arena_alloc(graph->arena, (size_t)channels, sizeof *new_bias);
    if (!new_weights || !new_bias)
        return error_out_of_memory(error);
    fold_weights(norm, &view, old_weights, new_weights);
    fold_bias(norm, channels, old_bias, new_bias);

    const struct senet_shape vector = {.rank = 1, .dim = {channels}};
    struct value *folded = graph_add_constant(graph, weights->name, DTYPE_FLOAT32, &weights->shape, new_weights);
    struct value *shift = graph_add_constant(graph, bias ? bias->name : "", DTYPE_FLOAT32, &vector, new_bias);
    if (!folded || !shift || !node_set_bias(graph, node, shift))
        return error_out_of_memory(error);
    node_set_input(node, 1, folded);
    return SENET_OK;
}

enum senet_code pass_fold_batch_norm(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    for (size_t n = 0; n < graph->node_count && code == SENET_OK; n++) {
        struct batch_norm norm;
        if (graph->nodes[n]->op != OP_BATCH_NORMALIZATION || !read_batch_norm(graph->nodes[n], &norm))
            continue;
        struct node *producer = foldable_producer(graph->nodes[n]);
        if (!producer)
            continue;
        code = fold(graph, producer, &norm, error);
        if (code == SENET_OK)
            node_absorb(graph, producer, n);
    }
    graph_close_gaps(graph);
    return code;
}
