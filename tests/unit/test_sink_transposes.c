/* Transposes on their way towards the outputs. */
#include "pass_builder.h"

#define TO_NHWC 0, 2, 3, 1
#define TO_NCHW 0, 3, 1, 2

static struct pass_pair pair;

static void tear_down(void)
{
    pass_release(&pair);
}

static struct value *transpose(struct builder *builder, struct value *x, int a, int b, int c, int d)
{
    struct node *node = builder_node(builder, OP_TRANSPOSE, 1, 1, x);
    builder_ints(builder, node, "perm", 4, a, b, c, d);
    return builder_append(builder, node);
}

static struct value *image(struct builder *builder)
{
    return builder_graph_input(builder, SHAPE(2, 4, 5, 7));
}

/* What Transposes move in each run. */
static int64_t moved(const struct graph *graph)
{
    int64_t elements = 0;
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->op == OP_TRANSPOSE)
            elements += senet_shape_elements(&graph->nodes[n]->outputs[0]->shape);
    return elements;
}

/* The pass takes every Transpose away; what is left computes the same. */
static const struct graph *vanish(pass_graph *build)
{
    const struct graph *graph = pass_test(&pair, build, pass_sink_transposes);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 0);
    return graph;
}

/* Nothing would be gained: the graph stays as it is. */
static void stay(pass_graph *build)
{
    const struct graph *graph = pass_test(&pair, build, pass_sink_transposes), *before = &pair.before.graph;
    ck_assert_uint_eq(graph->node_count, before->node_count);
    for (size_t n = 0; n < graph->node_count; n++)
        ck_assert_int_eq(graph->nodes[n]->op, before->nodes[n]->op);
}

/* ------------------------------------------------------ Transposes by themselves */

static void build_inverse_pair(struct builder *builder)
{
    struct value *x = builder_unary(builder, OP_RELU, image(builder));
    builder_graph_output(builder, transpose(builder, transpose(builder, x, TO_NHWC), TO_NCHW));
}

START_TEST(two_that_undo_each_other_vanish)
{
    const struct graph *graph = vanish(build_inverse_pair);
    ck_assert_uint_eq(graph->node_count, 1);
    ck_assert_str_eq(graph->outputs[0]->name, "output");
}
END_TEST

static void build_two_that_merge(struct builder *builder)
{
    struct value *x = transpose(builder, image(builder), TO_NHWC);
    builder_graph_output(builder, transpose(builder, x, 3, 2, 1, 0));
}

START_TEST(two_become_one)
{
    const struct graph *graph = pass_test(&pair, build_two_that_merge, pass_sink_transposes);
    ck_assert_uint_eq(graph->node_count, 1);
    ck_assert_int_eq(graph->nodes[0]->op, OP_TRANSPOSE);
}
END_TEST

static void build_none(struct builder *builder)
{
    struct value *x = transpose(builder, builder_unary(builder, OP_RELU, image(builder)), 0, 1, 2, 3);
    builder_graph_output(builder, builder_unary(builder, OP_SIGMOID, x));
}

START_TEST(one_that_does_nothing_vanishes)
{
    ck_assert_uint_eq(vanish(build_none)->node_count, 2);
}
END_TEST

static void build_input_to_output(struct builder *builder)
{
    builder_graph_output(builder, transpose(builder, transpose(builder, image(builder), TO_NHWC), TO_NCHW));
}

START_TEST(an_output_that_is_the_input_is_a_copy)
{
    const struct graph *graph = vanish(build_input_to_output);
    ck_assert_uint_eq(graph->node_count, 1);
    ck_assert_int_eq(graph->nodes[0]->op, OP_IDENTITY);
}
END_TEST

static void build_axes_of_one(struct builder *builder)
{
    struct value *x = builder_graph_input(builder, SHAPE(2, 6, 1, 1));
    builder_graph_output(builder, transpose(builder, builder_unary(builder, OP_RELU, x), TO_NHWC));
}

START_TEST(one_that_moves_axes_of_one_element_is_a_view)
{
    const struct graph *graph = vanish(build_axes_of_one);
    ck_assert_int_eq(pass_count(graph, OP_RESHAPE), 1);
}
END_TEST

/* ------------------------------------------------------------- what they pass */

/* x, in NHWC, through `between`, and back. */
typedef struct value *part(struct builder *builder, struct value *x);
static part *between;

static void build_between(struct builder *builder)
{
    struct value *x = transpose(builder, builder_unary(builder, OP_RELU, image(builder)), TO_NHWC);
    builder_graph_output(builder, transpose(builder, between(builder, x), TO_NCHW));
}

static struct value *functions(struct builder *builder, struct value *x)
{
    struct value *low = builder_scalar(builder, -0.5f), *high = builder_scalar(builder, 0.5f);
    x = builder_unary(builder, OP_SIGMOID, x);
    return builder_append(builder, builder_node(builder, OP_CLIP, 1, 3, x, low, high));
}

static struct value *constants(struct builder *builder, struct value *x)
{
    x = builder_binary(builder, OP_ADD, x, builder_random(builder, SHAPE(4)));
    x = builder_binary(builder, OP_MUL, builder_random(builder, SHAPE(5, 7, 4)), x);
    x = builder_binary(builder, OP_ADD, x, builder_scalar(builder, 3));
    return builder_binary(builder, OP_MUL, x, builder_random(builder, SHAPE(2, 1, 7, 1)));
}

static struct value *itself(struct builder *builder, struct value *x)
{
    return builder_binary(builder, OP_ADD, builder_unary(builder, OP_SIGMOID, x), x);
}

static struct value *parts(struct builder *builder, struct value *x)
{
    struct node *split = builder_node(builder, OP_SPLIT, 2, 1, x), *concat;
    builder_int(split, "axis", 3);
    builder_append(builder, split);
    struct value *left = builder_unary(builder, OP_SIGMOID, split->outputs[0]);
    concat =
        builder_node(builder, OP_CONCAT, 1, 3, split->outputs[1], left, builder_random(builder, SHAPE(2, 5, 7, 3)));
    builder_int(concat, "axis", -1);
    return builder_append(builder, concat);
}

static struct value *frames(struct builder *builder, struct value *x)
{
    struct node *pad = builder_node(builder, OP_PAD, 1, 4, x, builder_numbers(builder, 4, 1, 2, 0, 3), NULL,
                                    builder_numbers(builder, 2, 1, -2));
    builder_string(pad, "mode", "edge");
    struct node *slice = builder_node(builder, OP_SLICE, 1, 5, builder_append(builder, pad),
                                      builder_numbers(builder, 2, 6, 1), builder_numbers(builder, 2, 0, 9),
                                      builder_numbers(builder, 2, 1, -1), builder_numbers(builder, 2, -2, 1));
    struct node *all = builder_node(builder, OP_SLICE, 1, 3, builder_append(builder, slice),
                                    builder_numbers(builder, 3, 0, 1, 2), builder_numbers(builder, 3, 2, 3, 5));
    struct node *old = builder_node(builder, OP_SLICE, 1, 1, builder_append(builder, all));
    builder_ints(builder, old, "starts", 1, 1);
    builder_ints(builder, old, "ends", 1, 3);
    builder_ints(builder, old, "axes", 1, 3);
    return builder_append(builder, old);
}

static struct value *means(struct builder *builder, struct value *x)
{
    struct node *mean = builder_node(builder, OP_REDUCE_MEAN, 1, 2, x, builder_numbers(builder, 2, 1, -2));
    return builder_binary(builder, OP_MUL, x, builder_append(builder, mean));
}

static struct value *normalisation(struct builder *builder, struct value *x)
{
    x = transpose(builder, x, 0, 3, 2, 1); /* channels back, height and width changed */
    return transpose(builder, builder_batch_norm(builder, x), 0, 3, 2, 1);
}

static part *const passed[] = {functions, constants, itself, parts, frames, means, normalisation};

START_TEST(they_pass_what_can_work_on_other_axes)
{
    between = passed[_i];
    vanish(build_between);
}
END_TEST

/* ReduceMean over H and W without them: what is left is in order. */
static void build_pooled(struct builder *builder)
{
    struct value *x = transpose(builder, builder_unary(builder, OP_RELU, image(builder)), TO_NHWC);
    struct node *mean = builder_node(builder, OP_REDUCE_MEAN, 1, 1, x);
    builder_ints(builder, mean, "axes", 2, 1, 2);
    builder_int(mean, "keepdims", 0);
    x = builder_append(builder, mean);
    struct node *rows = builder_node(builder, OP_REDUCE_MEAN, 1, 1,
                                     transpose(builder, builder_unary(builder, OP_RELU, image(builder)), TO_NHWC));
    builder_ints(builder, rows, "axes", 1, 1);
    builder_int(rows, "keepdims", 0);
    builder_graph_output(builder, x);
    builder_graph_output(builder, builder_append(builder, rows)); /* N,W,C, of which less is moved */
}

START_TEST(means_leave_their_axes_behind)
{
    const struct graph *graph = pass_test(&pair, build_pooled, pass_sink_transposes);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 1);
    ck_assert_int_eq(moved(graph), 2 * 7 * 4);
}
END_TEST

/* One is read by several, of whom only some can do without. */
static void build_several_readers(struct builder *builder)
{
    struct value *x = transpose(builder, builder_unary(builder, OP_RELU, image(builder)), TO_NHWC);
    builder_graph_output(builder, transpose(builder, builder_unary(builder, OP_SIGMOID, x), TO_NCHW));
    builder_graph_output(builder, builder_flatten(builder, x));
    builder_graph_output(builder, x);
}

START_TEST(one_that_is_needed_is_made_once)
{
    const struct graph *graph = pass_test(&pair, build_several_readers, pass_sink_transposes);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 1);
}
END_TEST

/* ------------------------------------------------------------- what they do not */

static void build_larger_behind(struct builder *builder)
{
    struct value *x = transpose(builder, image(builder), TO_NHWC);
    struct node *pad = builder_node(builder, OP_PAD, 1, 1, x);
    builder_ints(builder, pad, "pads", 8, 0, 1, 1, 0, 0, 1, 1, 0);
    builder_graph_output(builder, builder_append(builder, pad));
}

static void build_no_other(struct builder *builder)
{
    struct value *x = transpose(builder, image(builder), TO_NHWC);
    builder_graph_output(builder, builder_flatten(builder, builder_unary(builder, OP_RELU, x)));
}

static void build_two_orders(struct builder *builder)
{
    struct value *a = transpose(builder, builder_graph_input(builder, SHAPE(2, 3, 3, 3)), TO_NHWC);
    struct value *b = transpose(builder, builder_graph_input(builder, SHAPE(2, 3, 3, 3)), 0, 3, 2, 1);
    builder_graph_output(builder, builder_binary(builder, OP_ADD, a, b));
}

static void build_two_more_behind(struct builder *builder)
{
    struct value *x = transpose(builder, image(builder), TO_NHWC);
    struct node *split = builder_node(builder, OP_SPLIT, 2, 1, x);
    builder_int(split, "axis", 3);
    builder_append(builder, split);
    builder_graph_output(builder, split->outputs[0]);
    builder_graph_output(builder, split->outputs[1]);
    builder_graph_output(builder, builder_unary(builder, OP_RELU, x));
}

static pass_graph *const stays[] = {build_larger_behind, build_no_other, build_two_orders, build_two_more_behind};

START_TEST(where_nothing_is_gained_nothing_changes)
{
    stay(stays[_i]);
}
END_TEST

/* A region that loses does not keep another from gaining. */
static void build_two_regions(struct builder *builder)
{
    build_larger_behind(builder);
    build_inverse_pair(builder);
}

START_TEST(regions_are_judged_by_themselves)
{
    const struct graph *graph = pass_test(&pair, build_two_regions, pass_sink_transposes);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 1);
    ck_assert_int_eq(moved(graph), 2 * 4 * 5 * 7);
}
END_TEST

/* ----------------------------------------------------------------- SE blocks */

static struct value *dense(struct builder *builder, struct value *x, int inputs, int outputs)
{
    x = builder_binary(builder, OP_MATMUL, x, builder_random(builder, SHAPE(inputs, outputs)));
    return builder_binary(builder, OP_ADD, x, builder_random(builder, SHAPE(outputs)));
}

/* As tf2onnx writes Keras's: a convolution in N,C,H,W, the block in N,H,W,C, convolution again. */
static void build_keras_block(struct builder *builder)
{
    static const int64_t gate[] = {-1, 1, 1, 4};
    struct value *input = builder_graph_input(builder, SHAPE(2, 5, 7, 3));
    struct value *u = builder_conv(builder, transpose(builder, input, TO_NCHW), 4);
    struct value *nhwc = transpose(builder, u, TO_NHWC);
    struct node *mean = builder_node(builder, OP_REDUCE_MEAN, 1, 1, nhwc);
    builder_ints(builder, mean, "axes", 2, 1, 2);
    builder_int(mean, "keepdims", 0);
    struct value *x = dense(builder, builder_append(builder, mean), 4, 2);
    x = builder_unary(builder, OP_SIGMOID, dense(builder, builder_unary(builder, OP_RELU, x), 2, 4));
    x = builder_binary(builder, OP_RESHAPE, x, builder_list(builder, 4, gate));
    x = builder_binary(builder, OP_MUL, nhwc, x);
    x = builder_binary(builder, OP_ADD, x, nhwc);
    builder_graph_output(builder, builder_conv(builder, transpose(builder, x, TO_NCHW), 2));
}

START_TEST(a_keras_block_is_a_block)
{
    const struct graph *graph = pass_test(&pair, build_keras_block, pass_sink_transposes);
    ck_assert_int_eq(pass_count(graph, OP_TRANSPOSE), 1);
    ck_assert_int_eq(graph->nodes[0]->op, OP_TRANSPOSE);
    for (size_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n]->op == OP_MUL) {
            ck_assert_int_eq(graph->nodes[n]->inputs[0]->shape.dim[1], 4);
            ck_assert_int_eq(graph->nodes[n]->inputs[1]->shape.dim[1], 4);
            ck_assert_int_eq(graph->nodes[n]->inputs[1]->shape.dim[3], 1);
        }
    pass_release(&pair);
    graph = pass_test(&pair, build_keras_block, pass_all);
    ck_assert_int_eq(pass_count(graph, OP_EXCITATION), 1);
    ck_assert_int_eq(pass_count(graph, OP_MUL), 0);
}
END_TEST

/* -------------------------------------------------------------------- at random */

static int graph_seed;
static uint32_t random_seed;

static int random_below(int count)
{
    random_seed ^= random_seed << 13;
    random_seed ^= random_seed >> 17;
    random_seed ^= random_seed << 5;
    return (int)(random_seed % (uint32_t)count);
}

static struct value *random_transpose(struct builder *builder, struct value *x)
{
    static const int perms[][4] = {{TO_NHWC}, {TO_NCHW}, {0, 1, 2, 3}, {1, 0, 2, 3}, {0, 2, 1, 3}, {3, 2, 1, 0}};
    const int *perm = perms[random_below(random_below(2) ? 2 : 6)];
    return transpose(builder, x, perm[0], perm[1], perm[2], perm[3]);
}

static bool same_shape(const struct value *a, const struct value *b)
{
    return !memcmp(&a->shape, &b->shape, sizeof a->shape);
}

/* A node on `x`, and on `other` where that fits. */
static struct value *random_node(struct builder *builder, struct value *x, struct value *other)
{
    const int64_t *dim = x->shape.dim;
    int axis = random_below(4), kind = random_below(10);
    struct node *node = NULL;
    if (kind < 4)
        return random_transpose(builder, x);
    if (kind == 4 && same_shape(x, other))
        return builder_binary(builder, OP_ADD, x, other);
    if (kind == 5)
        return builder_binary(builder, OP_MUL, x, builder_random(builder, SHAPE(dim[2], 1)));
    if (kind == 6) {
        node = builder_node(builder, OP_CONCAT, 1, 2, x, same_shape(x, other) ? other : x);
        builder_int(node, "axis", axis);
    } else if (kind == 7) {
        node = builder_node(builder, OP_REDUCE_MEAN, 1, 1, x);
        builder_ints(builder, node, "axes", 1, axis);
    } else if (kind == 8) {
        node = builder_node(builder, OP_SLICE, 1, 4, x, builder_numbers(builder, 1, 0),
                            builder_numbers(builder, 1, (int)dim[axis] / 2 + 1), builder_numbers(builder, 1, axis));
    } else if (kind == 9 && dim[axis] % 2 == 0) {
        node = builder_node(builder, OP_SPLIT, 2, 1, x);
        builder_int(node, "axis", axis);
        builder_append(builder, node);
        return random_below(2) ? node->outputs[0] : node->outputs[1];
    }
    return node ? builder_append(builder, node) : builder_unary(builder, OP_SIGMOID, x);
}

static void build_at_random(struct builder *builder)
{
    struct value *values[20] = {builder_graph_input(builder, SHAPE(2, 4, 3, 4))};
    random_seed = 1000u + (uint32_t)graph_seed;
    int count = 1 + 4 + random_below(14);
    for (int i = 1; i < count; i++) {
        struct value *x = values[random_below(3) ? i - 1 : random_below(i)];
        values[i] = random_node(builder, x, values[random_below(i)]);
        if (senet_shape_elements(&values[i]->shape) > 4096)
            values[i] = x;
    }
    builder_graph_output(builder, values[count - 1]);
    for (int i = 0; i < 2; i++)
        if (random_below(2))
            builder_graph_output(builder, values[random_below(count)]);
}

START_TEST(random_graphs_compute_the_same_and_move_no_more)
{
    graph_seed = _i;
    const struct graph *graph = pass_test(&pair, build_at_random, pass_sink_transposes);
    ck_assert_int_le(moved(graph), moved(&pair.before.graph));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sink_transposes");
    TCase *tcase = builder_case(suite, "pass");
    tcase_add_checked_fixture(tcase, NULL, tear_down);
    tcase_add_test(tcase, two_that_undo_each_other_vanish);
    tcase_add_test(tcase, two_become_one);
    tcase_add_test(tcase, one_that_does_nothing_vanishes);
    tcase_add_test(tcase, an_output_that_is_the_input_is_a_copy);
    tcase_add_test(tcase, one_that_moves_axes_of_one_element_is_a_view);
    tcase_add_loop_test(tcase, they_pass_what_can_work_on_other_axes, 0, sizeof passed / sizeof *passed);
    tcase_add_test(tcase, means_leave_their_axes_behind);
    tcase_add_test(tcase, one_that_is_needed_is_made_once);
    tcase_add_loop_test(tcase, where_nothing_is_gained_nothing_changes, 0, sizeof stays / sizeof *stays);
    tcase_add_test(tcase, regions_are_judged_by_themselves);
    tcase_add_test(tcase, a_keras_block_is_a_block);
    tcase_add_loop_test(tcase, random_graphs_compute_the_same_and_move_no_more, 0, 300);
    return harness_run(suite);
}
