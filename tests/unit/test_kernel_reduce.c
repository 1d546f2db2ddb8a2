/* ReduceMean, GlobalAveragePool, Softmax, BatchNormalization. */
#include "kernel_builder.h"

static const struct {
    int count, axes[4], keepdims;
} means[] = {
    {2, {2, 3}, 1}, {2, {-2, -1}, 0}, {1, {3}, 0}, {1, {0}, 1}, {2, {0, 2}, 0}, {1, {1}, 1}, {4, {0, 1, 2, 3}, 0},
};
enum { MEANS = sizeof means / sizeof *means };

START_TEST(reduce_mean_matches_reference_over_any_axes)
{
    char text[32];
    struct builder builder;
    builder_init(&builder, 5u + (uint32_t)_i);
    struct node *node = builder_node(&builder, OP_REDUCE_MEAN, 1, 1, builder_random(&builder, SHAPE(3, 13, 41, 37)));
    builder_ints(&builder, node, "axes", (size_t)means[_i].count, means[_i].axes[0], means[_i].axes[1],
                 means[_i].axes[2], means[_i].axes[3]);
    builder_int(node, "keepdims", means[_i].keepdims);
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "axes %d", _i);
    builder_compare(&builder, node, 1e-6f, text);
    builder_release(&builder);
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
START_TEST(global_average_pool_matches_reference_for_any_plane)
{
    static const int sizes[][2] = {{1, 1}, {1, 15}, {4, 4}, {1, 17}, {9, 7}, {112, 112}};
    char text[32];
    struct builder builder;
    builder_init(&builder, 21);
    struct node *node = builder_node(&builder, OP_GLOBAL_AVERAGE_POOL, 1, 1,
                                     builder_random(&builder, SHAPE(2, 5, sizes[_i][0], sizes[_i][1])));
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "%dx%d", sizes[_i][0], sizes[_i][1]);
    builder_compare(&builder, node, 1e-6f, text);
    builder_release(&builder);
}
END_TEST

static void expect_softmax(struct senet_shape shape, int axis, const float *input, const float *expected)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_SOFTMAX, 1, 1, builder_floats(&builder, shape, input));
    builder_int(node, "axis", axis);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}

START_TEST(softmax_of_large_numbers_is_finite)
{
    static const float input[] = {1000, 999, -1000, -3e38f};
    static const float expected[] = {0.73105858f, 0.26894142f, 0, 0};
    expect_softmax(SHAPE(1, 4), -1, input, expected);
}
END_TEST

START_TEST(softmax_runs_along_an_inner_axis)
{
    static const float input[] = {0, 1, 0, 3, 2, 2};
    static const float expected[] = {0.04742587f, 0.26894142f, 0.11920292f, 0.95257413f, 0.73105858f, 0.88079708f};
    expect_softmax(SHAPE(1, 2, 3), 1, input, expected);
    expect_softmax(SHAPE(2, 3), 0, input, expected);
}
END_TEST

START_TEST(batch_normalization_uses_the_stored_statistics)
{
    static const float input[] = {1, 2, 3, 4}, scale[] = {2, 1}, bias[] = {0.5f, 0}, mean[] = {1, 0};
    static const float variance[] = {3, 0};
    static const float expected[] = {0.5f, 1.5f, 3, 4}; /* epsilon is 1: divided by 2 and by 1 */
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_BATCH_NORMALIZATION, 1, 5, builder_floats(&builder, SHAPE(1, 2, 2, 1), input),
                     builder_floats(&builder, SHAPE(2), scale), builder_floats(&builder, SHAPE(2), bias),
                     builder_floats(&builder, SHAPE(2), mean), builder_floats(&builder, SHAPE(2), variance));
    builder_float(node, "epsilon", 1);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_reduce");
    TCase *tcase = builder_case(suite, "reduce");
    tcase_add_loop_test(tcase, reduce_mean_matches_reference_over_any_axes, 0, MEANS);
    tcase_add_test(tcase, reduce_mean_without_axes_takes_all_or_none);
    tcase_add_test(tcase, reduce_mean_takes_its_axes_from_an_input);
    tcase_add_loop_test(tcase, global_average_pool_matches_reference_for_any_plane, 0, 6);
    tcase_add_test(tcase, softmax_of_large_numbers_is_finite);
    tcase_add_test(tcase, softmax_runs_along_an_inner_axis);
    tcase_add_test(tcase, batch_normalization_uses_the_stored_statistics);
    return harness_run(suite);
}
