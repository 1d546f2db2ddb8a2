/* The queue: order, bounds, deadlines, leaving early, closing, and several threads at both ends. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "clock.h"
#include "harness.h"
#include "work/queue.h"

#define FOREVER 1e9

static struct queue queue;

static void open_queue(size_t count, size_t bytes)
{
    ck_assert(queue_init(&queue, (struct queue_limits){count, bytes}));
}

START_TEST(entries_come_out_in_the_order_they_went_in)
{
    struct queue_entry entries[10] = {0};
    open_queue(3, 100);
    for (size_t round = 0; round < 5; round++) {
        struct queue_entry *first = &entries[2 * round], *second = first + 1;
        ck_assert_int_eq(queue_push(&queue, first), QUEUE_ACCEPTED);
        ck_assert_int_eq(queue_push(&queue, second), QUEUE_ACCEPTED);
        ck_assert_uint_eq(queue_depth(&queue), 2);
        ck_assert_ptr_eq(queue_pop(&queue), first);
        ck_assert_ptr_eq(queue_take(&queue), second);
        ck_assert_ptr_null(queue_take(&queue));
    }
    queue_release(&queue);
}
END_TEST

START_TEST(a_full_queue_refuses)
{
    struct queue_entry entries[4] = {0};
    open_queue(2, 100);
    ck_assert_int_eq(queue_push(&queue, &entries[0]), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &entries[1]), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &entries[2]), QUEUE_FULL);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[0]);
    ck_assert_int_eq(queue_push(&queue, &entries[3]), QUEUE_ACCEPTED);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[1]);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[3]);
    queue_release(&queue);
}
END_TEST

START_TEST(bytes_are_bounded_to_the_last_one)
{
    struct queue_entry ten = {.bytes = 10}, ninety = {.bytes = 90}, one = {.bytes = 1}, none = {.bytes = 0};
    open_queue(10, 100);
    ck_assert_int_eq(queue_push(&queue, &ten), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &ninety), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &one), QUEUE_FULL);
    ck_assert_int_eq(queue_push(&queue, &none), QUEUE_ACCEPTED);
    ck_assert_ptr_eq(queue_pop(&queue), &ten);
    ck_assert_int_eq(queue_push(&queue, &one), QUEUE_ACCEPTED);
    ck_assert_ptr_eq(queue_pop(&queue), &ninety);
    queue_release(&queue);
}
END_TEST

START_TEST(an_entry_of_any_size_may_wait_alone)
{
    struct queue_entry huge = {.bytes = SIZE_MAX}, one = {.bytes = 1};
    open_queue(10, 100);
    ck_assert_int_eq(queue_push(&queue, &huge), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &one), QUEUE_FULL);
    ck_assert_ptr_eq(queue_pop(&queue), &huge);
    ck_assert_int_eq(queue_push(&queue, &one), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &huge), QUEUE_FULL);
    queue_release(&queue);
}
END_TEST

START_TEST(what_expires_leaves_from_the_middle_and_frees_its_place)
{
    struct queue_entry entries[4] = {{.deadline = 5}, {.deadline = 2}, {.deadline = 9}, {.deadline = 3}};
    struct queue_entry late = {.deadline = 20, .bytes = 1};
    open_queue(4, 100);
    for (size_t i = 0; i < 4; i++)
        queue_push(&queue, &entries[i]);
    ck_assert_int_eq(queue_push(&queue, &late), QUEUE_FULL);
    ck_assert_ptr_null(queue_expire(&queue, 1.9, FOREVER));
    ck_assert_double_eq(queue_watched(&queue), 2);
    struct queue_entry *expired = queue_expire(&queue, 3, FOREVER);
    ck_assert_ptr_eq(expired, &entries[1]);
    ck_assert_ptr_eq(expired->next, &entries[3]);
    ck_assert_ptr_null(entries[3].next);
    ck_assert_double_eq(queue_watched(&queue), 5);
    ck_assert_uint_eq(queue_depth(&queue), 2);
    ck_assert_int_eq(queue_push(&queue, &late), QUEUE_ACCEPTED);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[0]);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[2]);
    ck_assert_ptr_eq(queue_expire(&queue, FOREVER, FOREVER), &late);
    ck_assert_ptr_null(queue_take(&queue));
    queue_release(&queue);
}
END_TEST

START_TEST(the_watcher_is_called_only_when_it_would_come_too_late)
{
    struct queue_entry relaxed = {.deadline = 30}, urgent = {.deadline = 0.5}, same = {.deadline = 0.5},
                       sooner = {.deadline = 0.25};
    open_queue(10, 100);
    ck_assert_ptr_null(queue_expire(&queue, 0, 1));
    ck_assert_double_eq(queue_watched(&queue), 1);
    ck_assert_int_eq(queue_push(&queue, &relaxed), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &urgent), QUEUE_ACCEPTED_URGENT);
    ck_assert_int_eq(queue_push(&queue, &same), QUEUE_ACCEPTED);
    ck_assert_int_eq(queue_push(&queue, &sooner), QUEUE_ACCEPTED_URGENT);
    ck_assert_ptr_eq(queue_expire(&queue, 0.25, 1.25), &sooner);
    ck_assert_double_eq(queue_watched(&queue), 0.5);
    queue_release(&queue);
}
END_TEST

static bool is_unwanted(const struct queue_entry *entry)
{
    return entry->kind != NULL;
}

START_TEST(the_unwanted_are_removed_and_the_others_keep_their_order)
{
    struct queue_entry entries[4] = {{.kind = "gone", .bytes = 40}, {.bytes = 10}, {.kind = "gone"}, {.bytes = 50}};
    struct queue_entry more = {.bytes = 40};
    open_queue(4, 100);
    for (size_t i = 0; i < 4; i++)
        queue_push(&queue, &entries[i]);
    struct queue_entry *removed = queue_remove(&queue, is_unwanted);
    ck_assert_ptr_eq(removed, &entries[0]);
    ck_assert_ptr_eq(removed->next, &entries[2]);
    ck_assert_ptr_null(entries[2].next);
    ck_assert_ptr_null(queue_remove(&queue, is_unwanted));
    ck_assert_int_eq(queue_push(&queue, &more), QUEUE_ACCEPTED);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[1]);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[3]);
    ck_assert_ptr_eq(queue_pop(&queue), &more);
    queue_release(&queue);
}
END_TEST

START_TEST(a_kind_is_taken_past_others)
{
    static const char kinds[2];
    struct queue_entry entries[4] = {
        {.kind = &kinds[0]}, {.kind = &kinds[1]}, {.kind = &kinds[0]}, {.kind = &kinds[1]}};
    open_queue(4, 100);
    for (size_t i = 0; i < 4; i++)
        queue_push(&queue, &entries[i]);
    ck_assert_ptr_eq(queue_take_kind(&queue, &kinds[1], 0), &entries[1]);
    ck_assert_ptr_eq(queue_take_kind(&queue, &kinds[1], 0), &entries[3]);
    ck_assert_ptr_null(queue_take_kind(&queue, &kinds[1], 0));
    ck_assert_ptr_eq(queue_pop(&queue), &entries[0]);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[2]);
    queue_release(&queue);
}
END_TEST

START_TEST(who_waits_for_a_kind_gives_up_when_the_time_has_come)
{
    struct queue_entry other = {.kind = "other"};
    open_queue(4, 100);
    queue_push(&queue, &other);
    double began = clock_now();
    ck_assert_ptr_null(queue_take_kind(&queue, &other, began + 0.02));
    ck_assert_double_ge(clock_now() - began, 0.02);
    ck_assert_ptr_eq(queue_pop(&queue), &other);
    queue_close(&queue);
    ck_assert_ptr_null(queue_take_kind(&queue, &other, clock_now() + FOREVER));
    queue_release(&queue);
}
END_TEST

static const char wanted, unwanted;

static void *take_wanted(void *taken)
{
    *(struct queue_entry **)taken = queue_take_kind(&queue, &wanted, clock_now() + 1e6);
    return NULL;
}

static void *take_any(void *taken)
{
    *(struct queue_entry **)taken = queue_pop(&queue);
    return NULL;
}

static size_t choosy(void)
{
    pthread_mutex_lock(&queue.lock);
    size_t count = queue.choosy;
    pthread_mutex_unlock(&queue.lock);
    return count;
}

/* The signal for an entry must not end at a waiter that does not want it. */
START_TEST(each_waiter_gets_what_it_waits_for)
{
    for (int round = 0; round < 200; round++) {
        struct queue_entry entries[2] = {{.kind = &unwanted}, {.kind = &wanted}}, *taken[2] = {NULL, NULL};
        pthread_t threads[2];
        open_queue(4, 100);
        ck_assert_int_eq(pthread_create(&threads[0], NULL, take_wanted, &taken[0]), 0);
        while (!choosy())
            sched_yield();
        queue_push(&queue, &entries[0]);
        ck_assert_int_eq(pthread_create(&threads[1], NULL, take_any, &taken[1]), 0);
        pthread_join(threads[1], NULL);
        ck_assert_ptr_eq(taken[1], &entries[0]);
        queue_push(&queue, &entries[1]);
        pthread_join(threads[0], NULL);
        ck_assert_ptr_eq(taken[0], &entries[1]);
        queue_release(&queue);
    }
}
END_TEST

START_TEST(a_closed_queue_gives_what_it_has_and_takes_nothing)
{
    struct queue_entry entries[2] = {0};
    open_queue(2, 100);
    ck_assert_int_eq(queue_push(&queue, &entries[0]), QUEUE_ACCEPTED);
    queue_close(&queue);
    ck_assert_int_eq(queue_push(&queue, &entries[1]), QUEUE_CLOSED);
    ck_assert_ptr_eq(queue_pop(&queue), &entries[0]);
    ck_assert_ptr_null(queue_pop(&queue));
    ck_assert_ptr_null(queue_pop(&queue));
    queue_release(&queue);
}
END_TEST

#define TRADED 1000

/* Entries whose deadline is odd expire at once, if nobody takes them first. */
struct market {
    struct queue_entry entries[TRADED];
    atomic_uint pushed, refused, taken[TRADED];
    atomic_size_t next;
    atomic_bool over;
};

static void count_taken(struct market *market, const struct queue_entry *entry)
{
    atomic_fetch_add(&market->taken[entry - market->entries], 1);
}

static void *produce(void *context)
{
    struct market *market = context;
    for (size_t i; (i = atomic_fetch_add(&market->next, 1)) < TRADED;) {
        market->entries[i] = (struct queue_entry){.bytes = i % 7, .deadline = i % 2 ? 1 : FOREVER};
        bool refused = queue_push(&queue, &market->entries[i]) == QUEUE_FULL;
        atomic_fetch_add(refused ? &market->refused : &market->pushed, 1);
    }
    return NULL;
}

static void *consume(void *context)
{
    struct market *market = context;
    for (struct queue_entry *entry; (entry = queue_pop(&queue));)
        count_taken(market, entry);
    return NULL;
}

static void *expire(void *context)
{
    struct market *market = context;
    while (!atomic_load(&market->over))
        for (struct queue_entry *entry = queue_expire(&queue, 2, 0); entry; entry = entry->next)
            count_taken(market, entry);
    return NULL;
}

START_TEST(each_entry_is_taken_once_by_one_of_many_threads)
{
    static struct market market;
    pthread_t producers[3], consumers[3], watcher;
    open_queue(8, 20);
    ck_assert_int_eq(pthread_create(&watcher, NULL, expire, &market), 0);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&consumers[i], NULL, consume, &market), 0);
        ck_assert_int_eq(pthread_create(&producers[i], NULL, produce, &market), 0);
    }
    for (size_t i = 0; i < 3; i++)
        pthread_join(producers[i], NULL);
    queue_close(&queue);
    for (size_t i = 0; i < 3; i++)
        pthread_join(consumers[i], NULL);
    atomic_store(&market.over, true);
    pthread_join(watcher, NULL);
    unsigned taken = 0;
    for (size_t i = 0; i < TRADED; i++) {
        ck_assert_uint_le(market.taken[i], 1);
        taken += market.taken[i];
    }
    ck_assert_uint_eq(market.pushed + market.refused, TRADED);
    ck_assert_uint_eq(taken, market.pushed);
    ck_assert_uint_eq(queue.bytes, 0);
    queue_release(&queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");
    tcase_add_test(tcase, entries_come_out_in_the_order_they_went_in);
    tcase_add_test(tcase, a_full_queue_refuses);
    tcase_add_test(tcase, bytes_are_bounded_to_the_last_one);
    tcase_add_test(tcase, an_entry_of_any_size_may_wait_alone);
    tcase_add_test(tcase, what_expires_leaves_from_the_middle_and_frees_its_place);
    tcase_add_test(tcase, the_watcher_is_called_only_when_it_would_come_too_late);
    tcase_add_test(tcase, the_unwanted_are_removed_and_the_others_keep_their_order);
    tcase_add_test(tcase, a_kind_is_taken_past_others);
    tcase_add_test(tcase, who_waits_for_a_kind_gives_up_when_the_time_has_come);
    tcase_add_test(tcase, each_waiter_gets_what_it_waits_for);
    tcase_add_test(tcase, a_closed_queue_gives_what_it_has_and_takes_nothing);
    tcase_add_test(tcase, each_entry_is_taken_once_by_one_of_many_threads);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
