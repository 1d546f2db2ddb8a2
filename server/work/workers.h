/* The threads that infer. */
#ifndef SENETD_WORKERS_H
#define SENETD_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct senet_session;
struct server;

struct request;

struct worker {
    struct server *server;
    pthread_t thread;
    struct request *request; /* what its handler was called with; NULL once it has been answered */
    size_t taken;            /* requests since then, this one included */
};

struct workers {
    struct worker *list;
    size_t count;        /* how many have a thread */
    atomic_size_t busy;  /* how many have a request */
    atomic_size_t ended; /* how many of these threads have done their last request */
};

/* False fills `message`; those that were started run, and workers_stop is still due. */
bool workers_start(struct server *server, size_t count, char *message, size_t message_size);

/* The request has its reply, and goes back to its connection before the handler returns: it is not the worker's any
 * more. */
void worker_answer(struct worker *worker, struct request *request);

/* Gives the next run of `session`, which a worker begins now, its share of the cores. */
void workers_share(struct server *server, struct senet_session *session);

/* The queue must be closed: the threads end when it is empty. */
void workers_stop(struct workers *workers);

/* True when workers_stop will not have to wait. */
bool workers_have_ended(struct workers *workers);

#endif
