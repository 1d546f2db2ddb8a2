#include "plan/memory.h"

#include <string.h>

#include "harness.h"

static size_t planned(struct memory_request *requests, size_t count)
{
    size_t total = 12345;
    ck_assert(memory_plan(requests, count, &total));
    return total;
}

START_TEST(nothing_needs_no_memory)
{
    ck_assert_uint_eq(planned(NULL, 0), 0);
}
END_TEST

START_TEST(sizes_are_rounded_up_to_the_alignment)
{
    struct memory_request requests[] = {{65, 0, 1, 0}, {1, 1, 2, 0}};
    ck_assert_uint_eq(planned(requests, 2), 192);
    ck_assert_uint_eq(requests[0].offset, 0);
    ck_assert_uint_eq(requests[1].offset, 128);
}
END_TEST

/* A chain a -> b -> c -> d: each reads the one before, so two are alive at any step. */
START_TEST(a_chain_alternates_between_two_places)
{
    struct memory_request requests[] = {{640, 0, 1, 0}, {640, 1, 2, 0}, {640, 2, 3, 0}, {640, 3, 4, 0}};
    ck_assert_uint_eq(planned(requests, 4), 1280);
    ck_assert_uint_eq(requests[0].offset, 0);
    ck_assert_uint_eq(requests[1].offset, 640);
    ck_assert_uint_eq(requests[2].offset, 0);
    ck_assert_uint_eq(requests[3].offset, 640);
}
END_TEST

/*
 * By size: 512 (steps 2-3) at 0; 256 (0-1) at 0, as they never meet; 128 (1-2) meets both: above 512;
 * 64 (0-0) meets 256 only: at 256; 64 (3-3) meets 512 only: at 512.
 */
START_TEST(small_requests_fill_the_gaps_that_large_ones_leave)
{
    struct memory_request requests[] = {{256, 0, 1, 0}, {64, 0, 0, 0}, {128, 1, 2, 0}, {512, 2, 3, 0}, {64, 3, 3, 0}};
    ck_assert_uint_eq(planned(requests, 5), 640);
    ck_assert_uint_eq(requests[0].offset, 0);
    ck_assert_uint_eq(requests[1].offset, 256);
    ck_assert_uint_eq(requests[2].offset, 512);
    ck_assert_uint_eq(requests[3].offset, 0);
    ck_assert_uint_eq(requests[4].offset, 512);
}
END_TEST

/* A residual: the shortcut stays alive while two convolutions run beside it. */
START_TEST(a_shortcut_is_not_overwritten)
{
    struct memory_request requests[] = {{640, 0, 3, 0}, {640, 1, 2, 0}, {640, 2, 3, 0}, {640, 3, 4, 0}};
    ck_assert_uint_eq(planned(requests, 4), 1920);
    ck_assert_uint_eq(requests[0].offset, 0);
    ck_assert_uint_eq(requests[1].offset, 640);
    ck_assert_uint_eq(requests[2].offset, 1280);
    ck_assert_uint_eq(requests[3].offset, 640);
}
END_TEST

START_TEST(an_empty_request_costs_nothing)
{
    struct memory_request requests[] = {{0, 0, 5, 0}, {64, 0, 5, 0}};
    ck_assert_uint_eq(planned(requests, 2), 64);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused_and_total_is_left_alone)
{
    struct memory_request huge[] = {{SIZE_MAX, 0, 0, 0}};
    struct memory_request both[] = {{SIZE_MAX / 2, 0, 1, 0}, {SIZE_MAX / 2, 0, 1, 0}, {SIZE_MAX / 2, 1, 1, 0}};
    size_t total = 77;
    ck_assert(!memory_plan(huge, 1, &total));
    ck_assert(!memory_plan(both, 3, &total));
    ck_assert_uint_eq(total, 77);
}
END_TEST

static bool alive_together(const struct memory_request *a, const struct memory_request *b)
{
    return a->first <= b->last && b->first <= a->last;
}

START_TEST(requests_alive_together_never_overlap)
{
    enum { COUNT = 60 };
    struct memory_request requests[COUNT];
    uint32_t seed = 1u + (uint32_t)_i;
    for (int i = 0; i < COUNT; i++) {
        int first = (int)((harness_random(&seed) + 1) * 20), length = (int)((harness_random(&seed) + 1) * 4);
        requests[i] = (struct memory_request){(size_t)((harness_random(&seed) + 1) * 1000), first, first + length, 0};
    }
    size_t total = planned(requests, COUNT);
    for (int i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(requests[i].offset % MEMORY_ALIGNMENT, 0);
        ck_assert_uint_le(requests[i].offset + requests[i].bytes, total);
        for (int j = 0; j < i; j++)
            ck_assert_msg(!alive_together(&requests[i], &requests[j]) ||
                              requests[i].offset >= requests[j].offset + requests[j].bytes ||
                              requests[j].offset >= requests[i].offset + requests[i].bytes,
                          "seed %d: requests %d and %d overlap", _i + 1, j, i);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory_plan");
    TCase *tcase = tcase_create("memory_plan");
    tcase_add_test(tcase, nothing_needs_no_memory);
    tcase_add_test(tcase, sizes_are_rounded_up_to_the_alignment);
    tcase_add_test(tcase, a_chain_alternates_between_two_places);
    tcase_add_test(tcase, small_requests_fill_the_gaps_that_large_ones_leave);
    tcase_add_test(tcase, a_shortcut_is_not_overwritten);
    tcase_add_test(tcase, an_empty_request_costs_nothing);
    tcase_add_test(tcase, sizes_that_overflow_are_refused_and_total_is_left_alone);
    tcase_add_loop_test(tcase, requests_alive_together_never_overlap, 0, 20);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
