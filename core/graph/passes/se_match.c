/*
 * DESIGN
 * A match promises that U * gate(fc2(activation(fc1(mean_hw(U))))) is what the nodes compute, for every input:
 *   - nobody else reads a value between U and the product, graph outputs included. A file that gives a gate out
 *     by itself keeps its nodes as they are: the value has to be computed anyway, under the name it has there;
 *   - views are looked through, since they keep the order of elements. That images and channels stay where
 *     they are follows from the shapes, which are compared at both ends of every step: N x C at the squeeze, the
 *     outputs of each fc, N x C x 1 x 1 at the product;
 *   - weights are constants, and of the two spellings that struct se_block knows.
 */
#include "graph/passes/se_match.h"

#include <math.h>

#include "graph/geometry.h"
#include "graph/ops.h"
#include "graph/passes/rewrite.h"

/* N x channels, with any number of ones behind. */
static bool is_vector_per_image(const struct value *value, int64_t batch, int64_t channels)
{
    const struct senet_shape *shape = &value->shape;
    if (shape->rank < 2 || shape->dim[0] != batch || shape->dim[1] != channels)
        return false;
    return senet_shape_elements(shape) == batch * channels;
}

/* The node that computes `value`, views looked through, if the block alone reads all that lies between. */
static const struct node *inner_producer(const struct value *value)
{
    while (value->uses == 1 && value->producer) {
        const struct node *node = value->producer;
        if (node->activation.kind != ACTIVATION_NONE)
            return NULL;
        if (!op_is_view(node->op))
            return node;
        value = node->inputs[0];
    }
    return NULL;
}

/* clip(x + 3, 0, 6) * (1/6), and the same with other numbers: hard-sigmoid as a sum, a Clip and a product. */
static bool match_spelled_hard_sigmoid(const struct node *mul, struct activation *gate, const struct value **operand)
{
    float slope, shift;
    struct activation clip;
    const struct value *clipped = node_scalar_operand(mul, &slope);
    const struct node *limit = clipped ? inner_producer(clipped) : NULL;
    if (!limit || limit->op != OP_CLIP || !node_activation(limit, &clip) || clip.a != 0 ||
        !(clip.b > 0 && fabsf(clip.b * slope - 1) < 1e-5f))
        return false;
    const struct node *add = inner_producer(limit->inputs[0]);
    const struct value *shifted = add && add->op == OP_ADD ? node_scalar_operand(add, &shift) : NULL;
    if (!shifted)
        return false;
    *gate = (struct activation){ACTIVATION_HARD_SIGMOID, slope, slope * shift};
    *operand = shifted;
    return true;
}

static bool match_gate(const struct value *value, struct activation *gate, const struct value **operand)
{
    const struct node *node = inner_producer(value);
    if (!node)
        return false;
    if (node->op == OP_MUL)
        return match_spelled_hard_sigmoid(node, gate, operand);
    *operand = node->inputs[0];
    return (node->op == OP_SIGMOID || node->op == OP_HARD_SIGMOID) && node_activation(node, gate);
}

static bool match_activation(const struct value *value, struct activation *activation, const struct value **operand)
{
    const struct node *node = inner_producer(value);
    if (!node || (node->op != OP_RELU && node->op != OP_HARD_SWISH && node->op != OP_CLIP))
        return false;
    *operand = node->inputs[0];
    return node_activation(node, activation);
}

/* Weights outputs x inputs x 1 x 1 that see each pixel alone. */
static bool read_conv(const struct node *node, struct se_fc *fc)
{
    struct conv_geometry conv;
    struct senet_error ignored; /* infer has accepted the node, so that its geometry can be read */
    if (node->inputs[0]->shape.rank > 4 || conv_geometry(node, &conv, &ignored) != SENET_OK)
        return false;
    const struct window *window = &conv.window;
    if (conv.groups != 1 || window->kernel_h != 1 || window->kernel_w != 1 || window->stride_h != 1 ||
        window->stride_w != 1 || window->pad_top || window->pad_left || window->pad_bottom || window->pad_right)
        return false;
    *fc = (struct se_fc){.op = OP_CONV,
                         .inputs = conv.in_channels,
                         .outputs = conv.out_channels,
                         .weights = node->inputs[1],
                         .bias = node_bias(node),
                         .scale = 1,
                         .bias_scale = 1};
    return true;
}

static bool read_gemm(const struct node *node, struct se_fc *fc)
{
    if (node_attribute_int(node, "transA", 0) != 0)
        return false;
    const struct senet_shape *weights = &node->inputs[1]->shape;
    bool transposed = node_attribute_int(node, "transB", 0) == 0;
    *fc = (struct se_fc){.op = OP_GEMM,
                         .inputs = weights->dim[transposed ? 0 : 1],
                         .outputs = weights->dim[transposed ? 1 : 0],
                         .weights = node->inputs[1],
                         .bias = node_bias(node),
                         .transposed = transposed,
                         .scale = node_attribute_float(node, "alpha", 1),
                         .bias_scale = node_attribute_float(node, "beta", 1)};
    return true;
}

/*
 * Weights that several blocks share are taken as they are or not at all: rewriting them, or writing zeros for
 * an absent bias, would multiply a small file's memory by its number of blocks.
 */
static bool has_usable_constants(const struct se_fc *fc)
{
    size_t count;
    if (!value_floats(fc->weights, &count))
        return false;
    if (fc->bias) {
        const struct senet_shape *shape = &fc->bias->shape;
        if (!value_floats(fc->bias, &count) || shape->rank < 1 || (int64_t)count != fc->outputs ||
            shape->dim[shape->rank - 1] != fc->outputs)
            return false;
    }
    bool kept = fc->bias && !fc->transposed && fc->scale == 1 && fc->bias_scale == 1;
    return kept || fc->weights->uses == 1;
}

/* The fully connected layer that computes `value`: one vector per image in, one out. */
static bool match_fc(const struct value *value, int64_t batch, struct se_fc *fc, const struct value **operand)
{
    const struct node *node = inner_producer(value);
    if (!node || (node->op != OP_CONV && node->op != OP_GEMM))
        return false;
    if (!(node->op == OP_CONV ? read_conv(node, fc) : read_gemm(node, fc)) || !has_usable_constants(fc))
        return false;
    *operand = node->inputs[0];
    return is_vector_per_image(node->outputs[0], batch, fc->outputs) &&
           is_vector_per_image(node->inputs[0], batch, fc->inputs);
}

/* Infer leaves the attribute behind in one form: ascending, none negative. */
static bool reduces_height_and_width(const struct node *node)
{
    const struct attribute *axes = node_attribute(node, "axes");
    return axes && axes->count == 2 && axes->ints[0] == 2 && axes->ints[1] == 3;
}

/* The mean over H and W of `image`. */
static bool match_squeeze(const struct value *value, const struct value *image)
{
    const struct node *node = inner_producer(value);
    if (!node || node->inputs[0] != image)
        return false;
    return node->op == OP_GLOBAL_AVERAGE_POOL || (node->op == OP_REDUCE_MEAN && reduces_height_and_width(node));
}

static bool match_operands(struct value *image, const struct value *gate, struct se_match *match)
{
    const struct senet_shape *shape = &image->shape;
    if (shape->rank != 4 || image->dtype != DTYPE_FLOAT32 || gate->shape.rank != 4)
        return false;
    int64_t batch = shape->dim[0], channels = shape->dim[1];
    struct se_match found = {.image = image};
    const struct value *at = gate;
    if (!is_vector_per_image(gate, batch, channels) || !match_gate(at, &found.gate, &at) ||
        !match_fc(at, batch, &found.fc2, &at) || !match_activation(at, &found.activation, &at) ||
        !match_fc(at, batch, &found.fc1, &at) || !match_squeeze(at, image))
        return false;
    bool agree = found.fc1.op == found.fc2.op && found.fc1.inputs == channels && found.fc2.outputs == channels &&
                 found.fc1.outputs == found.fc2.inputs;
    if (agree)
        *match = found;
    return agree;
}

bool se_match_block(const struct node *mul, struct se_match *match)
{
    if (mul->op != OP_MUL || mul->activation.kind != ACTIVATION_NONE)
        return false;
    return match_operands(mul->inputs[0], mul->inputs[1], match) ||
           match_operands(mul->inputs[1], mul->inputs[0], match);
}
