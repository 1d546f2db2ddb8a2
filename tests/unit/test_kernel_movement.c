#include "kernel_builder.h"

/* Runs the node and compares bytes. */
static void expect_bytes(const struct node *node, const void *expected)
{
    void *results[1];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    ck_assert_mem_eq(results[0], expected, builder_bytes(node->outputs[0]));
    free(results[0]);
}

START_TEST(concat_joins_along_an_inner_axis)
{
    static const float a[] = {1, 2, 3, 4}, b[] = {5, 6}, expected[] = {1, 2, 5, 3, 4, 6};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_CONCAT, 1, 2, builder_floats(&builder, SHAPE(2, 2), a),
                                     builder_floats(&builder, SHAPE(2, 1), b));
    builder_int(node, "axis", -1);
    builder_infer(&builder, node);
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

START_TEST(concat_joins_channels_of_three_images)
{
    struct builder builder;
    builder_init(&builder, 9);
    struct value *parts[3];
    for (int i = 0; i < 3; i++)
        parts[i] = builder_random(&builder, SHAPE(2, i + 1, 3, 5));
    struct node *node = builder_node(&builder, OP_CONCAT, 1, 3, parts[0], parts[1], parts[2]);
    builder_int(node, "axis", 1);
    builder_infer(&builder, node);
    float expected[2 * 6 * 15], *next = expected;
    for (int image = 0; image < 2; image++)
        for (int i = 0; i < 3; next += (i + 1) * 15, i++)
            memcpy(next, (const float *)parts[i]->data + image * (i + 1) * 15, (size_t)(i + 1) * 15 * sizeof *next);
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

START_TEST(concat_and_transpose_move_int64)
{
    static const int64_t a[] = {1, -2, INT64_MAX, 4}, b[] = {5, 6};
    static const int64_t joined[] = {1, -2, INT64_MAX, 4, 5, 6}, turned[] = {1, INT64_MAX, -2, 4};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_CONCAT, 1, 2, builder_int64s(&builder, SHAPE(4), a),
                                     builder_int64s(&builder, SHAPE(2), b));
    builder_int(node, "axis", 0);
    builder_infer(&builder, node);
    expect_bytes(node, joined);
    node = builder_node(&builder, OP_TRANSPOSE, 1, 1, builder_int64s(&builder, SHAPE(2, 2), a));
    builder_infer(&builder, node);
    expect_bytes(node, turned);
    builder_release(&builder);
}
END_TEST

START_TEST(transpose_without_perm_reverses_the_axes)
{
    static const float input[] = {0, 1, 2, 3, 4, 5};
    static const float expected[] = {0, 3, 1, 4, 2, 5};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_TRANSPOSE, 1, 1, builder_floats(&builder, SHAPE(1, 2, 3), input));
    builder_infer(&builder, node);
    ck_assert_int_eq(node->outputs[0]->shape.dim[0], 3);
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

/* Against the definition, element by element, for all 24 orders of four axes; _i counts them. */
START_TEST(transpose_puts_every_element_in_its_place)
{
    static const int dims[] = {2, 3, 4, 5};
    int perm[4], left[] = {0, 1, 2, 3}, code = _i;
    for (int i = 0; i < 4; i++) {
        int pick = code % (4 - i);
        code /= 4 - i;
        perm[i] = left[pick];
        memmove(left + pick, left + pick + 1, (size_t)(3 - pick) * sizeof *left);
    }
    struct builder builder;
    builder_init(&builder, 30u + (uint32_t)_i);
    struct value *input = builder_random(&builder, SHAPE(dims[0], dims[1], dims[2], dims[3]));
    struct node *node = builder_node(&builder, OP_TRANSPOSE, 1, 1, input);
    builder_ints(&builder, node, "perm", 4, perm[0], perm[1], perm[2], perm[3]);
    builder_infer(&builder, node);
    float expected[120];
    for (int i = 0; i < 120; i++) {
        int from[] = {i / 60, i / 20 % 3, i / 5 % 4, i % 5}, to = 0;
        for (int axis = 0; axis < 4; axis++)
            to = to * dims[perm[axis]] + from[perm[axis]];
        expected[to] = ((const float *)input->data)[i];
    }
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

START_TEST(pad_surrounds_with_its_value)
{
    static const float input[] = {1, 2, 3, 4, 5, 6};
    static const float expected[] = {7, 7, 7, 7, 7, 1, 2, 3, 7, 4, 5, 6, 7, 7, 7, 7};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_PAD, 1, 1, builder_floats(&builder, SHAPE(2, 3), input));
    builder_ints(&builder, node, "pads", 4, 1, 1, 1, 0);
    builder_float(node, "value", 7);
    builder_infer(&builder, node);
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

/* Every axis padded unevenly; axes of one element have stride 0. */
START_TEST(pad_keeps_each_element_in_its_place)
{
    static const int begins[] = {1, 0, 2, 1};
    struct builder builder;
    builder_init(&builder, 4);
    struct value *input = builder_random(&builder, SHAPE(1, 1, 3, 5));
    struct node *node = builder_node(&builder, OP_PAD, 1, 1, input);
    builder_ints(&builder, node, "pads", 8, 1, 0, 2, 1, 0, 0, 1, 2);
    builder_infer(&builder, node);
    float expected[2 * 1 * 6 * 8] = {0};
    for (int h = 0; h < 3; h++)
        for (int w = 0; w < 5; w++)
            expected[(begins[0] * 6 + h + begins[2]) * 8 + w + begins[3]] = ((const float *)input->data)[h * 5 + w];
    expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

START_TEST(pad_takes_scalars)
{
    static const float input[] = {3};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_PAD, 1, 1, builder_floats(&builder, (struct senet_shape){0}, input));
    builder_ints(&builder, node, "pads", 0);
    builder_infer(&builder, node);
    expect_bytes(node, input);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_movement");
    TCase *tcase = builder_case(suite, "movement");
    tcase_add_test(tcase, pad_surrounds_with_its_value);
    tcase_add_test(tcase, pad_keeps_each_element_in_its_place);
    tcase_add_test(tcase, pad_takes_scalars);
    tcase_add_test(tcase, concat_joins_along_an_inner_axis);
    tcase_add_test(tcase, concat_joins_channels_of_three_images);
    tcase_add_test(tcase, concat_and_transpose_move_int64);
    tcase_add_test(tcase, transpose_without_perm_reverses_the_axes);
    tcase_add_loop_test(tcase, transpose_puts_every_element_in_its_place, 0, 24);
    return harness_run(suite);
}
