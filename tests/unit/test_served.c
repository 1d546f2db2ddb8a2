/* The sessions of a model, and several threads that take and give them. */
#include <pthread.h>
#include <stdatomic.h>

#include "harness.h"
#include "models/served.h"

#define THREADS 4
#define ROUNDS 200

static const struct thread_plan single = {.cores = 1, .source = "option", .workers = 1, .per_inference = 1};

static struct senet_model *load_builtin(void)
{
    struct senet_model *model;
    struct senet_error error;
    ck_assert_msg(!senet_model_load_builtin(NULL, &model, &error), "%s", error.message);
    return model;
}

static struct senet_session *take(struct session_pool *pool)
{
    struct senet_session *session;
    struct senet_error error;
    ck_assert_msg(!session_pool_take(pool, &session, &error), "%s", error.message);
    return session;
}

START_TEST(what_was_given_back_last_is_taken_first)
{
    struct served *served = served_create("m", 1, load_builtin(), &single, 2);
    ck_assert_ptr_nonnull(served);
    struct session_pool *pool = &served->pool;
    struct senet_session *first = take(pool), *second = take(pool);
    ck_assert_ptr_ne(first, second);
    session_pool_give(pool, second);
    session_pool_give(pool, first);
    ck_assert_ptr_eq(take(pool), first);
    ck_assert_ptr_eq(take(pool), second);
    session_pool_give(pool, first);
    session_pool_give(pool, second);
    served_release(served);
}
END_TEST

START_TEST(the_largest_team_is_taken_first)
{
    static const struct thread_plan six = {6, "affinity", 6, 6, true};
    struct served *served = served_create("m", 1, load_builtin(), &six, 3);
    struct session_pool *pool = &served->pool;
    struct senet_session *sessions[3] = {take(pool), take(pool), take(pool)};
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(senet_session_threads(sessions[i]), 6 / (i + 1));
    session_pool_give(pool, sessions[1]);
    session_pool_give(pool, sessions[0]);
    session_pool_give(pool, sessions[2]);
    for (int i = 0; i < 3; i++)
        ck_assert_ptr_eq(take(pool), sessions[i]);
    for (int i = 0; i < 3; i++)
        session_pool_give(pool, sessions[i]);
    served_release(served);
}
END_TEST

START_TEST(a_pool_is_filled_up_to_its_limit)
{
    struct served *served = served_create("m", 1, load_builtin(), &single, 3);
    struct session_pool *pool = &served->pool;
    struct senet_error error;
    session_pool_give(pool, take(pool));
    ck_assert_uint_eq(pool->count, 1);
    ck_assert(!session_pool_fill(pool, &error));
    ck_assert_uint_eq(pool->count, 3);
    ck_assert_uint_eq(pool->idle_count, 3);
    ck_assert(!session_pool_fill(pool, &error));
    ck_assert_uint_eq(pool->count, 3);
    served_release(served);
}
END_TEST

START_TEST(no_gate_stays_overridden_for_the_next)
{
    struct served *served = served_create("m", 1, load_builtin(), &single, 1);
    struct session_pool *pool = &served->pool;
    struct senet_session *session = take(pool);
    float zeros[4096] = {0};
    ck_assert_int_le(served->info->se_blocks[0].channels, 4096);
    senet_session_set_gate(session, 0, zeros);
    senet_session_run(session);
    ck_assert_float_eq(senet_session_gate(session, 0)[0], 0);
    session_pool_give(pool, session);
    session = take(pool);
    senet_session_run(session);
    ck_assert_float_gt(senet_session_gate(session, 0)[0], 0);
    session_pool_give(pool, session);
    served_release(served);
}
END_TEST

struct crowd {
    struct session_pool *pool;
    atomic_int inside, most;
};

static void *take_and_give(void *context)
{
    struct crowd *crowd = context;
    for (int i = 0; i < ROUNDS; i++) {
        struct senet_session *session;
        struct senet_error error;
        if (session_pool_take(crowd->pool, &session, &error))
            return context;
        int inside = atomic_fetch_add(&crowd->inside, 1) + 1, most = atomic_load(&crowd->most);
        while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside))
            ;
        senet_session_input(session, 0)[0] = (float)i; /* a race here is the thread sanitizer's to see */
        atomic_fetch_sub(&crowd->inside, 1);
        session_pool_give(crowd->pool, session);
    }
    return NULL;
}

START_TEST(a_session_is_with_one_thread_at_a_time_and_the_limit_holds)
{
    struct served *served = served_create("m", 1, load_builtin(), &single, 2);
    struct crowd crowd = {.pool = &served->pool};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert(!pthread_create(&threads[i], NULL, take_and_give, &crowd));
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
    ck_assert_int_ge(atomic_load(&crowd.most), 1);
    ck_assert_int_le(atomic_load(&crowd.most), 2);
    ck_assert_uint_le(served->pool.count, 2);
    ck_assert_uint_eq(served->pool.idle_count, served->pool.count);
    served_release(served);
}
END_TEST

struct graveyard {
    struct keeper keeper;
    struct served *last;
    int count;
};

static void bury(struct keeper *keeper, struct served *served)
{
    struct graveyard *graveyard = (struct graveyard *)keeper;
    graveyard->last = served;
    graveyard->count++;
}

START_TEST(the_last_reference_hands_the_model_to_its_keeper)
{
    struct graveyard graveyard = {.keeper = {.retire = bury}};
    struct served *served = served_create("m", 12, load_builtin(), &single, 1);
    served->keeper = &graveyard.keeper;
    ck_assert_str_eq(served->version, "12");
    ck_assert_uint_eq(served->memory, served->info->weight_bytes + served->info->arena_bytes);
    ck_assert_ptr_eq(served_retain(served), served);
    served_release(served);
    ck_assert_int_eq(graveyard.count, 0);
    served_release(served);
    ck_assert_int_eq(graveyard.count, 1);
    ck_assert_ptr_eq(graveyard.last, served);
    served_free(served);
    served_release(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("served");
    TCase *tests = tcase_create("served");
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    tcase_add_test(tests, what_was_given_back_last_is_taken_first);
    tcase_add_test(tests, the_largest_team_is_taken_first);
    tcase_add_test(tests, a_pool_is_filled_up_to_its_limit);
    tcase_add_test(tests, no_gate_stays_overridden_for_the_next);
    tcase_add_test(tests, a_session_is_with_one_thread_at_a_time_and_the_limit_holds);
    tcase_add_test(tests, the_last_reference_hands_the_model_to_its_keeper);
    return harness_run(suite);
}
