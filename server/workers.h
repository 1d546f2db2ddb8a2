/* The threads that infer. Each owns one session per model, so that they share nothing but weights. */
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
    struct senet_session **sessions; /* by index of registry.models */
};

struct workers {
    struct worker *list;
    size_t count;        /* how many are there */
    size_t running;      /* how many of them have a thread */
    atomic_size_t ended; /* how many of these threads have done their last request */
};

/* Sessions are created and warmed up by one inference each before this returns. */
bool workers_start(struct server *server, size_t count, char *message, size_t message_size);

/* The queue must be closed: the threads end when it is empty. */
void workers_stop(struct workers *workers);

/* True when workers_stop will not have to wait. */
bool workers_have_ended(struct workers *workers);

#endif
