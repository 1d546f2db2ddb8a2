/*
 * SE blocks and relatives as graphs: each form takes an image of FORM_CHANNELS channels and gives the rescaled one.
 * With form_without_product the multiplication is left away, so that the image itself is given.
 */
#ifndef SENET_TESTS_SE_FORMS_H
#define SENET_TESTS_SE_FORMS_H

#include "pass_builder.h"

enum { FORM_BATCH = 3, FORM_CHANNELS = 6, FORM_REDUCED = 4, FORM_HEIGHT = 5, FORM_WIDTH = 7 };

static bool form_without_product;
static struct value *form_gate; /* of the form built last, as it is multiplied */

/* ------------------------------------------------------------------- parts */

static inline struct value *form_view(struct builder *builder, struct value *input, int rank, const int64_t *shape)
{
    int64_t *kept = arena_alloc(&builder->arena, (size_t)rank, sizeof *kept);
    memcpy(kept, shape, (size_t)rank * sizeof *kept);
    return builder_binary(builder, OP_RESHAPE, input, builder_list(builder, rank, kept));
}

#define FORM_VIEW(builder, input, ...)                                                                                 \
    form_view(builder, input, (int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (const int64_t[]){__VA_ARGS__})

static inline struct value *form_turn(struct builder *builder, struct value *input, int a, int b, int c, int d)
{
    struct node *node = builder_node(builder, OP_TRANSPOSE, 1, 1, input);
    builder_ints(builder, node, "perm", 4, a, b, c, d);
    return builder_append(builder, node);
}

static inline struct value *form_mean_over(struct builder *builder, struct value *input, int axis)
{
    struct node *node = builder_node(builder, OP_REDUCE_MEAN, 1, 1, input);
    builder_ints(builder, node, "axes", 1, axis);
    return builder_append(builder, node);
}

/* A window over the whole map. */
static inline struct value *form_window(struct builder *builder, enum op op, struct value *image)
{
    struct node *node = builder_node(builder, op, 1, 1, image);
    builder_ints(builder, node, "kernel_shape", 2, (int)image->shape.dim[2], (int)image->shape.dim[3]);
    return builder_append(builder, node);
}

static inline struct value *form_average(struct builder *builder, struct value *image)
{
    return builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, image);
}

static inline struct value *form_maximum(struct builder *builder, struct value *image)
{
    return form_window(builder, OP_MAX_POOL, image);
}

/* A 1x1 convolution with a bias. */
static inline struct value *form_conv_by(struct builder *builder, struct value *input, struct value *weights,
                                         struct value *bias)
{
    return builder_append(builder, builder_node(builder, OP_CONV, 1, 3, input, weights, bias));
}

static inline struct value *form_conv(struct builder *builder, struct value *input, int outputs)
{
    return form_conv_by(builder, input, builder_random(builder, SHAPE(outputs, input->shape.dim[1], 1, 1)),
                        builder_random(builder, SHAPE(outputs)));
}

static inline struct value *form_two_convs(struct builder *builder, struct value *squeezed)
{
    struct value *hidden = builder_unary(builder, OP_RELU, form_conv(builder, squeezed, FORM_REDUCED));
    return form_conv(builder, hidden, FORM_CHANNELS);
}

static inline struct value *form_rescale(struct builder *builder, struct value *image, struct value *gate)
{
    form_gate = gate;
    return form_without_product ? image : builder_binary(builder, OP_MUL, image, gate);
}

static inline struct value *form_sigmoid(struct builder *builder, struct value *image, struct value *excited)
{
    return form_rescale(builder, image, builder_unary(builder, OP_SIGMOID, excited));
}

/* N x C -> N x C x 1 x 1 */
static inline struct value *form_as_image(struct builder *builder, struct value *value)
{
    return FORM_VIEW(builder, value, 0, FORM_CHANNELS, 1, 1);
}

/* ------------------------------------------------------------------- forms */

static inline struct value *form_canonical_conv(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_two_convs(builder, form_average(builder, image)));
}

static inline struct value *form_canonical_dense(struct builder *builder, struct value *image)
{
    struct value *x = builder_flatten(builder, form_average(builder, image));
    x = builder_dense(builder, builder_unary(builder, OP_RELU, builder_dense(builder, x, FORM_REDUCED)), FORM_CHANNELS);
    return form_sigmoid(builder, image, form_as_image(builder, x));
}

static inline struct value *form_window_average(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_two_convs(builder, form_window(builder, OP_AVERAGE_POOL, image)));
}

static inline struct value *form_mean_in_steps(struct builder *builder, struct value *image)
{
    struct value *x = form_mean_over(builder, form_mean_over(builder, image, 3), 2);
    return form_sigmoid(builder, image, form_two_convs(builder, x));
}

/* The positions are one axis first. */
static inline struct value *form_mean_of_row(struct builder *builder, struct value *image)
{
    struct value *x = form_mean_over(builder, FORM_VIEW(builder, image, 0, 0, -1), 2);
    return form_sigmoid(builder, image, form_two_convs(builder, FORM_VIEW(builder, x, 0, 0, 1, 1)));
}

static inline struct value *form_no_activation(struct builder *builder, struct value *image)
{
    struct value *x = form_conv(builder, form_average(builder, image), FORM_REDUCED);
    return form_sigmoid(builder, image, form_conv(builder, x, FORM_CHANNELS));
}

static inline struct value *form_max(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_two_convs(builder, form_maximum(builder, image)));
}

static inline struct value *form_sum_of_pools(struct builder *builder, struct value *image)
{
    struct value *sum = builder_binary(builder, OP_ADD, form_maximum(builder, image), form_average(builder, image));
    return form_sigmoid(builder, image, form_two_convs(builder, sum));
}

/* 0.5 * average + 0.5 * maximum */
static inline struct value *form_mean_of_pools(struct builder *builder, struct value *image)
{
    struct value *half = builder_scalar(builder, 0.5f);
    struct value *average = builder_binary(builder, OP_MUL, form_average(builder, image), half);
    struct value *maximum = builder_binary(builder, OP_MUL, half, form_maximum(builder, image));
    return form_sigmoid(builder, image, form_two_convs(builder, builder_binary(builder, OP_ADD, average, maximum)));
}

/* (average + maximum) / 2 */
static inline struct value *form_half_of_pools(struct builder *builder, struct value *image)
{
    struct value *sum = builder_binary(builder, OP_ADD, form_average(builder, image), form_maximum(builder, image));
    struct value *half = builder_binary(builder, OP_DIV, sum, builder_scalar(builder, 2));
    return form_sigmoid(builder, image, form_two_convs(builder, half));
}

/* The layers of the second excitation are those of the first, or others. */
static inline struct value *form_sum_of_excitations_by(struct builder *builder, struct value *image, bool shared)
{
    struct value *squeezed[] = {form_average(builder, image), form_maximum(builder, image)}, *excited[2];
    struct value *w1 = NULL, *b1 = NULL, *w2 = NULL, *b2 = NULL;
    for (int i = 0; i < 2; i++) {
        if (!i || !shared) {
            w1 = builder_random(builder, SHAPE(FORM_REDUCED, FORM_CHANNELS, 1, 1));
            b1 = builder_random(builder, SHAPE(FORM_REDUCED));
            w2 = builder_random(builder, SHAPE(FORM_CHANNELS, FORM_REDUCED, 1, 1));
            b2 = builder_random(builder, SHAPE(FORM_CHANNELS));
        }
        struct value *hidden = builder_unary(builder, OP_RELU, form_conv_by(builder, squeezed[i], w1, b1));
        excited[i] = form_conv_by(builder, hidden, w2, b2);
    }
    return form_sigmoid(builder, image, builder_binary(builder, OP_ADD, excited[0], excited[1]));
}

static inline struct value *form_sum_of_excitations(struct builder *builder, struct value *image)
{
    return form_sum_of_excitations_by(builder, image, true);
}

static inline struct value *form_global_max(struct builder *builder, struct value *image)
{
    struct value *x = builder_unary(builder, OP_GLOBAL_MAX_POOL, image);
    return form_sigmoid(builder, image, form_two_convs(builder, x));
}

static inline struct value *form_reduced_max(struct builder *builder, struct value *image)
{
    struct node *node = builder_node(builder, OP_REDUCE_MAX, 1, 1, image);
    builder_ints(builder, node, "axes", 2, -1, -2);
    return form_sigmoid(builder, image, form_two_convs(builder, builder_append(builder, node)));
}

/* Repeated over all positions, as x * y.expand_as(x) is written. */
static inline struct value *form_expand(struct builder *builder, struct value *gate)
{
    static const int64_t target[] = {FORM_BATCH, FORM_CHANNELS, FORM_HEIGHT, FORM_WIDTH};
    return builder_binary(builder, OP_EXPAND, gate, builder_list(builder, 4, target));
}

static inline struct value *form_expanded(struct builder *builder, struct value *image)
{
    struct value *x = form_two_convs(builder, form_average(builder, image));
    return form_rescale(builder, image, form_expand(builder, builder_unary(builder, OP_SIGMOID, x)));
}

static inline struct value *form_no_squeeze(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_two_convs(builder, image));
}

static inline struct value *form_one_conv(struct builder *builder, struct value *image)
{
    struct node *node =
        builder_node(builder, OP_HARD_SIGMOID, 1, 1, form_conv(builder, form_average(builder, image), FORM_CHANNELS));
    return form_rescale(builder, image, builder_append(builder, node));
}

static inline struct value *form_one_dense(struct builder *builder, struct value *image)
{
    struct value *x = builder_flatten(builder, form_average(builder, image));
    return form_sigmoid(builder, image, form_as_image(builder, builder_dense(builder, x, FORM_CHANNELS)));
}

/* As PyTorch has it: three taps over N,1,C, the gate expanded. */
static inline struct value *form_eca_row(struct builder *builder, struct value *image)
{
    struct value *x = FORM_VIEW(builder, form_average(builder, image), 0, 1, -1);
    struct node *node = builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(1, 1, 3)));
    builder_ints(builder, node, "pads", 2, 1, 1);
    x = builder_unary(builder, OP_SIGMOID, builder_append(builder, node));
    return form_rescale(builder, image, form_expand(builder, form_as_image(builder, x)));
}

/* Three taps over the channels, which lie on axis 2 of N,1,C,1. */
static inline struct value *form_eca_turned(struct builder *builder, struct value *image)
{
    struct value *x = form_turn(builder, form_average(builder, image), 0, 2, 1, 3);
    struct node *node = builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(1, 1, 3, 1)));
    builder_ints(builder, node, "pads", 4, 1, 0, 1, 0);
    return form_sigmoid(builder, image, form_turn(builder, builder_append(builder, node), 0, 2, 1, 3));
}

/* Five taps over the channels on axis 3 of N,1,1,C. */
static inline struct value *form_eca_viewed(struct builder *builder, struct value *image)
{
    struct value *x = FORM_VIEW(builder, form_average(builder, image), 0, 1, 1, -1);
    struct node *node = builder_node(builder, OP_CONV, 1, 2, x, builder_random(builder, SHAPE(1, 1, 1, 5)));
    builder_ints(builder, node, "pads", 4, 0, 2, 0, 2);
    struct value *gate = builder_unary(builder, OP_SIGMOID, builder_append(builder, node));
    return form_rescale(builder, image, form_as_image(builder, gate));
}

static inline struct value *form_relu_gate(struct builder *builder, struct value *image)
{
    struct value *x = form_two_convs(builder, form_average(builder, image));
    return form_rescale(builder, image, builder_unary(builder, OP_RELU, x));
}

static inline struct value *form_tanh_gate(struct builder *builder, struct value *image)
{
    struct value *x = form_two_convs(builder, form_average(builder, image));
    return form_rescale(builder, image, builder_unary(builder, OP_TANH, x));
}

/* As EfficientNet is written until ONNX has Swish: a product between the layers. */
static inline struct value *form_spelled_silu(struct builder *builder, struct value *image)
{
    struct value *x = form_conv(builder, form_average(builder, image), FORM_REDUCED);
    x = builder_binary(builder, OP_MUL, x, builder_unary(builder, OP_SIGMOID, x));
    return form_sigmoid(builder, image, form_conv(builder, x, FORM_CHANNELS));
}

static inline struct value *form_leaky(struct builder *builder, struct value *image)
{
    struct value *x = form_conv(builder, form_average(builder, image), FORM_REDUCED);
    return form_sigmoid(builder, image, form_conv(builder, builder_unary(builder, OP_LEAKY_RELU, x), FORM_CHANNELS));
}

/* The layer before it takes the normalisation up. */
static inline struct value *form_normalised_dense(struct builder *builder, struct value *image)
{
    struct value *x = builder_flatten(builder, form_average(builder, image));
    x = builder_batch_norm(builder, builder_dense(builder, x, FORM_REDUCED));
    x = builder_dense(builder, builder_unary(builder, OP_HARD_SWISH, x), FORM_CHANNELS);
    return form_sigmoid(builder, image, form_as_image(builder, x));
}

/* Behind a function, no layer does. */
static inline struct value *form_normalised_hidden(struct builder *builder, struct value *image)
{
    struct value *x = builder_flatten(builder, form_average(builder, image));
    x = builder_unary(builder, OP_HARD_SWISH, builder_dense(builder, x, FORM_REDUCED));
    x = builder_dense(builder, builder_batch_norm(builder, x), FORM_CHANNELS);
    return form_sigmoid(builder, image, form_as_image(builder, x));
}

static inline struct value *form_grouped(struct builder *builder, struct value *image)
{
    struct node *node = builder_node(builder, OP_CONV, 1, 2, form_average(builder, image),
                                     builder_random(builder, SHAPE(FORM_REDUCED, FORM_CHANNELS / 2, 1, 1)));
    builder_int(node, "group", 2);
    struct value *hidden = builder_unary(builder, OP_RELU, builder_append(builder, node));
    return form_sigmoid(builder, image, form_conv(builder, hidden, FORM_CHANNELS));
}

/* As Keras writes a dense layer on N,1,1,C: a product of four axes, and a sum that is no Gemm's bias. */
static inline struct value *form_product_of_four_axes(struct builder *builder, struct value *image)
{
    struct value *x = FORM_VIEW(builder, form_average(builder, image), 0, 1, 1, -1);
    x = builder_binary(builder, OP_MATMUL, x, builder_random(builder, SHAPE(FORM_CHANNELS, FORM_REDUCED)));
    x = builder_unary(builder, OP_RELU,
                      builder_binary(builder, OP_ADD, x, builder_random(builder, SHAPE(FORM_REDUCED))));
    x = builder_binary(builder, OP_MATMUL, x, builder_random(builder, SHAPE(FORM_REDUCED, FORM_CHANNELS)));
    x = builder_binary(builder, OP_ADD, builder_random(builder, SHAPE(FORM_CHANNELS)), x);
    return form_rescale(builder, image, form_as_image(builder, builder_unary(builder, OP_SIGMOID, x)));
}

/* As TensorFlow's exporter has it: the block works on N,H,W,C between two Transposes. */
static inline struct value *form_channels_last(struct builder *builder, struct value *image)
{
    struct value *turned = form_turn(builder, image, 0, 2, 3, 1);
    struct node *node = builder_node(builder, OP_REDUCE_MEAN, 1, 1, turned);
    builder_ints(builder, node, "axes", 2, 1, 2);
    struct value *x = FORM_VIEW(builder, builder_append(builder, node), 0, FORM_CHANNELS);
    x = builder_dense(builder, builder_unary(builder, OP_RELU, builder_dense(builder, x, FORM_REDUCED)), FORM_CHANNELS);
    struct value *gate = FORM_VIEW(builder, builder_unary(builder, OP_SIGMOID, x), 0, 1, 1, FORM_CHANNELS);
    return form_turn(builder, form_rescale(builder, turned, gate), 0, 3, 1, 2);
}

static inline struct value *form_mixed(struct builder *builder, struct value *image)
{
    struct value *x = builder_unary(builder, OP_RELU, form_conv(builder, form_average(builder, image), FORM_REDUCED));
    x = builder_dense(builder, builder_flatten(builder, x), FORM_CHANNELS);
    return form_sigmoid(builder, image, form_as_image(builder, x));
}

/* The gate has a reader besides. */
static inline struct value *form_read_elsewhere(struct builder *builder, struct value *image)
{
    struct value *rescaled = form_canonical_conv(builder, image);
    builder_graph_output(builder, builder_unary(builder, OP_HARD_SWISH, form_gate));
    return rescaled;
}

static inline struct value *form_given_out(struct builder *builder, struct value *image)
{
    struct value *rescaled = form_canonical_conv(builder, image);
    builder_graph_output(builder, form_gate);
    return rescaled;
}

struct form {
    const char *description;
    struct value *(*build)(struct builder *builder, struct value *image);
    enum op op; /* what it becomes */
    enum se_kind kind;
    enum se_squeeze squeeze;
    enum activation_kind activation, gate;
    int reduced, fc1_parameters, fc2_parameters;
};

/* 6 -> 4 -> 6 with biases. */
#define FORM_FC1 28
#define FORM_FC2 30
#define FORM_LAYERS FORM_REDUCED, FORM_FC1, FORM_FC2
#define FORM_SE(kind, squeeze) SE_##kind, SE_SQUEEZE_##squeeze, ACTIVATION_RELU, ACTIVATION_SIGMOID

static const struct form forms[] = {
    {"conv", form_canonical_conv, OP_EXCITATION, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"dense", form_canonical_dense, OP_EXCITATION, FORM_SE(DENSE, AVG), FORM_LAYERS},
    {"window average", form_window_average, OP_EXCITATION, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"mean in steps", form_mean_in_steps, OP_EXCITATION, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"mean of a row", form_mean_of_row, OP_EXCITATION, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"four axes", form_product_of_four_axes, OP_EXCITATION, FORM_SE(DENSE, AVG), FORM_LAYERS},
    {"expanded", form_expanded, OP_EXCITATION, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"no activation", form_no_activation, OP_EXCITATION, SE_CONV, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_SIGMOID,
     FORM_LAYERS},
    {"relu gate", form_relu_gate, OP_EXCITATION, SE_CONV, SE_SQUEEZE_AVG, ACTIVATION_RELU, ACTIVATION_RELU,
     FORM_LAYERS},
    {"tanh gate", form_tanh_gate, OP_EXCITATION, SE_CONV, SE_SQUEEZE_AVG, ACTIVATION_RELU, ACTIVATION_TANH,
     FORM_LAYERS},
    {"spelled silu", form_spelled_silu, OP_EXCITATION, SE_CONV, SE_SQUEEZE_AVG, ACTIVATION_SWISH, ACTIVATION_SIGMOID,
     FORM_LAYERS},
    {"leaky relu", form_leaky, OP_EXCITATION, SE_CONV, SE_SQUEEZE_AVG, ACTIVATION_LEAKY_RELU, ACTIVATION_SIGMOID,
     FORM_LAYERS},
    {"maximum", form_max, OP_RESCALE, FORM_SE(CONV, MAX), FORM_LAYERS},
    {"global maximum", form_global_max, OP_RESCALE, FORM_SE(CONV, MAX), FORM_LAYERS},
    {"maximum over axes", form_reduced_max, OP_RESCALE, FORM_SE(CONV, MAX), FORM_LAYERS},
    {"sum of pools", form_sum_of_pools, OP_RESCALE, FORM_SE(CONV, AVG_MAX), FORM_LAYERS},
    {"mean of pools", form_mean_of_pools, OP_RESCALE, FORM_SE(CONV, AVG_MAX), FORM_LAYERS},
    {"half of pools", form_half_of_pools, OP_RESCALE, FORM_SE(CONV, AVG_MAX), FORM_LAYERS},
    {"sum of excitations", form_sum_of_excitations, OP_RESCALE, FORM_SE(CONV, AVG_MAX), FORM_LAYERS},
    {"no squeeze", form_no_squeeze, OP_RESCALE, FORM_SE(CONV, NONE), FORM_LAYERS},
    {"one conv", form_one_conv, OP_RESCALE, SE_ESE, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_HARD_SIGMOID,
     FORM_CHANNELS, 42, 0},
    {"one dense", form_one_dense, OP_RESCALE, SE_ESE, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_SIGMOID,
     FORM_CHANNELS, 42, 0},
    {"eca, a row", form_eca_row, OP_RESCALE, SE_ECA, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_SIGMOID, FORM_CHANNELS,
     3, 0},
    {"eca, turned", form_eca_turned, OP_RESCALE, SE_ECA, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_SIGMOID,
     FORM_CHANNELS, 3, 0},
    {"eca, viewed", form_eca_viewed, OP_RESCALE, SE_ECA, SE_SQUEEZE_AVG, ACTIVATION_NONE, ACTIVATION_SIGMOID,
     FORM_CHANNELS, 5, 0},
    {"normalised dense", form_normalised_dense, OP_EXCITATION, SE_DENSE, SE_SQUEEZE_AVG, ACTIVATION_HARD_SWISH,
     ACTIVATION_SIGMOID, FORM_LAYERS},
    {"normalised hidden", form_normalised_hidden, OP_RESCALE, SE_DENSE, SE_SQUEEZE_AVG, ACTIVATION_HARD_SWISH,
     ACTIVATION_SIGMOID, FORM_LAYERS},
    {"grouped", form_grouped, OP_RESCALE, FORM_SE(CONV, AVG), FORM_REDUCED, 12, FORM_FC2},
    {"channels last", form_channels_last, OP_EXCITATION, FORM_SE(DENSE, AVG), FORM_LAYERS},
    {"mixed", form_mixed, OP_RESCALE, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"gate read elsewhere", form_read_elsewhere, OP_RESCALE, FORM_SE(CONV, AVG), FORM_LAYERS},
    {"gate given out", form_given_out, OP_RESCALE, FORM_SE(CONV, AVG), FORM_LAYERS},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* ----------------------------------------------------------------- networks */

static const struct form *form_built;

/* Output 0 comes last. A layer before and one behind, with a function that goes into the block. */
static inline void form_network(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(FORM_BATCH, 3, FORM_HEIGHT, FORM_WIDTH));
    builder->graph.output_count = 1;
    x = form_built->build(builder, builder_conv(builder, x, FORM_CHANNELS));
    x = builder_conv(builder, builder_unary(builder, OP_RELU, x), 2);
    x->uses++;
    builder->graph.outputs[0] = x;
}

static inline const struct node *form_find(const struct graph *graph)
{
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->se)
            return graph->nodes[n];
    return NULL;
}

#endif
