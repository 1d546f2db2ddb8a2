#include "kernel_builder.h"

#define TOLERANCE 1e-5f

static struct node *build(struct builder *builder, int batch, int channels, int reduced, int height, int width)
{
    struct node *node =
        builder_node(builder, OP_SE, 2, 5, builder_random(builder, SHAPE(batch, channels, height, width)),
                     builder_random(builder, SHAPE(reduced, channels)), builder_random(builder, SHAPE(reduced)),
                     builder_random(builder, SHAPE(channels, reduced)), builder_random(builder, SHAPE(channels)));
    node->se = arena_alloc(&builder->arena, 1, sizeof *node->se);
    *node->se = (struct se_block){.layer = "se",
                                  .activation = {ACTIVATION_RELU, 0, 0},
                                  .gate = {ACTIVATION_SIGMOID, 0, 0},
                                  .channels = channels,
                                  .reduced = reduced};
    builder_infer(builder, node);
    return node;
}

static const int sizes[][5] = {
    {1, 13, 4, 9, 7}, {3, 13, 1, 9, 7}, {2, 16, 1, 1, 1}, {1, 1, 1, 3, 3}, {2, 24, 6, 41, 37}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The squeeze, the excitation and the rescale by nodes of their own are the block by one. */
START_TEST(a_block_is_the_sum_of_its_parts)
{
    struct builder builder;
    const int *size = sizes[_i];
    void *whole[BUILDER_OUTPUTS], *results[3][BUILDER_OUTPUTS];
    builder_init(&builder, 60u + (uint32_t)_i);
    struct node *se = build(&builder, size[0], size[1], size[2], size[3], size[4]);
    se->se->activation.kind = ACTIVATION_HARD_SWISH;
    se->se->gate = (struct activation){ACTIVATION_HARD_SIGMOID, 1.0f / 6, 0.5f};
    se->activation.kind = ACTIVATION_SIGMOID;
    builder_run(kernel_find(&reference_kernel_table, se), se, NULL, NULL, whole);
    struct value *image = se->inputs[0];
    struct node *squeeze = builder_node(&builder, OP_CHANNEL_MEANS, 1, 1, image);
    struct node *excite = builder_node(&builder, OP_EXCITATION, 1, 5, squeeze->outputs[0], se->inputs[1], se->inputs[2],
                                       se->inputs[3], se->inputs[4]);
    struct node *rescale = builder_node(&builder, OP_RESCALE, 2, 2, image, excite->outputs[0]);
    excite->se = se->se;
    rescale->outputs[1] = NULL;
    rescale->activation = se->activation;
    struct node *const nodes[] = {squeeze, excite, rescale};
    for (int i = 0; i < 3; i++) {
        builder_infer(&builder, nodes[i]);
        builder_run(kernel_find(&kernel_table, nodes[i]), nodes[i], builder.teams[_i % 3], NULL, results[i]);
        nodes[i]->outputs[0]->data = results[i][0];
    }
    builder_check_output(se->outputs[0], whole[0], results[2][0], TOLERANCE, "rescale", 1, "rescaled");
    builder_check_output(se->outputs[1], whole[1], results[1][0], TOLERANCE, "excitation", 1, "gate");
    for (int i = 0; i < 3; i++)
        builder_free(nodes[i], results[i]);
    builder_free(se, whole);
    builder_release(&builder);
}
END_TEST

START_TEST(the_squeeze_matches_reference)
{
    char text[64];
    struct builder builder;
    const int *size = sizes[_i];
    builder_init(&builder, 50u + (uint32_t)_i);
    for (int taps = 1; taps <= SQUEEZE_TAPS; taps += SQUEEZE_TAPS - 1) {
        struct node *node = builder_node(&builder, OP_CHANNEL_MEANS, 1, 1,
                                         builder_random(&builder, SHAPE(size[0], size[1], size[3], size[4])));
        builder_int(node, "taps", taps);
        builder_infer(&builder, node);
        snprintf(text, sizeof text, "%d taps of %dx%d, %dx%d", taps, size[0], size[1], size[3], size[4]);
        ck_assert_int_eq(node->outputs[0]->shape.dim[1], size[1] * taps);
        builder_compare(&builder, node, TOLERANCE, text);
    }
    builder_release(&builder);
}
END_TEST

/* 1 2 / 3 4: the top left tap sees 1 alone, the top one 1 and 2, the middle everything. */
START_TEST(the_squeeze_by_taps_is_what_a_convolution_sees)
{
    static const float input[] = {1, 2, 3, 4};
    static const float expected[] = {0.25f, 0.75f, 0.5f, 1, 2.5f, 1.5f, 0.75f, 1.75f, 1};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_CHANNEL_MEANS, 1, 1, builder_floats(&builder, SHAPE(1, 1, 2, 2), input));
    builder_int(node, "taps", SQUEEZE_TAPS);
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    builder_release(&builder);
}
END_TEST

/* So many rows that the team shares them. */
static const int excitations[][4] = {{1, 13, 4, 13}, {3, 5, 1, 7}, {2, 1, 1, 1}, {2, 700, 60, 260}, {3, 64, 300, 150}};
enum { EXCITATIONS = sizeof excitations / sizeof *excitations };

START_TEST(the_excitation_matches_reference)
{
    char text[64];
    struct builder builder;
    const int images = excitations[_i][0], inputs = excitations[_i][1], reduced = excitations[_i][2],
              channels = excitations[_i][3];
    float override[300];
    for (int c = 0; c < 300; c++)
        override[c] = c % 3 ? NAN : 0.5f * (float)c;
    builder_init(&builder, 80u + (uint32_t)_i);
    struct node *node =
        builder_node(&builder, OP_EXCITATION, 1, 5, builder_random(&builder, SHAPE(images, inputs)),
                     builder_random(&builder, SHAPE(reduced, inputs)), builder_random(&builder, SHAPE(reduced)),
                     builder_random(&builder, SHAPE(channels, reduced)), builder_random(&builder, SHAPE(channels)));
    struct se_block block = {.activation = {ACTIVATION_HARD_SWISH, 0, 0},
                             .gate = {ACTIVATION_SIGMOID, 0, 0},
                             .channels = channels,
                             .reduced = reduced};
    node->se = &block;
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "%d images, %d to %d to %d", images, inputs, reduced, channels);
    builder_compare(&builder, node, TOLERANCE, text);
    builder_compare_gated(&builder, node, TOLERANCE, override, text);
    void *alone[BUILDER_OUTPUTS], *shared[BUILDER_OUTPUTS];
    const struct kernel *kernel = kernel_find(&kernel_table, node);
    builder_run(kernel, node, NULL, override, alone);
    builder_run(kernel, node, builder.teams[2], override, shared);
    ck_assert_mem_eq(alone[0], shared[0], builder_bytes(node->outputs[0])); /* whoever computes which row */
    for (int i = 0; i < images * channels; i += 3)
        if (i % channels % 3 == 0)
            ck_assert_float_eq(((const float *)alone[0])[i], override[i % channels]);
    builder_free(node, alone);
    builder_free(node, shared);
    builder_release(&builder);
}
END_TEST

START_TEST(a_gate_is_applied_as_it_is_unless_it_is_overridden)
{
    static const float own[] = {1, 2, 3, 4}, override[] = {NAN, 10}, applied[] = {1, 10, 3, 10};
    struct se_block block = {.channels = 2};
    struct builder builder;
    void *results[BUILDER_OUTPUTS];
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_GATE, 1, 1, builder_floats(&builder, SHAPE(2, 1, 2, 1), own));
    node->se = &block;
    builder_infer(&builder, node);
    builder_expect(node, own, 0.0f);
    builder_run(kernel_find(&kernel_table, node), node, NULL, override, results);
    ck_assert_floats_near(applied, (const float *)results[0], 4, 0);
    builder_free(node, results);
    builder_release(&builder);
}
END_TEST

START_TEST(an_override_replaces_the_gate_of_the_channels_it_names)
{
    struct builder builder;
    builder_init(&builder, 8);
    struct node *node = build(&builder, 2, 3, 2, 4, 4);
    const float override[] = {0.25f, NAN, 0.0f};
    void *own[2], *replaced[2];
    const struct kernel *kernel = kernel_find(&reference_kernel_table, node);
    builder_run(kernel, node, NULL, NULL, own);
    builder_run(kernel, node, NULL, override, replaced);
    const float *own_gate = own[1], *gate = replaced[1], *output = replaced[0], *input = node->inputs[0]->data;
    for (int image = 0; image < 2; image++) {
        ck_assert_float_eq(gate[image * 3], 0.25f);
        ck_assert_float_eq(gate[image * 3 + 1], own_gate[image * 3 + 1]);
        ck_assert_float_eq(gate[image * 3 + 2], 0.0f);
        ck_assert_float_eq(output[image * 48], 0.25f * input[image * 48]);
        ck_assert_float_eq(output[image * 48 + 32], 0.0f);
    }
    for (int i = 0; i < 2; i++) {
        free(own[i]);
        free(replaced[i]);
    }
    builder_release(&builder);
}
END_TEST

/* z = (2, 6); relu(z0 - z1 + 5) = 1; gates hard: 1 * 0.25 + 0.25 = 0.5 and 1 * -1 + 0.25 < 0. */
START_TEST(the_reference_squeezes_excites_and_rescales)
{
    static const float input[] = {1, 3, 4, 8}, w1[] = {1, -1}, b1[] = {5}, w2[] = {0.25f, -1}, b2[] = {0.25f, 0.25f};
    static const float rescaled[] = {0.5f, 1.5f, 0, 0}, gates[] = {0.5f, 0};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = build(&builder, 1, 2, 1, 1, 2);
    const float *operands[] = {input, w1, b1, w2, b2};
    for (int i = 0; i < 5; i++)
        node->inputs[i]->data = operands[i];
    node->se->gate = (struct activation){ACTIVATION_HARD_SIGMOID, 1, 0};
    void *results[2];
    builder_run(kernel_find(&reference_kernel_table, node), node, NULL, NULL, results);
    ck_assert_floats_near(rescaled, (const float *)results[0], 4, 1e-6f);
    ck_assert_floats_near(gates, (const float *)results[1], 2, 1e-6f);
    free(results[0]);
    free(results[1]);
    builder_release(&builder);
}
END_TEST

/* ------------------------------------------------------------------ rescale */

/* With a gate for each channel, in one shape or another, or for each position. */
static struct node *build_rescale(struct builder *builder, const int *size, struct senet_shape gate)
{
    struct node *node =
        builder_node(builder, OP_RESCALE, 2, 2, builder_random(builder, SHAPE(size[0], size[1], size[3], size[4])),
                     builder_random(builder, gate));
    node->se = arena_alloc(&builder->arena, 1, sizeof *node->se);
    *node->se = (struct se_block){.layer = "se", .channels = size[1]};
    builder_infer(builder, node);
    return node;
}

START_TEST(rescale_matches_reference)
{
    char text[64];
    struct builder builder;
    const int *size = sizes[_i];
    float override[24];
    for (int c = 0; c < 24; c++)
        override[c] = c % 3 ? NAN : 0.5f * (float)c;
    builder_init(&builder, 70u + (uint32_t)_i);
    const struct senet_shape gates[] = {SHAPE(size[0], size[1], 1, 1), SHAPE(size[0], size[1]),
                                        SHAPE(size[0], size[1], size[3], size[4])};
    for (int form = 0; form < 6; form++) {
        struct node *node = build_rescale(&builder, size, gates[form % 3]);
        struct value *operands[] = {node->inputs[0], node->inputs[1],
                                    builder_random(&builder, node->outputs[0]->shape)};
        if (form >= 3) {
            node->inputs = operands;
            node->input_count = 3;
        }
        snprintf(text, sizeof text, "form %d, %dx%d, %dx%d", form, size[0], size[1], size[3], size[4]);
        builder_compare(&builder, node, TOLERANCE, text);
        node->activation = (struct activation){ACTIVATION_HARD_SIGMOID, 0.2f, 0.5f};
        builder_compare(&builder, node, TOLERANCE, text);
        builder_compare_gated(&builder, node, TOLERANCE, override, text);
    }
    builder_release(&builder);
}
END_TEST

static void check_rescale(struct node *node, const float *override, const float *rescaled, const float *gates)
{
    const struct kernel *const kernels[] = {kernel_find(&kernel_table, node),
                                            kernel_find(&reference_kernel_table, node)};
    for (int i = 0; i < 2; i++) {
        void *results[2];
        builder_run(kernels[i], node, NULL, override, results);
        ck_assert_floats_near(rescaled, (const float *)results[0], senet_shape_elements(&node->inputs[0]->shape), 0);
        ck_assert_floats_near(gates, (const float *)results[1], node->inputs[0]->shape.dim[0] * node->se->channels, 0);
        free(results[0]);
        free(results[1]);
    }
}

/* Two images of two channels of two positions; the second channel is overridden. */
START_TEST(rescale_multiplies_each_channel_by_its_gate)
{
    static const int size[] = {2, 2, 0, 1, 2};
    static const float input[] = {1, 2, 3, 4, 5, 6, 7, 8}, gate[] = {2, 3, -1, 0.5f}, override[] = {NAN, 10};
    static const float own[] = {2, 4, 9, 12, -5, -6, 3.5f, 4}, overridden[] = {2, 4, 30, 40, -5, -6, 70, 80};
    static const float applied[] = {2, 10, -1, 10};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = build_rescale(&builder, size, SHAPE(2, 2, 1, 1));
    node->inputs[0]->data = input;
    node->inputs[1]->data = gate;
    check_rescale(node, NULL, own, gate);
    check_rescale(node, override, overridden, applied);
    builder_release(&builder);
}
END_TEST

/* What is read is the mean; an override replaces every position. */
START_TEST(rescale_multiplies_each_position_by_its_gate)
{
    static const int size[] = {1, 2, 0, 1, 2};
    static const float input[] = {1, 2, 3, 4}, gate[] = {2, 4, -1, 0}, override[] = {NAN, 10};
    static const float own[] = {2, 8, -3, 0}, own_means[] = {3, -0.5f};
    static const float overridden[] = {2, 8, 30, 40}, applied[] = {3, 10};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = build_rescale(&builder, size, SHAPE(1, 2, 1, 2));
    node->inputs[0]->data = input;
    node->inputs[1]->data = gate;
    check_rescale(node, NULL, own, own_means);
    check_rescale(node, override, overridden, applied);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_se");
    TCase *tcase = builder_case(suite, "se");
    tcase_add_loop_test(tcase, a_block_is_the_sum_of_its_parts, 0, SIZES);
    tcase_add_loop_test(tcase, the_squeeze_matches_reference, 0, SIZES);
    tcase_add_test(tcase, the_squeeze_by_taps_is_what_a_convolution_sees);
    tcase_add_loop_test(tcase, the_excitation_matches_reference, 0, EXCITATIONS);
    tcase_add_test(tcase, a_gate_is_applied_as_it_is_unless_it_is_overridden);
    tcase_add_test(tcase, an_override_replaces_the_gate_of_the_channels_it_names);
    tcase_add_test(tcase, the_reference_squeezes_excites_and_rescales);
    TCase *rescale = builder_case(suite, "rescale");
    tcase_add_loop_test(rescale, rescale_matches_reference, 0, SIZES);
    tcase_add_test(rescale, rescale_multiplies_each_channel_by_its_gate);
    tcase_add_test(rescale, rescale_multiplies_each_position_by_its_gate);
    return harness_run(suite);
}
