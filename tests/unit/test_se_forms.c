/* Blocks in every form are found, and what only looks like one is not. */
#include "se_forms.h"

static struct pass_pair pair;

static void tear_down(void)
{
    form_without_product = false;
    pass_release(&pair);
}

START_TEST(a_form_is_found_and_computes_the_same)
{
    const struct form *form = form_built = &forms[_i];
    const struct graph *graph = pass_test(&pair, form_network, pass_all);
    const struct node *node = form_find(graph);
    ck_assert_msg(node && node->op == form->op, "%s", form->description);
    const struct se_block *se = node->se;
    ck_assert_str_eq(se_kind_text(se->kind), se_kind_text(form->kind));
    ck_assert_str_eq(se_squeeze_text(se->squeeze), se_squeeze_text(form->squeeze));
    ck_assert_str_eq(activation_text(se->activation.kind), activation_text(form->activation));
    ck_assert_str_eq(activation_text(se->gate.kind), activation_text(form->gate));
    ck_assert_int_eq(se->channels, FORM_CHANNELS);
    ck_assert_int_eq(se->reduced, form->reduced);
    ck_assert_int_eq(se->fc1_parameters, form->fc1_parameters);
    ck_assert_int_eq(se->fc2_parameters, form->fc2_parameters);
    ck_assert_int_eq(pass_find(graph, OP_RESCALE)->activation.kind, ACTIVATION_RELU);
    pass_compare_by(&pair, &kernel_table, form->description);
}
END_TEST

/* ------------------------------------------------------------ no SE blocks */

/* Selective kernels: a softmax over two branches weighs them. */
static struct value *selective_kernels(struct builder *builder, struct value *image)
{
    struct value *branch = builder_conv(builder, image, FORM_CHANNELS);
    struct value *x = form_average(builder, builder_binary(builder, OP_ADD, image, branch));
    x = builder_unary(builder, OP_RELU, form_conv(builder, x, FORM_REDUCED));
    struct value *logits[] = {form_conv(builder, x, FORM_CHANNELS), form_conv(builder, x, FORM_CHANNELS)};
    struct node *concat = builder_node(builder, OP_CONCAT, 1, 2, FORM_VIEW(builder, logits[0], 0, 1, FORM_CHANNELS),
                                       FORM_VIEW(builder, logits[1], 0, 1, FORM_CHANNELS));
    builder_int(concat, "axis", 1);
    struct node *softmax = builder_node(builder, OP_SOFTMAX, 1, 1, builder_append(builder, concat));
    builder_int(softmax, "axis", 1);
    struct value *both = form_mean_over(builder, builder_append(builder, softmax), 1);
    return builder_binary(builder, OP_MUL, image, form_as_image(builder, both));
}

/* Split attention over one group of the image's own channels. */
static struct value *softmax_gate(struct builder *builder, struct value *image)
{
    struct node *node = builder_node(builder, OP_SOFTMAX, 1, 1, form_two_convs(builder, form_average(builder, image)));
    builder_int(node, "axis", 1);
    return builder_binary(builder, OP_MUL, image, builder_append(builder, node));
}

/* Global context: a softmax over positions pools the image. */
static struct value *global_context(struct builder *builder, struct value *image, bool multiplies)
{
    struct value *mask = FORM_VIEW(builder, form_conv(builder, image, 1), 0, -1, 1);
    struct node *softmax = builder_node(builder, OP_SOFTMAX, 1, 1, mask);
    builder_int(softmax, "axis", 1);
    struct value *context =
        builder_binary(builder, OP_MATMUL, FORM_VIEW(builder, image, 0, 0, -1), builder_append(builder, softmax));
    struct value *x = form_two_convs(builder, FORM_VIEW(builder, context, 0, FORM_CHANNELS, 1, 1));
    return multiplies ? form_sigmoid(builder, image, x) : builder_binary(builder, OP_ADD, image, x);
}

static struct value *multiplied_context(struct builder *builder, struct value *image)
{
    return global_context(builder, image, true);
}

static struct value *added_context(struct builder *builder, struct value *image)
{
    return global_context(builder, image, false);
}

static struct value *product_of_features(struct builder *builder, struct value *image)
{
    return builder_binary(builder, OP_MUL, image, builder_conv(builder, image, FORM_CHANNELS));
}

static struct value *sigmoid_of_features(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, builder_conv(builder, image, FORM_CHANNELS));
}

static struct value *product_with_constant(struct builder *builder, struct value *image)
{
    return builder_binary(builder, OP_MUL, image, builder_random(builder, SHAPE(1, FORM_CHANNELS, 1, 1)));
}

static struct value *spatial_attention(struct builder *builder, struct value *image)
{
    struct value *x = builder_unary(builder, OP_RELU, form_conv(builder, image, FORM_REDUCED));
    return form_sigmoid(builder, image, form_conv(builder, x, 1));
}

static struct value *gate_of_another_image(struct builder *builder, struct value *image)
{
    struct value *other = builder_conv(builder, image, FORM_CHANNELS);
    return form_sigmoid(builder, image, form_two_convs(builder, form_average(builder, other)));
}

static struct value *shared_gate(struct builder *builder, struct value *image)
{
    struct value *first = form_canonical_conv(builder, image);
    struct value *second = builder_binary(builder, OP_MUL, form_gate, builder_conv(builder, image, FORM_CHANNELS));
    return builder_binary(builder, OP_ADD, first, second);
}

/* Each product has a view of its own. */
static struct value *shared_behind_views(struct builder *builder, struct value *image)
{
    struct value *x = builder_flatten(builder, form_average(builder, image));
    x = builder_dense(builder, builder_unary(builder, OP_RELU, builder_dense(builder, x, FORM_REDUCED)), FORM_CHANNELS);
    struct value *gate = builder_unary(builder, OP_SIGMOID, x);
    struct value *first = builder_binary(builder, OP_MUL, image, form_as_image(builder, gate));
    struct value *second =
        builder_binary(builder, OP_MUL, builder_conv(builder, image, FORM_CHANNELS), form_as_image(builder, gate));
    return builder_binary(builder, OP_ADD, first, second);
}

/* One product takes the gate as it is, the other repeats it first. */
static struct value *shared_behind_expand(struct builder *builder, struct value *image)
{
    struct value *first = form_canonical_conv(builder, image);
    struct value *second =
        builder_binary(builder, OP_MUL, builder_conv(builder, image, FORM_CHANNELS), form_expand(builder, form_gate));
    return builder_binary(builder, OP_ADD, first, second);
}

static struct value *two_different_excitations(struct builder *builder, struct value *image)
{
    return form_sum_of_excitations_by(builder, image, false);
}

/* Without a squeeze, one layer is a gated unit. */
static struct value *one_layer_a_position(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_conv(builder, image, FORM_CHANNELS));
}

static struct value *sum_of_equal_pools(struct builder *builder, struct value *image)
{
    struct value *sum = builder_binary(builder, OP_ADD, form_average(builder, image), form_average(builder, image));
    return form_sigmoid(builder, image, form_two_convs(builder, sum));
}

/* No layer at all: the pool itself decides. */
static struct value *sigmoid_of_pool(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_average(builder, image));
}

static struct value *part_of_map(struct builder *builder, struct value *image)
{
    struct node *node = builder_node(builder, OP_AVERAGE_POOL, 1, 1, image);
    builder_ints(builder, node, "kernel_shape", 2, FORM_HEIGHT - 1, FORM_WIDTH);
    builder_ints(builder, node, "strides", 2, FORM_HEIGHT, FORM_WIDTH);
    return form_sigmoid(builder, image, form_two_convs(builder, builder_append(builder, node)));
}

/* The window moves: no position is gated by itself. */
static struct value *padded_and_strided(struct builder *builder, struct value *image)
{
    struct node *node =
        builder_node(builder, OP_CONV, 1, 2, image, builder_random(builder, SHAPE(FORM_REDUCED, FORM_CHANNELS, 1, 1)));
    builder_ints(builder, node, "pads", 4, 1, 0, 0, 0);
    struct node *back = builder_node(builder, OP_CONV, 1, 2, builder_append(builder, node),
                                     builder_random(builder, SHAPE(FORM_CHANNELS, FORM_REDUCED, 2, 1)));
    return form_sigmoid(builder, image, builder_append(builder, back));
}

/* One gate for each column. */
static struct value *gate_of_columns(struct builder *builder, struct value *image)
{
    return form_sigmoid(builder, image, form_two_convs(builder, form_mean_over(builder, image, 2)));
}

static const struct {
    const char *description;
    struct value *(*build)(struct builder *builder, struct value *image);
} others[] = {
    {"selective kernels", selective_kernels},
    {"a softmax over channels", softmax_gate},
    {"a context multiplied", multiplied_context},
    {"a context added", added_context},
    {"a product of features", product_of_features},
    {"a sigmoid of features", sigmoid_of_features},
    {"a product with a constant", product_with_constant},
    {"spatial attention", spatial_attention},
    {"a gate made from another image", gate_of_another_image},
    {"a gate for two products", shared_gate},
    {"a gate for two products behind views", shared_behind_views},
    {"a gate for two products behind an Expand", shared_behind_expand},
    {"two excitations with layers of their own", two_different_excitations},
    {"one layer for each position", one_layer_a_position},
    {"a sum of equal pools", sum_of_equal_pools},
    {"the sigmoid of the pool", sigmoid_of_pool},
    {"a part of the map", part_of_map},
    {"a window that moves", padded_and_strided},
    {"a gate for each column", gate_of_columns},
};

static int current;

static void build_other(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(FORM_BATCH, 3, FORM_HEIGHT, FORM_WIDTH));
    builder_graph_output(builder, others[current].build(builder, builder_conv(builder, x, FORM_CHANNELS)));
}

START_TEST(what_only_looks_like_a_block_is_none)
{
    current = _i;
    ck_assert_msg(!form_find(pass_test(&pair, build_other, pass_all)), "%s", others[_i].description);
}
END_TEST

/* Of channel and spatial attention in a row, the first is a block. */
static void build_both_attentions(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(FORM_BATCH, FORM_CHANNELS, FORM_HEIGHT, FORM_WIDTH));
    builder_graph_output(builder, spatial_attention(builder, form_sum_of_excitations(builder, x)));
}

START_TEST(channel_attention_is_found_before_spatial_attention)
{
    const struct graph *graph = pass_test(&pair, build_both_attentions, pass_all);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 1);
    ck_assert_int_eq(pass_count(graph, OP_MUL), 1);
}
END_TEST

/* A row of views that many products read is given up after some: nothing grows with the square of the file. */
static void build_long_row_of_views(struct builder *builder)
{
    static const int64_t as_image[] = {1, FORM_CHANNELS, 1, 1};
    struct value *image = builder_graph_input(builder, SHAPE(1, FORM_CHANNELS, 2, 2));
    struct value *x = form_two_convs(builder, form_average(builder, image));
    struct node **nodes = arena_alloc(&builder->arena, 200, sizeof(struct node *));
    memcpy(nodes, builder->graph.nodes, builder->graph.node_count * sizeof(struct node *));
    builder->graph.nodes = nodes;
    for (int i = 0; i < 100; i++) {
        struct node *node = builder_node(builder, OP_FLATTEN, 1, 1, x);
        builder_infer(builder, node);
        x->uses++;
        x = node->outputs[0];
        builder->graph.nodes[builder->graph.node_count++] = node;
    }
    struct node *gate = builder_node(builder, OP_SIGMOID, 1, 1, x);
    struct node *view = builder_node(builder, OP_RESHAPE, 1, 2, gate->outputs[0], builder_list(builder, 4, as_image));
    struct node *mul = builder_node(builder, OP_MUL, 1, 2, image, view->outputs[0]);
    struct node *const last[] = {gate, view, mul};
    for (int i = 0; i < 3; i++) {
        builder_infer(builder, last[i]);
        for (int j = 0; j < last[i]->input_count; j++)
            last[i]->inputs[j]->uses++;
        builder->graph.nodes[builder->graph.node_count++] = last[i];
    }
    builder_graph_output(builder, mul->outputs[0]);
}

START_TEST(an_endless_row_of_views_is_no_excitation)
{
    ck_assert_ptr_null(form_find(pass_test(&pair, build_long_row_of_views, pass_all)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("se_forms");
    TCase *tcase = builder_case(suite, "forms");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_loop_test(tcase, a_form_is_found_and_computes_the_same, 0, FORMS);
    tcase_add_loop_test(tcase, what_only_looks_like_a_block_is_none, 0, (int)(sizeof others / sizeof *others));
    tcase_add_test(tcase, channel_attention_is_found_before_spatial_attention);
    tcase_add_test(tcase, an_endless_row_of_views_is_no_excitation);
    return harness_run(suite);
}
