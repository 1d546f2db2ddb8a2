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

/* One row of a pool over 1-D and 3-D tensors: the sizes that all axes share. */
static const struct rank_case {
    int rank, size, kernel, stride, dilation, pad, ceil_mode;
} ranks[] = {
    {3, 13, 3, 2, 1, 1, 0}, {3, 13, 2, 2, 1, 0, 1}, {3, 9, 3, 1, 2, 2, 0},
    {5, 6, 3, 2, 1, 1, 0},  {5, 5, 2, 2, 1, 0, 1},  {5, 6, 2, 1, 2, 1, 1},
};
enum { RANKS = sizeof ranks / sizeof *ranks };

static struct node *build_ranked(struct builder *builder, enum op op, const struct rank_case *c, int outputs)
{
    struct senet_shape shape = {c->rank, {2, 3, c->size, c->size + 1, c->size + 2}};
    struct node *node = builder_node(builder, op, outputs, 1, builder_random(builder, shape));
    size_t axes = (size_t)c->rank - 2;
    builder_ints(builder, node, "kernel_shape", axes, c->kernel, c->kernel, c->kernel);
    builder_ints(builder, node, "strides", axes, c->stride, c->stride, c->stride);
    builder_ints(builder, node, "dilations", axes, c->dilation, c->dilation, c->dilation);
    builder_ints(builder, node, "pads", 2 * axes, c->pad, c->pad, c->pad, c->pad, c->pad, c->pad);
    builder_int(node, "ceil_mode", c->ceil_mode);
    builder_int(node, "p", 3);
    builder_infer(builder, node);
    return node;
}

START_TEST(pools_of_any_rank_match_reference)
{
    static const enum op ops[] = {OP_MAX_POOL, OP_AVERAGE_POOL, OP_LP_POOL};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        char text[64];
        struct builder builder;
        builder_init(&builder, 70u + (uint32_t)_i);
        snprintf(text, sizeof text, "%s, case %d", op_table[ops[i]].name, _i);
        builder_compare(&builder, build_ranked(&builder, ops[i], &ranks[_i], 1), 1e-6f, text);
        builder_release(&builder);
    }
}
END_TEST

/* However the plane lies, the largest element is the one that the index names. */
START_TEST(max_pool_names_the_elements_that_it_takes)
{
    struct builder builder;
    void *results[BUILDER_OUTPUTS];
    builder_init(&builder, 90u + (uint32_t)_i);
    const struct node *node = build_ranked(&builder, OP_MAX_POOL, &ranks[_i], 2);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    const float *input = node->inputs[0]->data, *taken = results[0];
    const int64_t *indices = results[1];
    for (int64_t i = 0; i < senet_shape_elements(&node->outputs[0]->shape); i++)
        ck_assert_float_eq(input[indices[i]], taken[i]);
    builder_compare(&builder, node, 0.0f, "with indices");
    builder_free(node, results);
    builder_release(&builder);
}
END_TEST

static void expect_indices(int storage_order, const int64_t *expected)
{
    static const float input[] = {1, 9, 2, 8, 3, 7, 4, 6, 5, 0, 0, 0, 0, 5, 0, 0, 0, 5};
    static const float largest[] = {9, 9, 8, 7, 5, 5, 5, 5};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_MAX_POOL, 2, 1, builder_floats(&builder, SHAPE(1, 2, 3, 3), input));
    builder_ints(&builder, node, "kernel_shape", 2, 2, 2);
    builder_int(node, "storage_order", storage_order);
    builder_infer(&builder, node);
    builder_expect(node, largest, 0.0f);
    builder_expect_at(node, 1, expected, 0);
    builder_release(&builder);
}

/* The first of equal elements counts; planes count on from one another. */
START_TEST(indices_count_rows_first_or_columns_first)
{
    expect_indices(0, (const int64_t[]){1, 1, 3, 5, 13, 13, 13, 13});
    expect_indices(1, (const int64_t[]){3, 3, 1, 7, 13, 13, 13, 13});
}
END_TEST

START_TEST(max_pool_takes_integers)
{
    static const int64_t input[] = {INT64_MIN, INT64_MAX - 1, INT64_MAX, -5};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_MAX_POOL, 1, 1, builder_int64s(&builder, SHAPE(1, 1, 4), input));
    builder_ints(&builder, node, "kernel_shape", 1, 2);
    builder_infer(&builder, node);
    builder_expect_int64s(node, (const int64_t[]){INT64_MAX - 1, INT64_MAX, INT64_MAX});
    builder_release(&builder);
}
END_TEST

START_TEST(not_a_number_passes_through_a_maximum)
{
    struct builder builder;
    builder_init(&builder, 3);
    struct value *image = builder_random(&builder, SHAPE(1, 2, 20, 20));
    ((float *)(uintptr_t)image->data)[45] = NAN;
    struct node *node = builder_node(&builder, OP_MAX_POOL, 1, 1, image);
    builder_ints(&builder, node, "kernel_shape", 2, 3, 3);
    struct node *global = builder_node(&builder, OP_GLOBAL_MAX_POOL, 1, 1, image);
    for (int i = 0; i < 2; i++) {
        struct node *pool = i ? global : node;
        static const struct kernel_table *const tables[] = {&kernel_table, &reference_kernel_table};
        builder_infer(&builder, pool);
        for (int table = 0; table < 2; table++) {
            void *results[BUILDER_OUTPUTS];
            builder_run(kernel_find(tables[table], pool), pool, NULL, NULL, results);
            ck_assert(isnan(((const float *)results[0])[i ? 0 : 41]));
            ck_assert(!isnan(((const float *)results[0])[i ? 1 : 42]));
            builder_free(pool, results);
        }
    }
    builder_release(&builder);
}
END_TEST

START_TEST(global_pools_cover_the_whole_input)
{
    static const float input[] = {3, -4, 0, 0, 1, 2, -2, 4};
    static const struct {
        enum op op;
        float expected[2];
    } pools[] = {{OP_GLOBAL_MAX_POOL, {3, 4}}, {OP_GLOBAL_AVERAGE_POOL, {-0.25f, 1.25f}}, {OP_GLOBAL_LP_POOL, {5, 5}}};
    static const struct senet_shape shapes[] = {{3, {1, 2, 4}}, {4, {1, 2, 2, 2}}, {5, {2, 1, 1, 2, 2}}};
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++)
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++) {
            struct builder builder;
            builder_init(&builder, 1);
            struct node *node = builder_node(&builder, pools[i].op, 1, 1, builder_floats(&builder, shapes[j], input));
            builder_infer(&builder, node);
            builder_expect(node, pools[i].expected, 1e-6f);
            builder_release(&builder);
        }
}
END_TEST

START_TEST(lp_pool_takes_the_norm_of_each_window)
{
    static const float input[] = {3, -4, 0, 12};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *x = builder_floats(&builder, SHAPE(1, 1, 4), input);
    struct node *euclidean = builder_node(&builder, OP_LP_POOL, 1, 1, x);
    builder_ints(&builder, euclidean, "kernel_shape", 1, 2);
    builder_ints(&builder, euclidean, "pads", 2, 1, 0);
    builder_infer(&builder, euclidean);
    builder_expect(euclidean, (const float[]){3, 5, 4, 12}, 1e-6f);
    struct node *sum = builder_node(&builder, OP_LP_POOL, 1, 1, x);
    builder_ints(&builder, sum, "kernel_shape", 1, 2);
    builder_int(sum, "p", 1);
    builder_infer(&builder, sum);
    builder_expect(sum, (const float[]){7, 4, 12}, 1e-6f);
    builder_release(&builder);
}
END_TEST

/* As ONNX Runtime and PyTorch have it: windows of 2 over 1..9, padded by one all round. */
START_TEST(ceil_mode_counts_padding_but_not_what_lies_behind_it)
{
    static const float input[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, OP_AVERAGE_POOL, 1, 1, builder_floats(&builder, SHAPE(1, 1, 3, 3), input));
    builder_ints(&builder, node, "kernel_shape", 2, 2, 2);
    builder_ints(&builder, node, "strides", 2, 2, 2);
    builder_ints(&builder, node, "pads", 4, 1, 1, 1, 1);
    builder_int(node, "ceil_mode", 1);
    builder_int(node, "count_include_pad", 1);
    builder_infer(&builder, node); /* the third window would begin in the padding */
    builder_expect(node, (const float[]){0.25f, 1.25f, 2.75f, 7}, 1e-6f);
    builder_release(&builder);
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
    tcase_add_loop_test(tcase, pools_of_any_rank_match_reference, 0, RANKS);
    tcase_add_loop_test(tcase, max_pool_names_the_elements_that_it_takes, 0, RANKS);
    tcase_add_test(tcase, indices_count_rows_first_or_columns_first);
    tcase_add_test(tcase, max_pool_takes_integers);
    tcase_add_test(tcase, not_a_number_passes_through_a_maximum);
    tcase_add_test(tcase, global_pools_cover_the_whole_input);
    tcase_add_test(tcase, lp_pool_takes_the_norm_of_each_window);
    tcase_add_test(tcase, ceil_mode_counts_padding_but_not_what_lies_behind_it);
    return harness_run(suite);
}
