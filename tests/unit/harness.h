/* What every unit test shares: one suite per file, helpers that print what differed. */
#ifndef SENET_TESTS_HARNESS_H
#define SENET_TESTS_HARNESS_H

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Runs the suite; the exit status of a test program is its return value. */
static inline int harness_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* xorshift32: the same numbers on every machine. In -1..1. */
static inline float harness_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (float)(*state >> 8) / 8388608.0f - 1.0f;
}

/* Index of the first element further than `tolerance` apart, or -1. Written so that NaN differs. */
static inline int64_t harness_first_difference(const float *expected, const float *actual, int64_t count,
                                               float tolerance)
{
    for (int64_t i = 0; i < count; i++)
        if (!(fabsf(expected[i] - actual[i]) <= tolerance))
            return i;
    return -1;
}

#define ck_assert_floats_near(expected, actual, count, tolerance)                                                      \
    do {                                                                                                               \
        int64_t at_ = harness_first_difference((expected), (actual), (count), (tolerance));                            \
        ck_assert_msg(at_ < 0, "element %lld: expected %.9g, got %.9g", (long long)at_,                                \
                      (double)(expected)[at_ < 0 ? 0 : at_], (double)(actual)[at_ < 0 ? 0 : at_]);                     \
    } while (0)

#endif
