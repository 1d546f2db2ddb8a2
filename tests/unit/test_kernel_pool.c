#include "kernel_builder.h"

struct pool_case {
    int height, width, kernel_h, kernel_w, stride, dilation;
    int pads[4];
    int ceil_mode, count_include_pad;
};

static struct node *build(struct builder *builder, enum op op, const struct pool_case *c)
{
    struct node *node = builder_node(builder, op, 1, 1, builder_random(builder, SHAPE(2, 13, c->height, c->width)));
    builder_ints(builder, node, "kernel_shape", 2, c->kernel_h, c->kernel_w);
    builder_ints(builder, node, "strides", 2, c->stride, c->stride);
    builder_ints(builder, node, "dilations", 2, c->dilation, c->dilation);
    builder_ints(builder, node, "pads", 4, c->pads[0], c->pads[1], c->pads[2], c->pads[3]);
    builder_int(node, "ceil_mode", c->ceil_mode);
    builder_int(node, "count_include_pad", c->count_include_pad);
    builder_infer(builder, node);
    return node;
}

static const struct pool_case cases[] = {
    {9, 7, 3, 3, 2, 1, {1, 1, 1, 1}, 0, 0},   {9, 7, 3, 3, 2, 1, {1, 1, 1, 1}, 0, 1},
    {9, 7, 2, 2, 2, 1, {0, 0, 0, 0}, 1, 0},   {9, 7, 2, 2, 2, 1, {0, 0, 0, 0}, 1, 1},
    {8, 10, 3, 2, 2, 1, {0, 1, 2, 0}, 1, 1},  {8, 10, 3, 2, 2, 1, {0, 1, 2, 0}, 1, 0},
    {9, 7, 2, 3, 1, 2, {1, 2, 0, 1}, 0, 0},   {9, 7, 2, 3, 1, 2, {1, 2, 0, 1}, 0, 1},
    {1, 1, 1, 1, 1, 1, {0, 0, 0, 0}, 0, 0},   {7, 7, 7, 7, 1, 1, {0, 0, 0, 0}, 0, 0},
    {56, 57, 3, 3, 2, 1, {1, 1, 1, 1}, 0, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

static void compare(enum op op, int index)
{
    char text[64];
    struct builder builder;
    builder_init(&builder, 40u + (uint32_t)index);
    snprintf(text, sizeof text, "case %d", index);
    builder_compare(&builder, build(&builder, op, &cases[index]), 1e-6f, text);
    builder_release(&builder);
}

START_TEST(max_pool_matches_reference)
{
    compare(OP_MAX_POOL, _i);
}
END_TEST

START_TEST(average_pool_matches_reference)
{
    compare(OP_AVERAGE_POOL, _i);
}
END_TEST

static void expect(enum op op, int ceil_mode, int count_include_pad, const float *expected)
{
    static const float input[] = {-1, -2, -3, -4, -5, -6, -7, -8, -9};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, op, 1, 1, builder_floats(&builder, SHAPE(1, 1, 3, 3), input));
    builder_ints(&builder, node, "kernel_shape", 2, 2, 2);
    builder_ints(&builder, node, "strides", 2, 2, 2);
    builder_ints(&builder, node, "pads", 4, ceil_mode ? 0 : 1, ceil_mode ? 0 : 1, 0, 0);
    builder_int(node, "ceil_mode", ceil_mode);
    builder_int(node, "count_include_pad", count_include_pad);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-6f);
    builder_release(&builder);
}

START_TEST(max_pool_never_takes_the_padding)
{
    expect(OP_MAX_POOL, 0, 0, (const float[]){-1, -2, -4, -5});
}
END_TEST

START_TEST(average_pool_leaves_padding_out_by_default)
{
    expect(OP_AVERAGE_POOL, 0, 0, (const float[]){-1, -2.5f, -5.5f, -7});
}
END_TEST

START_TEST(average_pool_counts_padding_when_asked)
{
    expect(OP_AVERAGE_POOL, 0, 1, (const float[]){-0.25f, -1.25f, -2.75f, -7});
}
END_TEST

START_TEST(average_pool_never_counts_what_ceil_mode_adds)
{
    expect(OP_AVERAGE_POOL, 1, 1, (const float[]){-3, -4.5f, -7.5f, -9});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_pool");
    TCase *tcase = builder_case(suite, "pool");
    tcase_add_loop_test(tcase, max_pool_matches_reference, 0, CASES);
    tcase_add_loop_test(tcase, average_pool_matches_reference, 0, CASES);
    tcase_add_test(tcase, max_pool_never_takes_the_padding);
    tcase_add_test(tcase, average_pool_leaves_padding_out_by_default);
    tcase_add_test(tcase, average_pool_counts_padding_when_asked);
    tcase_add_test(tcase, average_pool_never_counts_what_ceil_mode_adds);
    return harness_run(suite);
}
