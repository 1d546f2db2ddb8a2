#include "kernel_builder.h"

#define TOLERANCE 1e-5f

struct depthwise_case {
    int channels, height, width, kernel_h, kernel_w, stride, dilation;
    int pads[4];
};

static bool fits(const struct depthwise_case *c)
{
    return c->height + c->pads[0] + c->pads[2] > (c->kernel_h - 1) * c->dilation &&
           c->width + c->pads[1] + c->pads[3] > (c->kernel_w - 1) * c->dilation;
}

static struct node *build(struct builder *builder, const struct depthwise_case *c)
{
    struct node *node =
        builder_node(builder, OP_CONV, 1, 3, builder_random(builder, SHAPE(2, c->channels, c->height, c->width)),
                     builder_random(builder, SHAPE(c->channels, 1, c->kernel_h, c->kernel_w)),
                     c->channels % 2 ? builder_random(builder, SHAPE(c->channels)) : NULL);
    builder_ints(builder, node, "strides", 2, c->stride, c->stride);
    builder_ints(builder, node, "dilations", 2, c->dilation, c->dilation);
    builder_ints(builder, node, "pads", 4, c->pads[0], c->pads[1], c->pads[2], c->pads[3]);
    builder_int(node, "group", c->channels);
    return node;
}

static void compare(const struct depthwise_case *c, struct activation activation, uint32_t seed)
{
    struct builder builder;
    char text[256];
    builder_init(&builder, seed);
    struct node *node = build(&builder, c);
    node->activation = activation;
    builder_infer(&builder, node);
    snprintf(text, sizeof text, "seed %u, %d channels, %dx%d, kernel %dx%d, stride %d, dilation %d, pads %d %d %d %d",
             seed, c->channels, c->height, c->width, c->kernel_h, c->kernel_w, c->stride, c->dilation, c->pads[0],
             c->pads[1], c->pads[2], c->pads[3]);
    builder_compare(&builder, node, TOLERANCE, text);
    builder_release(&builder);
}

static const int channels[] = {1, 3, 8, 13, 24, 40, 520};
static const int kernels[][2] = {{3, 3}, {5, 5}, {7, 7}, {1, 1}, {5, 3}, {3, 4}};
static const int paddings[][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {0, 3, 4, 1}};
enum {
    CHANNELS = sizeof channels / sizeof *channels,
    KERNELS = sizeof kernels / sizeof *kernels,
    PADDINGS = sizeof paddings / sizeof *paddings
};

START_TEST(depthwise_matches_reference_over_odd_shapes)
{
    static const int widths[] = {1, 4, 7, 9, 13};
    uint32_t seed = 1000u + 100u * (uint32_t)_i;
    for (int kernel = 0; kernel < KERNELS; kernel++)
        for (int padding = 0; padding < PADDINGS; padding++)
            for (int option = 0; option < 5; option++, seed++) {
                struct depthwise_case c = {
                    channels[_i],       1 + (int)seed % 8,       widths[option],      kernels[kernel][0],
                    kernels[kernel][1], 1 + (int)(seed / 2) % 3, 1 + (seed % 5 == 0), {0}};
                memcpy(c.pads, paddings[padding], sizeof c.pads);
                if (fits(&c))
                    compare(&c, (struct activation){seed % 2 ? ACTIVATION_RELU : ACTIVATION_NONE, 0, 0}, seed);
            }
}
END_TEST

/* The specialised loops, at widths that leave each remainder. */
START_TEST(every_remainder_of_a_row_is_computed)
{
    for (int kernel = 3; kernel <= 5; kernel += 2)
        for (int stride = 1; stride <= 2; stride++) {
            int pad = kernel / 2;
            struct depthwise_case c = {24, 5, _i, kernel, kernel, stride, 1, {pad, pad, pad, pad}};
            compare(&c, (struct activation){ACTIVATION_HARD_SWISH, 0, 0}, 3000u + (uint32_t)_i);
        }
}
END_TEST

START_TEST(depthwise_matches_reference_with_each_activation)
{
    static const struct activation activations[] = {
        {ACTIVATION_CLIP, 0, 6},          {ACTIVATION_HARD_SIGMOID, 0.2f, 0.5f},
        {ACTIVATION_LEAKY_RELU, 0.1f, 0}, {ACTIVATION_SIGMOID, 0, 0},
        {ACTIVATION_SWISH, 1, 0},         {ACTIVATION_GELU, 0, 0},
        {ACTIVATION_HARD_SWISH, 0, 0},    {ACTIVATION_TANH, 0, 0},
    };
    const struct depthwise_case c = {24, 6, 9, 3, 3, 1, 1, {1, 1, 1, 1}};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        compare(&c, activations[i], 4000u + (uint32_t)i);
}
END_TEST

/* Rows enough that a team shares them out, and so few that it shares channels. */
START_TEST(depthwise_matches_reference_when_a_team_shares_it)
{
    static const struct depthwise_case cases[] = {{24, 112, 57, 3, 3, 2, 1, {1, 1, 1, 1}},
                                                  {520, 7, 7, 5, 5, 1, 1, {2, 2, 2, 2}},
                                                  {72, 9, 29, 5, 5, 1, 1, {2, 2, 2, 2}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        compare(&cases[i], (struct activation){ACTIVATION_RELU, 0, 0}, 5000u + (uint32_t)i);
}
END_TEST

/* activation(scale * (conv(X * input_scale) + bias) + residual) from the reference's conv(X). */
static void apply_operands(const struct node *node, float *y)
{
    const struct senet_shape *shape = &node->outputs[0]->shape;
    const float *bias = node->inputs[2]->data, *residual = node->inputs[3]->data, *scale = node->inputs[4]->data;
    const float *input_scale = node->inputs[5]->data;
    int64_t pixels = shape->dim[2] * shape->dim[3];
    for (int64_t i = 0; i < senet_shape_elements(shape); i++) {
        int64_t plane = i / pixels;
        float sum = y[i] * input_scale[plane] + bias[plane % shape->dim[1]];
        y[i] = fmaxf(sum * scale[plane] + residual[i], 0);
    }
}

START_TEST(depthwise_takes_a_residual_and_scales)
{
    static const int counts[] = {8, 13, 24, 21};
    struct depthwise_case c = {counts[_i], 6, 9, 3, 3, 1, 1, {1, 1, 1, 1}};
    struct builder builder;
    builder_init(&builder, 6000u + (uint32_t)_i);
    struct node *plain = build(&builder, &c);
    plain->inputs[2] = NULL;
    builder_infer(&builder, plain);
    struct node *node =
        builder_node(&builder, OP_CONV, 1, 6, plain->inputs[0], plain->inputs[1],
                     builder_random(&builder, SHAPE(c.channels)), builder_random(&builder, plain->outputs[0]->shape),
                     builder_random(&builder, SHAPE(2, c.channels)), builder_random(&builder, SHAPE(2, c.channels)));
    memcpy(node->attributes, plain->attributes, plain->attribute_count * sizeof *plain->attributes);
    node->attribute_count = plain->attribute_count;
    node->activation = (struct activation){ACTIVATION_RELU, 0, 0};
    *node->outputs[0] = *plain->outputs[0];
    for (size_t set = 0; simd_at(set); set++) {
        void *expected[BUILDER_OUTPUTS], *actual[BUILDER_OUTPUTS];
        builder_run(kernel_find(&reference_kernel_table, plain), plain, NULL, NULL, expected);
        apply_operands(node, expected[0]);
        const struct node *planned = builder_planned(node, LAYOUT_CHANNELS_LAST, &builder.arena);
        const struct kernel *kernel = kernel_find_near(&kernel_table, planned, LAYOUT_CHANNELS_LAST);
        ck_assert_str_eq(kernel->name, "conv_channels_last_depthwise");
        builder_run_with(simd_at(set), kernel, node, builder.teams[1], NULL, actual);
        ck_assert_floats_near((const float *)expected[0], (const float *)actual[0],
                              senet_shape_elements(&node->outputs[0]->shape), 1e-5f);
        builder_free(plain, expected);
        builder_free(node, actual);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_depthwise");
    TCase *tcase = builder_case(suite, "depthwise");
    tcase_add_loop_test(tcase, depthwise_matches_reference_over_odd_shapes, 0, CHANNELS);
    tcase_add_loop_test(tcase, every_remainder_of_a_row_is_computed, 1, 30);
    tcase_add_test(tcase, depthwise_matches_reference_with_each_activation);
    tcase_add_test(tcase, depthwise_matches_reference_when_a_team_shares_it);
    tcase_add_loop_test(tcase, depthwise_takes_a_residual_and_scales, 0, 4);
    return harness_run(suite);
}
