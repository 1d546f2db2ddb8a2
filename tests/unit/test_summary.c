#include "model/summary.h"

#include "files.h"
#include "pass_builder.h"

static struct builder builder;
static struct senet_model_info info;

static void set_up(void)
{
    builder_init_graph(&builder, 3);
    info = (struct senet_model_info){0};
}

static void tear_down(void)
{
    builder_release(&builder);
}

static void summarise(void)
{
    struct senet_error error = {SENET_OK, ""};
    ck_assert_int_eq(summary_create(&builder.graph, &info, &error), SENET_OK);
    ck_assert_uint_eq(info.layer_count, builder.graph.node_count);
}

static const struct senet_layer *check_layer(size_t index, const char *name, const char *type, int64_t parameters,
                                             int64_t macs)
{
    const struct senet_layer *layer = &info.layers[index];
    ck_assert_str_eq(layer->name, name);
    ck_assert_str_eq(layer->type, type);
    ck_assert_int_eq(layer->parameters, parameters);
    ck_assert_int_eq(layer->macs, macs);
    return layer;
}

static struct value *named(struct value *value, const char *name)
{
    value->producer->name = name;
    return value;
}

START_TEST(layers_have_names_shapes_parameters_and_macs)
{
    struct value *x = builder_graph_input(&builder, SHAPE(2, 3, 8, 10));
    x = named(builder_conv(&builder, x, 16), "/layer1/layer1.0/conv1/Conv");
    x = named(builder_unary(&builder, OP_RELU, x), "");
    x = named(builder_se(&builder, x, 4), "/layer1/layer1.0/se/Mul");
    x->producer->se->layer = "layer1.0.se";
    x->producer->se->fc1_parameters = 16 * 4 + 4;
    x->producer->se->fc2_parameters = 4 * 16 + 16;
    x = builder_flatten(&builder, named(builder_unary(&builder, OP_GLOBAL_AVERAGE_POOL, x), "pool"));
    x = named(builder_dense(&builder, x, 10), "/fc/Gemm");
    builder_graph_output(&builder, x);
    summarise();
    const struct senet_layer *conv =
        check_layer(0, "layer1.0.conv1", "Conv", 16 * 3 * 9 + 16, (int64_t)2 * 16 * 8 * 10 * 3 * 9);
    ck_assert_int_eq(conv->output.rank, 4);
    ck_assert_int_eq(conv->output.dim[1], 16);
    check_layer(1, "Relu_1", "Relu", 0, 0);
    check_layer(2, "layer1.0.se", "SE", 148, 2 * (16 * 4 + 4 * 16));
    check_layer(3, "pool", "GlobalAveragePool", 0, 0);
    check_layer(5, "fc", "Gemm", 16 * 10 + 10, 2 * 16 * 10);
    ck_assert_int_eq(info.parameters, 448 + 148 + 170);
    ck_assert_int_eq(info.macs, 2 * 34560 + 256 + 320);
    ck_assert_int_eq(info.class_count, 10);
    ck_assert(!info.outputs_probabilities);
}
END_TEST

START_TEST(groups_divide_parameters_and_macs)
{
    struct value *x = builder_graph_input(&builder, SHAPE(1, 8, 6, 6));
    struct node *node = builder_node(&builder, OP_CONV, 1, 2, x, builder_random(&builder, SHAPE(8, 1, 3, 3)));
    builder_int(node, "group", 8);
    builder_graph_output(&builder, builder_append(&builder, node));
    summarise();
    check_layer(0, "node", "Conv", 72, 8 * 4 * 4 * 9);
    ck_assert_int_eq(info.class_count, 0);
}
END_TEST

START_TEST(bounds_and_targets_are_no_parameters)
{
    static const int64_t target[] = {2, -1};
    struct value *x = builder_graph_input(&builder, SHAPE(2, 3, 2, 2));
    x = builder_append(
        &builder, builder_node(&builder, OP_CLIP, 1, 3, x, builder_scalar(&builder, 0), builder_scalar(&builder, 6)));
    x = builder_binary(&builder, OP_RESHAPE, x, builder_list(&builder, 2, target));
    builder_graph_output(&builder, builder_unary(&builder, OP_SOFTMAX, x));
    summarise();
    ck_assert_int_eq(info.parameters, 0);
    ck_assert(info.outputs_probabilities);
    ck_assert_int_eq(info.class_count, 12);
}
END_TEST

START_TEST(a_softmax_in_between_gives_no_probabilities)
{
    struct value *x = builder_unary(&builder, OP_SOFTMAX, builder_graph_input(&builder, SHAPE(2, 3)));
    builder_graph_output(&builder, builder_binary(&builder, OP_MUL, x, builder_scalar(&builder, 2)));
    summarise();
    ck_assert(!info.outputs_probabilities);
}
END_TEST

/* Only rows of scores, one for each image, are a classifier's. */
START_TEST(other_outputs_are_no_classes)
{
    static const struct senet_shape shapes[] = {{4, {2, 5, 1, 1}}, {2, {1, 5}}, {1, {5}}, {0, {0}}};
    builder_graph_input(&builder, SHAPE(2, 3, 8, 8));
    builder_graph_output(&builder, builder_random(&builder, shapes[_i]));
    summarise();
    ck_assert_int_eq(info.class_count, 0);
    ck_assert(!info.outputs_probabilities);
}
END_TEST

START_TEST(blocks_are_described)
{
    struct value *x = builder_graph_input(&builder, SHAPE(1, 42, 4, 4));
    for (int i = 0; i < 2; i++)
        x = builder_se(&builder, x, 10 + 6 * i);
    struct se_block *second = x->producer->se;
    second->kind = SE_CONV;
    second->layer = "second";
    second->activation.kind = ACTIVATION_HARD_SWISH;
    second->gate.kind = ACTIVATION_HARD_SIGMOID;
    builder_graph_output(&builder, x);
    summarise();
    ck_assert_uint_eq(info.se_block_count, 2);
    const struct senet_se_block *blocks = info.se_blocks;
    ck_assert_str_eq(blocks[0].kind, "dense");
    ck_assert_str_eq(blocks[0].squeeze, "avg");
    ck_assert_str_eq(blocks[0].activation, "relu");
    ck_assert_str_eq(blocks[0].gate, "sigmoid");
    ck_assert_int_eq(blocks[0].reduction, 4); /* 4.2 */
    ck_assert_str_eq(blocks[1].layer, "second");
    ck_assert_str_eq(blocks[1].kind, "conv");
    ck_assert_str_eq(blocks[1].activation, "hard_swish");
    ck_assert_str_eq(blocks[1].gate, "hard_sigmoid");
    ck_assert_int_eq(blocks[1].channels, 42);
    ck_assert_int_eq(blocks[1].reduced_channels, 16);
    ck_assert_int_eq(blocks[1].reduction, 3); /* 2.625 */
}
END_TEST

START_TEST(names_can_be_shown)
{
    struct value *x = builder_graph_input(&builder, SHAPE(1, 3));
    x->name = "in\x1b[2J";
    builder_graph_output(&builder, x);
    summarise();
    ck_assert_str_eq(info.inputs[0].name, "in?[2J");
    ck_assert_str_eq(info.outputs[0].name, "in?[2J");
    ck_assert_uint_eq(info.layer_count, 0);
}
END_TEST

/* One block of 256 channels, r = 16: fc1 has 256 * 16 + 16 = 4,112 parameters, fc2 16 * 256 + 256 = 4,352. */
START_TEST(a_block_of_256_channels_has_8464_parameters_in_both_forms)
{
    static const char *const kinds[] = {"conv", "dense"};
    static const char *const types[] = {"ChannelMeans", "SE", "Rescale"};
    char path[64];
    struct senet_model *model;
    struct senet_error error;
    snprintf(path, sizeof path, "tests/fixtures/cli/se256_%s.onnx", kinds[_i]);
    ck_assert_msg(senet_model_load(path, NULL, &model, &error) == SENET_OK, "%s", error.message);
    const struct senet_model_info *loaded = senet_model_info(model);
    ck_assert_uint_eq(loaded->layer_count, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_str_eq(loaded->layers[i].name, "se");
        ck_assert_str_eq(loaded->layers[i].type, types[i]);
    }
    ck_assert_int_eq(loaded->layers[1].parameters, 4112 + 4352);
    ck_assert_int_eq(loaded->layers[1].macs, 2 * 256 * 16);
    ck_assert_int_eq(loaded->layers[1].output.dim[1], 256);
    ck_assert_int_eq(loaded->parameters, 8464);
    ck_assert_int_eq(loaded->macs, 2 * 256 * 16);
    ck_assert_str_eq(loaded->se_blocks[0].kind, kinds[_i]);
    ck_assert_str_eq(loaded->se_blocks[0].layer, "se");
    ck_assert_int_eq(loaded->se_blocks[0].channels, 256);
    ck_assert_int_eq(loaded->se_blocks[0].batch, loaded->inputs[0].shape.dim[0]);
    ck_assert_int_eq(loaded->se_blocks[0].reduced_channels, 16);
    ck_assert_int_eq(loaded->se_blocks[0].reduction, 16);
    senet_model_free(model);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("summary");
    TCase *tcase = builder_case(suite, "summary");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, layers_have_names_shapes_parameters_and_macs);
    tcase_add_test(tcase, groups_divide_parameters_and_macs);
    tcase_add_test(tcase, bounds_and_targets_are_no_parameters);
    tcase_add_test(tcase, a_softmax_in_between_gives_no_probabilities);
    tcase_add_loop_test(tcase, other_outputs_are_no_classes, 0, 4);
    tcase_add_test(tcase, blocks_are_described);
    tcase_add_test(tcase, names_can_be_shown);
    tcase_add_loop_test(tcase, a_block_of_256_channels_has_8464_parameters_in_both_forms, 0, 2);
    return harness_run(suite);
}
