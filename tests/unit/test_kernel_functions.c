/* The elementwise functions of one number against their definitions in double. */
#include <float.h>

#include "kernel_builder.h"

#define DEFINITION(name, expression)                                                                                   \
    static double name(double x, double a, double b)                                                                   \
    {                                                                                                                  \
        (void)a;                                                                                                       \
        (void)b;                                                                                                       \
        return expression;                                                                                             \
    }
DEFINITION(absolute, fabs(x))
DEFINITION(arc_cosine, acos(x))
DEFINITION(area_cosine, acosh(x))
DEFINITION(arc_sine, asin(x))
DEFINITION(area_sine, asinh(x))
DEFINITION(arc_tangent, atan(x))
DEFINITION(area_tangent, atanh(x))
DEFINITION(ceiling, ceil(x))
DEFINITION(celu, x < 0 ? a * expm1(x / a) : x)
DEFINITION(cosine, cos(x))
DEFINITION(hyperbolic_cosine, cosh(x))
DEFINITION(elu, x < 0 ? a * expm1(x) : x)
DEFINITION(error_function, erf(x))
DEFINITION(exponential, exp(x))
DEFINITION(largest_integer, floor(x))
DEFINITION(gelu, 0.5 * x * erfc(-x / sqrt(2)))
DEFINITION(gelu_by_tanh, 0.5 * x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))))
DEFINITION(hard_sigmoid, isnan(x) ? x : fmax(0, fmin(1, a *x + b)))
DEFINITION(hard_swish, isnan(x) ? x : x *fmax(0, fmin(1, x / 6 + 0.5)))
DEFINITION(leaky_relu, x < 0 ? a * x : x)
DEFINITION(logarithm, log(x))
DEFINITION(mish, isnan(x) ? x : x *tanh(fmax(x, 0) + log1p(exp(-fabs(x)))))
DEFINITION(negation, -x)
DEFINITION(reciprocal, 1 / x)
DEFINITION(relu, x < 0 ? 0 : x)
DEFINITION(half_to_even, rint(x))
DEFINITION(selu, x < 0 ? b * a * expm1(x) : b * x)
DEFINITION(shrink, x < -a ? x + b : x <= a ? 0 : x - b)
DEFINITION(sigmoid, 1 / (1 + exp(-x)))
DEFINITION(sign, x > 0 ? 1 : x < 0 ? -1 : x)
DEFINITION(sine, sin(x))
DEFINITION(hyperbolic_sine, sinh(x))
DEFINITION(softplus, isnan(x) ? x : fmax(x, 0) + log1p(exp(-fabs(x))))
DEFINITION(softsign, x / (1 + fabs(x)))
DEFINITION(square_root, sqrt(x))
DEFINITION(swish, x / (1 + exp(-a * x)))
DEFINITION(tangent, tan(x))
DEFINITION(hyperbolic_tangent, tanh(x))
DEFINITION(thresholded_relu, x <= a ? 0 : x)

/*
 * What expf gives up: exp(-x) is infinite where sigmoid(x) would still be a subnormal number; and what the exponential
 * of vectors does, whose result is 0 sooner than subnormal.
 */
#define SUBNORMAL 1e-35

static const struct {
    enum op op;
    double (*definition)(double x, double a, double b);
    const char *a_name; /* NULL: a is what ONNX says when the file does not */
    double a;
    const char *b_name;
    double b;
    double absolute; /* error where the definition cancels; everywhere there are 2 ppm */
} functions[] = {
    {OP_ABS, absolute, NULL, 0, NULL, 0, 0},
    {OP_ACOS, arc_cosine, NULL, 0, NULL, 0, 0},
    {OP_ACOSH, area_cosine, NULL, 0, NULL, 0, 0},
    {OP_ASIN, arc_sine, NULL, 0, NULL, 0, 0},
    {OP_ASINH, area_sine, NULL, 0, NULL, 0, 0},
    {OP_ATAN, arc_tangent, NULL, 0, NULL, 0, 0},
    {OP_ATANH, area_tangent, NULL, 0, NULL, 0, 0},
    {OP_CEIL, ceiling, NULL, 0, NULL, 0, 0},
    {OP_CELU, celu, NULL, 1, NULL, 0, 0},
    {OP_CELU, celu, "alpha", 2.5, NULL, 0, 0},
    {OP_COS, cosine, NULL, 0, NULL, 0, 0},
    {OP_COSH, hyperbolic_cosine, NULL, 0, NULL, 0, 0},
    {OP_ELU, elu, NULL, 1, NULL, 0, 0},
    {OP_ELU, elu, "alpha", -0.75, NULL, 0, 0},
    {OP_ERF, error_function, NULL, 0, NULL, 0, 0},
    {OP_EXP, exponential, NULL, 0, NULL, 0, SUBNORMAL},
    {OP_FLOOR, largest_integer, NULL, 0, NULL, 0, 0},
    {OP_GELU, gelu, NULL, 0, NULL, 0, 1e-12},
    {OP_HARD_SIGMOID, hard_sigmoid, NULL, 0.2, NULL, 0.5, 1e-7},
    {OP_HARD_SIGMOID, hard_sigmoid, "alpha", 0.375, "beta", 0.25, 1e-7},
    {OP_HARD_SWISH, hard_swish, NULL, 0, NULL, 0, 1e-6},
    {OP_LEAKY_RELU, leaky_relu, NULL, 0.01, NULL, 0, 0},
    {OP_LEAKY_RELU, leaky_relu, "alpha", 0.25, NULL, 0, 0},
    {OP_LOG, logarithm, NULL, 0, NULL, 0, 0},
    {OP_MISH, mish, NULL, 0, NULL, 0, SUBNORMAL},
    {OP_NEG, negation, NULL, 0, NULL, 0, 0},
    {OP_RECIPROCAL, reciprocal, NULL, 0, NULL, 0, 0},
    {OP_RELU, relu, NULL, 0, NULL, 0, 0},
    {OP_ROUND, half_to_even, NULL, 0, NULL, 0, 0},
    {OP_SELU, selu, NULL, 1.67326319217681884765625, NULL, 1.05070102214813232421875, SUBNORMAL},
    {OP_SELU, selu, "alpha", 2, "gamma", 3, SUBNORMAL},
    {OP_SHRINK, shrink, NULL, 0.5, NULL, 0, 0},
    {OP_SHRINK, shrink, "lambd", 1.5, "bias", 0.5, 0},
    {OP_SIGMOID, sigmoid, NULL, 0, NULL, 0, SUBNORMAL},
    {OP_SIGN, sign, NULL, 0, NULL, 0, 0},
    {OP_SIN, sine, NULL, 0, NULL, 0, 0},
    {OP_SINH, hyperbolic_sine, NULL, 0, NULL, 0, 0},
    {OP_SOFTPLUS, softplus, NULL, 0, NULL, 0, SUBNORMAL},
    {OP_SOFTSIGN, softsign, NULL, 0, NULL, 0, 0},
    {OP_SQRT, square_root, NULL, 0, NULL, 0, 0},
    {OP_SWISH, swish, NULL, 1, NULL, 0, SUBNORMAL},
    {OP_SWISH, swish, "alpha", 1.702, NULL, 0, SUBNORMAL},
    {OP_TAN, tangent, NULL, 0, NULL, 0, 0},
    {OP_TANH, hyperbolic_tangent, NULL, 0, NULL, 0, 0},
    {OP_THRESHOLDED_RELU, thresholded_relu, NULL, 1, NULL, 0, 0},
    {OP_THRESHOLDED_RELU, thresholded_relu, "alpha", 2, NULL, 0, 0},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Both signs of each: subnormal, tiny, where exponentials end, huge; then a grid with halves and integers in it. */
static const float magnitudes[] = {0,           1e-45f, 1e-40f, FLT_MIN, 1e-20f, 1e-7f,   1e-3f,
                                   0.49999997f, 15.9f,  16.7f,  40,      87.5f,  88.9f,   104,
                                   1000,        8e6f,   1e10f,  1e20f,   3e38f,  FLT_MAX, INFINITY};
enum { MAGNITUDES = sizeof magnitudes / sizeof *magnitudes, GRID = 321, PROBES = 2 * MAGNITUDES + GRID + 1 };

static void fill_probes(float *probes)
{
    for (int i = 0; i < MAGNITUDES; i++) {
        *probes++ = magnitudes[i];
        *probes++ = -magnitudes[i];
    }
    for (int i = 0; i < GRID; i++)
        *probes++ = (float)(i - GRID / 2) / 16;
    *probes = NAN;
}

static bool agree(double expected, float actual, double absolute_error)
{
    float nearest = (float)expected;
    if (isnan(nearest) || isnan(actual))
        return isnan(nearest) && isnan(actual);
    if (nearest == actual)
        return true;
    return fabs(expected - (double)actual) <= 2e-6 * fabs(expected) + absolute_error + 3e-45;
}

static void check_kernel(const struct simd *simd, const struct kernel *kernel, const struct node *node,
                         const float *probes, int index)
{
    void *results[2];
    builder_run_with(simd, kernel, node, NULL, NULL, results);
    const float *actual = results[0];
    for (int i = 0; i < PROBES; i++) {
        double expected = functions[index].definition((double)probes[i], functions[index].a, functions[index].b);
        ck_assert_msg(agree(expected, actual[i], functions[index].absolute), "%s (%s) of %.9g is %.9g, not %.9g",
                      kernel->name, simd->name, (double)probes[i], (double)actual[i], expected);
    }
    free(results[0]);
}

static void check_function(const struct node *node, const float *probes, int index)
{
    const struct kernel *fast = kernel_find(&kernel_table, node), *naive = kernel_find(&reference_kernel_table, node);
    ck_assert_ptr_ne(fast, naive);
    check_kernel(simd_find(NULL), naive, node, probes, index);
    for (size_t set = 0; simd_at(set); set++)
        check_kernel(simd_at(set), fast, node, probes, index);
}

START_TEST(functions_are_what_their_definitions_say)
{
    float probes[PROBES];
    struct builder builder;
    builder_init(&builder, 1);
    fill_probes(probes);
    struct node *node = builder_node(&builder, functions[_i].op, 1, 1, builder_floats(&builder, SHAPE(PROBES), probes));
    if (functions[_i].a_name)
        builder_float(node, functions[_i].a_name, (float)functions[_i].a);
    if (functions[_i].b_name)
        builder_float(node, functions[_i].b_name, (float)functions[_i].b);
    builder_infer(&builder, node);
    check_function(node, probes, _i);
    builder_release(&builder);
}
END_TEST

START_TEST(gelu_may_be_approximate)
{
    float probes[PROBES];
    struct builder builder;
    builder_init(&builder, 1);
    fill_probes(probes);
    struct node *node = builder_node(&builder, OP_GELU, 1, 1, builder_floats(&builder, SHAPE(PROBES), probes));
    builder_attribute(node, "approximate", ATTRIBUTE_STRING)->s = "tanh";
    builder_infer(&builder, node);
    void *results[2];
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int i = 0; i < PROBES; i++) {
        double expected = gelu_by_tanh((double)probes[i], 0, 0);
        ck_assert_msg(agree(expected, ((float *)results[0])[i], 1e-6), "%g", (double)probes[i]);
    }
    free(results[0]);
    builder_release(&builder);
}
END_TEST

START_TEST(every_function_is_tested)
{
    static const enum op elementwise[] = {
#define FUNCTION_OP(symbol, text, expression) OP_##symbol,
        ELEMENTWISE_FUNCTIONS(FUNCTION_OP)
#undef FUNCTION_OP
    };
    for (size_t i = 0; i < sizeof elementwise / sizeof *elementwise; i++) {
        bool found = elementwise[i] == OP_CLIP; /* test_kernel_elementwise.c */
        for (int j = 0; j < FUNCTIONS; j++)
            found |= functions[j].op == elementwise[i];
        ck_assert_msg(found, "%s is not", op_table[elementwise[i]].name);
    }
}
END_TEST

/* ----------------------------------------------------------------- integers */

static const int64_t integers[] = {INT64_MIN, -7, -1, 0, 1, 5, INT64_MAX};
enum { INTEGERS = sizeof integers / sizeof *integers };

static const struct {
    enum op op;
    int64_t expected[INTEGERS];
} integer_functions[] = {
    {OP_ABS, {INT64_MIN, 7, 1, 0, 1, 5, INT64_MAX}}, /* wraps, as numpy does */
    {OP_NEG, {INT64_MIN, 7, 1, 0, -1, -5, -INT64_MAX}}, {OP_NOT, {0, 0, 0, 1, 0, 0, 0}},
    {OP_RELU, {0, 0, 0, 0, 1, 5, INT64_MAX}},           {OP_SIGN, {-1, -1, -1, 0, 1, 1, 1}},
};
enum { INTEGER_FUNCTIONS = sizeof integer_functions / sizeof *integer_functions };

static void check_integers(const struct node *node, const int64_t *expected, int count)
{
    void *results[2];
    ck_assert_int_eq(node->outputs[0]->dtype, DTYPE_INT64);
    builder_run(kernel_find(&kernel_table, node), node, NULL, NULL, results);
    for (int i = 0; i < count; i++)
        ck_assert_msg(((int64_t *)results[0])[i] == expected[i], "%s, element %d is %lld, not %lld",
                      op_table[node->op].name, i, (long long)((int64_t *)results[0])[i], (long long)expected[i]);
    free(results[0]);
}

START_TEST(functions_of_integers_wrap)
{
    struct builder builder;
    builder_init(&builder, 1);
    struct node *node =
        builder_node(&builder, integer_functions[_i].op, 1, 1, builder_int64s(&builder, SHAPE(INTEGERS), integers));
    builder_infer(&builder, node);
    check_integers(node, integer_functions[_i].expected, INTEGERS);
    builder_release(&builder);
}
END_TEST

START_TEST(clip_bounds_integers)
{
    static const int64_t low = -1, high = 4, between[] = {-1, -1, -1, 0, 1, 4, 4},
                         from_below[] = {-1, -1, -1, 0, 1, 5, INT64_MAX};
    struct builder builder;
    builder_init(&builder, 1);
    struct value *input = builder_int64s(&builder, SHAPE(INTEGERS), integers);
    struct value *least = builder_int64s(&builder, SHAPE(1), &low);
    struct node *node = builder_node(&builder, OP_CLIP, 1, 3, input, least, builder_int64s(&builder, SHAPE(1), &high));
    builder_infer(&builder, node);
    check_integers(node, between, INTEGERS);
    node = builder_node(&builder, OP_CLIP, 1, 2, input, least);
    builder_infer(&builder, node);
    check_integers(node, from_below, INTEGERS);
    node = builder_node(&builder, OP_CLIP, 1, 1, input);
    builder_infer(&builder, node);
    check_integers(node, integers, INTEGERS);
    builder_release(&builder);
}
END_TEST

START_TEST(infinities_and_nan_are_told_apart)
{
    static const float numbers[] = {-INFINITY, -FLT_MAX, 0, INFINITY, NAN};
    static const struct {
        enum op op;
        int negative, positive; /* -1: not said */
        int64_t expected[5];
    } tests[] = {
        {OP_IS_NAN, -1, -1, {0, 0, 0, 0, 1}}, {OP_IS_INF, -1, -1, {1, 0, 0, 1, 0}}, {OP_IS_INF, 0, -1, {0, 0, 0, 1, 0}},
        {OP_IS_INF, -1, 0, {1, 0, 0, 0, 0}},  {OP_IS_INF, 0, 0, {0, 0, 0, 0, 0}},
    };
    struct builder builder;
    builder_init(&builder, 1);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        struct node *node = builder_node(&builder, tests[i].op, 1, 1, builder_floats(&builder, SHAPE(5), numbers));
        if (tests[i].negative >= 0)
            builder_int(node, "detect_negative", tests[i].negative);
        if (tests[i].positive >= 0)
            builder_int(node, "detect_positive", tests[i].positive);
        builder_infer(&builder, node);
        check_integers(node, tests[i].expected, 5);
    }
    builder_release(&builder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel_functions");
    TCase *tcase = builder_case(suite, "functions");
    tcase_add_loop_test(tcase, functions_are_what_their_definitions_say, 0, FUNCTIONS);
    tcase_add_test(tcase, gelu_may_be_approximate);
    tcase_add_test(tcase, every_function_is_tested);
    tcase_add_loop_test(tcase, functions_of_integers_wrap, 0, INTEGER_FUNCTIONS);
    tcase_add_test(tcase, clip_bounds_integers);
    tcase_add_test(tcase, infinities_and_nan_are_told_apart);
    return harness_run(suite);
}
