#include "base/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/processors.h"
#include "harness.h"

/* More than the teams here have members: all take part, whatever machine runs the tests. */
enum { MAX_COUNT = 1000, MAX_TEAM = 5, PLENTY = 64 };

struct record {
    int visits[MAX_COUNT];
    int calls[TEAM_SIZE_MAX]; /* by member: each writes its own */
    int torn[TEAM_SIZE_MAX];
    int64_t grain, count;
};

static void visit(void *context, int64_t begin, int64_t end, int member)
{
    struct record *record = context;
    record->torn[member] +=
        begin >= end || begin % record->grain != 0 || (end % record->grain != 0 && end != record->count);
    record->calls[member]++;
    for (int64_t i = begin; i < end; i++)
        record->visits[i]++;
}

static struct record check_run(struct team *team, int64_t count, int64_t grain)
{
    struct record record = {.grain = grain, .count = count};
    team_run(team, count, grain, visit, &record);
    int64_t item = 0; /* the first that is not as it should be: an assertion for each would take too long */
    while (item < MAX_COUNT && record.visits[item] == (item < count))
        item++;
    ck_assert_msg(item == MAX_COUNT, "team of %d, count %lld, grain %lld: item %lld visited %d times", team_size(team),
                  (long long)count, (long long)grain, (long long)item, record.visits[item % MAX_COUNT]);
    int torn = 0, strangers = 0;
    for (int member = 0; member < TEAM_SIZE_MAX; member++) {
        torn += record.torn[member];
        strangers += member >= team_size(team) && record.calls[member];
    }
    ck_assert_msg(!torn && !strangers,
                  "team of %d, count %lld, grain %lld: %d ranges torn from their grain, %d strangers", team_size(team),
                  (long long)count, (long long)grain, torn, strangers);
    return record;
}

static const int64_t counts[] = {0, 1, 2, 3, 4, 5, 7, 64, 99, 1000}, grains[] = {1, 2, 3, 16, 1000, INT64_MAX};

static void check_all(struct team *team)
{
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof grains / sizeof *grains; j++)
            check_run(team, counts[i], grains[j]);
}

START_TEST(every_item_is_done_once_in_ranges_of_whole_grains)
{
    struct team *team = team_create_on(_i, PLENTY);
    ck_assert_int_eq(team_size(team), _i);
    check_all(team);
    team_free(team);
}
END_TEST

START_TEST(a_team_outnumbers_the_processors)
{
    struct team *teams[] = {team_create(TEAM_SIZE_MAX), team_create_on(3, 1), team_create_on(5, 2)};
    for (int i = 0; i < 3; i++) {
        check_all(teams[i]);
        team_free(teams[i]);
    }
}
END_TEST

START_TEST(no_team_is_a_team_of_one)
{
    ck_assert_int_eq(team_size(NULL), 1);
    ck_assert_int_eq(check_run(NULL, 77, 4).calls[0], 1);
    team_free(NULL);
}
END_TEST

START_TEST(a_job_of_one_grain_is_one_call_of_the_caller)
{
    struct team *team = team_create_on(4, PLENTY);
    for (int64_t count = 1; count <= 16; count++)
        ck_assert_int_eq(check_run(team, count, 16).calls[0], 1);
    team_free(team);
}
END_TEST

static int calls_of(const struct record *record)
{
    int calls = 0;
    for (int member = 0; member < TEAM_SIZE_MAX; member++)
        calls += record->calls[member];
    return calls;
}

/* So that sums over ranges come out the same to the last bit. */
START_TEST(where_a_job_is_cut_does_not_depend_on_who_helps)
{
    struct team *alone = team_create_on(3, 1), *helped = team_create_on(3, PLENTY);
    for (size_t i = 1; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof grains / sizeof *grains; j++) {
            struct record one = check_run(alone, counts[i], grains[j]), three = check_run(helped, counts[i], grains[j]);
            ck_assert_int_eq(one.calls[0], calls_of(&three));
        }
    team_free(alone);
    team_free(helped);
}
END_TEST

/* --------------------------------------------------------- who takes part */

struct meeting {
    pthread_barrier_t barrier;
    int members[TEAM_SIZE_MAX]; /* calls of each */
};

static void meet(void *context, int64_t begin, int64_t end, int member)
{
    (void)begin;
    (void)end;
    struct meeting *meeting = context;
    meeting->members[member]++;
    pthread_barrier_wait(&meeting->barrier);
}

/* Returns only if `expected` members are at work at the same time: no one of them can take two of the items. */
static void check_meeting(struct team *team, int expected)
{
    struct meeting meeting = {.members = {0}};
    pthread_barrier_init(&meeting.barrier, NULL, (unsigned)expected);
    team_run(team, expected, 1, meet, &meeting);
    pthread_barrier_destroy(&meeting.barrier);
    for (int member = 0; member < expected; member++)
        ck_assert_int_eq(meeting.members[member], 1);
}

START_TEST(all_members_work_at_the_same_time)
{
    struct team *team = team_create_on(_i, PLENTY);
    for (int job = 0; job < 100; job++)
        check_meeting(team, _i);
    team_free(team);
}
END_TEST

static void hold_up(void *context, int64_t begin, int64_t end, int member)
{
    (void)end;
    atomic_int *done = context;
    while (begin == 0 && atomic_load(done) < 7)
        sched_yield();
    atomic_fetch_add(done, 1);
    (void)member;
}

/* The member that has item 0 is not done before all the others are, its own range among them. */
START_TEST(the_others_do_the_work_of_a_member_that_is_held_up)
{
    struct team *team = team_create_on(2, PLENTY);
    for (int job = 0; job < 100; job++) {
        atomic_int done = 0;
        team_run(team, 8, 1, hold_up, &done);
        ck_assert_int_eq(atomic_load(&done), 8);
    }
    team_free(team);
}
END_TEST

static void check_members(struct team *team, int expected)
{
    for (int job = 0; job < 200; job++) {
        struct record record = check_run(team, MAX_COUNT, 1);
        int others = 0;
        for (int member = expected; member < TEAM_SIZE_MAX; member++)
            others += record.calls[member];
        ck_assert_msg(others == 0, "more than %d members took part", expected);
    }
}

START_TEST(nobody_takes_part_for_whom_there_is_no_processor)
{
    for (int processors = 1; processors < 5; processors++) {
        struct team *team = team_create_on(4, processors);
        check_members(team, processors);
        team_free(team);
    }
}
END_TEST

START_TEST(inferences_at_the_same_time_share_the_processors)
{
    static const int share_of_8[] = {4, 4, 4, 2, 2, 1, 1, 1, 1, 1}; /* with so many inferences; the team has 4 */
    struct team *team = team_create_on(4, 8);
    for (int inferences = 0; inferences < 10; inferences++) {
        check_members(team, share_of_8[inferences]);
        parallel_begin();
    }
    for (int inferences = 0; inferences < 10; inferences++)
        parallel_end();
    check_meeting(team, 4);
    team_free(team);
}
END_TEST

START_TEST(no_more_members_take_part_than_they_are_limited_to)
{
    struct team *team = team_create_on(4, PLENTY);
    for (int limit = 1; limit <= 4; limit++) {
        team_limit(team, limit);
        check_members(team, limit);
    }
    team_limit(team, 100);
    check_meeting(team, 4);
    team_limit(team, -1);
    check_members(team, 1);
    team_limit(NULL, 2);
    team_free(team);
}
END_TEST

START_TEST(there_is_a_processor)
{
    ck_assert_int_ge(processors_usable(), 1);
}
END_TEST

/* ------------------------------------------------------------- many jobs */

static void add_up(void *context, int64_t begin, int64_t end, int member)
{
    int64_t *sums = context;
    for (int64_t i = begin; i < end; i++)
        sums[member] += i;
}

static void check_many(struct team *team, int jobs)
{
    int64_t sums[MAX_TEAM] = {0}, sum = 0;
    for (int job = 0; job < jobs; job++)
        team_run(team, 10, 1, add_up, sums);
    for (int member = 0; member < MAX_TEAM; member++)
        sum += sums[member];
    ck_assert_int_eq(sum, (int64_t)jobs * 45);
}

/* What members wrote is visible to the caller after each job, and to members in the next. */
START_TEST(ten_thousands_of_short_jobs_lose_nothing)
{
    struct team *team = team_create_on(_i, PLENTY);
    check_many(team, 20000);
    team_free(team);
}
END_TEST

static void increment(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    int *elements = context;
    for (int64_t i = begin; i < end; i++)
        elements[i + 1] = elements[0] + 1;
}

START_TEST(a_job_reads_what_was_written_between_jobs)
{
    struct team *team = team_create_on(3, PLENTY);
    int elements[1 + 32] = {0};
    for (int job = 0; job < 20000; job++) {
        elements[0] = job;
        team_run(team, 32, 1, increment, elements);
        int right = 0;
        for (int i = 1; i <= 32; i++)
            right += elements[i] == job + 1;
        ck_assert_int_eq(right, 32);
    }
    team_free(team);
}
END_TEST

static void *run_alone(void *processors)
{
    struct team *team = team_create_on(3, *(const int *)processors);
    for (int job = 0; job < 20; job++) {
        parallel_begin();
        check_many(team, 100);
        parallel_end();
    }
    team_free(team);
    return NULL;
}

START_TEST(several_teams_work_at_once)
{
    pthread_t threads[4];
    int processors[] = {1, 2, 6, PLENTY}; /* some share, some have enough for all */
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_alone, &processors[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}
END_TEST

/* ------------------------------------------------------------------- idle */

/* The test's timeout is the only bound: how soon depends on the machine. */
static void await_sleep(const struct team *team)
{
    while (team_asleep(team) < team_size(team) - 1)
        sched_yield();
}

START_TEST(idle_members_sleep_and_are_woken_again)
{
    struct team *team = team_create_on(4, PLENTY);
    for (int round = 0; round < 20; round++) {
        await_sleep(team);
        check_meeting(team, 4);
    }
    await_sleep(team);
    team_free(team);
}
END_TEST

START_TEST(a_small_job_wakes_nobody)
{
    struct team *team = team_create_on(4, PLENTY);
    await_sleep(team);
    for (int job = 0; job < 1000; job++) {
        check_run(team, 16, 16);
        ck_assert_int_eq(team_asleep(team), 3);
    }
    team_free(team);
}
END_TEST

START_TEST(a_team_that_never_worked_can_be_freed)
{
    for (int i = 0; i < 50; i++)
        team_free(team_create_on(4, PLENTY));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");
    TCase *tcase = tcase_create("team");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_item_is_done_once_in_ranges_of_whole_grains, 1, MAX_TEAM + 1);
    tcase_add_test(tcase, a_team_outnumbers_the_processors);
    tcase_add_test(tcase, no_team_is_a_team_of_one);
    tcase_add_test(tcase, a_job_of_one_grain_is_one_call_of_the_caller);
    tcase_add_test(tcase, where_a_job_is_cut_does_not_depend_on_who_helps);
    tcase_add_loop_test(tcase, all_members_work_at_the_same_time, 1, MAX_TEAM + 1);
    tcase_add_test(tcase, the_others_do_the_work_of_a_member_that_is_held_up);
    tcase_add_test(tcase, nobody_takes_part_for_whom_there_is_no_processor);
    tcase_add_test(tcase, inferences_at_the_same_time_share_the_processors);
    tcase_add_test(tcase, no_more_members_take_part_than_they_are_limited_to);
    tcase_add_test(tcase, there_is_a_processor);
    tcase_add_loop_test(tcase, ten_thousands_of_short_jobs_lose_nothing, 2, MAX_TEAM + 1);
    tcase_add_test(tcase, a_job_reads_what_was_written_between_jobs);
    tcase_add_test(tcase, several_teams_work_at_once);
    tcase_add_test(tcase, idle_members_sleep_and_are_woken_again);
    tcase_add_test(tcase, a_small_job_wakes_nobody);
    tcase_add_test(tcase, a_team_that_never_worked_can_be_freed);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
