/* Resize and Upsample: ONNX's examples, and the fast kernel against the reference over all ways of resizing. */
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

static struct value *list_of(int count, const float *numbers)
{
    float *data = arena_alloc(&builder.arena, (size_t)count, sizeof *data);
    memcpy(data, numbers, (size_t)count * sizeof *data);
    return builder_floats(&builder, SHAPE(count), data);
}

/* By scales of the last two axes. */
static struct node *scaled(struct value *input, float height, float width)
{
    const float scales[] = {1, 1, height, width};
    return builder_node(&builder, OP_RESIZE, 1, 3, input, NULL, list_of(4, scales));
}

static void expect(struct node *node, const float *expected)
{
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-5f);
    builder_compare(&builder, node, 1e-6f, "by hand");
}

static struct value *square(int side)
{
    float *data = arena_alloc(&builder.arena, (size_t)(side * side), sizeof *data);
    for (int i = 0; i < side * side; i++)
        data[i] = (float)(i + 1);
    return builder_floats(&builder, SHAPE(1, 1, side, side), data);
}

START_TEST(nearest_repeats_pixels)
{
    static const float expected[] = {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4};
    expect(scaled(square(2), 2, 3), expected);
    const float scales[] = {1, 1, 2, 3};
    struct node *node = builder_node(&builder, OP_UPSAMPLE, 1, 2, square(2), list_of(4, scales));
    expect(node, expected);
    node = builder_node(&builder, OP_UPSAMPLE, 1, 1, square(2));
    struct attribute *attribute = builder_attribute(node, "scales", ATTRIBUTE_FLOATS);
    attribute->floats = list_of(4, scales)->data;
    attribute->count = 4;
    expect(node, expected);
}
END_TEST

START_TEST(linear_blends_pixels)
{
    static const float half_pixel[] = {1,    1.25f, 1.75f, 2,    1.5f, 1.75f, 2.25f, 2.5f,
                                       2.5f, 2.75f, 3.25f, 3.5f, 3,    3.25f, 3.75f, 4};
    static const float corners[] = {1,        4.0f / 3, 5.0f / 3, 2,         5.0f / 3, 2,         7.0f / 3,  8.0f / 3,
                                    7.0f / 3, 8.0f / 3, 3,        10.0f / 3, 3,        10.0f / 3, 11.0f / 3, 4};
    struct node *node = scaled(square(2), 2, 2);
    builder_string(node, "mode", "linear");
    expect(node, half_pixel);
    node = scaled(square(2), 2, 2);
    builder_string(node, "mode", "linear");
    builder_string(node, "coordinate_transformation_mode", "align_corners");
    expect(node, corners);
}
END_TEST

/* From ONNX's test_resize_downsample_scales_cubic: 4 x 4 by 0.8. */
START_TEST(cubic_follows_keys)
{
    static const float expected[] = {1.47119141f, 2.78125f,     4.08251953f, 6.71142578f, 8.02148438f,
                                     9.32275391f, 11.91650391f, 13.2265625f, 14.52783203f};
    struct node *node = scaled(square(4), 0.8f, 0.8f);
    builder_string(node, "mode", "cubic");
    expect(node, expected);
}
END_TEST

/* Rows at 1.2, 1.5 and 1.8; columns at 1.8, 3.45 and 5.1, of which only the first is inside. */
START_TEST(a_region_may_reach_outside)
{
    static const float region[] = {0.4f, 0.6f, 0.6f, 1.7f},
                       expected[] = {7.6f, 0.5f, 0.5f, 8.8f, 0.5f, 0.5f, 10, 0.5f, 0.5f};
    struct node *node = builder_node(&builder, OP_RESIZE, 1, 4, square(4), list_of(4, region), NULL,
                                     builder_numbers(&builder, 2, 3, 3));
    builder_ints(&builder, node, "axes", 2, 2, 3);
    builder_string(node, "mode", "linear");
    builder_string(node, "coordinate_transformation_mode", "tf_crop_and_resize");
    builder_float(node, "extrapolation_value", 0.5f);
    expect(node, expected);
}
END_TEST

START_TEST(integers_are_moved_too)
{
    static const int64_t expected[] = {0, 2, 3, 5};
    struct node *node = builder_node(&builder, OP_RESIZE, 1, 4, builder_counting_integers(&builder, SHAPE(2, 3)), NULL,
                                     NULL, builder_numbers(&builder, 2, 2, 2));
    builder_infer(&builder, node);
    builder_expect_bytes(node, expected);
    void *results[1];
    builder_run(kernel_find(&reference_kernel_table, node), node, NULL, NULL, results);
    ck_assert_mem_eq(results[0], expected, sizeof expected);
    free(results[0]);
}
END_TEST

/* Larger between two passes than anything may be: the naive kernel has no such buffer. Nothing is computed here. */
START_TEST(the_fast_kernel_leaves_what_it_cannot_buffer)
{
    struct value *input = graph_add_value(&builder.graph, "input");
    input->dtype = DTYPE_FLOAT32;
    input->shape = SHAPE(1, 1, (int64_t)1 << 31, 1);
    struct node *node =
        builder_node(&builder, OP_RESIZE, 1, 4, input, NULL, NULL, builder_numbers(&builder, 4, 1, 1, 1, 1 << 30));
    builder_infer(&builder, node);
    ck_assert_str_eq(kernel_find(&kernel_table, node)->name, "resize_planar_reference");
}
END_TEST

START_TEST(one_scale_for_all_axes_may_be_too_large)
{
    struct senet_error error;
    struct value *input = graph_add_value(&builder.graph, "input");
    input->dtype = DTYPE_FLOAT32;
    input->shape = SHAPE(1, (int64_t)1 << 36);
    static const int64_t sizes[] = {(int64_t)1 << 36, 1};
    struct node *node =
        builder_node(&builder, OP_RESIZE, 1, 4, input, NULL, NULL, builder_int64s(&builder, SHAPE(2), sizes));
    builder_string(node, "keep_aspect_ratio_policy", "not_smaller");
    ck_assert_int_eq(op_table[OP_RESIZE].infer(&builder.graph, node, &error), SENET_MODEL_UNSUPPORTED);
}
END_TEST

/* Until opset 10: up when shrinking. */
START_TEST(old_resize_rounds_up_when_it_shrinks)
{
    static const float scales[] = {1, 1, 0.6f, 0.6f}, expected[] = {1, 3, 9, 11};
    expect(builder_node(&builder, OP_RESIZE, 1, 2, square(4), list_of(4, scales)), expected);
}
END_TEST

/* Antialiasing by a half is a triangle over four pixels; at the ends, those outside count as the last one. */
START_TEST(antialiasing_averages_what_is_left_out)
{
    static const float expected[] = {(0 * 4 + 1 * 3 + 2) / 8.0f, (1 + 2 * 3 + 3 * 3 + 4) / 8.0f,
                                     (3 + 4 * 3 + 5 * 4) / 8.0f};
    struct node *node = builder_node(&builder, OP_RESIZE, 1, 4, builder_counting(&builder, SHAPE(6)), NULL, NULL,
                                     builder_numbers(&builder, 1, 3));
    builder_string(node, "mode", "linear");
    builder_int(node, "antialias", 1);
    expect(node, expected);
}
END_TEST

static const char *const modes[] = {"nearest", "linear", "cubic"};
static const char *const places[] = {"half_pixel",           "pytorch_half_pixel", "half_pixel_symmetric",
                                     "tf_half_pixel_for_nn", "align_corners",      "asymmetric",
                                     "tf_crop_and_resize"};
static const char *const rounds[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"};

/* Teams, shapes that grow in one axis and shrink in another, every axis at once; _i is the way of placing. */
START_TEST(the_fast_kernel_agrees_with_the_reference)
{
    static const int sizes[][4] = {{2, 3, 8, 14}, {2, 3, 3, 5}, {2, 3, 9, 2}, {2, 3, 4, 7}, {1, 4, 1, 9}, {3, 1, 5, 7}};
    static const float region[] = {0, 0.1f, -0.2f, 0.3f, 1, 0.8f, 0.9f, 1.4f};
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (size_t mode = 0; mode < 3; mode++)
            for (size_t round = 0; round < (mode ? 2 : 4); round++) {
                char text[160];
                struct value *input = builder_random(&builder, SHAPE(2, 3, 4, 7));
                const int *to = sizes[size];
                struct node *node = builder_node(&builder, OP_RESIZE, 1, 4, input, list_of(8, region), NULL,
                                                 builder_numbers(&builder, 4, to[0], to[1], to[2], to[3]));
                builder_string(node, "mode", modes[mode]);
                builder_string(node, "coordinate_transformation_mode", places[_i]);
                builder_string(node, "nearest_mode", rounds[round]);
                builder_int(node, "exclude_outside", mode && round);
                builder_int(node, "antialias", mode && !round && size % 2);
                builder_float(node, "extrapolation_value", -3);
                builder_infer(&builder, node);
                snprintf(text, sizeof text, "%s %s %s to %dx%dx%dx%d", modes[mode], places[_i], rounds[round], to[0],
                         to[1], to[2], to[3]);
                builder_compare(&builder, node, 1e-5f, text);
            }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_resize");
    TCase *tcase = builder_case(suite, "resize");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, nearest_repeats_pixels);
    tcase_add_test(tcase, linear_blends_pixels);
    tcase_add_test(tcase, cubic_follows_keys);
    tcase_add_test(tcase, a_region_may_reach_outside);
    tcase_add_test(tcase, integers_are_moved_too);
    tcase_add_test(tcase, the_fast_kernel_leaves_what_it_cannot_buffer);
    tcase_add_test(tcase, one_scale_for_all_axes_may_be_too_large);
    tcase_add_test(tcase, old_resize_rounds_up_when_it_shrinks);
    tcase_add_test(tcase, antialiasing_averages_what_is_left_out);
    tcase_add_loop_test(tcase, the_fast_kernel_agrees_with_the_reference, 0, 7);
    return harness_run(suite);
}
