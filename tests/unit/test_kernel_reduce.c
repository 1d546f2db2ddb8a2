/* The reductions, and GlobalAveragePool as one of them. */
#include "kernel_builder.h"

static const struct {
    int count, axes[4], keepdims;
} reduced[] = {
    {2, {2, 3}, 1}, {2, {-2, -1}, 0}, {1, {3}, 0},          {1, {0}, 1},       {2, {0, 2}, 0},
    {1, {1}, 1},    {2, {1, 2}, 0},   {4, {0, 1, 2, 3}, 0}, {3, {0, 1, 3}, 1}, {2, {0, 1}, 0},
};
enum { REDUCED = sizeof reduced / sizeof *reduced };

static const enum op reductions[] = {OP_REDUCE_L1,   OP_REDUCE_L2,         OP_REDUCE_MAX,
                                     OP_REDUCE_MEAN, OP_REDUCE_MIN,        OP_REDUCE_PROD,
                                     OP_REDUCE_SUM,  OP_REDUCE_SUM_SQUARE, OP_REDUCE_LOG_SUM};

START_TEST(reductions_match_reference_over_any_axes)
{
    for (size_t i = 0; i < sizeof reductions / sizeof *reductions; i++) {
        char text[64];
        struct builder builder;
        builder_init(&builder, 5u + (uint32_t)_i);
        struct value *input = builder_random(&builder, SHAPE(3, 13, 41, 37));
        for (int64_t j = 0; j < 3 * 13 * 41 * 37; j++) /* near one, so that products and logarithms mean something */
            ((float *)(uintptr_t)input->data)[j] = 1 + 0.01f * ((const float *)input->data)[j];
        struct node *node = builder_node(&builder, reductions[i], 1, 1, input);
        builder_ints(&builder, node, "axes", (size_t)reduced[_i].count, reduced[_i].axes[0], reduced[_i].axes[1],
                     reduced[_i].axes[2], reduced[_i].axes[3]);
        builder_int(node, "keepdims", reduced[_i].keepdims);
        builder_infer(&builder, node);
        snprintf(text, sizeof text, "%s, axes %d", op_table[reductions[i]].name, _i);
        builder_compare(&builder, node, 1e-5f, text);
        builder_release(&builder);
    }
}
END_TEST

/* (3 -4) and (0.5 -0.25), by hand. */
static const struct {
    enum op op;
    float expected[2];
} by_hand[] = {
    {OP_REDUCE_L1, {7, 0.75f}},
    {OP_REDUCE_L2, {5, 0.559016994f}},
    {OP_REDUCE_LOG_SUM, {NAN, -1.38629436f}},
    {OP_REDUCE_LOG_SUM_EXP, {3.00091147f, 0.88687101f}},
    {OP_REDUCE_MAX, {3, 0.5f}},
    {OP_REDUCE_MEAN, {-0.5f, 0.125f}},
    {OP_REDUCE_MIN, {-4, -0.25f}},
    {OP_REDUCE_PROD, {-12, -0.125f}},
    {OP_REDUCE_SUM, {-1, 0.25f}},
    {OP_REDUCE_SUM_SQUARE, {25, 0.3125f}},
};
enum { BY_HAND = sizeof by_hand / sizeof *by_hand };

START_TEST(each_reduction_is_what_its_name_says)
{
    static const float input[] = {3, 0.5f, -4, -0.25f}, rows[] = {3, -4, 0.5f, -0.25f};
    struct builder builder;
    builder_init(&builder, 1);
    for (int axis = 0; axis < 2; axis++) {
        struct node *node =
            builder_node(&builder, by_hand[_i].op, 1, 1, builder_floats(&builder, SHAPE(2, 2), axis ? rows : input));
        builder_ints(&builder, node, "axes", 1, axis);
        builder_infer(&builder, node);
        void *results[BUILDER_OUTPUTS];
        builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
        for (int i = 0; i < 2; i++) {
            float actual = ((const float *)results[0])[i], expected = by_hand[_i].expected[i];
            ck_assert(isnan(expected) ? isnan(actual) : !(fabsf(actual - expected) > 1e-6f) && !isnan(actual));
        }
        builder_free(node, results);
    }
    builder_release(&builder);
}
END_TEST

START_TEST(log_sum_exp_of_large_numbers_is_finite)
{
    static const float input[] = {1e38f, 1e38f, -1e38f, -1e38f, 1000, 1001}, expected[] = {1e38f, -1e38f, 1001.31326f};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_REDUCE_LOG_SUM_EXP, 1, 1, builder_floats(&builder, SHAPE(3, 2), input));
    builder_ints(&builder, node, "axes", 1, 1);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-3f);
    builder_release(&builder);
}
END_TEST

START_TEST(log_sum_exp_knows_infinities_and_nan)
{
    static const float input[] = {-INFINITY, -INFINITY, INFINITY, INFINITY, INFINITY, -INFINITY,
                                  NAN,       -INFINITY, NAN,      INFINITY, NAN,      1};
    struct builder builder;
    void *results[1];
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_REDUCE_LOG_SUM_EXP, 1, 1, builder_floats(&builder, SHAPE(6, 2), input));
    builder_ints(&builder, node, "axes", 1, 1);
    builder_infer(&builder, node);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    const float *sums = results[0];
    ck_assert(sums[0] < 0 && isinf(sums[0]));
    for (int i = 1; i < 3; i++)
        ck_assert(sums[i] > 0 && isinf(sums[i]));
    for (int i = 3; i < 6; i++)
        ck_assert(isnan(sums[i]));
    builder_free(node, results);
    builder_release(&builder);
}
END_TEST

START_TEST(integers_are_reduced_as_integers)
{
    static const int64_t input[] = {INT64_MAX, INT64_MAX - 1, -7, 2};
    static const struct {
        enum op op;
        int64_t expected[2];
    } integers[] = {
        {OP_REDUCE_MAX, {INT64_MAX, 2}}, {OP_REDUCE_MIN, {INT64_MAX - 1, -7}}, {OP_REDUCE_PROD, {INT64_MIN + 2, -14}},
        {OP_REDUCE_SUM, {-3, -5}},       {OP_REDUCE_MEAN, {-1, -2}}, /* sums wrap; means are cut towards zero */
    };
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        struct builder builder;
        builder_init(&builder, 1);
        struct node *node = builder_node(&builder, integers[i].op, 1, 1, builder_int64s(&builder, SHAPE(2, 2), input));
        builder_ints(&builder, node, "axes", 1, 1);
        builder_infer(&builder, node);
        builder_expect_int64s(node, integers[i].expected);
        builder_release(&builder);
    }
}
END_TEST

/* Exporters ask for the number of elements of a shape that may have no axes. */
START_TEST(no_integers_have_a_sum_and_a_product)
{
    static const struct {
        enum op op;
        int64_t expected;
    } empty[] = {{OP_REDUCE_SUM, 0}, {OP_REDUCE_PROD, 1}};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct builder builder;
        builder_init(&builder, 1);
        const struct senet_shape shape = {1, {0}};
        struct node *node = builder_node(&builder, empty[i].op, 1, 1, builder_int64s(&builder, shape, &shape.dim[0]));
        builder_int(node, "keepdims", 0);
        builder_infer(&builder, node);
        builder_expect_int64s(node, &empty[i].expected);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(reduce_mean_without_axes_takes_all_or_none)
{
    static const float input[] = {1, 2, 3, 4, 5, 6}, mean[] = {3.5f};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *all = builder_node(&builder, OP_REDUCE_MEAN, 1, 1, builder_floats(&builder, SHAPE(2, 3), input));
    builder_infer(&builder, all);
    builder_expect(all, mean, 0.0f);
    struct node *none = builder_node(&builder, OP_REDUCE_MEAN, 1, 1, builder_floats(&builder, SHAPE(2, 3), input));
    builder_int(none, "noop_with_empty_axes", 1);
    builder_infer(&builder, none);
    builder_expect(none, input, 0.0f);
    builder_release(&builder);
}
END_TEST

START_TEST(reduce_mean_takes_its_axes_from_an_input)
{
    static const float input[] = {1, 2, 3, 4, 5, 6}, expected[] = {2.5f, 3.5f, 4.5f};
    static const int64_t axes[] = {-2};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_REDUCE_MEAN, 1, 2, builder_floats(&builder, SHAPE(2, 3), input),
                                     builder_int64s(&builder, SHAPE(1), axes));
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    builder_release(&builder);
}
END_TEST

/* Around the sixteen partial sums. */
START_TEST(global_pools_match_reference_for_any_plane)
{
    static const int sizes[][2] = {{1, 1}, {1, 15}, {4, 4}, {1, 17}, {9, 7}, {112, 112}};
    char text[32];
    struct builder builder;
    builder_init(&builder, 21);
    struct value *image = builder_random(&builder, SHAPE(2, 5, sizes[_i][0], sizes[_i][1]));
    snprintf(text, sizeof text, "%dx%d", sizes[_i][0], sizes[_i][1]);
    for (int i = 0; i < 2; i++) {
        struct node *node = builder_node(&builder, i ? OP_GLOBAL_MAX_POOL : OP_GLOBAL_AVERAGE_POOL, 1, 1, image);
        builder_infer(&builder, node);
        builder_compare(&builder, node, 1e-6f, text);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_reduce");
    TCase *tcase = builder_case(suite, "reduce");
    tcase_add_loop_test(tcase, reductions_match_reference_over_any_axes, 0, REDUCED);
    tcase_add_loop_test(tcase, each_reduction_is_what_its_name_says, 0, BY_HAND);
    tcase_add_test(tcase, log_sum_exp_of_large_numbers_is_finite);
    tcase_add_test(tcase, log_sum_exp_knows_infinities_and_nan);
    tcase_add_test(tcase, integers_are_reduced_as_integers);
    tcase_add_test(tcase, no_integers_have_a_sum_and_a_product);
    tcase_add_test(tcase, reduce_mean_without_axes_takes_all_or_none);
    tcase_add_test(tcase, reduce_mean_takes_its_axes_from_an_input);
    tcase_add_loop_test(tcase, global_pools_match_reference_for_any_plane, 0, 6);
    return harness_run(suite);
}
