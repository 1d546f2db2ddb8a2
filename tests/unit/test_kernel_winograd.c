/* The Winograd kernels themselves, on every shape that they can compute, whether or not the table would choose them. */
#include "graph/conv.h"
#include "kernel_builder.h"
#include "kernels/channels_last.h"
#include "kernels/conv_winograd.h"

/* Of the largest output. What is summed directly in float is as far from the reference at these sizes. */
#define TOLERANCE 1e-5f

#define METHOD(name, prepare)                                                                                          \
    {                                                                                                                  \
        OP_CONV, LAYOUT_CHANNELS_LAST, LAYOUT_CHANNELS_LAST, name, NULL, prepare, conv_winograd                        \
    }
static const struct method {
    int stride;
    struct kernel kernel;
} methods[] = {
    {1, METHOD("F(2x2,3x3)", conv_winograd2_prepare)},
    {1, METHOD("F(4x4,3x3)", conv_winograd4_prepare)},
    {2, METHOD("F(2x2,3x3) at stride 2", conv_winograd_strided_prepare)},
};
enum { METHODS = sizeof methods / sizeof *methods, STRIDES = 2 };

static const struct activation activations[] = {
    {ACTIVATION_NONE, 0, 0},  {ACTIVATION_RELU, 0, 0},       {ACTIVATION_CLIP, 0, 6}, {ACTIVATION_SIGMOID, 0, 0},
    {ACTIVATION_SWISH, 1, 0}, {ACTIVATION_HARD_SWISH, 0, 0}, {ACTIVATION_MISH, 0, 0},
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

enum operands { BIAS = 1, RESIDUAL = 2, SCALE = 4, INPUT_SCALE = 8, ALL = 15 };

struct winograd_case {
    int batch, channels, height, width, outputs;
    int pads[4]; /* top, left, bottom, right */
    int operands;
    struct activation activation;
    int groups;
};

static const char *describe(const struct winograd_case *c, int stride, uint32_t seed, char text[256])
{
    snprintf(
        text, 256,
        "stride %d, seed %u, input %dx%dx%dx%d, outputs %d, groups %d, pads %d %d %d %d, operands %d, activation %s",
        stride, seed, c->batch, c->channels, c->height, c->width, c->outputs, c->groups, c->pads[0], c->pads[1],
        c->pads[2], c->pads[3], c->operands, activation_text(c->activation.kind));
    return text;
}

static struct node *build(struct builder *builder, const struct winograd_case *c, int stride)
{
    int64_t height = (c->height + c->pads[0] + c->pads[2] - 3) / stride + 1;
    int64_t width = (c->width + c->pads[1] + c->pads[3] - 3) / stride + 1;
    bool bias = c->operands & BIAS, residual = c->operands & RESIDUAL;
    struct node *node = builder_node(
        builder, OP_CONV, 1, CONV_INPUTS, builder_random(builder, SHAPE(c->batch, c->channels, c->height, c->width)),
        builder_random(builder, SHAPE(c->outputs, c->channels / c->groups, 3, 3)),
        bias ? builder_random(builder, SHAPE(c->outputs)) : NULL,
        residual ? builder_random(builder, SHAPE(c->batch, c->outputs, height, width)) : NULL,
        c->operands & SCALE ? builder_random(builder, SHAPE(c->batch, c->outputs)) : NULL,
        c->operands & INPUT_SCALE ? builder_random(builder, SHAPE(c->batch, c->channels)) : NULL);
    builder_ints(builder, node, "pads", 4, c->pads[0], c->pads[1], c->pads[2], c->pads[3]);
    builder_ints(builder, node, "strides", 2, stride, stride);
    builder_int(node, "group", c->groups);
    node->activation = c->activation;
    builder_infer(builder, node);
    return node;
}

static void compare_at(const struct winograd_case *c, int stride, uint32_t seed)
{
    struct builder builder;
    struct conv_geometry geometry;
    char text[256];
    void *expected[BUILDER_OUTPUTS];
    builder_init(&builder, seed);
    const struct node *node = build(&builder, c, stride);
    describe(c, stride, seed, text);
    ck_assert_msg(conv_winograd_can(node, &geometry), "%s", text);
    builder_run(kernel_find(&reference_kernel_table, node), node, NULL, NULL, expected);
    for (int method = 0; method < METHODS; method++)
        for (size_t set = 0; methods[method].stride == stride && simd_at(set); set++)
            builder_compare_kernel(&builder, simd_at(set), &methods[method].kernel, node, TOLERANCE, NULL, expected,
                                   text);
    builder_free(node, expected);
    builder_release(&builder);
}

static void compare(const struct winograd_case *c, uint32_t seed)
{
    for (int stride = 1; stride <= STRIDES; stride++)
        compare_at(c, stride, seed);
}

static const int paddings[][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 2, 3, 1}, {4, 0, 0, 4}, {7, 6, 5, 9}};
enum { PADDINGS = sizeof paddings / sizeof *paddings };

static const int sizes[][2] = {{9, 7}, {3, 3}, {5, 3}, {4, 16}, {13, 6}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Operands and activations rotate through the grid. */
START_TEST(winograd_matches_reference_over_odd_shapes)
{
    static const int channels[][2] = {{13, 11}, {1, 1}, {24, 40}, {8, 33}};
    uint32_t seed = 0x5eed;
    for (int size = 0; size < SIZES; size++)
        for (int padding = 0; padding < PADDINGS; padding++, seed++) {
            struct winograd_case c = {.batch = seed % 2 ? 3 : 1,
                                      .channels = channels[_i][0],
                                      .height = sizes[size][0],
                                      .width = sizes[size][1],
                                      .outputs = channels[_i][1],
                                      .operands = (int)(seed * 7 % (ALL + 1)),
                                      .activation = activations[seed % ACTIVATIONS],
                                      .groups = 1};
            memcpy(c.pads, paddings[padding], sizeof c.pads);
            compare(&c, seed);
        }
}
END_TEST

START_TEST(winograd_matches_reference_with_all_operands_and_each_activation)
{
    const struct winograd_case c = {2, 16, 6, 5, 24, {1, 1, 1, 1}, ALL, activations[_i], 1};
    compare(&c, 77u + (uint32_t)_i);
}
END_TEST

/* Each makes the work be cut in another way; see conv_winograd.c. */
static const struct {
    const char *how;
    struct winograd_case c;
} cuts[] = {
    {"a row of pixels", {1, 3, 5, 1, 4, {1, 1, 1, 1}, BIAS, {ACTIVATION_RELU, 0, 0}, 1}},
    {"a column of pixels", {2, 3, 1, 5, 4, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 1}},
    {"one tile", {1, 32, 4, 4, 70, {1, 1, 1, 1}, BIAS, {ACTIVATION_RELU, 0, 0}, 1}},
    {"blocks", {1, 16, 61, 59, 24, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 1}},
    {"blocks across images", {3, 40, 41, 43, 40, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 1}},
    {"panels of shared tiles", {1, 128, 13, 15, 200, {1, 1, 1, 1}, BIAS | RESIDUAL, {ACTIVATION_NONE, 0, 0}, 1}},
    {"fewer panels than members", {2, 100, 10, 9, 20, {1, 1, 1, 1}, SCALE, {ACTIVATION_NONE, 0, 0}, 1}},
    {"rows a power of two apart", {1, 256, 14, 14, 64, {1, 1, 1, 1}, BIAS | RESIDUAL, {ACTIVATION_RELU, 0, 0}, 1}},
    {"pixels that are padded apart", {1, 512, 7, 7, 512, {1, 1, 1, 1}, BIAS, {ACTIVATION_RELU, 0, 0}, 1}},
    {"slices of groups", {1, 144, 14, 14, 144, {1, 1, 1, 1}, BIAS, {ACTIVATION_RELU, 0, 0}, 9}},
    {"a last slice of fewer groups", {2, 176, 9, 7, 176, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 11}},
    {"blocks of slices", {1, 96, 45, 43, 96, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 6}},
    {"groups of half a vector", {1, 24, 9, 13, 24, {0, 1, 1, 0}, ALL, {ACTIVATION_NONE, 0, 0}, 3}},
    {"groups wider out than in", {1, 48, 11, 6, 120, {1, 1, 1, 1}, ALL, {ACTIVATION_SWISH, 1, 0}, 3}},
    {"groups narrower out than in", {2, 80, 11, 6, 16, {1, 1, 1, 1}, ALL, {ACTIVATION_NONE, 0, 0}, 2}},
    {"groups wider than a slice", {1, 144, 8, 8, 144, {1, 1, 1, 1}, ALL, {ACTIVATION_RELU, 0, 0}, 2}},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

START_TEST(winograd_matches_reference_however_the_work_is_cut)
{
    compare(&cuts[_i].c, 1000u + (uint32_t)_i);
}
END_TEST

/* Square images and as many channels out as in. */
static const struct {
    int batch, size, channels, side, groups, stride;
} choices[] = {
    {1, 56, 64, 4, 1, 1},   {1, 28, 128, 4, 1, 1},  {1, 14, 256, 2, 1, 1},  {1, 7, 512, 2, 1, 1}, /* SE-ResNet-50 */
    {1, 28, 128, 2, 1, 2},  {1, 14, 256, 2, 1, 2},  {1, 7, 512, 1, 1, 2},   {8, 14, 256, 4, 1, 1},
    {8, 7, 512, 4, 1, 1}, /* more tiles for the same weights */
    {1, 32, 16, 4, 1, 1},   {1, 8, 64, 4, 1, 1},    {1, 1, 64, 1, 1, 1},    {1, 2, 64, 1, 1, 1},
    {1, 28, 144, 4, 9, 1},  {1, 14, 320, 4, 20, 1},                         /* RegNetY-800MF */
    {1, 56, 128, 1, 32, 1}, {1, 28, 256, 1, 32, 1}, {1, 7, 1024, 1, 32, 1}, /* ResNeXt-50: groups of 4, 8 and 32 */
};
enum { CHOICES = sizeof choices / sizeof *choices };

START_TEST(winograd_is_chosen_where_it_was_measured_to_pay)
{
    const struct conv_geometry geometry = {
        .batch = choices[_i].batch,
        .in_channels = choices[_i].channels,
        .out_channels = choices[_i].channels,
        .groups = choices[_i].groups,
        .window = {.stride_h = choices[_i].stride,
                   .stride_w = choices[_i].stride,
                   .out_h = choices[_i].size,
                   .out_w = choices[_i].size},
    };
    ck_assert_int_eq(winograd_side(&geometry), choices[_i].side);
}
END_TEST

START_TEST(winograd_is_offered_what_it_can_compute_alone)
{
    static const struct {
        const char *attribute;
        int value;
    } others[] = {{"strides", 2}, {"strides", 3}, {"dilations", 2}};
    struct builder builder;
    struct conv_geometry geometry;
    builder_init(&builder, 5);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct node *node = builder_node(&builder, OP_CONV, 1, 2, builder_random(&builder, SHAPE(1, 64, 28, 28)),
                                         builder_random(&builder, SHAPE(64, 64, 3, 3)));
        builder_ints(&builder, node, others[i].attribute, 2, 1, others[i].value);
        builder_infer(&builder, node);
        ck_assert(!conv_winograd_can(node, &geometry));
    }
    struct node *grouped = builder_node(&builder, OP_CONV, 1, 2, builder_random(&builder, SHAPE(1, 60, 28, 28)),
                                        builder_random(&builder, SHAPE(64, 15, 3, 3)));
    builder_int(grouped, "group", 4);
    builder_infer(&builder, grouped);
    ck_assert(!conv_winograd_can(grouped, &geometry));
    struct node *computed = builder_node(&builder, OP_CONV, 1, 2, builder_random(&builder, SHAPE(1, 64, 28, 28)),
                                         builder_random(&builder, SHAPE(64, 64, 3, 3)));
    builder_infer(&builder, computed);
    ck_assert(conv_winograd4_accepts(computed) && !conv_winograd2_accepts(computed));
    computed->inputs[CONV_WEIGHTS]->data = NULL;
    ck_assert(!conv_winograd4_accepts(computed));
    builder_release(&builder);
}
END_TEST

/* V and M of all tiles at once would be 36 * 128 * 128 * (64 + 64) floats: 302 MB. */
START_TEST(winograd_scratch_is_bounded_for_large_images)
{
    struct builder builder;
    builder_init(&builder, 3);
    const struct winograd_case c = {1, 64, 512, 512, 64, {1, 1, 1, 1}, 0, {ACTIVATION_NONE, 0, 0}, 1};
    for (int method = 0; method < METHODS; method++) {
        struct node *node = build(&builder, &c, methods[method].stride);
        struct kernel_setup setup = {.arena = &builder.arena, .simd = simd_find(NULL)};
        struct senet_error error;
        ck_assert_int_eq(methods[method].kernel.prepare(node, &setup, &error), SENET_OK);
        ck_assert_uint_le(setup.workspace_bytes + setup.member_bytes, (size_t)1 << 20);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_winograd");
    TCase *tcase = builder_case(suite, "winograd");
    tcase_add_loop_test(tcase, winograd_matches_reference_over_odd_shapes, 0, 4);
    tcase_add_loop_test(tcase, winograd_matches_reference_with_all_operands_and_each_activation, 0, ACTIVATIONS);
    tcase_add_loop_test(tcase, winograd_matches_reference_however_the_work_is_cut, 0, CUTS);
    tcase_add_loop_test(tcase, winograd_is_chosen_where_it_was_measured_to_pay, 0, CHOICES);
    tcase_add_test(tcase, winograd_is_offered_what_it_can_compute_alone);
    tcase_add_test(tcase, winograd_scratch_is_bounded_for_large_images);
    return harness_run(suite);
}
