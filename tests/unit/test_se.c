#include "files.h"
#include "onnx/import.h"
#include "pass_builder.h"

enum { CHANNELS = 6, REDUCED = 4 };

enum squeeze { POOL, MEAN, MEAN_DROPPED, MEAN_NEGATIVE };
enum shaping { RESHAPE, FLATTEN, SQUEEZE, UNSQUEEZE };
enum fc { CONV, CONV_NORMALISED, CONV_THEN_ADD, GEMM, GEMM_TRANSPOSED, GEMM_SCALED, MATMUL };

/* What makes a block not the paper's, and from OTHER_IMAGE on no block at all. */
enum flaw {
    NONE,
    SQUEEZED_IS_READ,
    HIDDEN_IS_READ,
    GATE_IS_READ,
    GATE_IS_OUTPUT,
    VIEW_IS_OUTPUT,
    SHARED_WEIGHTS,
    MIXED_KINDS,
    GROUPED,
    OTHER_IMAGE,
    MEAN_OF_WIDTH,
    GATE_OF_ONE_CHANNEL,
    COMPUTED_WEIGHTS,
    TWO_ACTIVATIONS,
    NO_GATE,
    WRONG_CLIP,
    SUM_INSTEAD,
};

/* How a file writes the block. */
struct spelling {
    const char *description;
    enum squeeze squeeze;
    enum fc fc;
    enum shaping before, after; /* of the excitation, where it is dense */
    enum op activation, gate;   /* OP_MUL is a hard-sigmoid of three nodes */
    bool biased, gate_first;
    enum flaw flaw;
};

static struct spelling spelling;

/* ---------------------------------------------------------------- building */

static struct value *reshape(struct builder *builder, struct value *input, int count, const int64_t *shape)
{
    return builder_binary(builder, OP_RESHAPE, input, builder_list(builder, count, shape));
}

static struct value *with_axes(struct builder *builder, enum op op, struct value *input, int first, int second)
{
    struct node *node = builder_node(builder, op, 1, 1, input);
    builder_ints(builder, node, "axes", 2, first, second);
    return builder_append(builder, node);
}

static struct value *squeeze(struct builder *builder, struct value *image)
{
    if (spelling.squeeze == POOL)
        return builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, image);
    struct node *node = builder_node(builder, OP_REDUCE_MEAN, 1, 1, image);
    if (spelling.flaw == MEAN_OF_WIDTH)
        builder_ints(builder, node, "axes", 1, 3);
    else if (spelling.squeeze == MEAN_NEGATIVE)
        builder_ints(builder, node, "axes", 2, -1, -2);
    else
        builder_ints(builder, node, "axes", 2, 2, 3);
    builder_int(node, "keepdims", spelling.squeeze != MEAN_DROPPED);
    return builder_append(builder, node);
}

/* N x C x 1 x 1 -> N x C */
static struct value *flatten(struct builder *builder, struct value *value)
{
    static const int64_t rows[] = {0, -1};
    if (value->shape.rank == 2)
        return value;
    if (spelling.before == RESHAPE)
        return reshape(builder, value, 2, rows);
    if (spelling.before == SQUEEZE)
        return with_axes(builder, OP_SQUEEZE, value, 2, 3);
    return builder_unary(builder, OP_FLATTEN, value);
}

/* N x C -> N x C x 1 x 1 */
static struct value *unflatten(struct builder *builder, struct value *value)
{
    const int64_t image[] = {0, value->shape.dim[1], 1, 1};
    int64_t *kept = arena_alloc(&builder->arena, 4, sizeof *kept);
    memcpy(kept, image, sizeof image);
    if (spelling.after == RESHAPE)
        return reshape(builder, value, 4, kept);
    return with_axes(builder, OP_UNSQUEEZE, value, 2, 3);
}

static struct value *weights(struct builder *builder, struct senet_shape shape)
{
    if (spelling.flaw == COMPUTED_WEIGHTS)
        return builder_graph_input(builder, shape);
    struct value *value = builder_random(builder, shape);
    if (spelling.flaw == SHARED_WEIGHTS)
        builder_graph_output(builder, value);
    return value;
}

static struct value *conv(struct builder *builder, struct value *input, int outputs)
{
    bool normalised = spelling.fc == CONV_NORMALISED, added = spelling.fc == CONV_THEN_ADD;
    int groups = spelling.flaw == GROUPED ? 2 : 1;
    struct value *bias = spelling.biased && !added ? builder_random(builder, SHAPE(outputs)) : NULL;
    struct node *node = builder_node(builder, OP_CONV, 1, bias ? 3 : 2, input,
                                     weights(builder, SHAPE(outputs, input->shape.dim[1] / groups, 1, 1)), bias);
    builder_int(node, "group", groups);
    struct value *value = builder_append(builder, node);
    if (added)
        value = builder_binary(builder, OP_ADD, builder_random(builder, SHAPE(1, outputs, 1, 1)), value);
    return normalised ? builder_batch_norm(builder, value) : value;
}

static struct value *dense(struct builder *builder, struct value *input, int outputs)
{
    int64_t inputs = input->shape.dim[1];
    bool transposed = spelling.fc == GEMM_TRANSPOSED;
    struct value *matrix = weights(builder, transposed ? SHAPE(outputs, inputs) : SHAPE(inputs, outputs));
    struct value *bias = spelling.biased ? builder_random(builder, SHAPE(outputs)) : NULL;
    if (spelling.fc == MATMUL) {
        struct value *product = builder_binary(builder, OP_MATMUL, input, matrix);
        return bias ? builder_binary(builder, OP_ADD, bias, product) : product;
    }
    struct node *node = builder_node(builder, OP_GEMM, 1, bias ? 3 : 2, input, matrix, bias);
    builder_int(node, "transB", transposed);
    if (spelling.fc == GEMM_SCALED) {
        builder_float(node, "alpha", 0.75f);
        builder_float(node, "beta", -1.5f);
    }
    return builder_append(builder, node);
}

static bool is_dense(void)
{
    return spelling.fc >= GEMM;
}

static struct value *fc(struct builder *builder, struct value *input, int outputs)
{
    return is_dense() ? dense(builder, input, outputs) : conv(builder, input, outputs);
}

static struct value *activation(struct builder *builder, struct value *input)
{
    struct node *node = builder_node(builder, spelling.activation, 1, 1, input);
    if (spelling.activation == OP_CLIP) {
        builder_float(node, "min", 0);
        builder_float(node, "max", 6);
    }
    struct value *value = builder_append(builder, node);
    return spelling.flaw == TWO_ACTIVATIONS ? builder_unary(builder, OP_HARD_SWISH, value) : value;
}

static struct value *gate(struct builder *builder, struct value *input)
{
    if (spelling.flaw == NO_GATE)
        return input;
    struct node *node = builder_node(builder, spelling.gate, 1, 1, input);
    if (spelling.gate == OP_HARD_SIGMOID)
        builder_float(node, "alpha", 1.0f / 6);
    if (spelling.gate != OP_MUL)
        return builder_append(builder, node);
    node = builder_node(builder, OP_CLIP, 1, 1, builder_binary(builder, OP_ADD, input, builder_scalar(builder, 3)));
    builder_float(node, "min", 0);
    builder_float(node, "max", spelling.flaw == WRONG_CLIP ? 5 : 6);
    return builder_binary(builder, OP_MUL, builder_scalar(builder, 1.0f / 6), builder_append(builder, node));
}

static void read_too(struct builder *builder, struct value *value)
{
    builder_graph_output(builder, builder_unary(builder, OP_HARD_SWISH, value));
}

/* Output 0 is the rescaled image, the others are what flaws add. */
static void build_block(struct builder *builder)
{
    struct value *input = builder_graph_input(builder, SHAPE(2, CHANNELS, 5, 7));
    struct value *image = builder_unary(builder, OP_RELU, input);
    builder->graph.output_count = 1; /* comes last */
    struct value *squeezed = squeeze(builder, spelling.flaw == OTHER_IMAGE ? input : image);
    struct value *hidden =
        activation(builder, fc(builder, is_dense() ? flatten(builder, squeezed) : squeezed, REDUCED));
    if (spelling.flaw == MIXED_KINDS) {
        spelling.fc = GEMM;
        hidden = flatten(builder, hidden);
    }
    struct value *computed = gate(builder, fc(builder, hidden, spelling.flaw == GATE_OF_ONE_CHANNEL ? 1 : CHANNELS));
    struct value *applied = is_dense() ? unflatten(builder, computed) : computed;
    struct value *rescaled =
        builder_binary(builder, spelling.flaw == SUM_INSTEAD ? OP_ADD : OP_MUL, spelling.gate_first ? applied : image,
                       spelling.gate_first ? image : applied);
    rescaled->uses++;
    builder->graph.outputs[0] = rescaled;
    if (spelling.flaw == SQUEEZED_IS_READ)
        read_too(builder, squeezed);
    if (spelling.flaw == HIDDEN_IS_READ)
        read_too(builder, hidden);
    if (spelling.flaw == GATE_IS_READ)
        read_too(builder, computed);
    if (spelling.flaw == GATE_IS_OUTPUT)
        builder_graph_output(builder, computed);
    if (spelling.flaw == VIEW_IS_OUTPUT)
        builder_graph_output(builder, applied);
}

/* ------------------------------------------------------------ recognition */

static const struct spelling spellings[] = {
    {"conv", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"conv, gate first", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, true, NONE},
    {"conv, no biases", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, false, false, NONE},
    {"conv, mean", MEAN, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"conv, mean over -1 and -2", MEAN_NEGATIVE, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"conv, normalised", POOL, CONV_NORMALISED, 0, 0, OP_RELU, OP_SIGMOID, false, false, NONE},
    {"conv with biases, normalised", POOL, CONV_NORMALISED, 0, 0, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"conv, biases added", POOL, CONV_THEN_ADD, 0, 0, OP_RELU, OP_SIGMOID, true, true, NONE},
    {"conv, relu6, hard-sigmoid", POOL, CONV, 0, 0, OP_CLIP, OP_HARD_SIGMOID, true, false, NONE},
    {"conv, hard-swish, hard-sigmoid spelled out", POOL, CONV, 0, 0, OP_HARD_SWISH, OP_MUL, true, false, NONE},
    {"conv, sigmoid twice", POOL, CONV, 0, 0, OP_SIGMOID, OP_SIGMOID, true, false, NONE},
    {"dense", POOL, GEMM_TRANSPOSED, FLATTEN, UNSQUEEZE, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"dense, as Keras has it", MEAN_DROPPED, MATMUL, RESHAPE, RESHAPE, OP_RELU, OP_SIGMOID, true, true, NONE},
    {"dense, no biases", POOL, GEMM, SQUEEZE, RESHAPE, OP_RELU, OP_SIGMOID, false, false, NONE},
    {"dense, products, no biases", POOL, MATMUL, RESHAPE, RESHAPE, OP_RELU, OP_SIGMOID, false, false, NONE},
    {"dense, scaled", MEAN, GEMM_SCALED, RESHAPE, UNSQUEEZE, OP_RELU, OP_SIGMOID, true, false, NONE},
    {"dense, hard-sigmoid", MEAN_DROPPED, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_HARD_SIGMOID, true, false, NONE},
    {"dense, hard-sigmoid spelled out", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_MUL, true, true, NONE},
};

static const struct spelling look_alikes[] = {
    {"the squeezed image is read twice", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, SQUEEZED_IS_READ},
    {"the hidden units are read twice", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false, HIDDEN_IS_READ},
    {"the gate is read twice", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, GATE_IS_READ},
    {"the gate is an output", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, GATE_IS_OUTPUT},
    {"the dense gate is an output", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false, GATE_IS_OUTPUT},
    {"the shaped gate is an output", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false, VIEW_IS_OUTPUT},
    {"another image is squeezed", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, OTHER_IMAGE},
    {"only the width is averaged", MEAN, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, MEAN_OF_WIDTH},
    {"the gate has one channel", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, GATE_OF_ONE_CHANNEL},
    {"the dense gate has one channel", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false,
     GATE_OF_ONE_CHANNEL},
    {"weights are inputs", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, COMPUTED_WEIGHTS},
    {"dense weights are inputs", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false, COMPUTED_WEIGHTS},
    {"others read the weights to be turned", POOL, GEMM, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false,
     SHARED_WEIGHTS},
    {"there are two activations", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, TWO_ACTIVATIONS},
    {"there is no gate", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, NO_GATE},
    {"the kinds are mixed", POOL, CONV, FLATTEN, RESHAPE, OP_RELU, OP_SIGMOID, true, false, MIXED_KINDS},
    {"channels are in groups", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, GROUPED},
    {"the gate may pass 1", POOL, CONV, 0, 0, OP_RELU, OP_MUL, true, false, WRONG_CLIP},
    {"the gate is added", POOL, CONV, 0, 0, OP_RELU, OP_SIGMOID, true, false, SUM_INSTEAD},
};

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

/* Builds both graphs anew, since building may change the spelling. */
static const struct graph *optimise(const struct spelling *written)
{
    struct senet_error error = {SENET_OK, ""};
    spelling = *written;
    pass_build(&pair.before, build_block);
    spelling = *written;
    pass_build(&pair.after, build_block);
    ck_assert_msg(pass_all(&pair.after.graph, &error) == SENET_OK, "%s: %s", written->description, error.message);
    pass_check_graph(&pair.after.graph);
    pass_compare(&pair, written->description);
    return &pair.after.graph;
}

static const struct node *find_se(const struct graph *graph)
{
    return pass_find(graph, OP_EXCITATION);
}

static void check_block(const struct spelling *written, const struct se_block *se)
{
    bool sums = written->biased || written->fc == CONV_NORMALISED;
    enum activation_kind activation = written->activation == OP_CLIP         ? ACTIVATION_CLIP
                                      : written->activation == OP_HARD_SWISH ? ACTIVATION_HARD_SWISH
                                      : written->activation == OP_SIGMOID    ? ACTIVATION_SIGMOID
                                                                             : ACTIVATION_RELU;
    ck_assert_int_eq(se->kind, written->fc >= GEMM ? SE_DENSE : SE_CONV);
    ck_assert_int_eq(se->channels, CHANNELS);
    ck_assert_int_eq(se->reduced, REDUCED);
    ck_assert_int_eq(se->fc1_parameters, CHANNELS * REDUCED + (sums ? REDUCED : 0));
    ck_assert_int_eq(se->fc2_parameters, CHANNELS * REDUCED + (sums ? CHANNELS : 0));
    ck_assert_int_eq(se->activation.kind, activation);
    ck_assert_int_eq(se->gate.kind, written->gate == OP_SIGMOID ? ACTIVATION_SIGMOID : ACTIVATION_HARD_SIGMOID);
    if (written->gate == OP_SIGMOID)
        return;
    ck_assert_float_eq_tol(se->gate.a, 1.0f / 6, 1e-6f);
    ck_assert_float_eq_tol(se->gate.b, 0.5f, 1e-6f);
}

START_TEST(a_block_is_recognised_however_it_is_written)
{
    const struct graph *graph = optimise(&spellings[_i]);
    const struct node *se = find_se(graph);
    /* The Relu before the block, and the block: its squeeze, its excitation and its product. */
    ck_assert_msg(graph->node_count == 4 && se, "%s: %zu nodes", spellings[_i].description, graph->node_count);
    check_block(&spellings[_i], se->se);
    ck_assert_int_eq(graph->outputs[0]->producer->op, OP_RESCALE);
    ck_assert_ptr_eq(graph->outputs[0]->producer->inputs[1], se->outputs[0]);
}
END_TEST

START_TEST(what_differs_keeps_its_nodes)
{
    const struct graph *graph = optimise(&look_alikes[_i]);
    ck_assert_msg(!find_se(graph), "%s", look_alikes[_i].description);
    ck_assert_msg(pass_count(graph, OP_RESCALE) == (look_alikes[_i].flaw < OTHER_IMAGE), "%s",
                  look_alikes[_i].description);
}
END_TEST

/* The graph as written gives its gate out beside; the block's gate has to be the same. */
START_TEST(the_gate_of_a_block_is_the_gate_that_the_file_computes)
{
    struct spelling exposed = spellings[_i];
    struct senet_error error = {SENET_OK, ""};
    exposed.flaw = GATE_IS_OUTPUT;
    spelling = exposed;
    pass_build(&pair.before, build_block);
    spelling = spellings[_i];
    pass_build(&pair.after, build_block);
    ck_assert_int_eq(pass_all(&pair.after.graph, &error), SENET_OK);
    struct senet_model before = pass_model(&pair.before, &reference_kernel_table);
    struct senet_model after = pass_model(&pair.after, &reference_kernel_table);
    struct senet_session *expected = pass_run(&before), *actual = pass_run(&after);
    ck_assert_floats_near(senet_session_output(expected, 1), senet_session_gate(actual, 0), 2 * CHANNELS, 1e-5f);
    senet_session_free(expected);
    senet_session_free(actual);
}
END_TEST

/* A bias that is read elsewhere too is taken as it is; what is shared is not changed. */
static void build_two_blocks_with_shared_weights(struct builder *builder)
{
    struct value *image = builder_graph_input(builder, SHAPE(2, CHANNELS, 5, 7));
    struct value *first = builder_random(builder, SHAPE(REDUCED, CHANNELS, 1, 1)),
                 *first_bias = builder_random(builder, SHAPE(REDUCED)),
                 *second = builder_random(builder, SHAPE(CHANNELS, REDUCED, 1, 1)),
                 *second_bias = builder_random(builder, SHAPE(CHANNELS));
    for (int i = 0; i < 2; i++) {
        struct value *x = builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, image);
        x = builder_append(builder, builder_node(builder, OP_CONV, 1, 3, x, first, first_bias));
        x = builder_append(
            builder, builder_node(builder, OP_CONV, 1, 3, builder_unary(builder, OP_RELU, x), second, second_bias));
        image = builder_binary(builder, OP_MUL, image, builder_unary(builder, OP_SIGMOID, x));
    }
    builder_graph_output(builder, image);
}

START_TEST(blocks_may_share_weights_that_are_taken_as_they_are)
{
    const struct graph *graph = pass_test(&pair, build_two_blocks_with_shared_weights, pass_all);
    const float *weights[2] = {NULL, NULL};
    int block = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->op == OP_EXCITATION)
            weights[block++] = graph->nodes[n]->inputs[1]->data;
    ck_assert_ptr_nonnull(weights[1]);
    ck_assert_ptr_eq(weights[0], weights[1]);
}
END_TEST

/* An image of one pixel is squeezed into itself, and both operands of the product have one shape. */
static void build_block_of_one_pixel(struct builder *builder)
{
    struct value *image = builder_graph_input(builder, SHAPE(2, CHANNELS, 1, 1));
    spelling = spellings[0];
    struct value *x = activation(builder, fc(builder, squeeze(builder, image), REDUCED));
    builder_graph_output(builder, builder_binary(builder, OP_MUL, gate(builder, fc(builder, x, CHANNELS)), image));
}

START_TEST(a_block_of_one_pixel_is_recognised)
{
    const struct graph *graph = pass_test(&pair, build_block_of_one_pixel, pass_all);
    ck_assert_uint_eq(graph->node_count, 3);
    ck_assert_ptr_eq(pass_find(graph, OP_CHANNEL_MEANS)->inputs[0], graph->inputs[0]);
    ck_assert_ptr_eq(pass_find(graph, OP_RESCALE)->inputs[0], graph->inputs[0]);
}
END_TEST

static void build_square(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, 3, 1, 1));
    builder_graph_output(builder, builder_binary(builder, OP_MUL, x, x));
    builder_graph_output(builder, builder_binary(builder, OP_MUL, x, builder_unary(builder, OP_SIGMOID, x)));
}

START_TEST(an_image_times_itself_is_no_block)
{
    ck_assert_ptr_null(find_se(pass_test(&pair, build_square, pass_all)));
}
END_TEST

/* ---------------------------------------------------------- whole networks */

static const struct {
    const char *path;
    struct input_size size;
    int blocks;
} networks[] = {
    {"tests/fixtures/networks/basic_conv/model.onnx", {2, 17, 13}, 3},
    {"tests/fixtures/networks/basic_dense/model.onnx", {1, 16, 16}, 3},
    {"tests/fixtures/networks/bottleneck_batchnorm/model.onnx", {2, 33, 37}, 3},
    {"tests/fixtures/networks/bottleneck_dense/model.onnx", {1, 40, 32}, 3},
    {"tests/fixtures/networks/hard_gate/model.onnx", {3, 15, 21}, 1},
};

static void import_network(struct builder *builder, int index)
{
    struct senet_error error = {SENET_OK, ""};
    struct bytes file = files_read(networks[index].path);
    builder_init(builder, 1);
    const struct source source = {.bytes = file.data, .size = file.size};
    enum senet_code code = onnx_import(&source, NULL, &builder->arena, NULL, &builder->graph, &error);
    ck_assert_msg(code == SENET_OK, "%s", error.message);
    free(file.data);
}

START_TEST(a_network_gives_the_same_with_and_without_its_blocks)
{
    struct senet_error error = {SENET_OK, ""};
    import_network(&pair.before, _i);
    import_network(&pair.after, _i);
    ck_assert_int_eq(graph_infer(&pair.before.graph, &networks[_i].size, &error), SENET_OK);
    ck_assert_int_eq(graph_optimise(&pair.after.graph, &networks[_i].size, &error), SENET_OK);
    pass_check_graph(&pair.after.graph);
    ck_assert_int_eq(pass_count(&pair.after.graph, OP_EXCITATION), networks[_i].blocks);
    ck_assert_int_eq(pass_count(&pair.after.graph, OP_SIGMOID), 0);
    ck_assert_int_eq(pass_count(&pair.after.graph, OP_BATCH_NORMALIZATION), 0);
    pass_compare(&pair, networks[_i].path);
    pass_compare_by(&pair, &kernel_table, networks[_i].path);
}
END_TEST

/* -------------------------------------------------------------------- names */

#define NAMED 6

static const struct {
    const char *nodes[NAMED], *layers[NAMED];
} names[] = {
    {{"/layer1/layer1.0/se/Mul", "/blocks/blocks.0/blocks.0.0/se/Mul"}, {"layer1.0.se", "blocks.0.0.se"}},
    {{"", "", ""}, {"se_0", "se_1", "se_2"}},
    /* Older exporters number the nodes of the whole graph; that is no scope. */
    {{"Mul_12", "/Mul", "//Mul", "/"}, {"se_0", "se_1", "se_2", "se_3"}},
    {{"/a/Mul", "", "/b/Mul"}, {"a", "se_1", "b"}},
    /* One scope with several blocks, and names that others would get by numbering. */
    {{"/a/Mul", "/a/Mul_1", "/a/Mul_2"}, {"a", "a_1", "a_2"}},
    {{"/a/Mul", "/a/Mul_1", "/a_1/Mul"}, {"a", "a_1", "a_1_1"}},
    {{"/a_1/Mul", "/a/Mul", "/a/Mul_1"}, {"a_1", "a", "a_1_1"}},
    {{"/se_1/Mul", ""}, {"se_1", "se_1_1"}},
    {{"StatefulPartitionedCall/net/b1_se_excite/mul", "StatefulPartitionedCall/mul"}, {"net.b1_se_excite", "se_1"}},
};

static int current;

static void build_named_blocks(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, CHANNELS, 2, 2));
    for (int i = 0; i < NAMED && names[current].nodes[i]; i++) {
        spelling = spellings[0];
        struct value *hidden = activation(builder, fc(builder, squeeze(builder, x), REDUCED));
        x = builder_binary(builder, OP_MUL, x, gate(builder, fc(builder, hidden, CHANNELS)));
        x->producer->name = names[current].nodes[i];
    }
    builder_graph_output(builder, x);
}

START_TEST(blocks_are_named_by_their_scope)
{
    current = _i;
    const struct graph *graph = pass_test(&pair, build_named_blocks, pass_all);
    int block = 0;
    for (size_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->nodes[n];
        if (!node->se)
            continue;
        ck_assert_str_eq(node->se->layer, names[_i].layers[block++]);
        ck_assert_str_eq(node->outputs[node_gate_output(node)]->name,
                         arena_printf(graph->arena, "gate.%s", node->se->layer));
    }
    ck_assert_ptr_null(block < NAMED ? names[_i].layers[block] : NULL);
}
END_TEST

/* Weights and biases of fc1 and fc2, and the block's name: what older exporters number, what newer ones call by use. */
static const struct {
    const char *product, *names[4], *layer;
} weight_names[] = {
    {"Mul_12", {"layer1.0.se.fc1.weight", "layer1.0.se.fc1.bias", "layer1.0.se.fc2.weight", "b"}, "layer1.0.se"},
    {"node_mul_3", {"a.se.conv_reduce.weight", "x", "a.se.conv_expand.weight", "y"}, "a.se"},
    {"/Mul", {"se.fc.0.weight", "x", "se.fc.2.weight", "y"}, "se.fc"},
    {"", {"se.w1", "se.b1", "se.w2", "se.b2"}, "se"},
    /* Rewritten weights have lost their names, biases have not. */
    {"", {"onnx::MatMul_7", "u.se.fc1.bias", "val_12", "u.se.fc2.bias"}, "u.se"},
    {"", {"onnx::MatMul_7", "val_11", "val_12", "u.se.fc2.bias"}, "u.se"},
    {"", {"model/se/fc1/kernel", "", "model/se/fc2/kernel", ""}, "model.se"},
    {"", {"net.fc10.weight", "", "net.fc1.weight", ""}, "net"},
    {"", {"a.se\x1b[2J.fc1.weight", "", "a.se\x1b[2J.fc2.weight", ""}, "a.se?[2J"},
    /* Nothing in common, or nothing said. */
    {"", {"left.weight", "", "right.weight", ""}, "se_0"},
    {"", {"fc1", "b1", "fc2", "b2"}, "se_0"},
    /* The product's own scope goes first. */
    {"/features/se/Mul", {"other.fc1.weight", "", "other.fc2.weight", ""}, "features.se"},
};

static void build_block_with_named_weights(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, CHANNELS, 2, 2));
    spelling = spellings[0];
    struct value *hidden = activation(builder, fc(builder, squeeze(builder, x), REDUCED));
    struct value *excited = fc(builder, hidden, CHANNELS);
    const struct node *const layers[] = {hidden->producer->inputs[0]->producer, excited->producer};
    for (int i = 0; i < 4; i++)
        layers[i / 2]->inputs[1 + i % 2]->name = weight_names[current].names[i];
    x = builder_binary(builder, OP_MUL, x, gate(builder, excited));
    x->producer->name = weight_names[current].product;
    builder_graph_output(builder, x);
}

START_TEST(blocks_without_a_scope_are_named_by_their_weights)
{
    current = _i;
    ck_assert_str_eq(find_se(pass_test(&pair, build_block_with_named_weights, pass_all))->se->layer,
                     weight_names[_i].layer);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    Suite *suite = suite_create("se");
    TCase *tcase = builder_case(suite, "se");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, a_block_is_recognised_however_it_is_written, 0, COUNT(spellings));
    tcase_add_loop_test(tcase, what_differs_keeps_its_nodes, 0, COUNT(look_alikes));
    tcase_add_loop_test(tcase, the_gate_of_a_block_is_the_gate_that_the_file_computes, 0, COUNT(spellings));
    tcase_add_test(tcase, blocks_may_share_weights_that_are_taken_as_they_are);
    tcase_add_test(tcase, a_block_of_one_pixel_is_recognised);
    tcase_add_test(tcase, an_image_times_itself_is_no_block);
    tcase_add_loop_test(tcase, a_network_gives_the_same_with_and_without_its_blocks, 0, COUNT(networks));
    tcase_add_loop_test(tcase, blocks_are_named_by_their_scope, 0, COUNT(names));
    tcase_add_loop_test(tcase, blocks_without_a_scope_are_named_by_their_weights, 0, COUNT(weight_names));
    return harness_run(suite);
}
