/* Rows times a vector: every length around whole vectors, blocks of exactly the size that is read and written. */
#include "harness.h"
#include "kernels/simd/simd.h"

enum { ROWS = 5, LENGTHS = 150 };

static float *random_floats(uint32_t *seed, int64_t count)
{
    float *floats = malloc((size_t)count * sizeof *floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] = harness_random(seed);
    return floats;
}

static void check_length(const struct simd *simd, int64_t length, int64_t stride)
{
    uint32_t seed = 1u + (uint32_t)length;
    float *weights = random_floats(&seed, (ROWS - 1) * stride + length), *x = random_floats(&seed, length);
    float *y = random_floats(&seed, ROWS);
    simd->dot_rows(weights, stride, ROWS, length, x, y);
    for (int row = 0; row < ROWS; row++) {
        double sum = 0;
        for (int64_t k = 0; k < length; k++)
            sum += (double)weights[row * stride + k] * (double)x[k];
        ck_assert_msg(fabs((double)y[row] - sum) <= 3e-6, "%s, row %d of length %lld, %lld apart: %.9g, not %.9g",
                      simd->name, row, (long long)length, (long long)stride, (double)y[row], sum);
    }
    free(weights);
    free(x);
    free(y);
}

START_TEST(rows_times_a_vector_for_every_length)
{
    for (size_t set = 0; simd_at(set); set++)
        for (int64_t length = 1; length <= LENGTHS; length++) {
            check_length(simd_at(set), length, length);
            check_length(simd_at(set), length, length + 3);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("simd_dot");
    TCase *tcase = tcase_create("rows");
    tcase_add_test(tcase, rows_times_a_vector_for_every_length);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
