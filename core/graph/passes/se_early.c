#include "graph/passes/se_early.h"

#include "base/checked.h"
#include "base/error.h"
#include "graph/conv.h"
#include "graph/fold.h"
#include "graph/geometry.h"
#include "graph/ops.h"
#include "graph/passes/rewrite.h"

/* Every position of the output sees all of its taps: then the mean of the output is a mean over taps. 0: not so. */
static int64_t count_taps(const struct node *conv)
{
    struct conv_geometry geometry;
    struct senet_error ignored; /* infer has accepted the node */
    if (conv->outputs[0]->shape.rank != 4 || conv_geometry(conv, &geometry, &ignored) != SENET_OK)
        return 0;
    const struct window *window = &geometry.window;
    int64_t side = window->kernel_h, pad = side / 2;
    bool square = (side == 1 || side == 3) && window->kernel_w == side;
    bool dense = window->stride_h == 1 && window->stride_w == 1 && window->dilation_h == 1 && window->dilation_w == 1;
    bool padded =
        window->pad_top == pad && window->pad_left == pad && window->pad_bottom == pad && window->pad_right == pad;
    return geometry.groups == 1 && square && dense && padded ? side * side : 0;
}

/* Nothing but weights and perhaps a bias, which are known. */
static bool is_plain(const struct node *conv)
{
    size_t count;
    const struct value *bias = node_bias(conv);
    for (int i = CONV_RESIDUAL; i < conv->input_count; i++)
        if (conv->inputs[i])
            return false;
    return conv->activation.kind == ACTIVATION_NONE && value_floats(conv->inputs[CONV_WEIGHTS], &count) &&
           (!bias || value_floats(bias, &count));
}

/*
 * Whether less is read and written so. An early gate reads X and R x Cin*T weights; a late one reads U twice and writes
 * it once, and reads R x C weights.
 */
static bool pays(const struct node *se, const struct node *conv, int64_t taps)
{
    const struct senet_shape *image = &se->inputs[0]->shape;
    int64_t inputs = conv->inputs[CONV_X]->shape.dim[1], pixels = image->dim[2] * image->dim[3], weights;
    if (!checked_mul_i64(se->se->reduced, inputs * taps, &weights))
        return false;
    return inputs * pixels + weights <= 3 * image->dim[1] * pixels + se->se->reduced * image->dim[1];
}

static struct node *early_conv(const struct node *se, int64_t *taps)
{
    struct node *conv = sole_producer(se->inputs[0], OP_CONV);
    if (!conv || se->outputs[0]->uses == 0 || !is_plain(conv))
        return NULL;
    *taps = count_taps(conv);
    return *taps && pays(se, conv, *taps) ? conv : NULL;
}

/* W1 * b + b1. NULL when memory is short. */
static struct value *fold_bias(struct graph *graph, const struct node *se, const struct value *bias)
{
    size_t rows, columns, weights;
    const float *w1 = value_floats(se->inputs[1], &weights), *b1 = value_floats(se->inputs[2], &rows);
    const float *b = bias ? value_floats(bias, &columns) : NULL;
    if (!b)
        return se->inputs[2];
    float *folded = arena_alloc(graph->arena, rows, sizeof *folded);
    if (!folded)
        return NULL;
    for (size_t row = 0; row < rows; row++) {
        double sum = (double)b1[row];
        for (size_t i = 0; i < columns; i++)
            sum += (double)w1[row * columns + i] * (double)b[i];
        folded[row] = (float)sum;
    }
    return graph_add_constant(graph, se->inputs[2]->name, DTYPE_FLOAT32, &se->inputs[2]->shape, folded);
}

enum senet_code se_early_match(struct graph *graph, const struct node *se, struct se_early *early,
                               struct senet_error *error)
{
    struct se_early found = {.conv = early_conv(se, &found.taps)};
    *early = (struct se_early){.conv = NULL};
    if (!found.conv)
        return SENET_OK;
    enum senet_code code = fold_product(graph, se->inputs[1], found.conv->inputs[CONV_WEIGHTS], &found.weights, error);
    if (code != SENET_OK || !found.weights)
        return code;
    found.bias = fold_bias(graph, se, node_bias(found.conv));
    if (!found.bias)
        return error_out_of_memory(error);
    *early = found;
    return SENET_OK;
}
