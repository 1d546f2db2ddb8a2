/* Requests on their way to the workers: a ring of fixed size, first in, first out. */
#ifndef SENETD_QUEUE_H
#define SENETD_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct request;

struct queue {
    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t changed; /* an item came, or the queue was closed */
    struct request **items;
    size_t capacity, first, count;
    bool closed;
};

bool queue_init(struct queue *queue, size_t capacity);
void queue_release(struct queue *queue);

/* False when the queue is full or closed. */
bool queue_push(struct queue *queue, struct request *request);

/* Waits. NULL once the queue is closed and empty. */
struct request *queue_pop(struct queue *queue);

/* Takes one without waiting; NULL when there is none. */
struct request *queue_take(struct queue *queue);

void queue_close(struct queue *queue);
size_t queue_depth(struct queue *queue);

#endif
