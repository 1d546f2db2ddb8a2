/* Shapes, series, patterns, and sums along an axis. */
#include "kernel_builder.h"

static struct builder builder;

static void set_up(void)
{
    builder_init(&builder, 1);
}

static void tear_down(void)
{
    builder_release(&builder);
}

static void expect(struct node *node, const void *expected)
{
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
}

static struct value *one(float number)
{
    float *data = arena_alloc(&builder.arena, 1, sizeof *data);
    *data = number;
    return builder_floats(&builder, (struct senet_shape){0}, data);
}

START_TEST(shape_and_size_are_constants)
{
    static const int64_t dims[] = {2, 3, 4};
    struct value *input = graph_add_value(&builder.graph, "input");
    input->shape = SHAPE(2, 3, 4);
    struct node *shape = builder_node(&builder, OP_SHAPE, 1, 1, input),
                *size = builder_node(&builder, OP_SIZE, 1, 1, input);
    struct node *middle = builder_node(&builder, OP_SHAPE, 1, 1, input);
    builder_int(middle, "start", 1);
    builder_int(middle, "end", -1);
    builder_infer(&builder, shape);
    builder_infer(&builder, size);
    builder_infer(&builder, middle);
    ck_assert_mem_eq(shape->outputs[0]->data, dims, sizeof dims);
    ck_assert_int_eq(*(const int64_t *)size->outputs[0]->data, 24);
    ck_assert_int_eq(*(const int64_t *)middle->outputs[0]->data, 3);
    ck_assert_int_eq(middle->outputs[0]->shape.dim[0], 1);
}
END_TEST

START_TEST(constant_of_shape_repeats_its_value)
{
    static const float zeros[6] = {0};
    static const int64_t seven = 7, sevens[] = {7, 7, 7};
    struct senet_shape single = SHAPE(1);
    expect(builder_node(&builder, OP_CONSTANT_OF_SHAPE, 1, 1, builder_numbers(&builder, 2, 2, 3)), zeros);
    struct node *node = builder_node(&builder, OP_CONSTANT_OF_SHAPE, 1, 1, builder_numbers(&builder, 1, 3));
    builder_attribute(node, "value", ATTRIBUTE_TENSOR)->tensor = builder_int64s(&builder, single, &seven);
    expect(node, sevens);
}
END_TEST

START_TEST(range_counts_in_either_direction)
{
    static const int64_t down[] = {10, 6}, wide[] = {INT64_MIN, -1, INT64_MAX - 1};
    static const float up[] = {1, 1.5f, 2};
    static const int64_t low = INT64_MIN, high = INT64_MAX, step = INT64_MAX;
    struct senet_shape single = SHAPE(1);
    expect(builder_node(&builder, OP_RANGE, 1, 3, builder_numbers(&builder, 1, 10), builder_numbers(&builder, 1, 4),
                        builder_numbers(&builder, 1, -4)),
           down);
    expect(builder_node(&builder, OP_RANGE, 1, 3, one(1), one(2.25f), one(0.5f)), up);
    expect(builder_node(&builder, OP_RANGE, 1, 3, builder_int64s(&builder, single, &low),
                        builder_int64s(&builder, single, &high), builder_int64s(&builder, single, &step)),
           wide);
}
END_TEST

START_TEST(eye_like_has_ones_on_a_diagonal)
{
    static const float above[] = {0, 1, 0, 0, 0, 1};
    static const int64_t below[] = {0, 0, 0, 1, 0, 0};
    static const float none[6] = {0};
    struct value *input = builder_counting(&builder, SHAPE(2, 3));
    struct node *node = builder_node(&builder, OP_EYE_LIKE, 1, 1, input);
    builder_int(node, "k", 1);
    expect(node, above);
    node = builder_node(&builder, OP_EYE_LIKE, 1, 1, input);
    builder_int(node, "k", -1);
    builder_int(node, "dtype", 9);
    expect(node, below);
    for (int sign = -1; sign <= 1; sign += 2) {
        node = builder_node(&builder, OP_EYE_LIKE, 1, 1, input);
        builder_int(node, "k", sign < 0 ? INT64_MIN : INT64_MAX);
        expect(node, none);
    }
}
END_TEST

/* Every diagonal from far below to far above, of two matrices of 2 x 3. */
START_TEST(trilu_keeps_one_side)
{
    for (int k = -5; k <= 5; k++)
        for (int upper = 0; upper < 2; upper++) {
            struct value *input = builder_counting(&builder, SHAPE(2, 2, 3));
            struct node *node = builder_node(&builder, OP_TRILU, 1, 2, input, builder_numbers(&builder, 1, k));
            float expected[12];
            builder_int(node, "upper", upper);
            for (int i = 0; i < 12; i++) {
                int distance = i % 3 - i / 3 % 2;
                expected[i] = (upper ? distance >= k : distance <= k) ? (float)i : 0;
            }
            expect(node, expected);
        }
}
END_TEST

START_TEST(cum_sum_runs_along_its_axis)
{
    static const float expected[4][6] = {
        {0, 1, 3, 3, 7, 12}, {0, 0, 1, 0, 3, 7}, {3, 3, 2, 12, 9, 5}, {3, 2, 0, 9, 5, 0}};
    static const int64_t columns[] = {0, 1, 2, 3, 5, 7};
    for (int i = 0; i < 4; i++) {
        struct node *node = builder_node(&builder, OP_CUM_SUM, 1, 2, builder_counting(&builder, SHAPE(2, 3)),
                                         builder_numbers(&builder, 1, -1));
        builder_int(node, "exclusive", i % 2);
        builder_int(node, "reverse", i / 2);
        expect(node, expected[i]);
    }
    expect(builder_node(&builder, OP_CUM_SUM, 1, 2, builder_counting_integers(&builder, SHAPE(2, 3)),
                        builder_numbers(&builder, 1, 0)),
           columns);
}
END_TEST

START_TEST(reverse_sequence_turns_the_beginning)
{
    static const float by_time[] = {2, 1, 0, 3, 4, 5}, by_batch[] = {1, 0, 2, 3, 4, 5};
    struct value *input = builder_counting(&builder, SHAPE(3, 2)), *wide = builder_counting(&builder, SHAPE(2, 3));
    struct value *lengths = builder_numbers(&builder, 2, 2, 1);
    expect(builder_node(&builder, OP_REVERSE_SEQUENCE, 1, 2, input, lengths), by_time);
    struct node *node = builder_node(&builder, OP_REVERSE_SEQUENCE, 1, 2, wide, lengths);
    builder_int(node, "batch_axis", 0);
    builder_int(node, "time_axis", 1);
    expect(node, by_batch);
}
END_TEST

START_TEST(lengths_of_sequences_stay_inside)
{
    static const int64_t wild[] = {INT64_MAX, INT64_MIN};
    static const float expected[] = {4, 1, 2, 3, 0, 5};
    expect(builder_node(&builder, OP_REVERSE_SEQUENCE, 1, 2, builder_counting(&builder, SHAPE(3, 2)),
                        builder_int64s(&builder, SHAPE(2), wild)),
           expected);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_generate");
    TCase *tcase = builder_case(suite, "generate");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, shape_and_size_are_constants);
    tcase_add_test(tcase, constant_of_shape_repeats_its_value);
    tcase_add_test(tcase, range_counts_in_either_direction);
    tcase_add_test(tcase, eye_like_has_ones_on_a_diagonal);
    tcase_add_test(tcase, trilu_keeps_one_side);
    tcase_add_test(tcase, cum_sum_runs_along_its_axis);
    tcase_add_test(tcase, reverse_sequence_turns_the_beginning);
    tcase_add_test(tcase, lengths_of_sequences_stay_inside);
    return harness_run(suite);
}
