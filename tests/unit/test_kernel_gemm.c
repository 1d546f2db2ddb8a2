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
    {{1, {5}}, {1, {5}}}, /* vectors: a row on the left, a column on the right */
    {{1, {5}}, {2, {5, 7}}},
    {{1, {5}}, {4, {2, 3, 5, 7}}},
    {{2, {7, 5}}, {1, {5}}},
    {{4, {2, 3, 7, 5}}, {1, {5}}},
    {{4, {3, 1, 2, 4}}, {3, {1, 4, 5}}}, /* ones that repeat nothing */
    {{3, {1, 2, 4}}, {4, {3, 1, 4, 5}}},
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

START_TEST(matmul_of_vectors_is_their_inner_product)
{
    static const float a[] = {1, 2, 3}, b[] = {4, 5, 6}, matrix[] = {1, 10, 2, 20, 3, 30};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *left = builder_floats(&builder, SHAPE(3), a), *right = builder_floats(&builder, SHAPE(3), b);
    struct node *node = builder_node(&builder, OP_MATMUL, 1, 2, left, right);
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){32}, 0.0f);
    node = builder_node(&builder, OP_MATMUL, 1, 2, left, builder_floats(&builder, SHAPE(3, 2), matrix));
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){14, 140}, 0.0f);
    node = builder_node(&builder, OP_MATMUL, 1, 2, builder_floats(&builder, SHAPE(2, 3), matrix), right);
    builder_infer(&builder, node);
    builder_expect(node, (const float[]){4 + 50 + 12, 80 + 15 + 180}, 0.0f);
    builder_release(&builder);
}
END_TEST

static const struct {
    const char *equation;
    struct senet_shape a, b; /* of 1, 2, 3, ...; b of rank -1 is none */
    float expected[8];
} sums[] = {
    {"ij->ji", {2, {2, 3}}, {-1, {0}}, {1, 4, 2, 5, 3, 6}},
    {"ij->i", {2, {2, 3}}, {-1, {0}}, {6, 15}},
    {"ij", {2, {2, 3}}, {-1, {0}}, {1, 2, 3, 4, 5, 6}},
    {"ij->", {2, {2, 3}}, {-1, {0}}, {21}},
    {"ii->i", {2, {2, 2}}, {-1, {0}}, {1, 4}},
    {"ii", {2, {2, 2}}, {-1, {0}}, {5}},
    {" i , j -> i j ", {1, {2}}, {1, {3}}, {1, 2, 3, 2, 4, 6}},
    {"i,i", {1, {3}}, {1, {3}}, {14}},
    {"ij,jk->ik", {2, {2, 2}}, {2, {2, 2}}, {7, 10, 15, 22}},
    {"ij,kj->ik", {2, {2, 2}}, {2, {2, 2}}, {5, 11, 11, 25}},
    {"bij,bjk->bik", {3, {2, 1, 2}}, {3, {2, 2, 1}}, {5, 25}},
    {"...ij,...jk->...ik", {3, {2, 1, 2}}, {2, {2, 1}}, {5, 11}},
    {"...i->i...", {2, {2, 3}}, {-1, {0}}, {1, 4, 2, 5, 3, 6}},
    {"ba,", {2, {2, 2}}, {0, {0}}, {1, 3, 2, 4}},
    {"ij,j->i", {2, {2, 1}}, {1, {3}}, {6, 12}}, /* an axis of one element repeats */
};
enum { SUMS = sizeof sums / sizeof *sums };

START_TEST(einsum_is_what_its_equation_says)
{
    static const float counting[] = {1, 2, 3, 4, 5, 6};
    struct builder builder;
    builder_init(&builder, 1);
    bool has_second = sums[_i].b.rank >= 0;
    struct node *node =
        builder_node(&builder, OP_EINSUM, 1, has_second ? 2 : 1, builder_floats(&builder, sums[_i].a, counting),
                     has_second ? builder_floats(&builder, sums[_i].b, counting) : NULL);
    builder_attribute(node, "equation", ATTRIBUTE_STRING)->s = sums[_i].equation;
    builder_infer(&builder, node);
    builder_expect(node, sums[_i].expected, 0.0f);
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
    tcase_add_test(tcase, matmul_of_vectors_is_their_inner_product);
    tcase_add_loop_test(tcase, einsum_is_what_its_equation_says, 0, SUMS);
    return harness_run(suite);
}
