/* What Retry-After says, and what X-Request-Timeout-Ms asks for. */
#include "harness.h"
#include "http/patience.h"
#include "work/pace.h"

START_TEST(who_is_refused_before_anything_was_served_comes_back_after_a_second)
{
    struct pace pace;
    ck_assert(pace_init(&pace));
    ck_assert_int_eq(pace_retry_after(&pace, 64, 2), 1);
    pace_release(&pace);
}
END_TEST

START_TEST(waiting_is_the_queue_times_the_pace_over_the_workers_rounded_up)
{
    static const struct {
        double seconds;
        size_t waiting, workers;
        int retry;
    } cases[] = {
        {0.5, 8, 2, 2}, {0.5, 9, 2, 3},      {0.5, 8, 4, 1},  {0.001, 64, 2, 1}, {0.5, 0, 2, 1}, {2, 30, 1, 60},
        {2, 31, 1, 60}, {1e9, 65536, 1, 60}, {0.1, 10, 1, 1}, {0.1, 11, 1, 2},   {3, 1, 0, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pace pace;
        ck_assert(pace_init(&pace));
        pace_observe(&pace, cases[i].seconds, 1);
        int retry = pace_retry_after(&pace, cases[i].waiting, cases[i].workers);
        ck_assert_msg(retry == cases[i].retry, "case %zu: %d instead of %d", i, retry, cases[i].retry);
        pace_release(&pace);
    }
}
END_TEST

START_TEST(the_pace_follows_the_latest_requests)
{
    struct pace pace;
    ck_assert(pace_init(&pace));
    pace_observe(&pace, 10, 1);
    pace_observe(&pace, 20, 1);
    ck_assert_double_eq_tol(pace.seconds, 11, 1e-9);
    for (int i = 0; i < 200; i++)
        pace_observe(&pace, 1, 1);
    ck_assert_double_eq_tol(pace.seconds, 1, 1e-6);
    pace_release(&pace);
}
END_TEST

START_TEST(requests_that_were_served_together_count_each_with_its_share)
{
    struct pace alone, together;
    ck_assert(pace_init(&alone) && pace_init(&together));
    pace_observe(&alone, 1, 1);
    pace_observe(&together, 1, 1);
    for (int i = 0; i < 4; i++)
        pace_observe(&alone, 2, 1);
    pace_observe(&together, 8, 4);
    ck_assert_double_eq_tol(together.seconds, alone.seconds, 1e-9);
    pace_release(&alone);
    pace_release(&together);
}
END_TEST

static const struct {
    const char *text;
    double seconds; /* 0: malformed */
} headers[] = {
    {"1", 0.001}, {"250", 0.25},   {"007", 0.007}, {"1000 ", 1},    {"0", 0},   {"000", 0},
    {"", 0},      {"-1", 0},       {"+5", 0},      {"5.0", 0},      {"1e3", 0}, {"0x10", 0},
    {"10ms", 0},  {"100, 100", 0}, {"5 5", 0},     {"\xd9\xa5", 0},
};

START_TEST(a_positive_whole_number_of_milliseconds_is_understood)
{
    struct patience patience = {0};
    patience_read(&patience, headers[_i].text);
    ck_assert_msg(patience.malformed == (headers[_i].seconds == 0), "'%s'", headers[_i].text);
    if (!patience.malformed)
        ck_assert_double_eq_tol(patience.seconds, headers[_i].seconds, 1e-12);
}
END_TEST

START_TEST(a_number_of_any_length_is_just_large)
{
    char digits[401] = "";
    for (size_t i = 0; i < sizeof digits - 1; i++)
        digits[i] = '9';
    struct patience patience = {0};
    patience_read(&patience, digits);
    ck_assert(!patience.malformed);
    ck_assert_double_eq(patience_deadline(&patience, 100, 101, 30), 131);
}
END_TEST

START_TEST(said_twice_is_said_wrong)
{
    struct patience patience = {0};
    patience_read(&patience, "100");
    patience_read(&patience, "100");
    ck_assert(patience.malformed);
}
END_TEST

START_TEST(the_client_waits_since_it_began_and_the_server_grants_from_the_end)
{
    const struct patience none = {0}, short_one = {.seconds = 2}, long_one = {.seconds = 60};
    ck_assert_double_eq(patience_deadline(&none, 100, 110, 30), 140);
    ck_assert_double_eq(patience_deadline(&short_one, 100, 110, 30), 102);
    ck_assert_double_eq(patience_deadline(&long_one, 100, 110, 30), 140);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *tcase = tcase_create("pace");
    tcase_add_test(tcase, who_is_refused_before_anything_was_served_comes_back_after_a_second);
    tcase_add_test(tcase, waiting_is_the_queue_times_the_pace_over_the_workers_rounded_up);
    tcase_add_test(tcase, the_pace_follows_the_latest_requests);
    tcase_add_test(tcase, requests_that_were_served_together_count_each_with_its_share);
    tcase_add_loop_test(tcase, a_positive_whole_number_of_milliseconds_is_understood, 0,
                        (int)(sizeof headers / sizeof *headers));
    tcase_add_test(tcase, a_number_of_any_length_is_just_large);
    tcase_add_test(tcase, said_twice_is_said_wrong);
    tcase_add_test(tcase, the_client_waits_since_it_began_and_the_server_grants_from_the_end);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
