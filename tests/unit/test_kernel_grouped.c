/* Conv in groups of a few channels: the direct kernel, and what else accepts the same nodes. */
#include "graph/conv.h"
#include "kernel_builder.h"
#include "kernels/channels_last.h"

#define TOLERANCE 1e-5f

enum operands { BIAS = 1, RESIDUAL = 2, SCALE = 4, INPUT_SCALE = 8, DIRECT = 8 /* of these the direct kernel takes */ };

struct grouped_case {
    int batch, groups, depth, height, width, kernel_h, stride;
    int pads[4];
    int operands;
};

static struct node *build(struct builder *builder, const struct grouped_case *c)
{
    int channels = c->groups * c->depth;
    int64_t height = (c->height + c->pads[0] + c->pads[2] - c->kernel_h) / c->stride + 1;
    int64_t width = (c->width + c->pads[1] + c->pads[3] - 3) / c->stride + 1;
    bool bias = c->operands & BIAS, residual = c->operands & RESIDUAL;
    struct node *node = builder_node(
        builder, OP_CONV, 1, CONV_INPUTS, builder_random(builder, SHAPE(c->batch, channels, c->height, c->width)),
        builder_random(builder, SHAPE(channels, c->depth, c->kernel_h, 3)),
        bias ? builder_random(builder, SHAPE(channels)) : NULL,
        residual ? builder_random(builder, SHAPE(c->batch, channels, height, width)) : NULL,
        c->operands & SCALE ? builder_random(builder, SHAPE(c->batch, channels)) : NULL,
        c->operands & INPUT_SCALE ? builder_random(builder, SHAPE(c->batch, channels)) : NULL);
    builder_ints(builder, node, "strides", 2, c->stride, c->stride);
    builder_ints(builder, node, "pads", 4, c->pads[0], c->pads[1], c->pads[2], c->pads[3]);
    builder_int(node, "group", c->groups);
    return node;
}

static const struct kernel *chosen(const struct node *node, struct arena *arena)
{
    return kernel_find_near(&kernel_table, builder_planned(node, LAYOUT_CHANNELS_LAST, arena), LAYOUT_CHANNELS_LAST);
}

/* NULL is any kernel. */
static void compare(const struct grouped_case *c, struct activation activation, uint32_t seed, const char *kernel)
{
    struct builder builder;
    char text[256];
    builder_init(&builder, seed);
    struct node *node = build(&builder, c);
    node->activation = activation;
    builder_infer(&builder, node);
    snprintf(text, sizeof text,
             "seed %u, batch %d, %d groups of %d, %dx%d, kernel %dx3, stride %d, pads %d %d %d %d, "
             "operands %d",
             seed, c->batch, c->groups, c->depth, c->height, c->width, c->kernel_h, c->stride, c->pads[0], c->pads[1],
             c->pads[2], c->pads[3], c->operands);
    if (kernel)
        ck_assert_msg(!strcmp(chosen(node, &builder.arena)->name, kernel), "%s: %s", text,
                      chosen(node, &builder.arena)->name);
    builder_compare(&builder, node, TOLERANCE, text);
    builder_release(&builder);
}

static bool fits(const struct grouped_case *c)
{
    return c->height + c->pads[0] + c->pads[2] >= c->kernel_h && c->width + c->pads[1] + c->pads[3] >= 3;
}

/* Channels that leave remainders of an octet and of every vector. */
static const int groups[][2] = {{2, 4}, {3, 4}, {5, 4}, {6, 4}, {10, 4}, {32, 4}, {2, 8}, {3, 8}, {5, 8}, {16, 8}};
static const int paddings[][4] = {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 0, 0, 3}, {0, 3, 4, 1}};
enum { GROUPS = sizeof groups / sizeof *groups, PADDINGS = sizeof paddings / sizeof *paddings };

/* Operands, sizes and windows rotate through the grid. */
START_TEST(grouped_matches_reference_over_odd_shapes)
{
    static const int widths[] = {1, 3, 4, 9, 15};
    uint32_t seed = 100u + 100u * (uint32_t)_i;
    for (int padding = 0; padding < PADDINGS; padding++)
        for (int stride = 1; stride <= 2; stride++)
            for (int width = 0; width < 5; width++, seed++) {
                struct grouped_case c = {1 + (int)seed % 2,
                                         groups[_i][0],
                                         groups[_i][1],
                                         1 + (int)seed % 8,
                                         widths[width],
                                         3,
                                         stride,
                                         {0},
                                         (int)(seed * 5 % DIRECT)};
                c.kernel_h = seed % 7 == 0 ? 1 : 3;
                memcpy(c.pads, paddings[padding], sizeof c.pads);
                if (fits(&c))
                    compare(&c, (struct activation){seed % 2 ? ACTIVATION_RELU : ACTIVATION_NONE, 0, 0}, seed,
                            "conv_grouped");
            }
}
END_TEST

/* Tiles of each size, alone and overlapping. */
START_TEST(every_remainder_of_a_row_is_computed)
{
    for (int depth = 4; depth <= 8; depth += 4)
        for (int stride = 1; stride <= 2; stride++) {
            struct grouped_case c = {1, 48 / depth, depth, 3, (_i - 1) * stride + 1, 3, stride, {1, 1, 1, 1}, BIAS};
            compare(&c, (struct activation){ACTIVATION_HARD_SWISH, 0, 0}, 3000u + (uint32_t)_i, "conv_grouped");
        }
}
END_TEST

START_TEST(grouped_matches_reference_with_each_activation)
{
    static const struct activation activations[] = {
        {ACTIVATION_CLIP, 0, 6}, {ACTIVATION_LEAKY_RELU, 0.1f, 0}, {ACTIVATION_SIGMOID, 0, 0}, {ACTIVATION_SWISH, 1, 0},
        {ACTIVATION_GELU, 0, 0}, {ACTIVATION_TANH, 0, 0},          {ACTIVATION_MISH, 0, 0},
    };
    const struct grouped_case c = {2, 6, 4, 6, 23, 3, 1, {1, 1, 1, 1}, BIAS | RESIDUAL | SCALE};
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        compare(&c, activations[i], 4000u + (uint32_t)i, "conv_grouped");
}
END_TEST

/* Rows enough that a team shares them out, and so few that it shares channels. */
START_TEST(grouped_matches_reference_when_a_team_shares_it)
{
    static const struct grouped_case cases[] = {{1, 8, 4, 112, 57, 3, 2, {1, 1, 1, 1}, BIAS},
                                                {1, 9, 8, 56, 28, 3, 1, {1, 1, 1, 1}, BIAS},
                                                {1, 65, 8, 7, 7, 3, 1, {1, 1, 1, 1}, BIAS | RESIDUAL},
                                                {1, 131, 4, 2, 14, 3, 1, {1, 1, 1, 1}, SCALE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        compare(&cases[i], (struct activation){ACTIVATION_RELU, 0, 0}, 5000u + (uint32_t)i, "conv_grouped");
}
END_TEST

START_TEST(grouped_leaves_what_it_cannot_do_to_others)
{
    static const struct grouped_case cases[] = {
        {1, 4, 4, 9, 9, 3, 1, {1, 1, 1, 1}, INPUT_SCALE}, /* a factor of each input */
        {1, 4, 4, 9, 9, 3, 3, {1, 1, 1, 1}, BIAS},        /* stride */
        {1, 4, 6, 9, 9, 3, 1, {1, 1, 1, 1}, BIAS},        /* groups */
        {1, 1, 8, 9, 9, 3, 1, {1, 1, 1, 1}, BIAS},        /* one group is no group */
    };
    struct builder builder;
    builder_init(&builder, 7);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node *node = build(&builder, &cases[i]);
        builder_infer(&builder, node);
        ck_assert(!conv_grouped_accepts(builder_planned(node, LAYOUT_CHANNELS_LAST, &builder.arena)));
        compare(&cases[i], (struct activation){ACTIVATION_RELU, 0, 0}, 6000u + (uint32_t)i, NULL);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_grouped");
    TCase *tcase = builder_case(suite, "grouped");
    tcase_add_loop_test(tcase, grouped_matches_reference_over_odd_shapes, 0, GROUPS);
    tcase_add_loop_test(tcase, every_remainder_of_a_row_is_computed, 1, 32);
    tcase_add_test(tcase, grouped_matches_reference_with_each_activation);
    tcase_add_test(tcase, grouped_matches_reference_when_a_team_shares_it);
    tcase_add_test(tcase, grouped_leaves_what_it_cannot_do_to_others);
    return harness_run(suite);
}
