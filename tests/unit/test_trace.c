/* Which traceparent headers W3C Trace Context calls valid. */
#include "http/trace.h"

#include <stddef.h>

#include "harness.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"

static const char *const valid[] = {
    "00-" TRACE "-" SPAN "-01",  "00-" TRACE "-" SPAN "-00",
    "00-" TRACE "-" SPAN "-ff", /* flags that are not known yet */
    "01-" TRACE "-" SPAN "-01",  "cc-" TRACE "-" SPAN "-01-what-the-future-brings",
    "fe-" TRACE "-" SPAN "-01-",
};

START_TEST(valid_ones_are_taken)
{
    struct trace trace = {0};
    trace_read(&trace, valid[_i]);
    ck_assert_str_eq(trace.id, TRACE);
    ck_assert_str_eq(trace.span, SPAN);
}
END_TEST

static const char *const invalid[] = {
    "",
    "00",
    "00-" TRACE "-" SPAN,
    "00-" TRACE "-" SPAN "-",
    "00-" TRACE "-" SPAN "-0",
    "00-" TRACE "-" SPAN "-011",
    "00-" TRACE "-" SPAN "-01-more", /* version 00 has no more */
    "00-" TRACE "-" SPAN "-01-",
    "00-" TRACE "-" SPAN "-01 ",
    "01-" TRACE "-" SPAN "-01.more",
    "ff-" TRACE "-" SPAN "-01",
    "0-" TRACE "-" SPAN "-01",
    "0x-" TRACE "-" SPAN "-01",
    "00-00000000000000000000000000000000-" SPAN "-01",
    "00-" TRACE "-0000000000000000-01",
    "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01",
    "00-" TRACE "-B7AD6B7169203331-01",
    "00-" TRACE "-" SPAN "-0A",
    "00-0af7651916cd43dd8448eb211c80319-" SPAN "-01",
    "00-0af7651916cd43dd8448eb211c80319cc-" SPAN "-01",
    "00-0af7651916cd43dd8448eb211c80319g-" SPAN "-01",
    "00_" TRACE "_" SPAN "_01",
    "00-" TRACE "-" SPAN "-0\n",
};

START_TEST(invalid_ones_are_ignored)
{
    struct trace trace = {0};
    trace_read(&trace, invalid[_i]);
    ck_assert_str_eq(trace.id, "");
    ck_assert_str_eq(trace.span, "");
}
END_TEST

START_TEST(of_two_neither_counts)
{
    struct trace trace = {0};
    trace_read(&trace, valid[0]);
    trace_read(&trace, valid[0]);
    ck_assert_str_eq(trace.id, "");
    trace_read(&trace, valid[0]);
    ck_assert_str_eq(trace.id, "");
    struct trace other = {0};
    trace_read(&other, "nonsense");
    trace_read(&other, valid[0]);
    ck_assert_str_eq(other.id, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trace");
    TCase *tcase = tcase_create("trace");
    tcase_add_loop_test(tcase, valid_ones_are_taken, 0, (int)(sizeof valid / sizeof *valid));
    tcase_add_loop_test(tcase, invalid_ones_are_ignored, 0, (int)(sizeof invalid / sizeof *invalid));
    tcase_add_test(tcase, of_two_neither_counts);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
