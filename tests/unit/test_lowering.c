/* What becomes of blocks and of the sums of residual units: nodes, order, and the same numbers. */
#include "graph/conv.h"
#include "se_forms.h"

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

enum { CHANNELS = 6, HEIGHT = 5, WIDTH = 4, BATCH = 2 };

/* A convolution of which most tests change one thing. */
struct geometry {
    int channels, kernel, stride, pad, dilation, group;
    bool biased;
    enum activation_kind activation;
};

static const struct geometry pointwise = {CHANNELS, 1, 1, 0, 1, 1, true, ACTIVATION_NONE};
static const struct geometry square = {CHANNELS, 3, 1, 1, 1, 1, true, ACTIVATION_NONE};

static struct value *convolve(struct builder *builder, struct value *x, const struct geometry *g)
{
    struct value *bias = g->biased ? builder_random(builder, SHAPE(g->channels)) : NULL;
    struct node *node = builder_node(
        builder, OP_CONV, 1, 3, x,
        builder_random(builder, SHAPE(g->channels, x->shape.dim[1] / g->group, g->kernel, g->kernel)), bias);
    builder_ints(builder, node, "strides", 2, g->stride, g->stride);
    builder_ints(builder, node, "dilations", 2, g->dilation, g->dilation);
    builder_ints(builder, node, "pads", 4, g->pad, g->pad, g->pad, g->pad);
    builder_int(node, "group", g->group);
    node->activation.kind = g->activation;
    return builder_append(builder, node);
}

static struct value *image(struct builder *builder)
{
    return builder_graph_input(builder, SHAPE(BATCH, CHANNELS, HEIGHT, WIDTH));
}

static struct value *sigmoid(struct builder *builder, struct value *x)
{
    return builder_unary(builder, OP_SIGMOID, x);
}

static struct value *add(struct builder *builder, struct value *a, struct value *b)
{
    return builder_binary(builder, OP_ADD, a, b);
}

/* What passes leave has to be the same by the fast kernels, too. */
static const struct graph *test(pass_graph *build, pass_function *pass)
{
    const struct graph *graph = pass_test(&pair, build, pass);
    pass_compare_by(&pair, &kernel_table, "by the fast kernels");
    return graph;
}

static enum senet_code lower_and_fuse(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = pass_lower_se(graph, error);
    return code ? code : pass_fuse_residuals(graph, error);
}

/* The nodes are these, and no others. */
static void check_ops(const struct graph *graph, size_t count, const enum op *ops)
{
    for (size_t n = 0; n < count && n < graph->node_count; n++)
        ck_assert_msg(graph->nodes[n]->op == ops[n], "node %zu is a %s, not a %s", n,
                      op_table[graph->nodes[n]->op].name, op_table[ops[n]].name);
    ck_assert_uint_eq(graph->node_count, count);
}

#define CHECK_OPS(graph, ...)                                                                                          \
    check_ops(graph, sizeof((enum op[]){__VA_ARGS__}) / sizeof(enum op), (const enum op[]){__VA_ARGS__})

/* --------------------------------------------------------------- residuals */

static void build_residual(struct builder *builder)
{
    struct value *x = sigmoid(builder, image(builder));
    struct value *sum = add(builder, convolve(builder, x, &square), x);
    sum->producer->activation.kind = ACTIVATION_RELU;
    builder_graph_output(builder, sum);
}

START_TEST(a_sum_goes_into_the_convolution_before_it)
{
    const struct graph *graph = test(build_residual, pass_fuse_residuals);
    CHECK_OPS(graph, OP_SIGMOID, OP_CONV);
    ck_assert_int_eq(graph->nodes[1]->activation.kind, ACTIVATION_RELU);
    ck_assert_ptr_eq(graph->nodes[1]->inputs[CONV_RESIDUAL], graph->nodes[0]->outputs[0]);
}
END_TEST

/* The residual is computed after the convolution, which has to wait for it. */
static void build_late_residual(struct builder *builder)
{
    struct value *x = image(builder), *c = convolve(builder, x, &pointwise);
    builder_graph_output(builder, add(builder, sigmoid(builder, x), c));
}

START_TEST(a_convolution_waits_for_its_residual)
{
    CHECK_OPS(test(build_late_residual, pass_fuse_residuals), OP_SIGMOID, OP_CONV);
}
END_TEST

static void build_two_convolutions(struct builder *builder)
{
    struct value *x = image(builder), *first = convolve(builder, x, &pointwise);
    struct value *second = convolve(builder, x, &square);
    builder_graph_output(builder, add(builder, first, second));
}

START_TEST(the_later_of_two_convolutions_takes_the_sum)
{
    const struct graph *graph = test(build_two_convolutions, pass_fuse_residuals);
    CHECK_OPS(graph, OP_CONV, OP_CONV);
    ck_assert_ptr_eq(graph->nodes[1]->inputs[CONV_RESIDUAL], graph->nodes[0]->outputs[0]);
}
END_TEST

/* Of a row of sums each convolution takes one; what has taken one takes no second. */
static void build_sums_in_a_row(struct builder *builder)
{
    struct value *x = image(builder), *sum = convolve(builder, x, &pointwise);
    for (int i = 0; i < 3; i++)
        sum = add(builder, sum, x);
    sum = add(builder, sum, convolve(builder, x, &square));
    builder_graph_output(builder, sum);
}

START_TEST(a_convolution_takes_one_sum)
{
    CHECK_OPS(test(build_sums_in_a_row, pass_fuse_residuals), OP_CONV, OP_ADD, OP_ADD, OP_CONV);
}
END_TEST

static void build_read_twice(struct builder *builder)
{
    struct value *x = image(builder), *c = convolve(builder, x, &pointwise);
    builder_graph_output(builder, add(builder, c, x));
    builder_graph_output(builder, sigmoid(builder, c));
}

static void build_twice_in_one_sum(struct builder *builder)
{
    struct value *c = convolve(builder, image(builder), &pointwise);
    builder_graph_output(builder, add(builder, c, c));
}

static void build_output_itself(struct builder *builder)
{
    struct value *x = image(builder), *c = convolve(builder, x, &pointwise);
    builder_graph_output(builder, c);
    builder_graph_output(builder, add(builder, c, x));
}

static void build_activation_between(struct builder *builder)
{
    struct geometry activated = pointwise;
    struct value *x = image(builder);
    activated.activation = ACTIVATION_RELU;
    builder_graph_output(builder, add(builder, convolve(builder, x, &activated), x));
}

static void build_broadcast_residual(struct builder *builder)
{
    struct value *x = image(builder);
    struct value *mean = builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, x);
    builder_graph_output(builder, add(builder, convolve(builder, x, &pointwise), mean));
}

/* The sum is larger than what the convolution computes. */
static void build_broadcast_convolution(struct builder *builder)
{
    struct value *x = image(builder);
    struct value *mean = builder_unary(builder, OP_GLOBAL_AVERAGE_POOL, x);
    builder_graph_output(builder, add(builder, x, convolve(builder, mean, &pointwise)));
}

static void build_constant_residual(struct builder *builder)
{
    struct value *c = convolve(builder, image(builder), &pointwise);
    builder_graph_output(builder, add(builder, c, builder_random(builder, c->shape)));
}

static void build_no_convolution(struct builder *builder)
{
    struct value *x = image(builder);
    builder_graph_output(builder, add(builder, sigmoid(builder, x), x));
}

START_TEST(a_sum_stays_where_no_convolution_can_take_it)
{
    static pass_graph *const builds[] = {
        build_read_twice,         build_twice_in_one_sum,      build_output_itself,     build_activation_between,
        build_broadcast_residual, build_broadcast_convolution, build_constant_residual, build_no_convolution};
    const struct graph *graph = test(builds[_i], pass_fuse_residuals);
    ck_assert_int_eq(pass_count(graph, OP_ADD), 1);
    ck_assert_uint_eq(graph->node_count, pair.before.graph.node_count);
}
END_TEST

/* -------------------------------------------------------------- early gates */

static const struct geometry *current;

/* A residual unit as SE-ResNet has it. */
static void build_standard_unit(struct builder *builder)
{
    struct value *x = sigmoid(builder, image(builder));
    struct value *sum = add(builder, builder_se(builder, convolve(builder, x, current), 3), x);
    sum->producer->activation.kind = ACTIVATION_RELU;
    builder_graph_output(builder, sum);
}

static const struct geometry early[] = {
    {CHANNELS, 1, 1, 0, 1, 1, true, ACTIVATION_NONE},
    {CHANNELS, 1, 1, 0, 1, 1, false, ACTIVATION_NONE},
    {CHANNELS, 3, 1, 1, 1, 1, true, ACTIVATION_NONE},
    {CHANNELS, 3, 1, 1, 1, 1, false, ACTIVATION_NONE},
};

START_TEST(a_gate_is_computed_before_the_convolution_that_it_scales)
{
    current = &early[_i];
    const struct graph *graph = test(build_standard_unit, lower_and_fuse);
    CHECK_OPS(graph, OP_SIGMOID, OP_CHANNEL_MEANS, OP_EXCITATION, OP_CONV);
    const struct node *conv = graph->nodes[3];
    ck_assert_ptr_eq(graph->nodes[1]->inputs[0], graph->nodes[0]->outputs[0]);
    ck_assert_ptr_eq(conv->inputs[CONV_SCALE], graph->nodes[2]->outputs[0]);
    ck_assert_ptr_eq(conv->inputs[CONV_RESIDUAL], graph->nodes[0]->outputs[0]);
    ck_assert_int_eq(conv->activation.kind, ACTIVATION_RELU);
    ck_assert_int_eq(graph->nodes[2]->inputs[1]->shape.dim[1], CHANNELS * current->kernel * current->kernel);
}
END_TEST

/* Planes of one row or column, of which an edge is the whole. */
static void build_thin_images(struct builder *builder)
{
    for (int i = 0; i < 2; i++) {
        struct value *x = builder_graph_input(builder, SHAPE(BATCH, CHANNELS, i ? 7 : 1, i ? 1 : 7));
        builder_graph_output(builder, builder_se(builder, convolve(builder, x, &square), 1));
    }
}

START_TEST(the_mean_of_a_convolution_holds_at_the_edges)
{
    const struct graph *graph = test(build_thin_images, pass_lower_se);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 0);
}
END_TEST

/* The block's own activation follows the product; a sum behind it is another's. */
static void build_activated_block(struct builder *builder)
{
    struct value *x = image(builder), *rescaled = builder_se(builder, convolve(builder, x, &pointwise), 2);
    rescaled->producer->activation.kind = ACTIVATION_SIGMOID;
    builder_graph_output(builder, add(builder, rescaled, x));
}

START_TEST(the_activation_of_a_block_follows_the_product)
{
    const struct graph *graph = test(build_activated_block, lower_and_fuse);
    CHECK_OPS(graph, OP_CHANNEL_MEANS, OP_EXCITATION, OP_CONV, OP_ADD);
    ck_assert_int_eq(graph->nodes[2]->activation.kind, ACTIVATION_SIGMOID);
}
END_TEST

static const struct geometry not_early[] = {
    {CHANNELS, 1, 1, 0, 1, 1, true, ACTIVATION_RELU}, /* not linear */
    {CHANNELS, 1, 1, 0, 1, 2, true, ACTIVATION_NONE}, {CHANNELS, 3, 1, 1, 1, CHANNELS, true, ACTIVATION_NONE},
    {CHANNELS, 3, 1, 0, 1, 1, true, ACTIVATION_NONE}, {CHANNELS, 3, 1, 2, 2, 1, true, ACTIVATION_NONE},
    {CHANNELS, 3, 2, 1, 1, 1, true, ACTIVATION_NONE}, {CHANNELS, 1, 2, 0, 1, 1, true, ACTIVATION_NONE},
    {CHANNELS, 1, 1, 1, 1, 1, true, ACTIVATION_NONE}, {CHANNELS, 5, 1, 2, 1, 1, true, ACTIVATION_NONE},
    {1, 1, 1, 0, 1, 1, true, ACTIVATION_NONE}, /* the squeeze of X would read more */
};

static void build_block_behind_convolution(struct builder *builder)
{
    builder_graph_output(builder, builder_se(builder, convolve(builder, image(builder), current), 3));
}

START_TEST(a_gate_is_computed_after_any_other_convolution)
{
    current = &not_early[_i];
    CHECK_OPS(test(build_block_behind_convolution, lower_and_fuse), OP_CONV, OP_CHANNEL_MEANS, OP_EXCITATION,
              OP_RESCALE);
}
END_TEST

static void build_shared_image(struct builder *builder)
{
    struct value *u = convolve(builder, image(builder), &pointwise);
    builder_graph_output(builder, builder_se(builder, u, 3));
    builder_graph_output(builder, u);
}

static void build_computed_weights(struct builder *builder)
{
    struct value *x = image(builder), *weights = builder_graph_input(builder, SHAPE(CHANNELS, CHANNELS, 1, 1));
    builder_graph_output(builder, builder_se(builder, builder_binary(builder, OP_CONV, x, weights), 3));
}

START_TEST(a_gate_is_computed_after_a_convolution_that_others_need)
{
    static pass_graph *const builds[] = {build_shared_image, build_computed_weights};
    const struct graph *graph = test(builds[_i], lower_and_fuse);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 1);
    ck_assert_ptr_eq(pass_find(graph, OP_CHANNEL_MEANS)->inputs[0], pass_find(graph, OP_CONV)->outputs[0]);
}
END_TEST

static void build_gate_alone(struct builder *builder)
{
    struct value *x = image(builder);
    builder_se(builder, convolve(builder, x, &pointwise), 2);
    builder_graph_output(builder, sigmoid(builder, x));
}

START_TEST(a_block_of_which_only_the_gate_is_read_has_no_product)
{
    CHECK_OPS(test(build_gate_alone, lower_and_fuse), OP_CONV, OP_CHANNEL_MEANS, OP_EXCITATION, OP_SIGMOID);
}
END_TEST

/* ------------------------------------------------------- scales of what follows */

static enum op block_op; /* OP_SE, or OP_RESCALE: a form whose gate is computed by nodes */

static struct value *block(struct builder *builder, struct value *x)
{
    return block_op == OP_SE ? builder_se(builder, x, 3) : form_max(builder, x);
}

/* As in an inverted residual: depth by depth, the block, the projection. */
static void build_inverted(struct builder *builder)
{
    const struct geometry depthwise = {CHANNELS, 3, 1, 1, 1, CHANNELS, true, ACTIVATION_RELU};
    struct value *x = image(builder), *u = convolve(builder, x, &depthwise);
    builder_graph_output(builder, add(builder, convolve(builder, block(builder, u), current), x));
}

static enum senet_code recognise_and_lower(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = block_op == OP_RESCALE ? pass_recognise_se(graph, error) : SENET_OK;
    return code ? code : lower_and_fuse(graph, error);
}

START_TEST(a_gate_scales_the_input_of_the_convolution_that_follows)
{
    current = &pointwise;
    block_op = _i ? OP_RESCALE : OP_SE;
    const struct graph *graph = test(build_inverted, recognise_and_lower);
    const struct node *gate = form_find(graph), *conv = graph->outputs[0]->producer;
    ck_assert_int_eq(gate->op, _i ? OP_GATE : OP_EXCITATION);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 0);
    ck_assert_int_eq(pass_count(graph, OP_ADD), 0);
    ck_assert_ptr_eq(conv->inputs[CONV_X], graph->nodes[0]->outputs[0]);
    ck_assert_ptr_eq(conv->inputs[CONV_INPUT_SCALE], gate->outputs[0]);
    ck_assert_ptr_eq(conv->inputs[CONV_RESIDUAL], graph->inputs[0]);
}
END_TEST

static const struct geometry no_scale_takers[] = {
    {CHANNELS, 3, 1, 1, 1, 1, true, ACTIVATION_NONE},
    {CHANNELS, 1, 1, 0, 1, 3, true, ACTIVATION_NONE},
};

START_TEST(a_convolution_of_several_taps_or_groups_follows_a_product)
{
    current = &no_scale_takers[_i / 2];
    block_op = _i % 2 ? OP_RESCALE : OP_SE;
    const struct graph *graph = test(build_inverted, recognise_and_lower);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 1);
    ck_assert_int_eq(pass_count(graph, OP_GATE), 0);
}
END_TEST

static void build_activated_before_convolution(struct builder *builder)
{
    struct value *x = builder_se(builder, image(builder), 3);
    x->producer->activation.kind = ACTIVATION_RELU;
    builder_graph_output(builder, convolve(builder, x, &pointwise));
}

static void build_two_readers_of_the_product(struct builder *builder)
{
    struct value *x = builder_se(builder, image(builder), 3);
    builder_graph_output(builder, convolve(builder, x, &pointwise));
    builder_graph_output(builder, sigmoid(builder, x));
}

/* The product is what the convolution weighs others with. */
static void build_product_as_weights(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(BATCH, CHANNELS, 1, 1)), *y = image(builder);
    builder_graph_output(builder, builder_binary(builder, OP_CONV, y, builder_se(builder, x, 3)));
}

START_TEST(a_product_that_is_read_otherwise_is_one)
{
    static pass_graph *const builds[] = {build_activated_before_convolution, build_two_readers_of_the_product,
                                         build_product_as_weights};
    const struct graph *graph = test(builds[_i], lower_and_fuse);
    ck_assert_int_eq(pass_count(graph, OP_RESCALE), 1);
}
END_TEST

/* A convolution whose input is scaled is not the linear function of X that an early gate would take it for. */
static void build_convolution_between_blocks(struct builder *builder)
{
    struct value *u = sigmoid(builder, image(builder));
    builder_graph_output(builder, builder_se(builder, convolve(builder, builder_se(builder, u, 3), &pointwise), 2));
}

START_TEST(a_convolution_between_blocks_serves_the_first)
{
    const struct graph *graph = test(build_convolution_between_blocks, lower_and_fuse);
    CHECK_OPS(graph, OP_SIGMOID, OP_CHANNEL_MEANS, OP_EXCITATION, OP_CONV, OP_CHANNEL_MEANS, OP_EXCITATION, OP_RESCALE);
}
END_TEST

/* ------------------------------------------------------------------ products */

static void build_rescale_and_sum(struct builder *builder)
{
    struct value *x = sigmoid(builder, image(builder));
    struct value *sum = add(builder, x, block(builder, x));
    sum->producer->activation.kind = ACTIVATION_RELU;
    builder_graph_output(builder, sum);
}

START_TEST(a_sum_goes_into_the_product_before_it)
{
    block_op = _i ? OP_RESCALE : OP_SE;
    const struct graph *graph = test(build_rescale_and_sum, recognise_and_lower);
    const struct node *rescale = graph->outputs[0]->producer;
    ck_assert_int_eq(rescale->op, OP_RESCALE);
    ck_assert_int_eq(rescale->activation.kind, ACTIVATION_RELU);
    ck_assert_ptr_eq(rescale->inputs[2], graph->nodes[0]->outputs[0]);
    ck_assert_int_eq(rescale->se != NULL, _i);
}
END_TEST

/* ------------------------------------------------------------------------ order */

/* Two branches whose blocks stand in the order first, second, while their convolutions and sums cross. */
static void build_crossing_branches(struct builder *builder)
{
    struct value *x = image(builder);
    struct value *second = convolve(builder, x, &pointwise), *first = convolve(builder, x, &square);
    first = builder_se(builder, first, 1);
    first->producer->se->layer = "first";
    second = builder_se(builder, second, 2);
    second->producer->se->layer = "second";
    struct value *third = form_max(builder, x), *fourth = form_max(builder, sigmoid(builder, x));
    struct value *added = sigmoid(builder, fourth);
    builder_graph_output(builder, add(builder, third, added));
    builder_graph_output(builder, add(builder, fourth, second));
    builder_graph_output(builder, add(builder, first, x));
}

static enum senet_code recognise_rename_and_lower(struct graph *graph, struct senet_error *error)
{
    enum senet_code code = pass_recognise_se(graph, error);
    return code ? code : lower_and_fuse(graph, error);
}

START_TEST(blocks_stay_in_their_order)
{
    const struct graph *graph = test(build_crossing_branches, recognise_rename_and_lower);
    const struct graph *before = &pair.before.graph;
    struct senet_error error;
    const char *layers[4] = {NULL};
    int count = 0;
    ck_assert_int_eq(pass_recognise_se(&pair.before.graph, &error), SENET_OK);
    for (size_t n = 0; n < before->node_count; n++)
        if (before->nodes[n]->se)
            layers[count++] = before->nodes[n]->se->layer;
    ck_assert_int_eq(count, 4);
    count = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->se)
            ck_assert_str_eq(graph->nodes[n]->se->layer, layers[count++]);
    ck_assert_int_eq(count, 4);
}
END_TEST

/* ----------------------------------------------------------------------- bounds */

/* Small constants of which the product is large: 30000 x 1 by 1 x 30000. U is large enough that it would pay. */
static void build_hostile_product(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, 30000, 1, 30000));
    const struct geometry narrow = {1, 1, 1, 0, 1, 1, true, ACTIVATION_NONE};
    builder_graph_output(builder, builder_se(builder, convolve(builder, x, &narrow), 30000));
}

static void build_hostile_gain(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(1, 2000, 4096, 4096));
    const struct geometry wide = {1000, 1, 1, 0, 1, 1, true, ACTIVATION_NONE};
    for (int i = 0; i < 12; i++)
        builder_graph_output(builder, builder_se(builder, convolve(builder, x, &wide), 1000));
}

/* Each product of 1000 x 1000 by 1000 x 2000 is 125 million steps of the budget's 268. */
START_TEST(weights_are_folded_within_a_budget)
{
    pass_apply(&pair, build_hostile_gain, pass_lower_se);
    ck_assert_int_eq(pass_count(&pair.after.graph, OP_RESCALE), 10);
    pass_release(&pair);
    pass_apply(&pair, build_hostile_product, pass_lower_se);
    ck_assert_int_eq(pass_count(&pair.after.graph, OP_RESCALE), 1);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
    Suite *suite = suite_create("lowering");
    TCase *tcase = builder_case(suite, "lowering");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, a_sum_goes_into_the_convolution_before_it);
    tcase_add_test(tcase, a_convolution_waits_for_its_residual);
    tcase_add_test(tcase, the_later_of_two_convolutions_takes_the_sum);
    tcase_add_test(tcase, a_convolution_takes_one_sum);
    tcase_add_loop_test(tcase, a_sum_stays_where_no_convolution_can_take_it, 0, 8);
    tcase_add_loop_test(tcase, a_gate_is_computed_before_the_convolution_that_it_scales, 0, COUNT(early));
    tcase_add_test(tcase, the_mean_of_a_convolution_holds_at_the_edges);
    tcase_add_test(tcase, the_activation_of_a_block_follows_the_product);
    tcase_add_loop_test(tcase, a_gate_is_computed_after_any_other_convolution, 0, COUNT(not_early));
    tcase_add_loop_test(tcase, a_gate_is_computed_after_a_convolution_that_others_need, 0, 2);
    tcase_add_test(tcase, a_block_of_which_only_the_gate_is_read_has_no_product);
    tcase_add_loop_test(tcase, a_gate_scales_the_input_of_the_convolution_that_follows, 0, 2);
    tcase_add_loop_test(tcase, a_convolution_of_several_taps_or_groups_follows_a_product, 0, 4);
    tcase_add_loop_test(tcase, a_product_that_is_read_otherwise_is_one, 0, 3);
    tcase_add_test(tcase, a_convolution_between_blocks_serves_the_first);
    tcase_add_loop_test(tcase, a_sum_goes_into_the_product_before_it, 0, 2);
    tcase_add_test(tcase, blocks_stay_in_their_order);
    tcase_add_test(tcase, weights_are_folded_within_a_budget);
    return harness_run(suite);
}
