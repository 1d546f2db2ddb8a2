/* Batch-, Instance-, Group-, Layer-, RMS- and MeanVarianceNormalization, LRN. */
#include "kernel_builder.h"

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

/* Planes around the sixteen lanes, of any rank, with each activation that may be fused. */
START_TEST(batch_normalization_matches_reference)
{
    static const struct senet_shape shapes[] = {
        {2, {3, 13}}, {3, {2, 5, 17}}, {4, {2, 13, 9, 7}}, {4, {1, 3, 112, 112}}, {5, {2, 3, 4, 5, 6}}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char text[32];
        struct builder builder;
        builder_init(&builder, 60u + (uint32_t)i);
        struct value *numbers[4];
        for (int j = 0; j < 4; j++) {
            numbers[j] = builder_random(&builder, SHAPE(shapes[i].dim[1]));
            for (int64_t k = 0; j == 3 && k < shapes[i].dim[1]; k++)
                ((float *)(uintptr_t)numbers[j]->data)[k] += 1.5f;
        }
        struct node *node = builder_node(&builder, OP_BATCH_NORMALIZATION, 1, 5, builder_random(&builder, shapes[i]),
                                         numbers[0], numbers[1], numbers[2], numbers[3]);
        node->activation.kind = i % 2 ? ACTIVATION_RELU : ACTIVATION_NONE;
        builder_infer(&builder, node);
        snprintf(text, sizeof text, "shape %zu", i);
        builder_compare(&builder, node, 1e-6f, text);
        builder_release(&builder);
    }
}
END_TEST

static const struct {
    enum op op;
    struct senet_shape input, scale, bias;
    int axis, groups;
} lines[] = {
    {OP_INSTANCE_NORMALIZATION, {4, {2, 13, 9, 7}}, {1, {13}}, {1, {13}}, 0, 0},
    {OP_INSTANCE_NORMALIZATION, {3, {2, 3, 100}}, {1, {3}}, {1, {3}}, 0, 0},
    {OP_INSTANCE_NORMALIZATION, {2, {2, 3}}, {1, {3}}, {1, {3}}, 0, 0},
    {OP_GROUP_NORMALIZATION, {4, {2, 12, 9, 7}}, {1, {12}}, {1, {12}}, 0, 3},
    {OP_GROUP_NORMALIZATION, {4, {2, 12, 9, 7}}, {1, {3}}, {1, {3}}, 0, 3},
    {OP_GROUP_NORMALIZATION, {2, {5, 32}}, {1, {32}}, {1, {32}}, 0, 4},
    {OP_LAYER_NORMALIZATION, {3, {2, 50, 96}}, {1, {96}}, {1, {96}}, -1, 0},
    {OP_LAYER_NORMALIZATION, {3, {2, 50, 96}}, {1, {96}}, {0, {0}}, -1, 0},
    {OP_LAYER_NORMALIZATION, {4, {2, 13, 9, 7}}, {3, {13, 9, 7}}, {3, {13, 9, 7}}, 1, 0},
    {OP_LAYER_NORMALIZATION, {4, {2, 13, 9, 7}}, {3, {13, 1, 1}}, {3, {13, 1, 1}}, 1, 0},
    {OP_LAYER_NORMALIZATION, {4, {2, 13, 9, 7}}, {3, {1, 9, 1}}, {1, {7}}, 1, 0},
    {OP_LAYER_NORMALIZATION, {4, {2, 13, 9, 7}}, {1, {7}}, {1, {7}}, 1, 0},
    {OP_LAYER_NORMALIZATION, {2, {3, 5}}, {1, {1}}, {2, {1, 1}}, 0, 0},
    {OP_RMS_NORMALIZATION, {3, {2, 50, 96}}, {1, {96}}, {-1, {0}}, -1, 0},
};
enum { LINES = sizeof lines / sizeof *lines };

START_TEST(normalised_lines_match_reference)
{
    char text[32];
    struct builder builder;
    builder_init(&builder, 30u + (uint32_t)_i);
    struct value *bias = lines[_i].bias.rank < 0 ? NULL : builder_random(&builder, lines[_i].bias);
    bool says_statistics = lines[_i].op == OP_LAYER_NORMALIZATION;
    struct node *node =
        builder_node(&builder, lines[_i].op, says_statistics ? 3 : 1, bias ? 3 : 2,
                     builder_random(&builder, lines[_i].input), builder_random(&builder, lines[_i].scale), bias);
    builder_int(node, "axis", lines[_i].axis);
    builder_int(node, "num_groups", lines[_i].groups);
    builder_float(node, "epsilon", 1e-3f);
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "case %d", _i);
    builder_compare(&builder, node, 1e-5f, text);
    builder_release(&builder);
}
END_TEST

/* Of mean 2 and variance 1, and of mean 12 and variance 4; epsilon is 0. */
START_TEST(layer_normalization_says_mean_and_deviation)
{
    static const float input[] = {1, 3, 10, 14}, scale[] = {2, 3}, bias[] = {0.5f, 1};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_LAYER_NORMALIZATION, 3, 3, builder_floats(&builder, SHAPE(2, 2), input),
                     builder_floats(&builder, SHAPE(2), scale), builder_floats(&builder, SHAPE(2), bias));
    builder_float(node, "epsilon", 0);
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){-1.5f, 4, -1.5f, 4}, 1e-6f);
    builder_expect_at(node, 1, (const float[]){2, 12}, 1e-6f);
    builder_expect_at(node, 2, (const float[]){1, 0.5f}, 1e-6f);
    node->outputs[1] = NULL;
    builder_expect_at(node, 2, (const float[]){1, 0.5f}, 1e-6f);
    builder_release(&builder);
}
END_TEST

START_TEST(groups_share_a_mean_and_channels_have_a_scale)
{
    static const float input[] = {1, 3, 5, 7, 10, 10, 10, 10}, scale[] = {1, 2, 3, 4}, bias[] = {0, 0, 1, 2};
    /* (1 3 5 7) has mean 4 and variance 5: times 1 / sqrt(5 + 4). */
    static const float expected[] = {-1, -1.0f / 3, 2.0f / 3, 2, 1, 1, 2, 2};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_GROUP_NORMALIZATION, 1, 3, builder_floats(&builder, SHAPE(1, 4, 2), input),
                     builder_floats(&builder, SHAPE(4), scale), builder_floats(&builder, SHAPE(4), bias));
    builder_int(node, "num_groups", 2);
    builder_float(node, "epsilon", 4);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}
END_TEST

START_TEST(rms_normalization_subtracts_nothing)
{
    static const float input[] = {3, 4, 0, 0}, scale[] = {1, 2};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_RMS_NORMALIZATION, 1, 2, builder_floats(&builder, SHAPE(2, 2), input),
                                     builder_floats(&builder, SHAPE(2), scale));
    builder_float(node, "epsilon", 12.5f); /* 25 / 2 + 12.5 = 5 * 5 */
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){0.6f, 1.6f, 0, 0}, 1e-6f);
    builder_release(&builder);
}
END_TEST

/* A line far from zero: squares of the numbers themselves would lose their differences. */
START_TEST(variance_survives_a_large_mean)
{
    float input[64], expected[64];
    struct builder builder;
    builder_init(&builder, 1);
    for (int i = 0; i < 64; i++) {
        expected[i] = i % 2 ? 1 : -1;
        input[i] = 10000 + expected[i];
    }
    static const float one[] = {1}, zero[] = {0};
    struct node *node =
        builder_node(&builder, OP_INSTANCE_NORMALIZATION, 1, 3, builder_floats(&builder, SHAPE(1, 1, 64), input),
                     builder_floats(&builder, SHAPE(1), one), builder_floats(&builder, SHAPE(1), zero));
    builder_float(node, "epsilon", 0);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}
END_TEST

/* One pixel, four channels: with size 3 each sees its neighbours, with size 2 the one behind. */
START_TEST(lrn_sums_over_neighbouring_channels)
{
    static const float input[] = {1, 2, 3, 4};
    static const struct {
        int size;
        float sums[4];
    } cases[] = {{3, {5, 14, 29, 25}}, {2, {5, 13, 25, 16}}, {1, {1, 4, 9, 16}}, {2147483647, {30, 30, 30, 30}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float expected[4];
        struct builder builder;
        builder_init(&builder, 1);
        struct node *node = builder_node(&builder, OP_LRN, 1, 1, builder_floats(&builder, SHAPE(1, 4, 1, 1), input));
        builder_int(node, "size", cases[i].size);
        builder_float(node, "alpha", 0.5f);
        builder_float(node, "beta", 0.5f);
        builder_float(node, "bias", 2);
        builder_infer(&builder, node);
        for (int c = 0; c < 4; c++)
            expected[c] = input[c] / sqrtf(2 + 0.5f / (float)cases[i].size * cases[i].sums[c]);
        builder_expect(node, expected, 1e-6f);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(lrn_matches_reference)
{
    static const int sizes[] = {1, 2, 5, 12, 40};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[32];
        struct builder builder;
        builder_init(&builder, 80u + (uint32_t)i);
        struct node *node = builder_node(&builder, OP_LRN, 1, 1, builder_random(&builder, SHAPE(2, 13, 19, 41)));
        builder_int(node, "size", sizes[i]);
        builder_float(node, "alpha", 0.3f);
        builder_infer(&builder, node);
        snprintf(text, sizeof text, "size %d", sizes[i]);
        builder_compare(&builder, node, 2e-6f, text);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(mean_and_variance_go_over_the_listed_axes)
{
    static const float input[] = {1, 10, 3, 14};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *columns =
        builder_node(&builder, OP_MEAN_VARIANCE_NORMALIZATION, 1, 1, builder_floats(&builder, SHAPE(2, 2), input));
    builder_ints(&builder, columns, "axes", 1, 0);
    builder_infer(&builder, columns);
    builder_expect(columns, (const float[]){-1, -1, 1, 1}, 1e-6f);
    struct node *channels = builder_node(&builder, OP_MEAN_VARIANCE_NORMALIZATION, 1, 1,
                                         builder_floats(&builder, SHAPE(2, 2, 1, 1), input));
    builder_infer(&builder, channels);
    builder_expect(channels, (const float[]){-1, -1, 1, 1}, 1e-6f);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_normalise");
    TCase *tcase = builder_case(suite, "normalise");
    tcase_add_test(tcase, batch_normalization_uses_the_stored_statistics);
    tcase_add_test(tcase, batch_normalization_matches_reference);
    tcase_add_loop_test(tcase, normalised_lines_match_reference, 0, LINES);
    tcase_add_test(tcase, layer_normalization_says_mean_and_deviation);
    tcase_add_test(tcase, groups_share_a_mean_and_channels_have_a_scale);
    tcase_add_test(tcase, rms_normalization_subtracts_nothing);
    tcase_add_test(tcase, variance_survives_a_large_mean);
    tcase_add_test(tcase, lrn_sums_over_neighbouring_channels);
    tcase_add_test(tcase, lrn_matches_reference);
    tcase_add_test(tcase, mean_and_variance_go_over_the_listed_axes);
    return harness_run(suite);
}
