#include "models/session_pool.h"

#include <stdlib.h>

bool session_pool_init(struct session_pool *pool, const struct senet_model *model, const struct thread_plan *plan,
                       size_t limit)
{
    *pool = (struct session_pool){.model = model, .plan = *plan, .limit = limit};
    pool->idle = calloc(limit, sizeof(struct senet_session *));
    if (!pool->idle)
        return false;
    if (!pthread_mutex_init(&pool->lock, NULL)) {
        if (!pthread_cond_init(&pool->changed, NULL))
            return true;
        pthread_mutex_destroy(&pool->lock);
    }
    free(pool->idle);
    pool->idle = NULL;
    return false;
}

void session_pool_release(struct session_pool *pool)
{
    if (!pool->idle)
        return;
    for (size_t i = 0; i < pool->idle_count; i++)
        senet_session_free(pool->idle[i]);
    free(pool->idle);
    pool->idle = NULL;
    pthread_cond_destroy(&pool->changed);
    pthread_mutex_destroy(&pool->lock);
}

/* The first run touches the arena's pages and starts the math library: no client should wait for that. */
static enum senet_code open_session(const struct session_pool *pool, int threads, struct senet_session **session,
                                    struct senet_error *error)
{
    const struct senet_model_info *info = senet_model_info(pool->model);
    if (senet_session_create(pool->model, threads, session, error))
        return error->code;
    for (size_t input = 0; input < info->input_count; input++) {
        float *tensor = senet_session_input(*session, input);
        int64_t elements = senet_shape_elements(&info->inputs[input].shape);
        for (int64_t e = 0; e < elements; e++)
            tensor[e] = 0;
    }
    senet_session_run(*session);
    return SENET_OK;
}

/* Called with the lock held, which is let go meanwhile. */
static enum senet_code grow(struct session_pool *pool, struct senet_session **session, struct senet_error *error)
{
    int threads = thread_plan_of_session(&pool->plan, pool->count++);
    pthread_mutex_unlock(&pool->lock);
    enum senet_code code = open_session(pool, threads, session, error);
    pthread_mutex_lock(&pool->lock);
    if (code) {
        pool->count--;
        pthread_cond_broadcast(&pool->changed); /* who waits for a session may have to give up */
    }
    return code;
}

/* Called with the lock held. */
static void add_idle(struct session_pool *pool, struct senet_session *session)
{
    size_t place = pool->idle_count++;
    for (; place && senet_session_threads(pool->idle[place - 1]) > senet_session_threads(session); place--)
        pool->idle[place] = pool->idle[place - 1];
    pool->idle[place] = session;
}

enum senet_code session_pool_fill(struct session_pool *pool, struct senet_error *error)
{
    enum senet_code code = SENET_OK;
    pthread_mutex_lock(&pool->lock);
    while (!code && pool->count < pool->limit) {
        struct senet_session *session;
        code = grow(pool, &session, error);
        if (!code)
            add_idle(pool, session);
    }
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
    return code;
}

enum senet_code session_pool_take(struct session_pool *pool, struct senet_session **session, struct senet_error *error)
{
    enum senet_code failure = SENET_OK, code = SENET_OK;
    *session = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!*session && !code) {
        if (pool->idle_count)
            *session = pool->idle[--pool->idle_count];
        else if (!failure && pool->count < pool->limit)
            failure = grow(pool, session, error);
        else if (pool->count)
            pthread_cond_wait(&pool->changed, &pool->lock);
        else
            code = failure;
    }
    pthread_mutex_unlock(&pool->lock);
    return code;
}

void session_pool_give(struct session_pool *pool, struct senet_session *session)
{
    senet_session_clear_gates(session);
    pthread_mutex_lock(&pool->lock);
    add_idle(pool, session);
    pthread_cond_signal(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}
