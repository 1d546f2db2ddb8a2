/*
 * Requests on their way to the workers: first in, first out, bounded by their number and by their bytes.
 *
 * DESIGN
 * What waits is linked through an entry that it brings along, so that it can leave from the middle: when its deadline
 * passes, or when nobody wants its answer any more. Whoever takes an entry off owns it, and nobody else can.
 *
 * Deadlines need somebody who looks. The watcher (the main thread) says with queue_expire when it will look again; an
 * entry that expires earlier is reported by queue_push, so that the watcher can be woken. With deadlines of seconds
 * nobody ever is.
 */
#ifndef SENETD_QUEUE_H
#define SENETD_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct queue_entry {
    struct queue_entry *next, *previous; /* the queue's while it waits; then `next` is the taker's, see below */
    size_t bytes;                        /* held while it waits */
    double deadline;                     /* on the clock of queue_expire */
    const void *kind;                    /* entries of the same kind may be taken together */
};

struct queue_limits {
    size_t count; /* at least 1 */
    size_t bytes; /* an entry that would wait alone is taken whatever its size, or it could never be */
};

struct queue {
    struct queue_limits limits;
    pthread_mutex_t lock;    /* guards all below */
    pthread_cond_t changed;  /* an entry came, or the queue was closed */
    struct queue_entry ends; /* next is the first of the ring, previous the last */
    size_t count, bytes;
    size_t choosy;  /* who waits for a kind */
    double watched; /* when the watcher looks next at the latest */
    bool closed;
};

enum queue_answer {
    QUEUE_ACCEPTED,
    QUEUE_ACCEPTED_URGENT, /* and it expires before the watcher looks */
    QUEUE_FULL,
    QUEUE_CLOSED,
};

bool queue_init(struct queue *queue, struct queue_limits limits);
void queue_release(struct queue *queue);

/* The caller keeps the entry unless it is accepted. */
enum queue_answer queue_push(struct queue *queue, struct queue_entry *entry);

/* Waits. NULL once the queue is closed and empty. */
struct queue_entry *queue_pop(struct queue *queue);

/* Takes one without waiting; NULL when there is none. */
struct queue_entry *queue_take(struct queue *queue);

/*
 * Takes the first of this kind, past those of other kinds. Waits for one until `until` on the monotonic clock
 * (clock.h), or not at all when that has passed; NULL then, and when the queue is closed and has none.
 */
struct queue_entry *queue_take_kind(struct queue *queue, const void *kind, double until);

/*
 * Takes all entries whose deadline is not after `now`, linked by `next`. The watcher promises to look again by
 * `watched`, or by queue_watched, whichever is earlier. Costs nothing while that lies ahead.
 */
struct queue_entry *queue_expire(struct queue *queue, double now, double watched);
double queue_watched(struct queue *queue);

/* Takes all entries of which `unwanted` is true, linked by `next`. It is called with the lock held. */
typedef bool queue_unwanted(const struct queue_entry *entry);
struct queue_entry *queue_remove(struct queue *queue, queue_unwanted *unwanted);

void queue_close(struct queue *queue);
size_t queue_depth(struct queue *queue);

#endif
