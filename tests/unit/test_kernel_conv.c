#include "graph/conv.h"
#include "kernel_builder.h"
#include "kernels/channels_last.h"

#define TOLERANCE 1e-5f

static const struct activation activations[] = {
    {ACTIVATION_NONE, 0, 0},
    {ACTIVATION_RELU, 0, 0},
    {ACTIVATION_CLIP, 0, 6},
    {ACTIVATION_SIGMOID, 0, 0},
    {ACTIVATION_HARD_SIGMOID, 1.0f / 6, 0.5f},
    {ACTIVATION_HARD_SWISH, 0, 0},
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

struct conv_case {
    int batch, channels, height, width, outputs, kernel_h, kernel_w, stride, dilation, groups;
    int pads[4]; /* top, left, bottom, right */
    bool bias;
    struct activation activation;
};

static const char *describe(const struct conv_case *c, uint32_t seed, char text[256])
{
    snprintf(text, 256,
             "seed %u, input %dx%dx%dx%d, outputs %d, kernel %dx%d, stride %d, dilation %d, groups %d, "
             "pads %d %d %d %d, bias %d, activation %s",
             seed, c->batch, c->channels, c->height, c->width, c->outputs, c->kernel_h, c->kernel_w, c->stride,
             c->dilation, c->groups, c->pads[0], c->pads[1], c->pads[2], c->pads[3], c->bias,
             activation_text(c->activation.kind));
    return text;
}

static bool fits(const struct conv_case *c)
{
    return c->height + c->pads[0] + c->pads[2] > (c->kernel_h - 1) * c->dilation &&
           c->width + c->pads[1] + c->pads[3] > (c->kernel_w - 1) * c->dilation;
}

static struct node *build(struct builder *builder, const struct conv_case *c)
{
    struct value *bias = c->bias ? builder_random(builder, SHAPE(c->outputs)) : NULL;
    struct node *node = builder_node(
        builder, OP_CONV, 1, 3, builder_random(builder, SHAPE(c->batch, c->channels, c->height, c->width)),
        builder_random(builder, SHAPE(c->outputs, c->channels / c->groups, c->kernel_h, c->kernel_w)), bias);
    builder_ints(builder, node, "strides", 2, c->stride, c->stride);
    builder_ints(builder, node, "dilations", 2, c->dilation, c->dilation);
    builder_ints(builder, node, "pads", 4, c->pads[0], c->pads[1], c->pads[2], c->pads[3]);
    builder_int(node, "group", c->groups);
    node->activation = c->activation;
    builder_infer(builder, node);
    return node;
}

static void compare(const struct conv_case *c, uint32_t seed)
{
    struct builder builder;
    char text[256];
    builder_init(&builder, seed);
    builder_compare(&builder, build(&builder, c), TOLERANCE, describe(c, seed, text));
    builder_release(&builder);
}

static const int kernels[][2] = {{1, 1}, {3, 3}, {5, 3}, {1, 7}};
static const int paddings[][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {0, 2, 3, 1}, {4, 0, 0, 4}};
enum { KERNELS = sizeof kernels / sizeof *kernels, PADDINGS = sizeof paddings / sizeof *paddings };

/* 9x7 images, the odd sizes that round numbers hide; activation and bias rotate through the grid. */
START_TEST(conv_matches_reference_over_odd_shapes)
{
    static const int groupings[][3] = {{13, 11, 1}, {12, 6, 2}, {13, 13, 13}, {5, 10, 5}};
    uint32_t seed = 0x5eed;
    for (int grouping = 0; grouping < 4; grouping++)
        for (int padding = 0; padding < PADDINGS; padding++)
            for (int option = 0; option < 8; option++) {
                struct conv_case c = {
                    .batch = option & 1 ? 3 : 1,
                    .channels = groupings[grouping][0],
                    .height = 9,
                    .width = 7,
                    .outputs = groupings[grouping][1],
                    .kernel_h = kernels[_i][0],
                    .kernel_w = kernels[_i][1],
                    .stride = option & 2 ? 2 : 1,
                    .dilation = option & 4 ? 2 : 1,
                    .groups = groupings[grouping][2],
                    .bias = seed % 3 != 0,
                    .activation = activations[seed % ACTIVATIONS],
                };
                memcpy(c.pads, paddings[padding], sizeof c.pads);
                if (fits(&c))
                    compare(&c, seed);
                seed++;
            }
}
END_TEST

START_TEST(conv_matches_reference_with_each_activation)
{
    const struct conv_case c = {.batch = 2,
                                .channels = 8,
                                .height = 6,
                                .width = 5,
                                .outputs = 7,
                                .kernel_h = 3,
                                .kernel_w = 3,
                                .stride = 1,
                                .dilation = 1,
                                .groups = 1,
                                .pads = {1, 1, 1, 1},
                                .bias = true,
                                .activation = activations[_i]};
    compare(&c, 77u + (uint32_t)_i);
}
END_TEST

/* Each makes the work be cut in another way; see cut_work in conv_gemm.c. */
static const struct {
    const char *how;
    struct conv_case c;
} cuts[] = {
    {"images", {3, 16, 20, 20, 24, 3, 3, 1, 1, 1, {1, 1, 1, 1}, true, {ACTIVATION_RELU, 0, 0}}},
    {"groups", {1, 32, 20, 20, 32, 3, 3, 1, 1, 4, {1, 1, 1, 1}, true, {ACTIVATION_RELU, 0, 0}}},
    {"pixels", {1, 32, 19, 21, 33, 3, 3, 1, 1, 1, {1, 1, 1, 1}, true, {ACTIVATION_RELU, 0, 0}}},
    {"pixels of the input itself", {1, 64, 19, 21, 65, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_RELU, 0, 0}}},
    {"channels", {1, 64, 7, 7, 67, 3, 3, 1, 1, 1, {1, 1, 1, 1}, true, {ACTIVATION_RELU, 0, 0}}},
    {"channels of the input itself", {1, 256, 7, 7, 127, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_NONE, 0, 0}}},
    {"fewer channels than members", {1, 700, 7, 7, 1, 3, 3, 1, 1, 1, {1, 1, 1, 1}, false, {ACTIVATION_NONE, 0, 0}}},
    {"one pixel", {1, 512, 1, 1, 260, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_SIGMOID, 0, 0}}},
    {"tiles that bound the scratch", {1, 64, 23, 24, 3, 5, 5, 1, 1, 1, {2, 2, 2, 2}, true, {ACTIVATION_RELU, 0, 0}}},
    {"tiles, strided", {2, 96, 47, 45, 2, 5, 5, 2, 1, 1, {2, 2, 2, 2}, true, {ACTIVATION_NONE, 0, 0}}},
    {"depthwise planes", {1, 40, 33, 31, 40, 5, 5, 1, 1, 40, {2, 2, 2, 2}, true, {ACTIVATION_HARD_SWISH, 0, 0}}},
    {"quarters", {2, 256, 14, 14, 128, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_RELU, 0, 0}}},
    {"quarters, an odd pixel", {3, 400, 11, 9, 192, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_HARD_SWISH, 0, 0}}},
    {"quarters, columns without partner", {1, 336, 10, 13, 264, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_RELU, 0, 0}}},
    {"quarters, deep", {1, 2048, 7, 7, 256, 1, 1, 1, 1, 1, {0}, false, {ACTIVATION_NONE, 0, 0}}},
    {"quarters, blocks", {1, 512, 29, 31, 128, 1, 1, 1, 1, 1, {0}, true, {ACTIVATION_RELU, 0, 0}}},
    {"quarters, strided", {2, 256, 29, 27, 192, 1, 1, 2, 1, 1, {0}, true, {ACTIVATION_RELU, 0, 0}}},
    {"quarters, strided, blocks", {1, 320, 58, 61, 128, 1, 1, 2, 1, 1, {0}, false, {ACTIVATION_NONE, 0, 0}}},
    {"1x1 that begins in the padding",
     {1, 256, 27, 28, 128, 1, 1, 2, 1, 1, {1, 1, 0, 0}, true, {ACTIVATION_NONE, 0, 0}}},
    {"1x1 that ends in the padding", {1, 256, 27, 28, 128, 1, 1, 2, 1, 1, {0, 0, 2, 2}, true, {ACTIVATION_NONE, 0, 0}}},
    {"one input channel for many", {1, 1, 28, 29, 9, 3, 3, 1, 1, 1, {1, 1, 1, 1}, true, {ACTIVATION_RELU, 0, 0}}},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

START_TEST(conv_matches_reference_however_the_work_is_cut)
{
    compare(&cuts[_i].c, 1000u + (uint32_t)_i);
}
END_TEST

/* The operands that passes add, each combination of which bit 0 is the bias, bit 1 the residual and so on. */
static struct node *build_fused(struct builder *builder, const struct conv_case *c, int operands)
{
    struct conv_case biased = *c;
    biased.bias = operands & 1;
    struct node *plain = build(builder, &biased);
    const struct senet_shape *output = &plain->outputs[0]->shape;
    struct value *residual = operands & 2 ? builder_random(builder, *output) : NULL;
    struct value *scale = operands & 4 ? builder_random(builder, SHAPE(output->dim[0], output->dim[1])) : NULL;
    struct value *input_scale = operands & 8 ? builder_random(builder, SHAPE(c->batch, c->channels, 1, 1)) : NULL;
    struct node *node =
        builder_node(builder, OP_CONV, 1, CONV_INPUTS, plain->inputs[CONV_X], plain->inputs[CONV_WEIGHTS],
                     plain->inputs[CONV_BIAS], residual, scale, input_scale);
    node->attributes = plain->attributes;
    node->attribute_count = plain->attribute_count;
    node->activation = plain->activation;
    builder_infer(builder, node);
    return node;
}

START_TEST(conv_matches_reference_with_the_operands_that_passes_add)
{
    char text[256];
    struct builder builder;
    for (int operands = 0; operands < 16; operands++) {
        uint32_t seed = 2000u + (uint32_t)_i;
        builder_init(&builder, seed);
        struct node *node = build_fused(&builder, &cuts[_i].c, operands);
        describe(&cuts[_i].c, seed, text);
        builder_compare(&builder, node, TOLERANCE, text);
        builder_release(&builder);
    }
}
END_TEST

/* With scales of one and a residual of zeros every kernel gives what it gives without, to the bit. */
START_TEST(scales_of_one_change_nothing)
{
    struct builder builder;
    void *with[BUILDER_OUTPUTS], *without[BUILDER_OUTPUTS];
    builder_init(&builder, 17);
    struct node *node = build_fused(&builder, &cuts[_i].c, 1 + 4 + 8);
    for (int input = CONV_SCALE; input < CONV_INPUTS; input++)
        for (int64_t i = 0; i < senet_shape_elements(&node->inputs[input]->shape); i++)
            ((float *)(uintptr_t)node->inputs[input]->data)[i] = 1;
    const struct kernel *kernel = kernel_find(&kernel_table, node);
    builder_run(kernel, node, NULL, NULL, with);
    node->input_count = CONV_BIAS + 1;
    builder_run(kernel, node, NULL, NULL, without);
    ck_assert_mem_eq(with[0], without[0], builder_bytes(node->outputs[0]));
    builder_free(node, with);
    builder_free(node, without);
    builder_release(&builder);
}
END_TEST

/* One pixel of two channels to two: 3 * (1*2*10 + 2*3*100 + 0.5) - 7 = 1854.5, and -1 * (...) cut off by Relu. */
START_TEST(the_reference_scales_what_goes_in_and_what_comes_out)
{
    static const float input[] = {1, 2}, weights[] = {10, 100, 10, 100}, bias[] = {0.5f, 0.5f};
    static const float residual[] = {-7, 5}, scale[] = {3, -1}, input_scale[] = {2, 3}, expected[] = {1854.5f, 0};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_CONV, 1, CONV_INPUTS, builder_floats(&builder, SHAPE(1, 2, 1, 1), input),
                     builder_floats(&builder, SHAPE(2, 2, 1, 1), weights), builder_floats(&builder, SHAPE(2), bias),
                     builder_floats(&builder, SHAPE(1, 2, 1, 1), residual),
                     builder_floats(&builder, SHAPE(1, 2), scale), builder_floats(&builder, SHAPE(1, 2), input_scale));
    node->activation.kind = ACTIVATION_RELU;
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    builder_release(&builder);
}
END_TEST

/* Where additions cost less than the eighth of the multiplications that they save. */
START_TEST(large_pointwise_convolutions_are_multiplied_in_quarters)
{
    static const struct {
        int channels, side, outputs;
        bool chosen;
    } layers[] = {{1024, 14, 256, true}, {2048, 7, 512, true},  {320, 14, 320, true},   {64, 56, 256, false},
                  {256, 56, 64, false},  {480, 14, 112, false}, {1024, 1, 1024, false}, {20, 14, 2048, false}};
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++) {
        struct builder builder;
        builder_init(&builder, 5);
        const struct conv_case c = {.batch = 1,
                                    .channels = layers[i].channels,
                                    .height = layers[i].side,
                                    .width = layers[i].side,
                                    .outputs = layers[i].outputs,
                                    .kernel_h = 1,
                                    .kernel_w = 1,
                                    .stride = 1,
                                    .dilation = 1,
                                    .groups = 1};
        ck_assert_int_eq(conv_strassen_accepts(build(&builder, &c)), layers[i].chosen);
        builder_release(&builder);
    }
}
END_TEST

/* All columns of the first at once would be 604 MB; all addresses of the second, 256 * 256 * 65 * 65 of them, 2 GB. */
static const struct conv_case large[] = {
    {1, 64, 512, 512, 1, 3, 3, 1, 1, 1, {1, 1, 1, 1}, false, {ACTIVATION_NONE, 0, 0}},
    {1, 8, 256, 256, 8, 65, 65, 1, 1, 1, {32, 32, 32, 32}, false, {ACTIVATION_NONE, 0, 0}},
};
enum { LARGE = sizeof large / sizeof *large };

START_TEST(conv_scratch_is_bounded_for_large_images_and_windows)
{
    struct builder builder;
    builder_init(&builder, 3);
    struct node *node = build(&builder, &large[_i]);
    struct kernel_setup setup = {.arena = &builder.arena, .simd = simd_find(NULL)};
    struct senet_error error;
    const struct kernel *kernel = kernel_find(&kernel_table, node);
    ck_assert_int_eq(kernel->prepare(node, &setup, &error), SENET_OK);
    ck_assert_uint_le(setup.workspace_bytes + setup.member_bytes, (size_t)4 << 20);
    builder_release(&builder);
}
END_TEST

START_TEST(the_reference_sums_what_the_window_covers)
{
    static const float input[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, weights[] = {1, 10, 100, 1000}, bias[] = {0.5f};
    /* Padded by one row above: windows over (0 0 1 2), (0 0 2 3), (1 2 4 5), ... */
    static const float expected[] = {2100.5f, 3200.5f, 5421.5f, 6532.5f, 8754.5f, 9865.5f};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_CONV, 1, 3, builder_floats(&builder, SHAPE(1, 1, 3, 3), input),
                     builder_floats(&builder, SHAPE(1, 1, 2, 2), weights), builder_floats(&builder, SHAPE(1), bias));
    builder_ints(&builder, node, "pads", 4, 1, 0, 0, 0);
    builder_infer(&builder, node);
    void *results[1];
    builder_run(kernel_find(&reference_kernel_table, node), node, NULL, NULL, results);
    ck_assert_floats_near(expected, (const float *)results[0], 6, 0.0f);
    free(results[0]);
    builder_release(&builder);
}
END_TEST

/* 1-D and 3-D: the sizes that all axes share. */
static const struct rank_case {
    int rank, size, channels, outputs, kernel, stride, dilation, pad, groups;
} ranks[] = {
    {3, 50, 6, 9, 3, 1, 1, 1, 1}, {3, 51, 6, 6, 5, 2, 1, 2, 6}, {3, 300, 8, 12, 3, 1, 3, 0, 4},
    {3, 7, 64, 5, 1, 1, 1, 0, 1}, {5, 6, 3, 4, 3, 1, 1, 1, 1},  {5, 5, 4, 8, 2, 2, 1, 0, 4},
    {5, 6, 4, 6, 2, 1, 2, 1, 2},
};
enum { RANKS = sizeof ranks / sizeof *ranks };

static struct node *build_ranked(struct builder *builder, enum op op, const struct rank_case *c)
{
    bool transposed = op == OP_CONV_TRANSPOSE;
    struct senet_shape image = {c->rank, {2, c->channels, c->size, c->size + 1, c->size + 2}};
    struct senet_shape weights = {c->rank, {c->outputs, c->channels / c->groups, c->kernel, c->kernel, c->kernel}};
    if (transposed) {
        weights.dim[0] = c->channels;
        weights.dim[1] = c->outputs / c->groups;
    }
    struct node *node = builder_node(builder, op, 1, 3, builder_random(builder, image),
                                     builder_random(builder, weights), builder_random(builder, SHAPE(c->outputs)));
    size_t axes = (size_t)c->rank - 2;
    builder_ints(builder, node, "strides", axes, c->stride, c->stride, c->stride);
    builder_ints(builder, node, "dilations", axes, c->dilation, c->dilation, c->dilation);
    builder_ints(builder, node, "pads", 2 * axes, c->pad, c->pad, c->pad, c->pad, c->pad, c->pad);
    builder_int(node, "group", c->groups);
    node->activation = (struct activation){ACTIVATION_RELU, 0, 0};
    builder_infer(builder, node);
    return node;
}

START_TEST(conv_of_any_rank_matches_reference)
{
    char text[64];
    struct builder builder;
    builder_init(&builder, 200u + (uint32_t)_i);
    snprintf(text, sizeof text, "case %d", _i);
    const struct node *node = build_ranked(&builder, OP_CONV, &ranks[_i]);
    builder_compare(&builder, node, TOLERANCE, text);
    bool is_fast = kernel_find(&kernel_table, node) != kernel_find(&reference_kernel_table, node);
    ck_assert_int_eq(is_fast, ranks[_i].rank == 3);
    builder_release(&builder);
}
END_TEST

START_TEST(conv_runs_along_one_axis_or_three)
{
    static const float ones[] = {1, 1, 1, 1, 1, 1, 1, 1}, line[] = {1, 2, 3, 4}, step[] = {1, -1};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *row = builder_node(&builder, OP_CONV, 1, 2, builder_floats(&builder, SHAPE(1, 1, 4), line),
                                    builder_floats(&builder, SHAPE(1, 1, 2), step));
    builder_ints(&builder, row, "pads", 2, 1, 0);
    builder_infer(&builder, row);
    builder_expect(row, (const float[]){-1, -1, -1, -1}, 0.0f);
    static const float cube[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct node *volume = builder_node(&builder, OP_CONV, 1, 2, builder_floats(&builder, SHAPE(1, 1, 2, 2, 2), cube),
                                       builder_floats(&builder, SHAPE(1, 1, 2, 2, 2), ones));
    builder_ints(&builder, volume, "pads", 6, 1, 0, 0, 0, 0, 1);
    builder_infer(&builder, volume); /* depths {none,1..4}, {1..4,5..8}; widths {both}, {right, none} */
    builder_expect(volume, (const float[]){10, 6, 36, 20}, 0.0f);
    builder_release(&builder);
}
END_TEST

/* ----------------------------------------------------------- ConvTranspose */

/*
 * The convolution with the same weights leads back: for any x and y, the sum over conv_transpose(x) * y is that over
 * x * conv(y). Activation and bias are left out.
 */
START_TEST(conv_transpose_is_the_adjoint_of_conv)
{
    const struct rank_case *c = &ranks[_i];
    struct builder builder;
    void *forth[BUILDER_OUTPUTS], *back[BUILDER_OUTPUTS];
    builder_init(&builder, 300u + (uint32_t)_i);
    struct node *node = build_ranked(&builder, OP_CONV_TRANSPOSE, c);
    node->activation.kind = ACTIVATION_NONE;
    node->inputs[2] = NULL;
    struct value *y = builder_random(&builder, node->outputs[0]->shape);
    struct node *conv = builder_node(&builder, OP_CONV, 1, 2, y, node->inputs[1]);
    conv->attributes = node->attributes;
    conv->attribute_count = node->attribute_count;
    builder_infer(&builder, conv);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, forth);
    builder_run(kernel_find(&reference_kernel_table, conv), conv, NULL, NULL, back);
    double left = 0, right = 0, size = 0;
    for (int64_t i = 0; i < senet_shape_elements(&y->shape); i++) {
        left += (double)((const float *)forth[0])[i] * (double)((const float *)y->data)[i];
        size += fabs((double)((const float *)forth[0])[i]);
    }
    for (int64_t i = 0; i < senet_shape_elements(&node->inputs[0]->shape); i++)
        right += (double)((const float *)back[0])[i] * (double)((const float *)node->inputs[0]->data)[i];
    ck_assert_msg(fabs(left - right) <= 1e-6 * size, "%.9g, not %.9g", left, right);
    builder_free(node, forth);
    builder_free(conv, back);
    builder_release(&builder);
}
END_TEST

/* The examples of ONNX's specification: 0..8 spread by 3x3 ones, and what pads and output_padding make of that. */
static struct node *build_spread(struct builder *builder)
{
    static const float input[] = {0, 1, 2, 3, 4, 5, 6, 7, 8}, ones[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    return builder_node(builder, OP_CONV_TRANSPOSE, 1, 2, builder_floats(builder, SHAPE(1, 1, 3, 3), input),
                        builder_floats(builder, SHAPE(1, 1, 3, 3), ones));
}

START_TEST(conv_transpose_spreads_each_element)
{
    static const float expected[] = {0,  1,  3, 3,  2,  3,  8,  15, 12, 7,  9,  21, 36,
                                     27, 15, 9, 20, 33, 24, 13, 6,  13, 21, 15, 8};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = build_spread(&builder);
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    struct node *cut = build_spread(&builder);
    builder_ints(&builder, cut, "pads", 4, 1, 1, 1, 1);
    builder_infer(&builder, cut);
    builder_expect(cut, (const float[]){8, 15, 12, 21, 36, 27, 20, 33, 24}, 0.0f);
    builder_release(&builder);
}
END_TEST

static const struct {
    const char *auto_pad;
    int output_shape, first, size; /* along each axis; the first row and column of the whole that are kept */
} cuts_of_whole[] = {{"NOTSET", 6, 1, 6},     {"SAME_UPPER", 6, 0, 6}, {"SAME_LOWER", 6, 1, 6}, {"SAME_UPPER", 0, 0, 6},
                     {"SAME_LOWER", 0, 1, 6}, {"VALID", 0, 0, 7},      {"NOTSET", 9, 0, 9}};

/* Strides of 2 make 7 rows and columns of 3; what a node wants less, it takes from their ends, and more is zero. */
START_TEST(conv_transpose_cuts_to_the_size_that_is_wanted)
{
    struct builder builder;
    void *whole[BUILDER_OUTPUTS], *part[BUILDER_OUTPUTS];
    builder_init(&builder, 1);
    struct node *nodes[] = {build_spread(&builder), build_spread(&builder)};
    for (int i = 0; i < 2; i++)
        builder_ints(&builder, nodes[i], "strides", 2, 2, 2);
    builder_attribute(nodes[1], "auto_pad", ATTRIBUTE_STRING)->s = cuts_of_whole[_i].auto_pad;
    int wanted = cuts_of_whole[_i].output_shape, first = cuts_of_whole[_i].first, size = cuts_of_whole[_i].size;
    if (wanted)
        builder_ints(&builder, nodes[1], "output_shape", 2, wanted, wanted);
    for (int i = 0; i < 2; i++) {
        builder_infer(&builder, nodes[i]);
        builder_run(kernel_find(&kernel_table, nodes[i]), nodes[i], NULL, NULL, i ? part : whole);
    }
    ck_assert_int_eq(nodes[1]->outputs[0]->shape.dim[2], size);
    ck_assert_int_eq(nodes[1]->outputs[0]->shape.dim[3], size);
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            bool inside = y + first < 7 && x + first < 7;
            ck_assert_float_eq(((const float *)part[0])[y * size + x],
                               inside ? ((const float *)whole[0])[(y + first) * 7 + x + first] : 0);
        }
    builder_free(nodes[0], whole);
    builder_free(nodes[1], part);
    builder_release(&builder);
}
END_TEST

START_TEST(conv_transpose_adds_its_bias_everywhere)
{
    static const float input[] = {1, 2}, weights[] = {1, 10}, bias[] = {0.5f, -0.5f};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_CONV_TRANSPOSE, 1, 3, builder_floats(&builder, SHAPE(1, 2, 1), input),
                     builder_floats(&builder, SHAPE(2, 1, 1), weights), builder_floats(&builder, SHAPE(2), bias));
    builder_int(node, "group", 2);
    builder_ints(&builder, node, "strides", 1, 3);
    builder_ints(&builder, node, "output_padding", 1, 2);
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){1.5f, 0.5f, 0.5f, 19.5f, -0.5f, -0.5f}, 0.0f);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_conv");
    TCase *tcase = builder_case(suite, "conv");
    tcase_add_loop_test(tcase, conv_matches_reference_over_odd_shapes, 0, KERNELS);
    tcase_add_loop_test(tcase, conv_matches_reference_with_each_activation, 0, ACTIVATIONS);
    tcase_add_loop_test(tcase, conv_matches_reference_however_the_work_is_cut, 0, CUTS);
    tcase_add_loop_test(tcase, conv_matches_reference_with_the_operands_that_passes_add, 0, CUTS);
    tcase_add_loop_test(tcase, scales_of_one_change_nothing, 0, CUTS);
    tcase_add_test(tcase, the_reference_scales_what_goes_in_and_what_comes_out);
    tcase_add_test(tcase, large_pointwise_convolutions_are_multiplied_in_quarters);
    tcase_add_loop_test(tcase, conv_scratch_is_bounded_for_large_images_and_windows, 0, LARGE);
    tcase_add_test(tcase, the_reference_sums_what_the_window_covers);
    tcase_add_loop_test(tcase, conv_of_any_rank_matches_reference, 0, RANKS);
    tcase_add_test(tcase, conv_runs_along_one_axis_or_three);
    tcase_add_loop_test(tcase, conv_transpose_is_the_adjoint_of_conv, 0, RANKS);
    tcase_add_test(tcase, conv_transpose_spreads_each_element);
    tcase_add_loop_test(tcase, conv_transpose_cuts_to_the_size_that_is_wanted, 0, 7);
    tcase_add_test(tcase, conv_transpose_adds_its_bias_everywhere);
    return harness_run(suite);
}
