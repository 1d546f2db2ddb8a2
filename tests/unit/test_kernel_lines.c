/* Softmax, LogSoftmax, Hardmax, LpNormalization, ArgMax, ArgMin, TopK: each line of a tensor for itself. */
#include "kernel_builder.h"

static void expect_line(enum op op, struct senet_shape shape, int axis, const float *input, const float *expected)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, op, 1, 1, builder_floats(&builder, shape, input));
    builder_int(node, "axis", axis);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_compare(&builder, node, 1e-6f, "teams");
    builder_release(&builder);
}

START_TEST(softmax_of_large_numbers_is_finite)
{
    static const float input[] = {1000, 999, -1000, -3e38f};
    static const float expected[] = {0.73105858f, 0.26894142f, 0, 0};
    expect_line(OP_SOFTMAX, SHAPE(1, 4), -1, input, expected);
}
END_TEST

START_TEST(softmax_runs_along_an_inner_axis)
{
    static const float input[] = {0, 1, 0, 3, 2, 2};
    static const float expected[] = {0.04742587f, 0.26894142f, 0.11920292f, 0.95257413f, 0.73105858f, 0.88079708f};
    expect_line(OP_SOFTMAX, SHAPE(1, 2, 3), 1, input, expected);
    expect_line(OP_SOFTMAX, SHAPE(2, 3), 0, input, expected);
}
END_TEST

/* exp of each over the sum of four: (0 1 2 3) in one piece. */
START_TEST(softmax_of_older_files_runs_over_several_axes)
{
    static const float input[] = {0, 1, 2, 3, 3, 2, 1, 0};
    static const float expected[] = {0.0320586f,  0.08714432f, 0.23688282f, 0.64391426f,
                                     0.64391426f, 0.23688282f, 0.08714432f, 0.0320586f};
    struct builder builder;
    builder_init(&builder, 1);
    builder.graph.opset = 11;
    struct node *node = builder_node(&builder, OP_SOFTMAX, 1, 1, builder_floats(&builder, SHAPE(2, 2, 2), input));
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}
END_TEST

static const struct {
    struct senet_shape shape;
    int axis;
} softmaxes[] = {
    {SHAPE(3, 1000), 1},      {SHAPE(2, 37), 1},      {SHAPE(5, 1), 1},      {SHAPE(1, 70000), 1},
    {SHAPE(2, 130, 5, 7), 1}, {SHAPE(2, 3, 4, 9), 2}, {SHAPE(70, 3, 17), 1}, {SHAPE(2, 1, 33), 1},
};
enum { SOFTMAXES = sizeof softmaxes / sizeof *softmaxes };

START_TEST(softmax_matches_reference)
{
    char text[32];
    struct builder builder;
    builder_init(&builder, 61);
    struct node *node = builder_node(&builder, OP_SOFTMAX, 1, 1, builder_random(&builder, softmaxes[_i].shape));
    builder_int(node, "axis", softmaxes[_i].axis);
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "softmax %d", _i);
    builder_compare(&builder, node, 1e-6f, text);
    builder_release(&builder);
}
END_TEST

START_TEST(softmax_keeps_nan_and_gives_infinity_no_share)
{
    const float input[] = {1, NAN, 2, -INFINITY, 1, -INFINITY, 1, 2, INFINITY};
    for (size_t set = 0; simd_at(set); set++) {
        float output[9];
        for (int line = 0; line < 9; line += 3)
            simd_at(set)->softmax_row(input + line, 3, output + line);
        ck_assert(isnan(output[0]) && isnan(output[1]) && isnan(output[2]));
        ck_assert(output[3] == 0 && output[4] == 1 && output[5] == 0);
        ck_assert(isnan(output[8]));
        simd_at(set)->softmax_columns(input, 3, 3, 3, output);
        ck_assert(output[0] == 0.5f && output[3] == 0 && isnan(output[1]) && isnan(output[8]));
    }
}
END_TEST

START_TEST(log_softmax_of_large_numbers_is_finite)
{
    static const float input[] = {1000, 999, 0, 0};
    static const float expected[] = {-0.31326169f, -1.31326169f, -0.69314718f, -0.69314718f};
    expect_line(OP_LOG_SOFTMAX, SHAPE(2, 2), -1, input, expected);
}
END_TEST

START_TEST(hardmax_marks_the_first_of_the_largest)
{
    static const float input[] = {3, 0, 1, 2, 2, 5, 1, 0, 2, 5, 0, 1};
    expect_line(OP_HARDMAX, SHAPE(3, 4), 1, input, (const float[]){1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0});
    expect_line(OP_HARDMAX, SHAPE(3, 4), 0, input, (const float[]){1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0});
}
END_TEST

START_TEST(lp_normalization_leaves_lines_of_norm_one)
{
    static const float input[] = {3, -4, 0, 0, 1, 1};
    struct builder builder;
    expect_line(OP_LP_NORMALIZATION, SHAPE(3, 2), 1, input,
                (const float[]){0.6f, -0.8f, 0, 0, 0.70710678f, 0.70710678f});
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_LP_NORMALIZATION, 1, 1, builder_floats(&builder, SHAPE(3, 2), input));
    builder_int(node, "p", 1);
    builder_int(node, "axis", 0);
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){0.75f, -0.8f, 0, 0, 0.25f, 0.2f}, 1e-6f);
    builder_release(&builder);
}
END_TEST

/* ------------------------------------------------------------------ places */

static const struct {
    enum op op;
    int axis, last;
    int64_t expected[3];
} places[] = {
    {OP_ARG_MAX, 1, 0, {1, 0}},     {OP_ARG_MAX, 1, 1, {2, 0}},    {OP_ARG_MIN, 1, 0, {0, 1}},
    {OP_ARG_MIN, 1, 1, {0, 2}},     {OP_ARG_MAX, 0, 0, {1, 0, 0}}, {OP_ARG_MIN, 0, 0, {0, 1, 1}},
    {OP_ARG_MAX, -2, 1, {1, 0, 0}},
};

START_TEST(extremes_are_found_where_they_are)
{
    static const float floats[] = {-2, 7, 7, 5, -3, -3};
    static const int64_t integers[] = {-2, INT64_MAX, INT64_MAX, 5, INT64_MIN, INT64_MIN};
    struct builder builder;
    builder_init(&builder, 1);
    for (int i = 0; i < 2; i++) {
        struct node *node = builder_node(&builder, places[_i].op, 1, 1,
                                         i ? builder_int64s(&builder, SHAPE(2, 3), integers)
                                           : builder_floats(&builder, SHAPE(2, 3), floats));
        builder_int(node, "axis", places[_i].axis);
        builder_int(node, "select_last_index", places[_i].last);
        builder_int(node, "keepdims", i);
        builder_infer(&builder, node);
        builder_expect_int64s(node, places[_i].expected);
    }
    builder_release(&builder);
}
END_TEST

/* In ascending order as floats compare; the two zeros are equal. */
START_TEST(order_is_that_of_numbers)
{
    static const float ascending[] = {-INFINITY, -3e38f, -1, -1e-45f, 0, 1e-45f, 1, 3e38f, INFINITY, NAN};
    static const float zeros[] = {-0.0f, 0.0f, -0.0f};
    struct builder builder;
    builder_init(&builder, 1);
    for (int first = 0; first < 9; first++) {
        const float pairs[] = {ascending[first], ascending[first + 1]};
        struct node *node = builder_node(&builder, OP_ARG_MAX, 1, 1, builder_floats(&builder, SHAPE(2), pairs));
        builder_infer(&builder, node);
        builder_expect_int64s(node, (const int64_t[]){1});
    }
    struct node *node = builder_node(&builder, OP_ARG_MAX, 1, 1, builder_floats(&builder, SHAPE(3), zeros));
    builder_infer(&builder, node);
    builder_expect_int64s(node, (const int64_t[]){0});
    builder_release(&builder);
}
END_TEST

static struct node *top_k(struct builder *builder, struct value *input, int64_t k, int axis, int largest)
{
    int64_t *count = arena_alloc(&builder->arena, 1, sizeof *count);
    *count = k;
    struct node *node = builder_node(builder, OP_TOP_K, 2, 2, input, builder_int64s(builder, SHAPE(1), count));
    builder_int(node, "axis", axis);
    builder_int(node, "largest", largest);
    builder_infer(builder, node);
    return node;
}

START_TEST(top_k_sorts_values_and_places)
{
    static const float input[] = {0, 1, 2, 3, 4, 5, 6, 7, 11, 10, 9, 8};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *x = builder_floats(&builder, SHAPE(3, 4), input);
    struct node *node = top_k(&builder, x, 3, 1, 1);
    builder_expect(node, (const float[]){3, 2, 1, 7, 6, 5, 11, 10, 9}, 0.0f);
    builder_expect_at(node, 1, (const int64_t[]){3, 2, 1, 3, 2, 1, 0, 1, 2}, 0);
    node = top_k(&builder, x, 2, 0, 0);
    builder_expect(node, (const float[]){0, 1, 2, 3, 4, 5, 6, 7}, 0.0f);
    builder_expect_at(node, 1, (const int64_t[]){0, 0, 0, 0, 1, 1, 1, 1}, 0);
    node->outputs[1] = NULL; /* only the values are wanted */
    builder_expect(node, (const float[]){0, 1, 2, 3, 4, 5, 6, 7}, 0.0f);
    builder_release(&builder);
}
END_TEST

START_TEST(top_k_takes_the_first_of_equals)
{
    static const int64_t input[] = {5, 7, 5, 7, 5};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *x = builder_int64s(&builder, SHAPE(5), input);
    struct node *node = top_k(&builder, x, 3, -1, 1);
    builder_expect_int64s(node, (const int64_t[]){7, 7, 5});
    builder_expect_at(node, 1, (const int64_t[]){1, 3, 0}, 0);
    node = top_k(&builder, x, 4, -1, 0);
    builder_expect_at(node, 1, (const int64_t[]){0, 2, 4, 1}, 0);
    builder_release(&builder);
}
END_TEST

/* Lines of many lengths, with equals among them: every place once, each element no later than the next in order. */
START_TEST(top_k_sorts_long_lines)
{
    struct builder builder;
    builder_init(&builder, 7);
    for (int64_t length = 1; length < 200; length += 13) {
        void *results[2];
        bool largest = length % 2, seen[200] = {false};
        int64_t numbers[200];
        for (int64_t i = 0; i < length; i++)
            numbers[i] = i * 37 % 101;
        struct value *x = builder_int64s(&builder, SHAPE(length), numbers);
        struct node *node = top_k(&builder, x, length, 0, largest);
        builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
        const int64_t *values = results[0], *at = results[1];
        for (int64_t i = 0; i < length; i++) {
            ck_assert(!seen[at[i]] && values[i] == numbers[at[i]]);
            seen[at[i]] = true;
            if (i > 0 && values[i - 1] == values[i])
                ck_assert_int_lt(at[i - 1], at[i]);
            else if (i > 0)
                ck_assert((values[i - 1] > values[i]) == largest);
        }
        builder_free(node, results);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_lines");
    TCase *tcase = builder_case(suite, "lines");
    tcase_add_test(tcase, softmax_of_large_numbers_is_finite);
    tcase_add_test(tcase, softmax_runs_along_an_inner_axis);
    tcase_add_test(tcase, softmax_of_older_files_runs_over_several_axes);
    tcase_add_loop_test(tcase, softmax_matches_reference, 0, SOFTMAXES);
    tcase_add_test(tcase, softmax_keeps_nan_and_gives_infinity_no_share);
    tcase_add_test(tcase, log_softmax_of_large_numbers_is_finite);
    tcase_add_test(tcase, hardmax_marks_the_first_of_the_largest);
    tcase_add_test(tcase, lp_normalization_leaves_lines_of_norm_one);
    tcase_add_loop_test(tcase, extremes_are_found_where_they_are, 0, sizeof places / sizeof *places);
    tcase_add_test(tcase, order_is_that_of_numbers);
    tcase_add_test(tcase, top_k_sorts_values_and_places);
    tcase_add_test(tcase, top_k_takes_the_first_of_equals);
    tcase_add_test(tcase, top_k_sorts_long_lines);
    return harness_run(suite);
}
