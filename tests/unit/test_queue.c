/* The queue: order, bounds, closing, and several threads at both ends. */
#include <pthread.h>
#include <stdatomic.h>

#include "harness.h"
#include "queue.h"

/* The queue never looks into its items: addresses of these stand for requests. */
static char items[1000];

static struct request *item(size_t index)
{
    return (struct request *)(void *)&items[index];
}

START_TEST(items_come_out_in_the_order_they_went_in)
{
    struct queue queue;
    ck_assert(queue_init(&queue, 3));
    for (size_t round = 0; round < 5; round++) { /* the ring turns over */
        ck_assert(queue_push(&queue, item(2 * round)));
        ck_assert(queue_push(&queue, item(2 * round + 1)));
        ck_assert_uint_eq(queue_depth(&queue), 2);
        ck_assert_ptr_eq(queue_pop(&queue), item(2 * round));
        ck_assert_ptr_eq(queue_take(&queue), item(2 * round + 1));
        ck_assert_ptr_null(queue_take(&queue));
    }
    queue_release(&queue);
}
END_TEST

START_TEST(a_full_queue_refuses)
{
    struct queue queue;
    ck_assert(queue_init(&queue, 2));
    ck_assert(queue_push(&queue, item(0)));
    ck_assert(queue_push(&queue, item(1)));
    ck_assert(!queue_push(&queue, item(2)));
    ck_assert_ptr_eq(queue_pop(&queue), item(0));
    ck_assert(queue_push(&queue, item(3)));
    ck_assert_ptr_eq(queue_pop(&queue), item(1));
    ck_assert_ptr_eq(queue_pop(&queue), item(3));
    queue_release(&queue);
}
END_TEST

START_TEST(a_closed_queue_gives_what_it_has_and_takes_nothing)
{
    struct queue queue;
    ck_assert(queue_init(&queue, 2));
    ck_assert(queue_push(&queue, item(0)));
    queue_close(&queue);
    ck_assert(!queue_push(&queue, item(1)));
    ck_assert_ptr_eq(queue_pop(&queue), item(0));
    ck_assert_ptr_null(queue_pop(&queue));
    ck_assert_ptr_null(queue_pop(&queue));
    queue_release(&queue);
}
END_TEST

struct market {
    struct queue queue;
    atomic_uint pushed, refused, popped[1000];
    atomic_size_t next;
};

static void *produce(void *context)
{
    struct market *market = context;
    for (size_t i; (i = atomic_fetch_add(&market->next, 1)) < sizeof items;)
        atomic_fetch_add(queue_push(&market->queue, item(i)) ? &market->pushed : &market->refused, 1);
    return NULL;
}

static void *consume(void *context)
{
    struct market *market = context;
    for (struct request *request; (request = queue_pop(&market->queue));)
        atomic_fetch_add(&market->popped[(char *)(void *)request - items], 1);
    return NULL;
}

START_TEST(each_item_is_taken_once_by_one_of_many_threads)
{
    static struct market market;
    pthread_t producers[3], consumers[3];
    ck_assert(queue_init(&market.queue, 8));
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&consumers[i], NULL, consume, &market), 0);
        ck_assert_int_eq(pthread_create(&producers[i], NULL, produce, &market), 0);
    }
    for (size_t i = 0; i < 3; i++)
        pthread_join(producers[i], NULL);
    queue_close(&market.queue);
    for (size_t i = 0; i < 3; i++)
        pthread_join(consumers[i], NULL);
    unsigned popped = 0;
    for (size_t i = 0; i < sizeof items; i++) {
        ck_assert_uint_le(market.popped[i], 1);
        popped += market.popped[i];
    }
    ck_assert_uint_eq(market.pushed + market.refused, sizeof items);
    ck_assert_uint_eq(popped, market.pushed);
    queue_release(&market.queue);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");
    tcase_add_test(tcase, items_come_out_in_the_order_they_went_in);
    tcase_add_test(tcase, a_full_queue_refuses);
    tcase_add_test(tcase, a_closed_queue_gives_what_it_has_and_takes_nothing);
    tcase_add_test(tcase, each_item_is_taken_once_by_one_of_many_threads);
    suite_add_tcase(suite, tcase);
    return harness_run(suite);
}
