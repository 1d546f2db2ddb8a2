#include "pass_builder.h"

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

/* 3x3, unevenly padded. */
static struct value *conv(struct builder *builder, struct value *input, int outputs, int groups, bool bias)
{
    struct value *weights = builder_random(builder, SHAPE(outputs, input->shape.dim[1] / groups, 3, 3));
    struct node *node = builder_node(builder, OP_CONV, 1, bias ? 3 : 2, input, weights,
                                     bias ? builder_random(builder, SHAPE(outputs)) : NULL);
    builder_int(node, "group", groups);
    builder_ints(builder, node, "pads", 4, 1, 0, 1, 2);
    return builder_append(builder, node);
}

static struct value *image(struct builder *builder)
{
    return builder_graph_input(builder, SHAPE(2, 4, 5, 7));
}

static const struct node *only_node(const struct graph *graph, enum op op)
{
    ck_assert_uint_eq(graph->node_count, 1);
    ck_assert_int_eq(graph->nodes[0]->op, op);
    return graph->nodes[0];
}

/* ------------------------------------------------------------- identities */

static struct value *dropout(struct builder *builder, struct value *input)
{
    return builder_append(builder, builder_node(builder, OP_DROPOUT, 1, 1, input));
}

static void build_chain_of_identities(struct builder *builder)
{
    struct value *x = builder_unary(builder, OP_IDENTITY, image(builder));
    x = builder_unary(builder, OP_RELU, dropout(builder, builder_unary(builder, OP_IDENTITY, x)));
    x = builder_unary(builder, OP_IDENTITY, dropout(builder, x));
    x->name = "result";
    builder_graph_output(builder, x);
}

START_TEST(a_chain_of_identities_vanishes)
{
    const struct graph *graph = pass_test(&pair, build_chain_of_identities, pass_remove_identities);
    const struct node *relu = only_node(graph, OP_RELU);
    ck_assert_ptr_eq(relu->inputs[0], graph->inputs[0]);
    ck_assert_str_eq(graph->outputs[0]->name, "result");
}
END_TEST

static void build_identities_as_outputs(struct builder *builder)
{
    struct value *x = image(builder), *relu = builder_unary(builder, OP_RELU, x);
    builder_graph_output(builder, builder_unary(builder, OP_IDENTITY, x));    /* of an input */
    builder_graph_output(builder, builder_unary(builder, OP_IDENTITY, relu)); /* of an output */
    builder_graph_output(builder, relu);
    builder_graph_output(builder, dropout(builder, relu));
}

START_TEST(outputs_that_are_copies_stay)
{
    const struct graph *graph = pass_test(&pair, build_identities_as_outputs, pass_remove_identities);
    ck_assert_uint_eq(graph->node_count, 4);
    ck_assert_int_eq(pass_count(graph, OP_IDENTITY), 3);
}
END_TEST

static void build_unread_identity(struct builder *builder)
{
    struct value *x = image(builder);
    builder_unary(builder, OP_IDENTITY, x);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, x));
}

START_TEST(an_identity_that_nobody_reads_vanishes)
{
    only_node(pass_test(&pair, build_unread_identity, pass_remove_identities), OP_RELU);
}
END_TEST

static void build_constant_nodes(struct builder *builder)
{
    static const float numbers[] = {1, 2, 3, 4, 5, 6, 7};
    struct node *node = builder_node(builder, OP_CONSTANT, 1, 0);
    struct attribute *list = builder_attribute(node, "value_floats", ATTRIBUTE_FLOATS);
    list->floats = numbers;
    list->count = 7;
    struct value *constant = builder_append(builder, node);
    builder_graph_output(builder, builder_binary(builder, OP_ADD, image(builder), constant));
    builder_graph_output(builder, builder_unary(builder, OP_IDENTITY, constant));
}

START_TEST(constant_nodes_vanish)
{
    const struct graph *graph = pass_test(&pair, build_constant_nodes, pass_remove_identities);
    ck_assert_int_eq(pass_count(graph, OP_CONSTANT), 0);
    ck_assert_ptr_nonnull(graph->nodes[0]->inputs[1]->data);
}
END_TEST

static void build_pads(struct builder *builder)
{
    struct value *x = image(builder);
    struct node *nothing = builder_node(builder, OP_PAD, 1, 1, x);
    builder_ints(builder, nothing, "pads", 8, 0, 0, 0, 0, 0, 0, 0, 0);
    struct node *something = builder_node(builder, OP_PAD, 1, 1, builder_append(builder, nothing));
    builder_ints(builder, something, "pads", 8, 0, 1, 0, 2, 0, 0, 3, 0);
    builder_graph_output(builder, builder_append(builder, something));
}

START_TEST(a_pad_by_nothing_vanishes)
{
    only_node(pass_test(&pair, build_pads, pass_remove_identities), OP_PAD);
}
END_TEST

static struct value *cast(struct builder *builder, struct value *input, int to)
{
    struct node *node = builder_node(builder, OP_CAST, 1, 1, input);
    builder_int(node, "to", to);
    return builder_append(builder, node);
}

/* To float and double, which are one to us; to half precision, which rounds; to integers and back. */
static void build_casts(struct builder *builder)
{
    struct value *x = cast(builder, cast(builder, image(builder), 1), 11);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, cast(builder, x, 10)));
    struct value *integers = cast(builder, cast(builder, x, 7), 7);
    builder_graph_output(builder, cast(builder, cast(builder, integers, 2), 1));
}

START_TEST(a_cast_to_the_same_type_vanishes)
{
    const struct graph *graph = pass_test(&pair, build_casts, pass_remove_identities);
    ck_assert_uint_eq(graph->node_count, 5);
    ck_assert_int_eq(pass_count(graph, OP_CAST), 4);
}
END_TEST

/* --------------------------------------------------------------- constants */

static void build_constant_arithmetic(struct builder *builder)
{
    static const int64_t target[] = {4, 1, 1};
    struct value *sum = builder_binary(builder, OP_ADD, builder_random(builder, SHAPE(4)), builder_scalar(builder, 2));
    struct value *scaled =
        builder_binary(builder, OP_MUL, builder_unary(builder, OP_SIGMOID, sum), builder_random(builder, SHAPE(4)));
    struct value *shaped = builder_binary(builder, OP_RESHAPE, scaled, builder_list(builder, 3, target));
    builder_graph_output(builder, builder_binary(builder, OP_MUL, image(builder), shaped));
    builder_graph_output(builder, sum);
}

START_TEST(what_depends_on_constants_alone_is_computed)
{
    const struct graph *graph = pass_test(&pair, build_constant_arithmetic, pass_fold_constants);
    const struct node *mul = only_node(graph, OP_MUL);
    ck_assert_ptr_nonnull(mul->inputs[1]->data);
    ck_assert_ptr_null(mul->inputs[1]->producer);
    ck_assert_int_eq(mul->inputs[1]->shape.rank, 3);
    ck_assert_ptr_nonnull(graph->outputs[1]->data);
}
END_TEST

static void build_constant_integers(struct builder *builder)
{
    static const int64_t batch[] = {2}, rest[] = {-1};
    struct node *node =
        builder_node(builder, OP_CONCAT, 1, 2, builder_list(builder, 1, batch), builder_list(builder, 1, rest));
    builder_int(node, "axis", 0);
    builder_graph_output(builder, builder_append(builder, node));
}

START_TEST(integers_are_computed_too)
{
    pass_apply(&pair, build_constant_integers, pass_fold_constants);
    size_t count;
    const int64_t *folded = value_int64s(pair.after.graph.outputs[0], &count);
    ck_assert_ptr_nonnull(folded);
    ck_assert_uint_eq(count, 2);
    ck_assert_int_eq(folded[0], 2);
    ck_assert_int_eq(folded[1], -1);
}
END_TEST

static void build_no_constants(struct builder *builder)
{
    struct value *x = image(builder);
    builder_graph_output(builder, builder_binary(builder, OP_ADD, x, builder_scalar(builder, 1)));
    builder_graph_output(builder, builder_unary(builder, OP_SIGMOID, x));
}

START_TEST(what_depends_on_inputs_stays)
{
    ck_assert_uint_eq(pass_test(&pair, build_no_constants, pass_fold_constants)->node_count, 2);
}
END_TEST

/* Small files that describe large computations; the data of `large` is never to be read. */
static void build_large_computations(struct builder *builder)
{
    struct value *column = builder_random(builder, SHAPE(16384, 1)), *row = builder_random(builder, SHAPE(1, 16384));
    builder_graph_output(builder, builder_binary(builder, OP_ADD, column, row)); /* 1 GiB */
    struct value *large = builder_floats(builder, SHAPE(32768, 16384), column->data);
    struct node *mean = builder_node(builder, OP_REDUCE_MEAN, 1, 1, large);
    builder_graph_output(builder, builder_append(builder, mean)); /* 2^29 steps, 4 bytes */
    builder_graph_output(builder, builder_binary(builder, OP_MATMUL, row, column));
    struct node *pool = builder_node(builder, OP_MAX_POOL, 1, 1, builder_random(builder, SHAPE(1, 1, 8, 8)));
    builder_ints(builder, pool, "kernel_shape", 2, 8, 8);
    builder_graph_output(builder, builder_append(builder, pool));
}

START_TEST(folding_stays_within_a_budget)
{
    pass_apply(&pair, build_large_computations, pass_fold_constants);
    const struct graph *graph = &pair.after.graph;
    ck_assert_uint_eq(graph->node_count, 3);
    ck_assert_int_eq(graph->nodes[0]->op, OP_ADD);
    ck_assert_int_eq(graph->nodes[1]->op, OP_REDUCE_MEAN);
    ck_assert_int_eq(graph->nodes[2]->op, OP_MAX_POOL);
    ck_assert_ptr_nonnull(graph->outputs[2]->data); /* what fits is still computed */
    ck_assert_uint_lt(graph->arena->total, 32 << 20);
}
END_TEST

/* ------------------------------------------------------------------ biases */

static struct value *matrix(struct builder *builder)
{
    return builder_graph_input(builder, SHAPE(3, 6));
}

/* A product of a 3x6 matrix, then the sum with an operand of a shape, which is (or not) taken as a bias. */
static const struct {
    enum op product;
    struct senet_shape addend;
    bool swapped, has_bias, read_twice, taken;
} gemm_biases[] = {
    {OP_MATMUL, {1, {5}}, false, false, false, true},      {OP_MATMUL, {1, {5}}, true, false, false, true},
    {OP_MATMUL, {2, {1, 5}}, false, false, false, true},   {OP_GEMM, {1, {5}}, false, false, false, true},
    {OP_GEMM, {1, {5}}, true, false, false, true},         {OP_GEMM, {1, {5}}, false, true, false, false},
    {OP_GEMM, {1, {5}}, false, false, true, false},        {OP_GEMM, {0, {0}}, false, false, false, false},
    {OP_GEMM, {2, {3, 5}}, false, false, false, false},    {OP_GEMM, {2, {3, 1}}, false, false, false, false},
    {OP_GEMM, {3, {1, 1, 5}}, false, false, false, false},
};
static int current;

static void build_gemm_bias(struct builder *builder)
{
    struct value *weights = builder_random(builder, SHAPE(6, 5));
    struct value *c = gemm_biases[current].has_bias ? builder_random(builder, SHAPE(5)) : NULL;
    struct node *node = builder_node(builder, gemm_biases[current].product, 1, c ? 3 : 2, matrix(builder), weights, c);
    struct value *product = builder_append(builder, node);
    struct value *addend = builder_random(builder, gemm_biases[current].addend);
    bool swapped = gemm_biases[current].swapped;
    builder_graph_output(builder,
                         builder_binary(builder, OP_ADD, swapped ? addend : product, swapped ? product : addend));
    if (gemm_biases[current].read_twice)
        builder_graph_output(builder, product);
}

START_TEST(a_vector_after_a_product_becomes_its_bias)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_gemm_bias, pass_absorb_biases);
    ck_assert_int_eq(pass_count(graph, OP_GEMM), 1);
    ck_assert_int_eq(pass_count(graph, OP_ADD), !gemm_biases[_i].taken);
}
END_TEST

static void build_matmuls(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(4, 4));
    /* Attributes that MatMul does not have, and Gemm would obey. */
    struct node *node = builder_node(builder, OP_MATMUL, 1, 2, x, builder_random(builder, SHAPE(4, 4)));
    builder_int(node, "transA", 1);
    builder_int(node, "transB", 1);
    builder_float(node, "alpha", 3);
    builder_graph_output(builder, builder_append(builder, node));
    /* By another input, and of higher rank. */
    builder_graph_output(builder, builder_binary(builder, OP_MATMUL, x, builder_graph_input(builder, SHAPE(4, 2))));
    builder_graph_output(builder, builder_binary(builder, OP_MATMUL, builder_graph_input(builder, SHAPE(2, 3, 4)),
                                                 builder_random(builder, SHAPE(4, 2))));
}

START_TEST(only_a_matrix_times_a_constant_becomes_gemm)
{
    const struct graph *graph = pass_test(&pair, build_matmuls, pass_absorb_biases);
    ck_assert_int_eq(graph->nodes[0]->op, OP_GEMM);
    ck_assert_int_eq(pass_count(graph, OP_MATMUL), 2);
}
END_TEST

static const struct {
    struct senet_shape addend;
    bool swapped, has_bias, read_twice, shared, taken;
} conv_biases[] = {
    {{3, {6, 1, 1}}, false, false, false, false, true},
    {{3, {6, 1, 1}}, true, true, false, false, true},
    {{4, {1, 6, 1, 1}}, false, true, false, false, true},
    {{3, {6, 1, 1}}, false, false, false, true, true}, /* the vector itself is taken, not a copy */
    {{3, {6, 1, 1}}, false, true, false, true, false}, /* would need a sum for each reader */
    {{3, {6, 1, 1}}, false, false, true, false, false},
    {{1, {7}}, false, false, false, false, false},
    {{0, {0}}, false, false, false, false, false},
    {{3, {6, 5, 1}}, false, false, false, false, false},
    {{4, {2, 6, 1, 1}}, false, false, false, false, false},
};

static void build_conv_bias(struct builder *builder)
{
    struct value *product = conv(builder, image(builder), 6, 2, conv_biases[current].has_bias);
    struct value *addend = builder_random(builder, conv_biases[current].addend);
    bool swapped = conv_biases[current].swapped;
    builder_graph_output(builder,
                         builder_binary(builder, OP_ADD, swapped ? addend : product, swapped ? product : addend));
    if (conv_biases[current].read_twice)
        builder_graph_output(builder, product);
    if (conv_biases[current].shared)
        builder_graph_output(builder, addend);
}

START_TEST(a_vector_of_channels_after_a_convolution_becomes_its_bias)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_conv_bias, pass_absorb_biases);
    ck_assert_int_eq(pass_count(graph, OP_ADD), !conv_biases[_i].taken);
}
END_TEST

/* One axis, or three; a convolution turned round. */
static const struct {
    enum op op;
    int rank;
    struct senet_shape addend;
    bool taken;
} ranked_biases[] = {
    {OP_CONV, 3, {2, {6, 1}}, true},
    {OP_CONV, 3, {3, {1, 6, 1}}, true},
    {OP_CONV, 3, {1, {6}}, false}, /* of the last axis */
    {OP_CONV, 5, {4, {6, 1, 1, 1}}, true},
    {OP_CONV, 5, {3, {6, 1, 1}}, false},
    {OP_CONV_TRANSPOSE, 4, {3, {6, 1, 1}}, true},
    {OP_CONV_TRANSPOSE, 3, {2, {6, 1}}, true},
};

/* Four channels to six, under kernels of one or two, over images of six pixels along each axis. */
static struct value *ranked_conv(struct builder *builder, enum op op, int rank, int groups)
{
    struct senet_shape input = {rank, {2, 4, 6, 6, 6}}, weights = {rank, {6, 4 / groups, 1, 1, 1}};
    if (op == OP_CONV_TRANSPOSE)
        weights = (struct senet_shape){rank, {4, 6 / groups, 1, 2, 1}};
    struct node *node =
        builder_node(builder, op, 1, 2, builder_graph_input(builder, input), builder_random(builder, weights));
    builder_int(node, "group", groups);
    return builder_append(builder, node);
}

static void build_ranked_bias(struct builder *builder)
{
    struct value *product = ranked_conv(builder, ranked_biases[current].op, ranked_biases[current].rank, 2);
    builder_graph_output(
        builder, builder_binary(builder, OP_ADD, product, builder_random(builder, ranked_biases[current].addend)));
}

START_TEST(a_vector_of_channels_is_recognised_over_any_axes)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_ranked_bias, pass_absorb_biases);
    ck_assert_int_eq(pass_count(graph, OP_ADD), !ranked_biases[_i].taken);
}
END_TEST

/* ---------------------------------------------------------- normalisation */

static const struct {
    int outputs, groups;
    bool bias;
} normalised[] = {{6, 1, false}, {6, 1, true}, {6, 2, false}, {8, 4, true}, {4, 4, false}};

static void build_batch_norm(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), normalised[current].outputs, normalised[current].groups,
                           normalised[current].bias);
    builder_graph_output(builder, builder_batch_norm(builder, x));
}

START_TEST(a_normalisation_goes_into_the_convolution_before_it)
{
    current = _i;
    const struct node *node = only_node(pass_test(&pair, build_batch_norm, pass_fold_batch_norm), OP_CONV);
    ck_assert_ptr_nonnull(node->inputs[2]);
}
END_TEST

static const struct {
    enum op op;
    int rank, groups;
} ranked_norms[] = {{OP_CONV, 3, 1},           {OP_CONV, 5, 2},           {OP_CONV_TRANSPOSE, 3, 1},
                    {OP_CONV_TRANSPOSE, 4, 1}, {OP_CONV_TRANSPOSE, 4, 2}, {OP_CONV_TRANSPOSE, 5, 2}};

static void build_ranked_norm(struct builder *builder)
{
    struct value *x =
        ranked_conv(builder, ranked_norms[current].op, ranked_norms[current].rank, ranked_norms[current].groups);
    builder_graph_output(builder, builder_batch_norm(builder, x));
}

START_TEST(a_normalisation_goes_into_a_convolution_over_any_axes)
{
    current = _i;
    only_node(pass_test(&pair, build_ranked_norm, pass_fold_batch_norm), ranked_norms[_i].op);
}
END_TEST

static const struct {
    bool turned;
    float alpha, beta;
    struct senet_shape addend; /* of rank -1: none */
    bool folded;
} dense_norms[] = {
    {false, 1, 1, {1, {5}}, true},  {true, 1, 1, {1, {5}}, true},      {false, 0.5f, 1, {2, {1, 5}}, true},
    {true, 2, 1, {-1, {0}}, true},  {false, 1, 0.5f, {1, {5}}, false}, {false, 1, 1, {2, {3, 5}}, false},
    {false, 1, 1, {0, {0}}, false}, {false, 1, 1, {2, {3, 1}}, false}, {false, 1, 0.5f, {-1, {0}}, false},
};

static void build_dense_norm(struct builder *builder)
{
    bool turned = dense_norms[current].turned, bare = dense_norms[current].addend.rank < 0;
    struct node *node = builder_node(builder, OP_GEMM, 1, bare ? 2 : 3, builder_graph_input(builder, SHAPE(3, 7)),
                                     builder_random(builder, turned ? SHAPE(5, 7) : SHAPE(7, 5)),
                                     bare ? NULL : builder_random(builder, dense_norms[current].addend));
    builder_int(node, "transB", turned);
    builder_float(node, "alpha", dense_norms[current].alpha);
    builder_float(node, "beta", dense_norms[current].beta);
    builder_graph_output(builder, builder_batch_norm(builder, builder_append(builder, node)));
}

START_TEST(a_normalisation_goes_into_a_dense_layer_where_its_bias_is_one)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_dense_norm, pass_fold_batch_norm);
    ck_assert_int_eq(pass_count(graph, OP_BATCH_NORMALIZATION), !dense_norms[_i].folded);
}
END_TEST

static void build_conv_with_two_readers(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), 6, 1, true);
    builder_graph_output(builder, builder_batch_norm(builder, x));
    builder_graph_output(builder, builder_unary(builder, OP_RELU, x));
}

static void build_conv_that_is_an_output(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), 6, 1, true);
    builder_graph_output(builder, builder_batch_norm(builder, x));
    builder_graph_output(builder, x);
}

static void build_shared_weights(struct builder *builder)
{
    struct value *x = image(builder), *weights = builder_random(builder, SHAPE(5, 4, 3, 3));
    for (int i = 0; i < 2; i++)
        builder_graph_output(builder, builder_batch_norm(builder, builder_binary(builder, OP_CONV, x, weights)));
}

static void build_computed_weights(struct builder *builder)
{
    struct value *weights = builder_graph_input(builder, SHAPE(5, 4, 3, 3));
    builder_graph_output(builder,
                         builder_batch_norm(builder, builder_binary(builder, OP_CONV, image(builder), weights)));
}

static void build_computed_bias(struct builder *builder)
{
    struct node *node = builder_node(builder, OP_CONV, 1, 3, image(builder), builder_random(builder, SHAPE(5, 4, 3, 3)),
                                     builder_graph_input(builder, SHAPE(5)));
    builder_graph_output(builder, builder_batch_norm(builder, builder_append(builder, node)));
}

static void build_computed_statistics(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), 6, 1, true), *statistics[4];
    for (int i = 0; i < 4; i++)
        statistics[i] = i == 1 ? builder_graph_input(builder, SHAPE(6)) : builder_positive(builder, SHAPE(6));
    builder_graph_output(builder,
                         builder_append(builder, builder_node(builder, OP_BATCH_NORMALIZATION, 1, 5, x, statistics[0],
                                                              statistics[1], statistics[2], statistics[3])));
}

static void build_no_convolution(struct builder *builder)
{
    builder_graph_output(builder, builder_batch_norm(builder, builder_unary(builder, OP_RELU, image(builder))));
    builder_graph_output(builder, builder_batch_norm(builder, image(builder)));
}

static void build_activated_convolution(struct builder *builder)
{
    builder_graph_output(builder, builder_batch_norm(builder, builder_conv(builder, image(builder), 5)));
}

START_TEST(a_normalisation_stays_where_it_cannot_be_folded)
{
    static pass_graph *const builds[] = {
        build_conv_with_two_readers, build_conv_that_is_an_output, build_shared_weights, build_computed_weights,
        build_computed_bias,         build_computed_statistics,    build_no_convolution, build_activated_convolution};
    const struct graph *graph = pass_test(&pair, builds[_i], pass_fold_batch_norm);
    ck_assert_uint_eq(graph->node_count, pair.before.graph.node_count);
}
END_TEST

static void build_bias_then_batch_norm(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), 6, 1, false);
    x = builder_binary(builder, OP_ADD, builder_random(builder, SHAPE(6, 1, 1)), x);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, builder_batch_norm(builder, x)));
    builder_batch_norm(builder, x); /* a dead branch is no reader */
}

START_TEST(all_passes_leave_one_convolution)
{
    const struct node *node = only_node(pass_test(&pair, build_bias_then_batch_norm, pass_all), OP_CONV);
    ck_assert_int_eq(node->activation.kind, ACTIVATION_RELU);
}
END_TEST

/* ------------------------------------------------------------- activations */

static const struct {
    enum op op;
    enum activation_kind kind;
    float a, b;
} activations[] = {
    {OP_RELU, ACTIVATION_RELU, 0, 0},
    {OP_CLIP, ACTIVATION_CLIP, -0.25f, 0.5f},
    {OP_SIGMOID, ACTIVATION_SIGMOID, 0, 0},
    {OP_HARD_SIGMOID, ACTIVATION_HARD_SIGMOID, 0.25f, 0.375f},
    {OP_HARD_SWISH, ACTIVATION_HARD_SWISH, 0, 0},
    {OP_LEAKY_RELU, ACTIVATION_LEAKY_RELU, 0.25f, 0},
    {OP_ELU, ACTIVATION_ELU, 0.5f, 0},
    {OP_SELU, ACTIVATION_SELU, 1.67326319f, 1.05070102f},
    {OP_GELU, ACTIVATION_GELU, 0, 0},
    {OP_MISH, ACTIVATION_MISH, 0, 0},
    {OP_SWISH, ACTIVATION_SWISH, 1.5f, 0},
    {OP_TANH, ACTIVATION_TANH, 0, 0},
    {OP_SIN, ACTIVATION_SIN, 0, 0},
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

static struct value *activate(struct builder *builder, struct value *input, int index)
{
    struct node *node = builder_node(builder, activations[index].op, 1, 1, input);
    if (node->op == OP_CLIP) {
        builder_float(node, "min", activations[index].a);
        builder_float(node, "max", activations[index].b);
    } else if (activations[index].a != 0 && node->op != OP_SELU) {
        builder_float(node, "alpha", activations[index].a);
        builder_float(node, "beta", activations[index].b);
    }
    return builder_append(builder, node);
}

static void build_activated(struct builder *builder)
{
    struct value *x = image(builder);
    struct value *c = activate(builder, conv(builder, x, 8, 4, true), current); /* depth by depth */
    c = activate(builder, conv(builder, c, 6, 1, true), current);
    struct value *sum =
        activate(builder, builder_binary(builder, OP_ADD, c, builder_graph_input(builder, c->shape)), current);
    struct value *turned = activate(builder, ranked_conv(builder, OP_CONV_TRANSPOSE, 4, 1), current);
    builder_graph_output(builder, activate(builder, builder_batch_norm(builder, turned), current));
    struct value *se = activate(builder, builder_se(builder, sum, 3), current);
    struct value *pooled = builder_flatten(builder, builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, se));
    builder_graph_output(builder, activate(builder, builder_dense(builder, pooled, 3), current));
}

START_TEST(an_activation_goes_into_the_node_before_it)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_activated, pass_fuse_activations);
    static const enum op taking[] = {
        OP_CONV,    OP_CONV, OP_ADD, OP_CONV_TRANSPOSE, OP_BATCH_NORMALIZATION, OP_SE, OP_GLOBAL_AVERAGE_POOL,
        OP_FLATTEN, OP_GEMM};
    ck_assert_uint_eq(graph->node_count, 9);
    for (size_t n = 0; n < 9; n++) {
        const struct activation *found = &graph->nodes[n]->activation;
        ck_assert_int_eq(graph->nodes[n]->op, taking[n]);
        if (n == 6 || n == 7)
            continue;
        ck_assert_int_eq(found->kind, activations[_i].kind);
        ck_assert_float_eq(found->a, activations[_i].a);
        ck_assert_float_eq(found->b, activations[_i].b);
    }
    pass_compare_by(&pair, &kernel_table, "fast kernels");
}
END_TEST

static void build_two_activations(struct builder *builder)
{
    struct value *x = conv(builder, image(builder), 6, 1, true);
    builder_graph_output(builder, builder_unary(builder, OP_SIGMOID, builder_unary(builder, OP_RELU, x)));
}

START_TEST(only_the_first_of_two_activations_is_fused)
{
    const struct graph *graph = pass_test(&pair, build_two_activations, pass_fuse_activations);
    ck_assert_uint_eq(graph->node_count, 2);
    ck_assert_int_eq(graph->nodes[0]->activation.kind, ACTIVATION_RELU);
    ck_assert_int_eq(graph->nodes[1]->op, OP_SIGMOID);
}
END_TEST

static void build_activations_to_keep(struct builder *builder)
{
    struct value *x = image(builder), *twice = conv(builder, x, 6, 1, true), *output = conv(builder, x, 6, 1, true);
    builder_graph_output(builder, builder_binary(builder, OP_ADD, builder_unary(builder, OP_RELU, twice), twice));
    builder_graph_output(builder, output);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, output));
    builder_graph_output(builder, builder_unary(builder, OP_RELU, builder_binary(builder, OP_MUL, x, x)));
    builder_graph_output(builder, builder_unary(builder, OP_RELU, x));
}

START_TEST(an_activation_stays_after_what_others_read_or_what_takes_none)
{
    const struct graph *graph = pass_test(&pair, build_activations_to_keep, pass_fuse_activations);
    ck_assert_int_eq(pass_count(graph, OP_RELU), 4);
}
END_TEST

/* What the same operators do with integers is no activation. */
static void build_activations_of_integers(struct builder *builder)
{
    struct node *cast = builder_node(builder, OP_CAST, 1, 1, image(builder));
    builder_int(cast, "to", 7);
    struct value *x = builder_append(builder, cast);
    struct node *back =
        builder_node(builder, OP_CAST, 1, 1, builder_unary(builder, OP_RELU, builder_binary(builder, OP_ADD, x, x)));
    builder_int(back, "to", 1);
    builder_graph_output(builder, builder_append(builder, back));
}

START_TEST(an_activation_of_integers_stays)
{
    const struct graph *graph = pass_test(&pair, build_activations_of_integers, pass_fuse_activations);
    ck_assert_int_eq(pass_count(graph, OP_RELU), 1);
}
END_TEST

/* As another pass might leave it: the gate, which the session reads, is read by a node too. */
static void build_activation_of_a_gate(struct builder *builder)
{
    struct value *rescaled = builder_se(builder, image(builder), 2);
    struct value *gate = rescaled->producer->outputs[1];
    builder_graph_output(builder, builder_unary(builder, OP_HARD_SIGMOID, gate));
    builder_graph_output(builder, rescaled);
}

START_TEST(an_activation_of_a_gate_is_not_one_of_the_image)
{
    const struct graph *graph = pass_test(&pair, build_activation_of_a_gate, pass_fuse_activations);
    ck_assert_uint_eq(graph->node_count, 2);
    ck_assert_int_eq(graph->nodes[0]->activation.kind, ACTIVATION_NONE);
}
END_TEST

/* -------------------------------------------------------------------- dead */

static void build_dead_branches(struct builder *builder)
{
    struct value *x = image(builder), *dead = conv(builder, x, 6, 1, true);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, x));
    dead = builder_unary(builder, OP_SIGMOID, builder_binary(builder, OP_ADD, dead, dead));
    builder_binary(builder, OP_MUL, dead, dead);
}

START_TEST(branches_that_nobody_reads_vanish)
{
    only_node(pass_test(&pair, build_dead_branches, pass_remove_dead), OP_RELU);
}
END_TEST

/* Of three pools' places the first are wanted, the others are not. */
static void build_unread_outputs(struct builder *builder)
{
    for (int i = 0; i < 3; i++) {
        struct node *pool = builder_node(builder, OP_MAX_POOL, 2, 1, image(builder));
        builder_ints(builder, pool, "kernel_shape", 2, 2, 2);
        builder_append(builder, pool);
        if (i != 1)
            builder_graph_output(builder, pool->outputs[0]);
        if (i == 0)
            builder_graph_output(builder,
                                 builder_append(builder, builder_node(builder, OP_REDUCE_MAX, 1, 1, pool->outputs[1])));
    }
}

START_TEST(outputs_that_nobody_reads_are_not_computed)
{
    pass_apply(&pair, build_unread_outputs, pass_remove_dead);
    const struct graph *graph = &pair.after.graph;
    ck_assert_int_eq(pass_count(graph, OP_MAX_POOL), 2);
    ck_assert_ptr_nonnull(graph->nodes[0]->outputs[1]);
    const struct node *last = graph->nodes[graph->node_count - 1];
    ck_assert_ptr_null(last->outputs[1]);
    ck_assert_str_eq(kernel_find(&kernel_table, last)->name, "max_pool_planar_rows");
}
END_TEST

static void build_unread_mean(struct builder *builder)
{
    struct node *node =
        builder_node(builder, OP_LAYER_NORMALIZATION, 3, 2, image(builder), builder_random(builder, SHAPE(7)));
    builder_graph_output(builder, builder_append(builder, node));
    builder_graph_output(builder, node->outputs[2]);
}

START_TEST(an_output_between_others_can_be_left_out)
{
    const struct graph *graph = pass_test(&pair, build_unread_mean, pass_remove_dead);
    ck_assert_ptr_null(graph->nodes[0]->outputs[1]);
    pass_compare_by(&pair, &kernel_table, "by the fast kernels");
}
END_TEST

static void build_gate_alone(struct builder *builder)
{
    struct value *x = image(builder);
    builder_se(builder, builder_unary(builder, OP_RELU, x), 2);
    builder_graph_output(builder, builder_unary(builder, OP_SIGMOID, x));
}

START_TEST(a_gate_that_the_session_reads_keeps_its_block)
{
    const struct graph *graph = pass_test(&pair, build_gate_alone, pass_remove_dead);
    ck_assert_uint_eq(graph->node_count, 3);
    ck_assert_int_eq(pass_count(graph, OP_SE), 1);
}
END_TEST

static void build_nothing(struct builder *builder)
{
    builder_graph_output(builder, image(builder));
}

START_TEST(a_graph_without_nodes_passes)
{
    ck_assert_uint_eq(pass_test(&pair, build_nothing, pass_all)->node_count, 0);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    Suite *suite = suite_create("passes");
    TCase *tcase = builder_case(suite, "passes");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, a_chain_of_identities_vanishes);
    tcase_add_test(tcase, outputs_that_are_copies_stay);
    tcase_add_test(tcase, an_identity_that_nobody_reads_vanishes);
    tcase_add_test(tcase, constant_nodes_vanish);
    tcase_add_test(tcase, a_pad_by_nothing_vanishes);
    tcase_add_test(tcase, a_cast_to_the_same_type_vanishes);
    tcase_add_test(tcase, what_depends_on_constants_alone_is_computed);
    tcase_add_test(tcase, integers_are_computed_too);
    tcase_add_test(tcase, what_depends_on_inputs_stays);
    tcase_add_test(tcase, folding_stays_within_a_budget);
    tcase_add_loop_test(tcase, a_vector_after_a_product_becomes_its_bias, 0, COUNT(gemm_biases));
    tcase_add_test(tcase, only_a_matrix_times_a_constant_becomes_gemm);
    tcase_add_loop_test(tcase, a_vector_of_channels_after_a_convolution_becomes_its_bias, 0, COUNT(conv_biases));
    tcase_add_loop_test(tcase, a_normalisation_goes_into_the_convolution_before_it, 0, COUNT(normalised));
    tcase_add_loop_test(tcase, a_vector_of_channels_is_recognised_over_any_axes, 0, COUNT(ranked_biases));
    tcase_add_loop_test(tcase, a_normalisation_goes_into_a_convolution_over_any_axes, 0, COUNT(ranked_norms));
    tcase_add_loop_test(tcase, a_normalisation_goes_into_a_dense_layer_where_its_bias_is_one, 0, COUNT(dense_norms));
    tcase_add_loop_test(tcase, a_normalisation_stays_where_it_cannot_be_folded, 0, 8);
    tcase_add_test(tcase, all_passes_leave_one_convolution);
    tcase_add_loop_test(tcase, an_activation_goes_into_the_node_before_it, 0, ACTIVATIONS);
    tcase_add_test(tcase, only_the_first_of_two_activations_is_fused);
    tcase_add_test(tcase, an_activation_stays_after_what_others_read_or_what_takes_none);
    tcase_add_test(tcase, an_activation_of_integers_stays);
    tcase_add_test(tcase, an_activation_of_a_gate_is_not_one_of_the_image);
    tcase_add_test(tcase, branches_that_nobody_reads_vanish);
    tcase_add_test(tcase, outputs_that_nobody_reads_are_not_computed);
    tcase_add_test(tcase, an_output_between_others_can_be_left_out);
    tcase_add_test(tcase, a_gate_that_the_session_reads_keeps_its_block);
    tcase_add_test(tcase, a_graph_without_nodes_passes);
    return harness_run(suite);
}
