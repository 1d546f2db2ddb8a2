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

START_TEST(se_matches_reference)
{
    char text[64];
    struct builder builder;
    const int *size = sizes[_i];
    builder_init(&builder, 60u + (uint32_t)_i);
    struct node *node = build(&builder, size[0], size[1], size[2], size[3], size[4]);
    snprintf(text, sizeof text, "%dx%d reduced to %d, %dx%d", size[0], size[1], size[2], size[3], size[4]);
    builder_compare(&builder, node, TOLERANCE, text);
    node->activation.kind = ACTIVATION_RELU;
    node->se->activation.kind = ACTIVATION_HARD_SWISH;
    node->se->gate = (struct activation){ACTIVATION_HARD_SIGMOID, 1.0f / 6, 0.5f};
    builder_compare(&builder, node, TOLERANCE, text);
    builder_release(&builder);
}
END_TEST

START_TEST(an_override_replaces_the_gate_of_the_channels_it_names)
{
    struct builder builder;
    builder_init(&builder, 8);
    struct node *node = build(&builder, 2, 3, 2, 4, 4);
    const float override[] = {0.25f, NAN, 0.0f};
    builder_compare_gated(&builder, node, TOLERANCE, override, "gate {0.25, own, 0}");
    void *own[2], *replaced[2];
    const struct kernel *kernel = kernel_find(&kernel_table, node);
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

int main(void)
{
    Suite *suite = suite_create("kernel_se");
    TCase *tcase = builder_case(suite, "se");
    tcase_add_loop_test(tcase, se_matches_reference, 0, SIZES);
    tcase_add_test(tcase, an_override_replaces_the_gate_of_the_channels_it_names);
    tcase_add_test(tcase, the_reference_squeezes_excites_and_rescales);
    return harness_run(suite);
}
