#include "graph/passes/se_layer.h"

#include "graph/geometry.h"
#include "graph/ops.h"
#include "graph/passes/rewrite.h"

static int64_t count_floats(const struct value *value)
{
    size_t count;
    return value && value_floats(value, &count) ? (int64_t)count : 0;
}

/* Channels see each other at one position alone: where there are several, the window must not move. */
static bool stays_in_place(const struct node *conv)
{
    struct conv_geometry geometry;
    struct senet_error ignored; /* infer has accepted the node, so that its geometry can be read */
    if (conv_geometry(conv, &geometry, &ignored) != SENET_OK)
        return false;
    const struct window *window = &geometry.window;
    return window->stride_h == 1 && window->stride_w == 1 && !window->pad_top && !window->pad_left &&
           !window->pad_bottom && !window->pad_right;
}

static bool read_pointwise(const struct se_chain *chain, const struct node *conv, struct se_layer *layer)
{
    const struct senet_shape *weights = &conv->inputs[1]->shape;
    int64_t groups = node_attribute_int(conv, "group", 1);
    if (senet_shape_elements(weights) != weights->dim[0] * weights->dim[1])
        return false;
    layer->form = SE_FORM_CONV;
    layer->inputs = weights->dim[1] * groups;
    layer->outputs = weights->dim[0];
    layer->grouped = groups != 1;
    return conv->inputs[0]->shape.dim[1] == layer->inputs && (!chain->per_position || stays_in_place(conv));
}

/* One filter along the axis on which the channels lie: N,1,C, or the same with ones. */
static bool read_taps(const struct se_chain *chain, const struct node *conv, struct se_layer *layer)
{
    const struct senet_shape *weights = &conv->inputs[1]->shape, *input = &conv->inputs[0]->shape;
    int64_t taps = senet_shape_elements(weights), channels = chain->image->shape.dim[1];
    bool along = false;
    for (int axis = 2; axis < weights->rank; axis++)
        along |= weights->dim[axis] == taps && input->dim[axis] == channels;
    layer->form = SE_FORM_TAPS;
    layer->inputs = layer->outputs = channels;
    return along && !chain->per_position && input->dim[1] == 1 && weights->dim[0] == 1;
}

static bool read_conv(const struct se_chain *chain, const struct node *conv, struct se_layer *layer)
{
    layer->weights = conv->inputs[1];
    layer->bias = node_bias(conv);
    return read_pointwise(chain, conv, layer) || read_taps(chain, conv, layer);
}

static bool read_product(const struct node *node, struct se_layer *layer)
{
    bool is_gemm = node->op == OP_GEMM;
    const struct senet_shape *weights = &node->inputs[1]->shape, *input = &node->inputs[0]->shape;
    if (weights->rank != 2 || (is_gemm && node_attribute_int(node, "transA", 0) != 0))
        return false;
    layer->form = SE_FORM_DENSE;
    layer->weights = node->inputs[1];
    layer->transposed = !is_gemm || node_attribute_int(node, "transB", 0) == 0;
    layer->inputs = weights->dim[layer->transposed ? 0 : 1];
    layer->outputs = weights->dim[layer->transposed ? 1 : 0];
    if (is_gemm) {
        layer->bias = node_bias(node);
        layer->scale = node_attribute_float(node, "alpha", 1);
        layer->bias_scale = node_attribute_float(node, "beta", 1);
    }
    return input->dim[input->rank - 1] == layer->inputs;
}

/* One number for each of `outputs`, as Gemm broadcasts it over the rows. */
static bool is_row(const struct value *bias, int64_t outputs)
{
    const struct senet_shape *shape = &bias->shape;
    return shape->rank >= 1 && shape->dim[shape->rank - 1] == outputs && count_floats(bias) == outputs;
}

/* The constant that a sum adds to what a MatMul of more than two axes computes: nobody made that a Gemm's bias. */
static const struct value *added_row(const struct node *add, int *operand)
{
    for (int i = 0; i < 2; i++) {
        const struct value *sum = add->outputs[0], *bias = add->inputs[1 - i];
        *operand = i;
        if (is_row(bias, sum->shape.dim[sum->shape.rank - 1]))
            return bias;
    }
    return NULL;
}

bool se_layer_match(struct se_chain *chain, struct se_layer *layer)
{
    struct se_chain at = *chain;
    const struct node *node = se_chain_producer(&at);
    const struct value *bias = NULL, *output = at.at;
    if (node && node->op == OP_ADD && output->shape.rank >= 2) {
        int operand;
        bias = added_row(node, &operand);
        if (!bias)
            return false;
        se_chain_pass(&at, node, operand);
        node = at.at->producer && at.at->producer->op == OP_MATMUL ? se_chain_producer(&at) : NULL;
    }
    if (!node)
        return false;
    struct se_layer found = {.bias = NULL, .scale = 1, .bias_scale = 1};
    bool is_product = node->op == OP_GEMM || node->op == OP_MATMUL;
    if (!(node->op == OP_CONV ? read_conv(&at, node, &found) : is_product && read_product(node, &found)))
        return false;
    found.bias = bias ? bias : found.bias;
    found.parameters = count_floats(found.weights) + count_floats(found.bias);
    bool constant = found.weights->data && (!found.bias || is_row(found.bias, found.outputs));
    if (!constant || !se_chain_fits(&at, output, found.outputs) || !se_chain_fits(&at, node->inputs[0], found.inputs))
        return false;
    se_chain_pass(&at, node, 0);
    *chain = at;
    *layer = found;
    return true;
}

bool se_layer_same(const struct se_layer *a, const struct se_layer *b)
{
    const void *a_bias = a->bias ? a->bias->data : NULL, *b_bias = b->bias ? b->bias->data : NULL;
    return a->form == b->form && a->weights->data == b->weights->data && a_bias == b_bias && a->scale == b->scale &&
           a->bias_scale == b->bias_scale && a->transposed == b->transposed && a->grouped == b->grouped &&
           a->inputs == b->inputs && a->outputs == b->outputs;
}

/*
 * Weights that several blocks share are taken as they are or not at all: rewriting them, or writing zeros for
 * an absent bias, would multiply a small file's memory by its number of blocks.
 */
bool se_layer_is_cheap(const struct se_layer *layer)
{
    bool kept = layer->bias && !layer->transposed && layer->scale == 1 && layer->bias_scale == 1;
    return kept || layer->weights->uses == 1;
}
