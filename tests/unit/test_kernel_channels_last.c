/* The kernels over channels-last images, apart from convolutions, over numbers of channels that vectors do not fit. */
#include "kernel_builder.h"

static const int channels[] = {1, 3, 8, 13, 16, 24, 40, 72, 512, 520};
static const int widths[] = {1, 7, 9};
enum { CHANNELS = sizeof channels / sizeof *channels, WIDTHS = sizeof widths / sizeof *widths };

/* That kernel, of all those that accept the node, is among them: the comparison would not miss it. */
static void check_is_offered(struct builder *builder, const struct node *node)
{
    const struct node *planned = builder_planned(node, LAYOUT_CHANNELS_LAST, &builder->arena);
    const struct kernel *kernel = kernel_find_near(&kernel_table, planned, LAYOUT_CHANNELS_LAST);
    ck_assert_msg(kernel->reads == LAYOUT_CHANNELS_LAST, "%s is planar", kernel->name);
}

static void compare(struct builder *builder, struct node *node, float tolerance, const struct senet_shape *shape)
{
    char text[96];
    builder_infer(builder, node);
    check_is_offered(builder, node);
    snprintf(text, sizeof text, "%s, %d channels, %dx%d", op_table[node->op].name, (int)shape->dim[1],
             (int)shape->dim[2], (int)shape->dim[3]);
    builder_compare(builder, node, tolerance, text);
}

static struct senet_shape shape_of(int channel_count, int width)
{
    return SHAPE(2, channel_count, 5, width);
}

START_TEST(pools_match_reference)
{
    static const int windows[][4] = {{3, 2, 1, 1}, {2, 2, 0, 1}, {3, 1, 1, 2}, {1, 1, 0, 1}, {2, 3, 1, 1}};
    static const enum op ops[] = {OP_MAX_POOL, OP_AVERAGE_POOL};
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++)
        for (int option = 0; option < 2 * WIDTHS; option++) {
            struct builder builder;
            builder_init(&builder, 10u * (uint32_t)_i + (uint32_t)w);
            const int *window = windows[w], pad = window[2];
            struct senet_shape shape = shape_of(channels[_i], widths[option / 2]);
            struct node *node = builder_node(&builder, ops[option % 2], 1, 1, builder_random(&builder, shape));
            builder_ints(&builder, node, "kernel_shape", 2, window[0], shape.dim[3] > 2 ? window[0] : 1);
            builder_ints(&builder, node, "strides", 2, window[1], window[1]);
            builder_ints(&builder, node, "pads", 4, pad, shape.dim[3] > 2 ? pad : 0, pad, shape.dim[3] > 2 ? pad : 0);
            builder_ints(&builder, node, "dilations", 2, window[3], window[3]);
            builder_int(node, "ceil_mode", (int)w % 2);
            builder_int(node, "count_include_pad", option % 4 == 1);
            compare(&builder, node, 1e-6f, &shape);
            builder_release(&builder);
        }
}
END_TEST

START_TEST(global_pools_match_reference)
{
    static const enum op ops[] = {OP_GLOBAL_AVERAGE_POOL, OP_GLOBAL_MAX_POOL};
    for (int option = 0; option < 2 * WIDTHS; option++) {
        struct builder builder;
        builder_init(&builder, 500u + (uint32_t)_i);
        struct senet_shape shape = SHAPE(2, channels[_i], 31, widths[option / 2]);
        compare(&builder, builder_node(&builder, ops[option % 2], 1, 1, builder_random(&builder, shape)), 1e-6f,
                &shape);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(means_of_many_pixels_are_exact)
{
    struct builder builder;
    builder_init(&builder, 600);
    struct senet_shape shape = SHAPE(1, 8, 112, 112);
    float *ones = arena_alloc(&builder.arena, 8 * 112 * 112, sizeof *ones);
    for (int i = 0; i < 8 * 112 * 112; i++)
        ones[i] = 1.0f + 1.0f / 4096;
    compare(&builder, builder_node(&builder, OP_GLOBAL_AVERAGE_POOL, 1, 1, builder_floats(&builder, shape, ones)),
            1e-6f, &shape);
    builder_release(&builder);
}
END_TEST

START_TEST(not_a_number_passes_through_each_maximum)
{
    for (int place = 0; place < 9; place++)
        for (size_t set = 0; simd_at(set); set++) {
            struct builder builder;
            void *results[BUILDER_OUTPUTS];
            float image[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
            image[place] = NAN;
            builder_init(&builder, 1);
            struct value *x = builder_floats(&builder, SHAPE(1, 1, 3, 3), image);
            struct node *node = builder_node(&builder, place % 2 ? OP_MAX_POOL : OP_GLOBAL_MAX_POOL, 1, 1, x);
            builder_ints(&builder, node, "kernel_shape", 2, 3, 3);
            builder_infer(&builder, node);
            const struct node *planned = builder_planned(node, LAYOUT_CHANNELS_LAST, &builder.arena);
            builder_run_with(simd_at(set), kernel_find_near(&kernel_table, planned, LAYOUT_CHANNELS_LAST), node, NULL,
                             NULL, results);
            ck_assert(isnan(*(const float *)results[0]));
            builder_free(node, results);
            builder_release(&builder);
        }
}
END_TEST

static const enum op arithmetic[] = {OP_ADD, OP_DIV, OP_MAX, OP_MIN, OP_MUL, OP_PRELU, OP_SUB, OP_SUM};

START_TEST(arithmetic_matches_reference)
{
    for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++)
        for (int form = 0; form < 6; form++) {
            struct builder builder;
            builder_init(&builder, 700u + (uint32_t)_i);
            struct senet_shape shape = shape_of(channels[_i], widths[form % WIDTHS]);
            const struct senet_shape others[] = {
                shape,   SHAPE(2, channels[_i], 1, 1), SHAPE(1, channels[_i], 1, 1), SHAPE(channels[_i], 1, 1), {0},
                SHAPE(1)};
            struct value *image = builder_random(&builder, shape), *other = builder_random(&builder, others[form]);
            bool turned = form % 2 && arithmetic[i] != OP_PRELU;
            /* A quotient is compared where it is no multiple of an error. */
            for (int64_t k = 0; k < senet_shape_elements(&others[form]); k++)
                ((float *)(uintptr_t)other->data)[k] += 2;
            for (int64_t k = 0; turned && k < senet_shape_elements(&shape); k++)
                ((float *)(uintptr_t)image->data)[k] += 2;
            struct node *node =
                builder_node(&builder, arithmetic[i], 1, 2, turned ? other : image, turned ? image : other);
            node->activation.kind = form % 2 ? ACTIVATION_HARD_SWISH : ACTIVATION_NONE;
            compare(&builder, node, 1e-6f, &shape);
            builder_release(&builder);
        }
}
END_TEST

START_TEST(functions_match_reference)
{
    static const enum op ops[] = {OP_RELU, OP_HARD_SWISH, OP_SIGMOID, OP_SWISH, OP_TANH, OP_GELU, OP_LEAKY_RELU};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        struct builder builder;
        builder_init(&builder, 800u + (uint32_t)_i);
        struct senet_shape shape = shape_of(channels[_i], widths[i % WIDTHS]);
        compare(&builder, builder_node(&builder, ops[i], 1, 1, builder_random(&builder, shape)), 1e-6f, &shape);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(batch_normalization_matches_reference)
{
    struct builder builder;
    builder_init(&builder, 900u + (uint32_t)_i);
    struct senet_shape shape = shape_of(channels[_i], 9), vector = SHAPE(channels[_i]);
    struct value *variance = builder_random(&builder, vector);
    for (int c = 0; c < channels[_i]; c++)
        ((float *)(uintptr_t)variance->data)[c] += 1.5f;
    struct node *node = builder_node(&builder, OP_BATCH_NORMALIZATION, 1, 5, builder_random(&builder, shape),
                                     builder_random(&builder, vector), builder_random(&builder, vector),
                                     builder_random(&builder, vector), variance);
    node->activation.kind = ACTIVATION_RELU;
    compare(&builder, node, 1e-5f, &shape);
    builder_release(&builder);
}
END_TEST

static struct node *build_rescale(struct builder *builder, struct senet_shape shape, bool flat)
{
    struct senet_shape vector = {flat ? 2 : 4, {2, shape.dim[1], 1, 1}};
    struct node *node =
        builder_node(builder, OP_RESCALE, 2, 2, builder_random(builder, shape), builder_random(builder, vector));
    node->se = arena_alloc(&builder->arena, 1, sizeof *node->se);
    *node->se = (struct se_block){.layer = "se", .channels = shape.dim[1]};
    return node;
}

START_TEST(rescale_matches_reference)
{
    for (int flat = 0; flat < 2; flat++) {
        struct builder builder;
        builder_init(&builder, 1000u + (uint32_t)_i);
        struct senet_shape shape = shape_of(channels[_i], 9);
        struct node *node = build_rescale(&builder, shape, flat);
        float *override = arena_alloc(&builder.arena, (size_t)channels[_i], sizeof *override);
        for (int c = 0; c < channels[_i]; c++)
            override[c] = c % 3 ? NAN : 0.25f;
        node->activation.kind = ACTIVATION_RELU;
        compare(&builder, node, 1e-6f, &shape);
        builder_compare_gated(&builder, node, 1e-6f, override, "overridden");
        builder_release(&builder);
    }
}
END_TEST

START_TEST(rescale_takes_a_residual)
{
    for (size_t set = 0; simd_at(set); set++) {
        struct builder builder;
        void *expected[BUILDER_OUTPUTS], *actual[BUILDER_OUTPUTS];
        builder_init(&builder, 1100u + (uint32_t)_i);
        struct senet_shape shape = shape_of(channels[_i], 9);
        struct node *plain = build_rescale(&builder, shape, true);
        builder_infer(&builder, plain);
        struct value *residual = builder_random(&builder, shape);
        struct node *node = builder_node(&builder, OP_RESCALE, 2, 3, plain->inputs[0], plain->inputs[1], residual);
        node->activation.kind = ACTIVATION_RELU;
        for (int i = 0; i < 2; i++)
            *node->outputs[i] = *plain->outputs[i];
        builder_run(kernel_find(&reference_kernel_table, plain), plain, NULL, NULL, expected);
        for (int64_t i = 0; i < senet_shape_elements(&shape); i++) {
            float *sum = (float *)expected[0] + i;
            *sum = fmaxf(*sum + ((const float *)residual->data)[i], 0);
        }
        const struct node *planned = builder_planned(node, LAYOUT_CHANNELS_LAST, &builder.arena);
        builder_run_with(simd_at(set), kernel_find_near(&kernel_table, planned, LAYOUT_CHANNELS_LAST), node,
                         builder.teams[1], NULL, actual);
        ck_assert_floats_near((const float *)expected[0], (const float *)actual[0], senet_shape_elements(&shape),
                              1e-6f);
        builder_free(plain, expected);
        builder_free(node, actual);
        builder_release(&builder);
    }
}
END_TEST

START_TEST(channels_are_joined_parted_and_shuffled)
{
    struct builder builder;
    builder_init(&builder, 1200u + (uint32_t)_i);
    struct senet_shape shape = shape_of(channels[_i], 9);
    struct node *concat = builder_node(&builder, OP_CONCAT, 1, 3, builder_random(&builder, shape),
                                       builder_random(&builder, shape_of(5, 9)), builder_random(&builder, shape));
    builder_int(concat, "axis", 1);
    compare(&builder, concat, 0, &shape);
    struct node *split =
        builder_node(&builder, OP_SPLIT, 3, 1, builder_random(&builder, shape_of(channels[_i] + 6, 9)));
    split->outputs[1] = NULL;
    builder_int(split, "axis", 1);
    builder_ints(&builder, split, "split", 3, channels[_i], 1, 5);
    compare(&builder, split, 0, &shape);
    struct node *shuffle =
        builder_node(&builder, OP_CHANNEL_SHUFFLE, 1, 1, builder_random(&builder, shape_of(3 * channels[_i], 9)));
    builder_int(shuffle, "group", 3);
    compare(&builder, shuffle, 0, &shape);
    builder_release(&builder);
}
END_TEST

/* What is a constant of the shape of an image lies planar, whatever the kernel reads. */
START_TEST(constants_that_lie_planar_are_left_to_planar_kernels)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct value *image = builder_random(&builder, SHAPE(1, 8, 3, 3)), *computed = graph_add_value(&builder.graph, "x");
    *computed = *image;
    computed->data = NULL;
    struct node *node = builder_node(&builder, OP_ADD, 1, 2, computed, image);
    builder_infer(&builder, node);
    ck_assert_int_eq(kernel_find_near(&kernel_table, node, LAYOUT_CHANNELS_LAST)->reads, LAYOUT_PLANAR);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_channels_last");
    TCase *tcase = builder_case(suite, "channels_last");
    tcase_add_loop_test(tcase, pools_match_reference, 0, CHANNELS);
    tcase_add_loop_test(tcase, global_pools_match_reference, 0, CHANNELS);
    tcase_add_test(tcase, means_of_many_pixels_are_exact);
    tcase_add_test(tcase, not_a_number_passes_through_each_maximum);
    tcase_add_loop_test(tcase, arithmetic_matches_reference, 0, CHANNELS);
    tcase_add_loop_test(tcase, functions_match_reference, 0, CHANNELS);
    tcase_add_loop_test(tcase, batch_normalization_matches_reference, 0, CHANNELS);
    tcase_add_loop_test(tcase, rescale_matches_reference, 0, CHANNELS);
    tcase_add_loop_test(tcase, rescale_takes_a_residual, 0, CHANNELS);
    tcase_add_loop_test(tcase, channels_are_joined_parted_and_shuffled, 0, CHANNELS);
    tcase_add_test(tcase, constants_that_lie_planar_are_left_to_planar_kernels);
    return harness_run(suite);
}
