#include "kernel_builder.h"

#define TOLERANCE 1e-5f

enum { NO_ADDEND = -1 };

static void compare_gemm(int rows, int columns, int depth, int turned, struct senet_shape addend, uint32_t seed)
{
    char text[160];
    struct builder builder;
    builder_init(&builder, seed);
    bool a_turned = turned & 1, b_turned = turned & 2;
    snprintf(text, sizeof text, "seed %u, %dx%dx%d, transA %d, transB %d, addend of rank %d", seed, rows, columns,
             depth, a_turned, b_turned, addend.rank);
    struct node *node = builder_node(&builder, OP_GEMM, 1, 3,
                                     builder_random(&builder, a_turned ? SHAPE(depth, rows) : SHAPE(rows, depth)),
                                     builder_random(&builder, b_turned ? SHAPE(columns, depth) : SHAPE(depth, columns)),
                                     addend.rank == NO_ADDEND ? NULL : builder_random(&builder, addend));
    builder_int(node, "transA", a_turned);
    builder_int(node, "transB", b_turned);
    builder_float(node, "alpha", 0.5f);
    builder_float(node, "beta", -2.0f);
    node->activation = (struct activation){seed % 2 ? ACTIVATION_RELU : ACTIVATION_NONE, 0, 0};
    builder_infer(&builder, node);
    builder_compare(&builder, node, TOLERANCE, text);
    builder_release(&builder);
}

/* _i: transA + 2 transB */
START_TEST(gemm_matches_reference_for_all_transpositions_and_addends)
{
    static const int sizes[][3] = {{1, 1, 1}, {1, 10, 7}, {3, 5, 1}, {7, 13, 9}, {1, 203, 65}, {4, 310, 257}};
    uint32_t seed = 50;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int rows = sizes[i][0], columns = sizes[i][1], depth = sizes[i][2];
        const struct senet_shape addends[] = {{NO_ADDEND, {0}},     {0, {0}},       {1, {columns}},
                                              {2, {rows, columns}}, {2, {rows, 1}}, {2, {1, columns}}};
        for (size_t j = 0; j < sizeof addends / sizeof *addends; j++)
            compare_gemm(rows, columns, depth, _i, addends[j], seed++);
    }
}
END_TEST

START_TEST(gemm_scales_product_and_addend)
{
    static const float a[] = {1, 2, 3, 4}, b[] = {5, 6, 7, 8}, c[] = {100, 200};
    static const float expected[] = {2 * 19 + 10, 2 * 22 + 20, 2 * 43 + 10, 2 * 50 + 20};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_GEMM, 1, 3, builder_floats(&builder, SHAPE(2, 2), a),
                                     builder_floats(&builder, SHAPE(2, 2), b), builder_floats(&builder, SHAPE(2), c));
    builder_float(node, "alpha", 2);
    builder_float(node, "beta", 0.1f);
    builder_infer(&builder, node);
    builder_expect(node, expected, 1e-4f);
    builder_release(&builder);
}
END_TEST

static const struct {
    struct senet_shape a, b;
} products[] = {
    {{2, {3, 4}}, {2, {4, 5}}},
    {{2, {1, 64}}, {2, {64, 130}}},
    {{3, {2, 3, 4}}, {2, {4, 5}}},          /* one B for all */
    {{4, {2, 3, 4, 5}}, {4, {2, 3, 5, 6}}}, /* as many A as B */
    {{3, {1, 3, 4}}, {3, {2, 4, 5}}},       /* A repeats */
    {{2, {3, 4}}, {3, {2, 4, 5}}},
    {{4, {2, 1, 3, 4}}, {4, {1, 3, 4, 2}}}, /* both repeat */
    {{3, {5, 2, 3}}, {4, {4, 5, 3, 2}}},
    {{3, {2, 40, 130}}, {3, {2, 130, 150}}},
};
enum { PRODUCTS = sizeof products / sizeof *products };

START_TEST(matmul_matches_reference_however_batches_broadcast)
{
    char text[32];
    struct builder builder;
    builder_init(&builder, 11u + (uint32_t)_i);
    snprintf(text, sizeof text, "product %d", _i);
    struct node *node = builder_node(&builder, OP_MATMUL, 1, 2, builder_random(&builder, products[_i].a),
                                     builder_random(&builder, products[_i].b));
    builder_infer(&builder, node);
    builder_compare(&builder, node, TOLERANCE, text);
    builder_release(&builder);
}
END_TEST

START_TEST(matmul_repeats_a_matrix_over_a_batch)
{
    static const float a[] = {1, 2, 3, 4, 5, 6, 7, 8}, b[] = {1, 10}, expected[] = {21, 43, 65, 87};
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node = builder_node(&builder, OP_MATMUL, 1, 2, builder_floats(&builder, SHAPE(2, 2, 2), a),
                                     builder_floats(&builder, SHAPE(2, 1), b));
    builder_infer(&builder, node);
    builder_expect(node, expected, 0.0f);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_gemm");
    TCase *tcase = builder_case(suite, "gemm");
    tcase_add_loop_test(tcase, gemm_matches_reference_for_all_transpositions_and_addends, 0, 4);
    tcase_add_test(tcase, gemm_scales_product_and_addend);
    tcase_add_loop_test(tcase, matmul_matches_reference_however_batches_broadcast, 0, PRODUCTS);
    tcase_add_test(tcase, matmul_repeats_a_matrix_over_a_batch);
    return harness_run(suite);
}
