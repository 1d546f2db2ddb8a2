#include "base/parallel.h"

#include <string.h>

#include "harness.h"

enum { MAX_COUNT = 1000, MAX_TEAM = 5 };

struct record {
    int visits[MAX_COUNT];
    int calls[MAX_TEAM]; /* by member: each writes its own */
    int64_t grain, count;
};

static void visit(void *context, int64_t begin, int64_t end, int member)
{
    struct record *record = context;
    if (begin % record->grain != 0 || (end % record->grain != 0 && end != record->count))
        record->calls[member] = MAX_COUNT; /* a range torn from its grain */
    record->calls[member]++;
    for (int64_t i = begin; i < end; i++)
        record->visits[i]++;
}

static void check_split(struct team *team, int64_t count, int64_t grain)
{
    struct record record = {.grain = grain, .count = count};
    team_run(team, count, grain, visit, &record);
    for (int64_t i = 0; i < MAX_COUNT; i++)
        ck_assert_msg(record.visits[i] == (i < count), "team of %d, count %lld, grain %lld: item %lld visited %d times",
                      team_size(team), (long long)count, (long long)grain, (long long)i, record.visits[i]);
    for (int member = 0; member < MAX_TEAM; member++)
        ck_assert_msg(record.calls[member] <= 1, "member %d was called %d times", member, record.calls[member]);
}

START_TEST(every_item_is_done_once_and_every_member_is_called_at_most_once)
{
    static const int64_t counts[] = {0, 1, 2, 3, 4, 5, 7, 64, 99, 1000}, grains[] = {1, 2, 3, 16, 1000, INT64_MAX};
    struct team *team = team_create(_i);
    ck_assert_int_eq(team_size(team), _i);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof grains / sizeof *grains; j++)
            check_split(team, counts[i], grains[j]);
    team_free(team);
}
END_TEST

START_TEST(no_team_is_a_team_of_one)
{
    ck_assert_int_eq(team_size(NULL), 1);
    check_split(NULL, 77, 4);
    team_free(NULL);
}
END_TEST

START_TEST(equal_items_are_shared_evenly)
{
    struct record record = {.grain = 1, .count = 8};
    struct team *team = team_create(4);
    team_run(team, 8, 1, visit, &record);
    for (int member = 0; member < 4; member++)
        ck_assert_int_eq(record.calls[member], 1);
    team_free(team);
}
END_TEST

static void add_up(void *context, int64_t begin, int64_t end, int member)
{
    int64_t *sums = context;
    for (int64_t i = begin; i < end; i++)
        sums[member] += i;
}

/* What members wrote is visible to the caller after each job, and to members in the next. */
START_TEST(thousands_of_short_jobs_lose_nothing)
{
    enum { JOBS = 5000 };
    struct team *team = team_create(3);
    int64_t sums[3] = {0};
    for (int job = 0; job < JOBS; job++)
        team_run(team, 10, 1, add_up, sums);
    ck_assert_int_eq(sums[0] + sums[1] + sums[2], (int64_t)JOBS * 45);
    team_free(team);
}
END_TEST

START_TEST(a_team_that_never_worked_can_be_freed)
{
    for (int i = 0; i < 50; i++)
        team_free(team_create(4));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");
    TCase *tcase = tcase_create("team");
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, every_item_is_done_once_and_every_member_is_called_at_most_once, 1, MAX_TEAM + 1);
    tcase_add_test(tcase, no_team_is_a_team_of_one);
    tcase_add_test(tcase, equal_items_are_shared_evenly);
    tcase_add_test(tcase, thousands_of_short_jobs_lose_nothing);
    tcase_add_test(tcase, a_team_that_never_worked_can_be_freed);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
