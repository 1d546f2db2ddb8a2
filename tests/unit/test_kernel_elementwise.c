#include "kernel_builder.h"
#include "kernels/activation.h"

static struct senet_shape shape_of(int rank, const int *dims)
{
    struct senet_shape shape = {rank, {0}};
    for (int i = 0; i < rank; i++)
        shape.dim[i] = dims[i];
    return shape;
}

static const struct {
    int a_rank, a[5], b_rank, b[5];
} pairs[] = {
    {4, {2, 13, 9, 7}, 4, {2, 13, 9, 7}}, /* the same */
    {4, {2, 13, 9, 7}, 4, {2, 13, 1, 1}}, /* a gate */
    {4, {2, 13, 1, 1}, 4, {2, 13, 9, 7}},
    {4, {2, 13, 9, 7}, 3, {13, 1, 1}}, /* a bias */
    {4, {2, 13, 9, 7}, 0, {0}},        /* a scalar */
    {0, {0}, 4, {2, 13, 9, 7}},
    {4, {2, 13, 9, 7}, 1, {7}},          /* along the last axis */
    {4, {2, 13, 9, 7}, 4, {1, 1, 9, 7}}, /* one map for all channels */
    {4, {2, 1, 9, 1}, 4, {1, 13, 1, 7}}, /* both are stretched */
    {5, {2, 1, 3, 1, 5}, 5, {2, 4, 3, 6, 5}},
    {1, {1}, 1, {1}},
    {2, {1, 1}, 1, {1}},
    {4, {3, 13, 41, 37}, 4, {3, 13, 41, 37}}, /* enough for several threads */
    {4, {3, 13, 41, 37}, 4, {3, 13, 1, 1}},
    {4, {2, 40, 30, 41}, 4, {1, 40, 1, 41}}, /* members begin in the middle of several axes */
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void compare(enum op op, int index, struct activation activation)
{
    char text[64];
    struct builder builder;
    builder_init(&builder, 900u + (uint32_t)index);
    snprintf(text, sizeof text, "pair %d, activation %s", index, activation_text(activation.kind));
    struct node *node =
        builder_node(&builder, op, 1, 2, builder_random(&builder, shape_of(pairs[index].a_rank, pairs[index].a)),
                     builder_random(&builder, shape_of(pairs[index].b_rank, pairs[index].b)));
    node->activation = activation;
    builder_infer(&builder, node);
    builder_compare(&builder, node, 1e-6f, text);
    builder_release(&builder);
}

static const enum op arithmetic[] = {OP_ADD, OP_DIV, OP_MAX, OP_MIN, OP_MUL, OP_SUB, OP_SUM};
enum { ARITHMETICS = sizeof arithmetic / sizeof *arithmetic };

START_TEST(arithmetic_matches_reference_however_operands_broadcast)
{
    for (int i = 0; i < ARITHMETICS; i++)
        compare(arithmetic[i], _i, (struct activation){ACTIVATION_NONE, 0, 0});
    compare(OP_ADD, _i, (struct activation){ACTIVATION_RELU, 0, 0});
}
END_TEST

START_TEST(add_broadcasts_a_column_against_a_row)
{
    static const float column[] = {10, 20}, row[] = {1, 2, 3}, expected[] = {11, 12, 13, 21, 22, 23};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_ADD, 1, 2, builder_floats(&builder, SHAPE(2, 1), column),
                                     builder_floats(&builder, SHAPE(3), row));
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    builder_release(&builder);
}
END_TEST

enum { SETS = 3 }; /* of instructions, at most */

/* Per operator: what it gives for these, worked out from its definition. */
static const float probes[] = {-1000.0f, -4.0f, -1.5f, 0.0f, 0.5f, 3.0f, 1000.0f};
enum { PROBES = sizeof probes / sizeof *probes };
static const struct {
    enum op op;
    float expected[PROBES];
} functions[] = {
    {OP_RELU, {0, 0, 0, 0, 0.5f, 3, 1000}},
    {OP_CLIP, {-2, -2, -1.5f, 0, 0.5f, 1, 1}},
    {OP_SIGMOID, {0, 0.01798621f, 0.18242552f, 0.5f, 0.62245933f, 0.95257413f, 1}},
    {OP_HARD_SIGMOID, {0, 0, 0.2f, 0.5f, 0.6f, 1, 1}},
    {OP_HARD_SWISH, {0, 0, -0.375f, 0, 0.29166667f, 3, 1000}},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

START_TEST(activations_are_what_their_definitions_say)
{
    static const float low = -2, high = 1;
    struct builder builder;
    builder_init(&builder, 1);
    bool clip = functions[_i].op == OP_CLIP;
    struct node *node =
        builder_node(&builder, functions[_i].op, 1, clip ? 3 : 1, builder_floats(&builder, SHAPE(PROBES), probes),
                     builder_floats(&builder, SHAPE(1), &low), builder_floats(&builder, SHAPE(1), &high));
    if (functions[_i].op == OP_HARD_SIGMOID)
        builder_float(node, "alpha", 0.2f);
    builder_infer(&builder, node);
    builder_expect(node, functions[_i].expected, 1e-6f);
    builder_compare(&builder, node, 1e-6f, "probes");
    builder_release(&builder);
}
END_TEST

START_TEST(activations_match_reference_over_many_elements)
{
    struct builder builder;
    builder_init(&builder, 17);
    struct node *node = builder_node(&builder, functions[_i].op, 1, 1, builder_random(&builder, SHAPE(3, 13, 41, 37)));
    builder_infer(&builder, node);
    builder_compare(&builder, node, 1e-6f, "3x13x41x37");
    builder_release(&builder);
}
END_TEST

/* Set _i. */
START_TEST(the_epilogue_adds_the_bias_before_the_activation)
{
    if (!simd_at((size_t)_i))
        return;
    for (int kind = ACTIVATION_NONE; kind < ACTIVATION_COUNT; kind++) {
        const struct activation activation = {(enum activation_kind)kind, -0.25f, 0.75f};
        float values[PROBES];
        memcpy(values, probes, sizeof values);
        simd_at((size_t)_i)->activate(&activation, -1.0f, values, PROBES);
        for (int i = 0; i < PROBES; i++) {
            float expected = activation_value(&activation, probes[i] - 1.0f);
            bool same = values[i] == expected || (isnan(values[i]) && isnan(expected));
            ck_assert_msg(same || fabsf(values[i] - expected) <= 1e-6f * fabsf(expected), "%s of %g - 1: %g, not %g",
                          activation_text(activation.kind), (double)probes[i], (double)values[i], (double)expected);
        }
    }
}
END_TEST

START_TEST(nan_passes_through_bounds_and_is_not_hidden)
{
    if (!simd_at((size_t)_i))
        return;
    for (int kind = ACTIVATION_NONE; kind < ACTIVATION_COUNT; kind++) {
        const struct activation activation = {(enum activation_kind)kind, -1, 1};
        float value = NAN;
        simd_at((size_t)_i)->activate(&activation, 0.0f, &value, 1);
        ck_assert_msg(isnan(value), "%s", activation_text(activation.kind));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_elementwise");
    TCase *tcase = builder_case(suite, "elementwise");
    tcase_add_loop_test(tcase, arithmetic_matches_reference_however_operands_broadcast, 0, PAIRS);
    tcase_add_test(tcase, add_broadcasts_a_column_against_a_row);
    tcase_add_loop_test(tcase, activations_are_what_their_definitions_say, 0, FUNCTIONS);
    tcase_add_loop_test(tcase, activations_match_reference_over_many_elements, 0, FUNCTIONS);
    tcase_add_loop_test(tcase, the_epilogue_adds_the_bias_before_the_activation, 0, SETS);
    tcase_add_loop_test(tcase, nan_passes_through_bounds_and_is_not_hidden, 0, SETS);
    return harness_run(suite);
}
