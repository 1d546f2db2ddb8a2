#include "kernel_builder.h"

START_TEST(concat_joins_along_an_inner_axis)
{
    static const float a[] = {1, 2, 3, 4}, b[] = {5, 6}, expected[] = {1, 2, 5, 3, 4, 6};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_CONCAT, 1, 2, builder_floats(&builder, SHAPE(2, 2), a),
                                     builder_floats(&builder, SHAPE(2, 1), b));
    builder_int(node, "axis", -1);
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, joined);
    node = builder_node(&builder, OP_TRANSPOSE, 1, 1, builder_int64s(&builder, SHAPE(2, 2), a));
    builder_infer(&builder, node);
    builder_expect_bytes(node, turned);
    builder_release(&builder);
}
END_TEST

/* By folding, which leaves outputs that nobody has named alone. */
START_TEST(split_gives_each_output_its_part)
{
    static const float first[] = {0, 5}, last[] = {3, 4, 8, 9};
    struct builder builder;
    struct senet_error error;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_SPLIT, 3, 2, builder_counting(&builder, SHAPE(2, 5)),
                                     builder_numbers(&builder, 3, 1, 2, 2));
    builder_int(node, "axis", -1);
    node->outputs[1] = NULL;
    builder_infer(&builder, node);
    ck_assert_int_eq(node_fold(&builder.graph, node, &error), SENET_OK);
    ck_assert_int_eq(node->outputs[2]->shape.dim[1], 2);
    ck_assert_mem_eq(node->outputs[0]->data, first, sizeof first);
    ck_assert_mem_eq(node->outputs[2]->data, last, sizeof last);
    builder_release(&builder);
}
END_TEST

START_TEST(split_makes_equal_parts_or_a_smaller_last_one)
{
    static const struct {
        int dim, outputs, num_outputs;
        int sizes[3]; /* 0: refused */
    } cases[] = {
        {6, 3, 0, {2, 2, 2}}, {7, 3, 0, {0}}, {7, 3, 3, {3, 3, 1}}, {5, 2, 2, {3, 2}}, {4, 3, 3, {0}}, {3, 1, 1, {3}},
    };
    struct builder builder;
    struct senet_error error;
    builder_init(&builder, 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct value *input = builder_counting(&builder, SHAPE(cases[i].dim, 2));
        struct node *node = builder_node(&builder, OP_SPLIT, cases[i].outputs, 1, input);
        if (cases[i].num_outputs)
            builder_int(node, "num_outputs", cases[i].num_outputs);
        for (int again = 0; again < 2; again++)
            ck_assert_int_eq(op_table[OP_SPLIT].infer(&builder.graph, node, &error) == SENET_OK, cases[i].sizes[0] > 0);
        for (int output = 0; output < cases[i].outputs && cases[i].sizes[0] > 0; output++)
            ck_assert_int_eq(node->outputs[output]->shape.dim[0], cases[i].sizes[output]);
    }
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
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, expected);
    builder_release(&builder);
}
END_TEST

/* Sizes around the blocks that it works in, both types, teams. */
START_TEST(transpose_works_in_blocks)
{
    static const int dims[][3] = {{1, 1, 1}, {3, 17, 33}, {2, 16, 48}, {1, 50, 3}, {5, 3, 50}, {4, 1, 40}};
    struct builder builder;
    builder_init(&builder, 8);
    for (size_t i = 0; i < sizeof dims / sizeof *dims; i++)
        for (int integers = 0; integers < 2; integers++) {
            int n = dims[i][0], c = dims[i][1], p = dims[i][2];
            struct value *input = integers ? builder_counting_integers(&builder, SHAPE(n, c, p))
                                           : builder_counting(&builder, SHAPE(n, c, p));
            struct node *node = builder_node(&builder, OP_TRANSPOSE, 1, 1, input);
            builder_ints(&builder, node, "perm", 3, 0, 2, 1);
            builder_infer(&builder, node);
            for (int team = 0; team < BUILDER_TEAMS; team++) {
                void *results[1];
                builder_run(kernel_find(&kernel_table, node), node, builder.teams[team], NULL, results);
                for (int at = 0; at < n * c * p; at++) {
                    int from = (at / (c * p) * c + at % c) * p + at / c % p;
                    double moved = integers ? (double)((int64_t *)results[0])[at] : (double)((float *)results[0])[at];
                    ck_assert_int_eq((int)moved, from);
                }
                free(results[0]);
            }
        }
    builder_release(&builder);
}
END_TEST

/* The numbers of ONNX's example: 8 channels of 2 x 3, counted with gaps. */
static const float depths[] = {0,  1,  2,  3,  4,  5,  9,  10, 11, 12, 13, 14, 18, 19, 20, 21,
                               22, 23, 27, 28, 29, 30, 31, 32, 36, 37, 38, 39, 40, 41, 45, 46,
                               47, 48, 49, 50, 54, 55, 56, 57, 58, 59, 63, 64, 65, 66, 67, 68};

START_TEST(depth_to_space_interleaves_channels)
{
    static const float dcr[] = {0,  18, 1,  19, 2,  20, 36, 54, 37, 55, 38, 56, 3,  21, 4,  22,
                                5,  23, 39, 57, 40, 58, 41, 59, 9,  27, 10, 28, 11, 29, 45, 63,
                                46, 64, 47, 65, 12, 30, 13, 31, 14, 32, 48, 66, 49, 67, 50, 68};
    static const float crd[] = {0,  9,  1,  10, 2,  11, 18, 27, 19, 28, 20, 29, 3,  12, 4,  13,
                                5,  14, 21, 30, 22, 31, 23, 32, 36, 45, 37, 46, 38, 47, 54, 63,
                                55, 64, 56, 65, 39, 48, 40, 49, 41, 50, 57, 66, 58, 67, 59, 68};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_floats(&builder, SHAPE(1, 8, 2, 3), depths);
    for (int i = 0; i < 3; i++) {
        struct node *node = builder_node(&builder, OP_DEPTH_TO_SPACE, 1, 1, input);
        builder_int(node, "blocksize", 2);
        if (i > 0)
            builder_string(node, "mode", i == 1 ? "DCR" : "CRD");
        builder_infer(&builder, node);
        builder_expect_bytes(node, i == 2 ? crd : dcr);
    }
    builder_release(&builder);
}
END_TEST

START_TEST(space_to_depth_undoes_depth_to_space)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_floats(&builder, SHAPE(1, 8, 2, 3), depths);
    struct node *node = builder_node(&builder, OP_DEPTH_TO_SPACE, 1, 1, input);
    void *results[1];
    builder_int(node, "blocksize", 2);
    builder_infer(&builder, node);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    struct node *back =
        builder_node(&builder, OP_SPACE_TO_DEPTH, 1, 1, builder_floats(&builder, SHAPE(1, 2, 4, 6), results[0]));
    builder_int(back, "blocksize", 2);
    builder_infer(&builder, back);
    builder_expect_bytes(back, depths);
    free(results[0]);
    builder_release(&builder);
}
END_TEST

START_TEST(channel_shuffle_interleaves_groups)
{
    static const int order[] = {0, 3, 1, 4, 2, 5};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_CHANNEL_SHUFFLE, 1, 1, builder_counting(&builder, SHAPE(2, 6, 2, 2)));
    builder_int(node, "group", 2);
    builder_infer(&builder, node);
    float expected[48];
    for (int i = 0; i < 48; i++)
        expected[i] = (float)(i / 24 * 24 + order[i / 4 % 6] * 4 + i % 4);
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, expected);
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
    builder_expect_bytes(node, input);
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
    tcase_add_test(tcase, split_gives_each_output_its_part);
    tcase_add_test(tcase, split_makes_equal_parts_or_a_smaller_last_one);
    tcase_add_test(tcase, transpose_works_in_blocks);
    tcase_add_test(tcase, depth_to_space_interleaves_channels);
    tcase_add_test(tcase, space_to_depth_undoes_depth_to_space);
    tcase_add_test(tcase, channel_shuffle_interleaves_groups);
    tcase_add_test(tcase, transpose_without_perm_reverses_the_axes);
    tcase_add_loop_test(tcase, transpose_puts_every_element_in_its_place, 0, 24);
    return harness_run(suite);
}
