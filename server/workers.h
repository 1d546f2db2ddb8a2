/* The threads that infer. */
#ifndef SENETD_WORKERS_H
#define SENETD_WORKERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct server;

struct worker {
    struct server *server;
    pthread_t thread;
};

struct workers {
    struct worker *list;
    size_t count;        /* how many have a thread */
    atomic_size_t ended; /* how many of these threads have done their last request */
};

/* False fills `message`; those that were started run, and workers_stop is still due. */
bool workers_start(struct server *server, size_t count, char *message, size_t message_size);

/* The queue must be closed: the threads end when it is empty. */
void workers_stop(struct workers *workers);

/* True when workers_stop will not have to wait. */
bool workers_have_ended(struct workers *workers);

#endif
