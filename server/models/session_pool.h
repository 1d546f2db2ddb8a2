/*
 * The sessions of one model: whoever has an inference to do takes one, and gives it back.
 *
 * DESIGN
 * Sessions belong to the model, not to the thread that uses them, so that a model can come and go while the threads
 * stay. The one with most threads is taken first (thread_plan.h), among equals the one that was given back last: its
 * memory is still in the caches. A session that cannot be made
 * is no failure while there are others: the taker waits for one of them.
 */
#ifndef SENETD_SESSION_POOL_H
#define SENETD_SESSION_POOL_H

#include <pthread.h>

#include "senet.h"
#include "work/thread_plan.h"

struct session_pool {
    const struct senet_model *model;
    struct thread_plan plan;
    size_t limit;         /* sessions that may be there at a time */
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct senet_session **idle; /* room for `limit`; the next to be taken is the last */
    size_t idle_count;
    size_t count; /* idle, taken or being made */
};

/* `limit` is at least 1. False when memory is short; then there is nothing to release. */
bool session_pool_init(struct session_pool *pool, const struct senet_model *model, const struct thread_plan *plan,
                       size_t limit);

/* Every session must have been given back. */
void session_pool_release(struct session_pool *pool);

/* Makes sessions until there are `limit`, so that no request has to wait for that. */
enum senet_code session_pool_fill(struct session_pool *pool, struct senet_error *error);

/*
 * An idle session, or a new one that has been warmed up by one inference; waits when all are taken. Its inputs hold
 * anything, and no gate is overridden. Errors: OUT_OF_MEMORY, when there is no session at all.
 */
enum senet_code session_pool_take(struct session_pool *pool, struct senet_session **session, struct senet_error *error);

/* Overridden gates are cleared. */
void session_pool_give(struct session_pool *pool, struct senet_session *session);

#endif
