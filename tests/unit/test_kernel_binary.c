/* Operators of several operands: by their definitions in double over every way to broadcast, and at the edges. */
#include <float.h>
#include <limits.h>

#include "kernel_builder.h"

enum { OPERANDS_MAX = 4 };

static struct senet_shape shape_of(int rank, const int *dims)
{
    struct senet_shape shape = {rank, {0}};
    for (int i = 0; i < rank; i++)
        shape.dim[i] = dims[i];
    return shape;
}

/* Where the element of `value` lies that output element `at` reads: straight from numpy's rule. */
static int64_t operand_at(const struct value *value, const struct senet_shape *output, int64_t at)
{
    int64_t offset = 0, stride = 1;
    for (int axis = output->rank - 1; axis >= 0; axis--) {
        int own = axis - (output->rank - value->shape.rank);
        int64_t index = at % output->dim[axis];
        at /= output->dim[axis];
        if (own < 0)
            continue;
        offset += value->shape.dim[own] == 1 ? 0 : index * stride;
        stride *= value->shape.dim[own];
    }
    return offset;
}

static double number_at(const struct value *value, const struct senet_shape *output, int64_t at)
{
    int64_t offset = operand_at(value, output, at);
    return value->dtype == DTYPE_INT64 ? (double)((const int64_t *)value->data)[offset]
                                       : (double)((const float *)value->data)[offset];
}

static struct value *random_integers(struct builder *builder, struct senet_shape shape, int least, int most)
{
    int64_t count = senet_shape_elements(&shape);
    int64_t *data = arena_alloc(&builder->arena, (size_t)count, sizeof *data);
    for (int64_t i = 0; i < count; i++)
        data[i] = least + (int64_t)((harness_random(&builder->seed) + 1) / 2 * (float)(most - least + 1));
    return builder_int64s(builder, shape, data);
}

/* ------------------------------------------------------- by their definitions */

#define DEFINITION(name, expression)                                                                                   \
    static double name(double a, double b)                                                                             \
    {                                                                                                                  \
        return expression;                                                                                             \
    }
DEFINITION(sum, a + b)
DEFINITION(difference, a - b)
DEFINITION(product, (a * b))
DEFINITION(ratio, a / b)
DEFINITION(truncated_ratio, b == 0 ? 0 : trunc(a / b))
DEFINITION(power, pow(a, b))
DEFINITION(remainder_of_floats, fmod(a, b))
DEFINITION(remainder_of_integers, b == 0 ? 0 : a - b * floor(a / b))
DEFINITION(smaller, fmin(a, b))
DEFINITION(larger, fmax(a, b))
DEFINITION(sloped, a < 0 ? a * b : a)
DEFINITION(equal, a == b)
DEFINITION(greater, a > b)
DEFINITION(greater_or_equal, a >= b)
DEFINITION(less, a < b)
DEFINITION(less_or_equal, a <= b)
DEFINITION(both, a != 0 && b != 0)
DEFINITION(either, a != 0 || b != 0)
DEFINITION(one, (a != 0) != (b != 0))

typedef double definition(double a, double b);

/* What is written of each type; NULL where ONNX has no such operator. Integers are drawn between these. */
static const struct {
    enum op op;
    definition *floats, *integers;
    bool test; /* the result is 0 or 1 */
    int least, most;
} operators[] = {
    {OP_ADD, sum, sum, false, -9, 9},
    {OP_AND, NULL, both, true, 0, 1},
    {OP_DIV, ratio, truncated_ratio, false, -9, 9},
    {OP_EQUAL, equal, equal, true, -1, 1},
    {OP_GREATER, greater, greater, true, -1, 1},
    {OP_GREATER_OR_EQUAL, greater_or_equal, greater_or_equal, true, -1, 1},
    {OP_LESS, less, less, true, -1, 1},
    {OP_LESS_OR_EQUAL, less_or_equal, less_or_equal, true, -1, 1},
    {OP_MAX, larger, larger, false, -9, 9},
    {OP_MIN, smaller, smaller, false, -9, 9},
    {OP_MOD, NULL, remainder_of_integers, false, -9, 9},
    {OP_MUL, product, product, false, -9, 9},
    {OP_OR, NULL, either, true, 0, 1},
    {OP_POW, NULL, power, false, 0, 9},
    {OP_SUB, difference, difference, false, -9, 9},
    {OP_SUM, sum, sum, false, -9, 9},
    {OP_XOR, NULL, one, true, 0, 1},
};
enum { OPERATORS_TESTED = sizeof operators / sizeof *operators };

static const struct {
    int a_rank, a[4], b_rank, b[4];
} pairs[] = {
    {4, {2, 3, 5, 7}, 4, {2, 3, 5, 7}},
    {4, {2, 3, 5, 7}, 4, {2, 3, 1, 1}},
    {4, {2, 3, 1, 1}, 4, {2, 3, 5, 7}},
    {4, {2, 3, 5, 7}, 3, {3, 1, 1}},
    {0, {0}, 4, {2, 3, 5, 7}},
    {4, {2, 3, 5, 7}, 0, {0}},
    {1, {7}, 4, {2, 3, 5, 7}},
    {4, {2, 1, 5, 1}, 4, {1, 3, 1, 7}},
    {2, {1, 1}, 1, {1}},
    {0, {0}, 0, {0}},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

static void check_against(const struct node *node, definition *expected, double tolerance, int pair)
{
    const struct value *output = node->outputs[0];
    const struct kernel *const kernels[] = {kernel_find(&kernel_table, node),
                                            kernel_find(&reference_kernel_table, node)};
    for (int k = 0; k < 2; k++) {
        void *results[2];
        builder_run(kernels[k], node, NULL, NULL, results);
        for (int64_t i = 0; i < senet_shape_elements(&output->shape); i++) {
            double a = number_at(node->inputs[0], &output->shape, i), b = number_at(node->inputs[1], &output->shape, i);
            double right = expected(a, b);
            double found =
                output->dtype == DTYPE_INT64 ? (double)((int64_t *)results[0])[i] : (double)((float *)results[0])[i];
            ck_assert_msg(fabs(found - right) <= tolerance * (1 + fabs(right)),
                          "%s, pair %d: of %.9g and %.9g %.9g, not %.9g", kernels[k]->name, pair, a, b, found, right);
        }
        free(results[0]);
    }
}

START_TEST(floats_are_combined_as_defined)
{
    struct builder builder;
    if (!operators[_i].floats)
        return;
    builder_init(&builder, 31);
    for (int pair = 0; pair < PAIRS; pair++) {
        struct value *a = builder_random(&builder, shape_of(pairs[pair].a_rank, pairs[pair].a));
        struct value *b = builder_random(&builder, shape_of(pairs[pair].b_rank, pairs[pair].b));
        struct node *node = builder_node(&builder, operators[_i].op, 1, 2, a, b);
        builder_infer(&builder, node);
        ck_assert_int_eq(node->outputs[0]->dtype, operators[_i].test ? DTYPE_INT64 : DTYPE_FLOAT32);
        check_against(node, operators[_i].floats, 1e-6, pair);
    }
    builder_release(&builder);
}
END_TEST

START_TEST(integers_are_combined_as_defined)
{
    struct builder builder;
    builder_init(&builder, 32);
    int least = operators[_i].least, most = operators[_i].most;
    for (int pair = 0; pair < PAIRS; pair++) {
        struct value *a = random_integers(&builder, shape_of(pairs[pair].a_rank, pairs[pair].a), least, most);
        struct value *b = random_integers(&builder, shape_of(pairs[pair].b_rank, pairs[pair].b), least, most);
        struct node *node = builder_node(&builder, operators[_i].op, 1, 2, a, b);
        builder_infer(&builder, node);
        ck_assert_int_eq(node->outputs[0]->dtype, DTYPE_INT64);
        check_against(node, operators[_i].integers, 0, pair);
    }
    builder_release(&builder);
}
END_TEST

START_TEST(floats_have_a_remainder_of_the_dividends_sign)
{
    struct builder builder;
    builder_init(&builder, 33);
    struct node *node =
        builder_node(&builder, OP_MOD, 1, 2, builder_random(&builder, SHAPE(3, 5)), builder_random(&builder, SHAPE(5)));
    builder_int(node, "fmod", 1);
    builder_infer(&builder, node);
    check_against(node, remainder_of_floats, 1e-6, 0);
    builder_release(&builder);
}
END_TEST

/* Bases above 0, since a negative one has no power in most cases. */
START_TEST(exponents_may_be_of_either_type)
{
    static const float bases[] = {0.5f, 1, 2, 3.25f, 10, 0.125f}, exponents[] = {0, 0.5f, 2, -1.5f, 3, 7};
    static const int64_t integers[] = {1, 2, 3, 4, 5, 6}, integer_exponents[] = {0, 1, 2, -3, 4, 5};
    struct builder builder;
    builder_init(&builder, 34);
    struct value *base = builder_floats(&builder, SHAPE(6), bases);
    struct value *column = builder_floats(&builder, SHAPE(6, 1), exponents);
    struct value *integer_column = builder_int64s(&builder, SHAPE(6, 1), integer_exponents);
    struct node *node = builder_node(&builder, OP_POW, 1, 2, base, column);
    builder_infer(&builder, node);
    check_against(node, power, 1e-6, 0);
    node = builder_node(&builder, OP_POW, 1, 2, base, integer_column);
    builder_infer(&builder, node);
    check_against(node, power, 1e-6, 1);
    node = builder_node(&builder, OP_POW, 1, 2, builder_int64s(&builder, SHAPE(6), integers), column);
    builder_infer(&builder, node);
    ck_assert_int_eq(node->outputs[0]->dtype, DTYPE_INT64);
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int i = 0; i < 36; i++)
        ck_assert_int_eq(((int64_t *)results[0])[i], (int64_t)pow((double)integers[i % 6], (double)exponents[i / 6]));
    free(results[0]);
    builder_release(&builder);
}
END_TEST

START_TEST(prelu_slopes_what_is_negative)
{
    static const struct {
        int rank, dims[4];
    } slopes[] = {{4, {2, 3, 5, 7}}, {3, {3, 1, 1}}, {1, {1}}, {0, {0}}, {1, {7}}, {2, {5, 1}}};
    struct builder builder;
    builder_init(&builder, 35);
    for (size_t i = 0; i < sizeof slopes / sizeof *slopes; i++) {
        struct node *node = builder_node(&builder, OP_PRELU, 1, 2, builder_random(&builder, SHAPE(2, 3, 5, 7)),
                                         builder_random(&builder, shape_of(slopes[i].rank, slopes[i].dims)));
        builder_infer(&builder, node);
        check_against(node, sloped, 1e-6, (int)i);
        builder_compare(&builder, node, 1e-6f, "PRelu");
    }
    builder_release(&builder);
}
END_TEST

/* -------------------------------------------------------------- many operands */

static double reduce(enum op op, const struct node *node, int64_t at)
{
    double result = number_at(node->inputs[0], &node->outputs[0]->shape, at);
    for (int i = 1; i < node->input_count; i++) {
        double next = number_at(node->inputs[i], &node->outputs[0]->shape, at);
        result = op == OP_MAX ? fmax(result, next) : op == OP_MIN ? fmin(result, next) : result + next;
    }
    return op == OP_MEAN ? result / node->input_count : result;
}

static void check_variadic(struct builder *builder, enum op op, int count, bool integers)
{
    static const int dims[OPERANDS_MAX][3] = {{1, 3, 1}, {2, 1, 4}, {1, 1, 1}, {2, 3, 4}};
    struct node *node = builder_node(builder, op, 1, OPERANDS_MAX, NULL, NULL, NULL, NULL);
    node->input_count = count;
    for (int i = 0; i < count; i++) {
        struct senet_shape shape = shape_of(3, dims[i]);
        node->inputs[i] = integers ? random_integers(builder, shape, -99, 99) : builder_random(builder, shape);
    }
    builder_infer(builder, node);
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int64_t i = 0; i < senet_shape_elements(&node->outputs[0]->shape); i++) {
        double found = integers ? (double)((int64_t *)results[0])[i] : (double)((float *)results[0])[i];
        ck_assert_msg(fabs(found - reduce(op, node, i)) <= 1e-6, "%s of %d", op_table[op].name, count);
    }
    free(results[0]);
}

START_TEST(any_number_of_operands_broadcast)
{
    static const enum op variadic[] = {OP_MAX, OP_MEAN, OP_MIN, OP_SUM};
    struct builder builder;
    builder_init(&builder, 36);
    for (int i = 0; i < 4; i++)
        for (int count = 1; count <= OPERANDS_MAX; count++) {
            check_variadic(&builder, variadic[i], count, false);
            if (variadic[i] != OP_MEAN)
                check_variadic(&builder, variadic[i], count, true);
        }
    builder_release(&builder);
}
END_TEST

START_TEST(nan_is_larger_and_smaller_than_all)
{
    static const float left[] = {NAN, 1, NAN}, right[] = {1, NAN, NAN};
    static const enum op extremes[] = {OP_MAX, OP_MIN};
    struct builder builder;
    builder_init(&builder, 37);
    for (int i = 0; i < 2; i++) {
        struct value *a = builder_floats(&builder, SHAPE(3), left), *b = builder_floats(&builder, SHAPE(3), right);
        struct node *node = builder_node(&builder, extremes[i], 1, 2, a, b);
        builder_infer(&builder, node);
        const struct kernel *const kernels[] = {kernel_find(&kernel_table, node),
                                                kernel_find(&reference_kernel_table, node)};
        for (int k = 0; k < 2; k++) {
            void *results[2];
            builder_run(kernels[k], node, NULL, NULL, results);
            for (int j = 0; j < 3; j++)
                ck_assert_msg(isnan(((float *)results[0])[j]), "%s, %d", kernels[k]->name, j);
            free(results[0]);
        }
    }
    builder_release(&builder);
}
END_TEST

/* ----------------------------------------------------------------- the edges */

static const struct {
    enum op op;
    int fmod;
    const char *direction;
    int64_t a, b, expected;
} edges[] = {
    {OP_ADD, 0, NULL, INT64_MAX, 1, INT64_MIN},
    {OP_SUB, 0, NULL, INT64_MIN, 1, INT64_MAX},
    {OP_MUL, 0, NULL, INT64_MAX, 2, -2},
    {OP_MUL, 0, NULL, INT64_MIN, -1, INT64_MIN},
    {OP_DIV, 0, NULL, 7, 0, 0},
    {OP_DIV, 0, NULL, INT64_MIN, -1, 0},
    {OP_DIV, 0, NULL, INT64_MIN, 1, INT64_MIN},
    {OP_DIV, 0, NULL, -7, 2, -3},
    {OP_DIV, 0, NULL, 7, -2, -3},
    {OP_MOD, 0, NULL, 7, 0, 0},
    {OP_MOD, 1, NULL, 7, 0, 0},
    {OP_MOD, 0, NULL, INT64_MIN, -1, 0},
    {OP_MOD, 1, NULL, INT64_MIN, -1, 0},
    {OP_MOD, 0, NULL, -7, 3, 2},
    {OP_MOD, 0, NULL, 7, -3, -2},
    {OP_MOD, 0, NULL, -7, -3, -1},
    {OP_MOD, 0, NULL, 6, -3, 0},
    {OP_MOD, 1, NULL, -7, 3, -1},
    {OP_MOD, 1, NULL, 7, -3, 1},
    {OP_MOD, 0, NULL, INT64_MIN, INT64_MAX, INT64_MAX - 1},
    {OP_POW, 0, NULL, 3, 41, -420491770248316829},
    {OP_POW, 0, NULL, 2, 63, INT64_MIN},
    {OP_POW, 0, NULL, 2, 64, 0},
    {OP_POW, 0, NULL, 0, 0, 1},
    {OP_POW, 0, NULL, -1, INT64_MAX, -1},
    {OP_POW, 0, NULL, -1, INT64_MIN, 1},
    {OP_POW, 0, NULL, -1, -3, -1},
    {OP_POW, 0, NULL, 1, -5, 1},
    {OP_POW, 0, NULL, 2, -1, 0},
    {OP_POW, 0, NULL, 0, -1, 0},
    {OP_SUM, 0, NULL, INT64_MIN, INT64_MIN, 0},
    {OP_EQUAL, 0, NULL, INT64_MAX, INT64_MAX - 1, 0}, /* not told apart as doubles */
    {OP_GREATER, 0, NULL, INT64_MAX, INT64_MAX - 1, 1},
    {OP_AND, 0, NULL, 2, 1, 1},
    {OP_XOR, 0, NULL, 2, 1, 0},
    {OP_BIT_SHIFT, 0, "LEFT", 3, 2, 12},
    {OP_BIT_SHIFT, 0, "LEFT", 1, 63, INT64_MIN},
    {OP_BIT_SHIFT, 0, "LEFT", 1, 64, 0},
    {OP_BIT_SHIFT, 0, "LEFT", 1, -1, 0},
    {OP_BIT_SHIFT, 0, "RIGHT", 12, 2, 3},
    {OP_BIT_SHIFT, 0, "RIGHT", INT64_MIN, 63, 1}, /* the uint64 of those bits */
    {OP_BIT_SHIFT, 0, "RIGHT", -1, 64, 0},
    {OP_PRELU, 0, NULL, INT64_MIN, -1, INT64_MIN},
};
enum { EDGES = sizeof edges / sizeof *edges };

START_TEST(integers_wrap_and_never_trap)
{
    struct builder builder;
    builder_init(&builder, 38);
    struct node *node = builder_node(&builder, edges[_i].op, 1, 2, builder_int64s(&builder, SHAPE(1), &edges[_i].a),
                                     builder_int64s(&builder, SHAPE(1), &edges[_i].b));
    builder_int(node, "fmod", edges[_i].fmod);
    if (edges[_i].direction)
        builder_attribute(node, "direction", ATTRIBUTE_STRING)->s = edges[_i].direction;
    builder_infer(&builder, node);
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    ck_assert_msg(*(int64_t *)results[0] == edges[_i].expected, "%s(%lld, %lld) is %lld, not %lld",
                  op_table[edges[_i].op].name, (long long)edges[_i].a, (long long)edges[_i].b,
                  (long long)*(int64_t *)results[0], (long long)edges[_i].expected);
    free(results[0]);
    builder_release(&builder);
}
END_TEST

/* --------------------------------------------------------------------- Where */

START_TEST(where_takes_from_either_operand)
{
    static const int64_t condition[] = {1, 0, 7}, integers[] = {5, 6}, scalar[] = {-1};
    static const float x[] = {10, 20}, y[] = {1, 2, 3, 4, 5, 6};
    static const float expected[] = {10, 2, 10, 20, 5, 20};
    static const int64_t expected_integers[] = {5, -1, 5, 6, -1, 6};
    struct builder builder;
    builder_init(&builder, 39);
    struct value *where = builder_int64s(&builder, SHAPE(3), condition);
    struct node *node = builder_node(&builder, OP_WHERE, 1, 3, where, builder_floats(&builder, SHAPE(2, 1), x),
                                     builder_floats(&builder, SHAPE(2, 3), y));
    builder_infer(&builder, node);
    builder_expect(node, expected, 0);
    node = builder_node(&builder, OP_WHERE, 1, 3, where, builder_int64s(&builder, SHAPE(2, 1), integers),
                        builder_int64s(&builder, (struct senet_shape){0}, scalar));
    builder_infer(&builder, node);
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    ck_assert_mem_eq(results[0], expected_integers, sizeof expected_integers);
    free(results[0]);
    builder_release(&builder);
}
END_TEST

/* A list without elements is what shape arithmetic on scalars begins with. */
START_TEST(empty_lists_are_combined)
{
    struct builder builder;
    builder_init(&builder, 40);
    static const int64_t nothing[1] = {0}, one[] = {1};
    struct value *empty = builder_int64s(&builder, SHAPE(0), nothing);
    struct node *node = builder_node(&builder, OP_ADD, 1, 2, empty, builder_int64s(&builder, SHAPE(1), one));
    struct senet_error error;
    builder_infer(&builder, node);
    ck_assert_int_eq(senet_shape_elements(&node->outputs[0]->shape), 0);
    ck_assert_int_eq(node_fold(&builder.graph, node, &error), SENET_OK);
    ck_assert_ptr_nonnull(node->outputs[0]->data);
    builder_release(&builder);
}
END_TEST

/* A thousand scalars and one large operand: few elements to read, many to add. */
START_TEST(long_sums_count_against_the_budget)
{
    enum { TERMS = 1000 };
    static const float number = 1;
    struct builder builder;
    struct senet_error error;
    builder_init(&builder, 41);
    struct node *node = graph_new_node(&builder.graph, OP_SUM, "sum", TERMS, 1);
    for (int i = 0; i < TERMS; i++)
        node->inputs[i] = builder_floats(&builder, SHAPE(1), &number);
    node->inputs[0] = builder_random(&builder, SHAPE(1 << 20));
    node->outputs[0] = graph_add_value(&builder.graph, "output");
    builder_infer(&builder, node);
    ck_assert_int_eq(node_fold(&builder.graph, node, &error), SENET_OK);
    ck_assert_ptr_null(node->outputs[0]->data);
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_binary");
    TCase *tcase = builder_case(suite, "binary");
    tcase_add_loop_test(tcase, floats_are_combined_as_defined, 0, OPERATORS_TESTED);
    tcase_add_loop_test(tcase, integers_are_combined_as_defined, 0, OPERATORS_TESTED);
    tcase_add_test(tcase, floats_have_a_remainder_of_the_dividends_sign);
    tcase_add_test(tcase, exponents_may_be_of_either_type);
    tcase_add_test(tcase, prelu_slopes_what_is_negative);
    tcase_add_test(tcase, any_number_of_operands_broadcast);
    tcase_add_test(tcase, nan_is_larger_and_smaller_than_all);
    tcase_add_loop_test(tcase, integers_wrap_and_never_trap, 0, EDGES);
    tcase_add_test(tcase, where_takes_from_either_operand);
    tcase_add_test(tcase, empty_lists_are_combined);
    tcase_add_test(tcase, long_sums_count_against_the_budget);
    return harness_run(suite);
}
