/* The vectors' functions against double precision: every instruction set, every exponent, both signs. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "harness.h"
#include "kernels/simd/simd.h"

#define BITS_OF_INFINITY 0x7f800000u
#define STRIDE 0x4c17u /* between the bit patterns tried: 215 of each exponent */
#define SAMPLES ((int64_t)(2 * (BITS_OF_INFINITY / STRIDE + 1)) + 2)

static double exact_sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double exact_elu(double x, double scale, double rate)
{
    return x < 0 ? scale * expm1(x * rate) : x;
}

static double exact_gelu_by_tanh(double x)
{
    return x * exact_sigmoid(2 * sqrt(2 / acos(-1)) * (x + (double)0.044715f * x * x * x));
}

static double exact_softplus(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

/*
 * Each with parameters and a bound: |error| <= (bound + slope * x^2) * |exact|. The slope is for functions that take an
 * exponential of a rounded number.
 */
#define FUNCTIONS(ROW)                                                                                                 \
    ROW(EXP, 0, 0, 1e-7, 0, exp(x))                                                                                    \
    ROW(SIGMOID, 0, 0, 5e-7, 7e-8, exact_sigmoid(x))                                                                   \
    ROW(SWISH, 1, 0, 5e-7, 7e-8, x *exact_sigmoid(x))                                                                  \
    ROW(SWISH, 1.702f, 0, 5e-7, 2e-7, x *exact_sigmoid(a *x))                                                          \
    ROW(TANH, 0, 0, 2e-7, 0, tanh(x))                                                                                  \
    ROW(ERF, 0, 0, 2e-7, 0, erf(x))                                                                                    \
    ROW(GELU, 0, 0, 6e-7, 2e-7, 0.5 * x * erfc(x * -sqrt(0.5)))                                                        \
    ROW(GELU, 1, 0, 6e-7, 2e-7, exact_gelu_by_tanh(x))                                                                 \
    ROW(ELU, 1, 0, 2e-7, 0, exact_elu(x, a, 1))                                                                        \
    ROW(CELU, 0.7f, 0, 3e-7, 0, exact_elu(x, a, 1 / a))                                                                \
    ROW(SELU, 1.6732632f, 1.050701f, 3e-7, 0, b *exact_elu(x, a, 1))                                                   \
    ROW(SOFTPLUS, 0, 0, 3e-7, 0, exact_softplus(x))                                                                    \
    ROW(SOFTSIGN, 0, 0, 2e-7, 0, x / (1 + fabs(x)))                                                                    \
    ROW(MISH, 0, 0, 3e-7, 0, x *tanh(exact_softplus(x)))                                                               \
    ROW(RECIPROCAL, 0, 0, 2e-7, 0, 1 / x)

static const struct function {
    struct activation activation;
    double bound, slope;
} functions[] = {
#define ROW(symbol, a, b, bound, slope, exact) {{ACTIVATION_##symbol, a, b}, bound, slope},
    FUNCTIONS(ROW)
#undef ROW
};
enum { COUNT = sizeof functions / sizeof *functions };

static double exact_value(int index, double x)
{
    const double a = (double)functions[index].activation.a, b = (double)functions[index].activation.b;
    (void)b;
    int row = 0;
#define ROW(symbol, of_a, of_b, bound, slope, exact)                                                                   \
    if (index == row++)                                                                                                \
        return exact;
    FUNCTIONS(ROW)
#undef ROW
    return x;
}

static float from_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* In multiples of what is allowed: an exponential too small for a normal number may be 0, and what it is times x. */
static double error_of(const struct function *function, double x, double exact, float actual)
{
    if (isnan(exact) || isnan(actual))
        return isnan(exact) && isnan(actual) ? 0 : INFINITY;
    double allowed = (function->bound + function->slope * x * x) * fabs(exact);
    if (fabs(exact) + allowed > (double)FLT_MAX && isinf(actual))
        return !signbit(exact) == !signbit(actual) ? 0 : INFINITY;
    if (fabs(exact) > (double)FLT_MAX)
        return fabs(exact) - allowed > (double)FLT_MAX ? INFINITY : 0;
    return fabs((double)actual - exact) / (allowed + 2 * (double)FLT_MIN * fmax(1, fabs(x)));
}

START_TEST(functions_keep_their_bounds)
{
    const struct function *function = &functions[_i];
    float *x = malloc((size_t)SAMPLES * sizeof *x), *y = malloc((size_t)SAMPLES * sizeof *y);
    int64_t count = 0;
    for (uint32_t bits = 0; bits < BITS_OF_INFINITY; bits += STRIDE) {
        x[count++] = from_bits(bits);
        x[count++] = -from_bits(bits);
    }
    x[count++] = INFINITY;
    x[count++] = -INFINITY;
    for (size_t set = 0; simd_at(set); set++) {
        double largest = 0;
        int64_t at = 0;
        memcpy(y, x, (size_t)count * sizeof *y);
        simd_at(set)->activate(&function->activation, -0.0f, y, count);
        for (int64_t i = 0; i < count; i++) {
            double error = error_of(function, (double)x[i], exact_value(_i, (double)x[i]), y[i]);
            at = error > largest ? i : at;
            largest = fmax(error, largest);
        }
        ck_assert_msg(largest <= 1, "%s (%s), a %g: f(%.9g) is %.9g, not %.9g: %g of what is allowed",
                      activation_text(function->activation.kind), simd_at(set)->name, (double)function->activation.a,
                      (double)x[at], (double)y[at], exact_value(_i, (double)x[at]), largest);
    }
    free(x);
    free(y);
}
END_TEST

START_TEST(exponentials_end_as_expf_does)
{
    const struct activation function = {ACTIVATION_EXP, 0, 0};
    const float x[] = {-INFINITY, -1000, -104, -100, -88, 0, -0.0f, 88.72f, 88.73f, 1000, INFINITY};
    enum { ENDS = sizeof x / sizeof *x };
    for (size_t set = 0; simd_at(set); set++) {
        float y[ENDS];
        memcpy(y, x, sizeof y);
        simd_at(set)->activate(&function, -0.0f, y, ENDS);
        for (int i = 0; i < ENDS; i++)
            ck_assert_msg(isinf(expf(x[i])) ? isinf(y[i]) : fabsf(y[i] - expf(x[i])) <= 2e-7f * expf(x[i]) + 2e-38f,
                          "exp(%g) is %g (%s)", (double)x[i], (double)y[i], simd_at(set)->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simd_math");
    TCase *tcase = tcase_create("functions");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, functions_keep_their_bounds, 0, COUNT);
    tcase_add_test(tcase, exponentials_end_as_expf_does);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
