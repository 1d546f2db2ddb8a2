#include "work/queue.h"

#include "clock.h"

/* One whose waits end by the clock of clock.h. */
static bool init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes))
        return false;
    bool good = !pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) && !pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return good;
}

bool queue_init(struct queue *queue, struct queue_limits limits)
{
    *queue = (struct queue){.limits = limits};
    queue->ends.next = queue->ends.previous = &queue->ends;
    if (pthread_mutex_init(&queue->lock, NULL))
        return false;
    if (init_condition(&queue->changed))
        return true;
    pthread_mutex_destroy(&queue->lock);
    return false;
}

void queue_release(struct queue *queue)
{
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
}

/* Called with the lock held, as are all below that are static. */
static bool has_room(const struct queue *queue, size_t bytes)
{
    if (queue->count == 0)
        return true;
    return queue->count < queue->limits.count && queue->bytes <= queue->limits.bytes &&
           bytes <= queue->limits.bytes - queue->bytes;
}

static void append(struct queue *queue, struct queue_entry *entry)
{
    entry->next = &queue->ends;
    entry->previous = queue->ends.previous;
    entry->previous->next = entry->next->previous = entry;
    queue->count++;
    queue->bytes += entry->bytes;
}

static struct queue_entry *detach(struct queue *queue, struct queue_entry *entry)
{
    entry->previous->next = entry->next;
    entry->next->previous = entry->previous;
    entry->next = entry->previous = NULL;
    queue->count--;
    queue->bytes -= entry->bytes;
    return entry;
}

static struct queue_entry *detach_first(struct queue *queue)
{
    return queue->count ? detach(queue, queue->ends.next) : NULL;
}

enum queue_answer queue_push(struct queue *queue, struct queue_entry *entry)
{
    enum queue_answer answer = QUEUE_ACCEPTED;
    pthread_mutex_lock(&queue->lock);
    if (queue->closed) {
        answer = QUEUE_CLOSED;
    } else if (!has_room(queue, entry->bytes)) {
        answer = QUEUE_FULL;
    } else {
        if (entry->deadline < queue->watched) {
            queue->watched = entry->deadline;
            answer = QUEUE_ACCEPTED_URGENT;
        }
        append(queue, entry);
        /* One waiter will do, unless it might be one that does not want this entry. */
        if (queue->choosy)
            pthread_cond_broadcast(&queue->changed);
        else
            pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return answer;
}

struct queue_entry *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
    struct queue_entry *entry = detach_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return entry;
}

struct queue_entry *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct queue_entry *entry = detach_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return entry;
}

static struct queue_entry *detach_kind(struct queue *queue, const void *kind)
{
    for (struct queue_entry *entry = queue->ends.next; entry != &queue->ends; entry = entry->next)
        if (entry->kind == kind)
            return detach(queue, entry);
    return NULL;
}

/* False when the time has come. */
static bool wait_until(struct queue *queue, double until)
{
    struct timespec time = {.tv_sec = (time_t)until};
    time.tv_nsec = (long)((until - (double)time.tv_sec) * 1e9);
    return clock_now() < until && pthread_cond_timedwait(&queue->changed, &queue->lock, &time) == 0;
}

struct queue_entry *queue_take_kind(struct queue *queue, const void *kind, double until)
{
    struct queue_entry *entry;
    pthread_mutex_lock(&queue->lock);
    queue->choosy++;
    while (!(entry = detach_kind(queue, kind)) && !queue->closed && wait_until(queue, until))
        ;
    queue->choosy--;
    pthread_mutex_unlock(&queue->lock);
    return entry;
}

struct queue_entry *queue_expire(struct queue *queue, double now, double watched)
{
    struct queue_entry *expired = NULL, **end = &expired;
    pthread_mutex_lock(&queue->lock);
    if (now >= queue->watched) {
        queue->watched = watched;
        for (struct queue_entry *entry = queue->ends.next, *next; entry != &queue->ends; entry = next) {
            next = entry->next;
            if (entry->deadline <= now) {
                *end = detach(queue, entry);
                end = &entry->next;
            } else if (entry->deadline < queue->watched) {
                queue->watched = entry->deadline;
            }
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return expired;
}

double queue_watched(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    double watched = queue->watched;
    pthread_mutex_unlock(&queue->lock);
    return watched;
}

struct queue_entry *queue_remove(struct queue *queue, queue_unwanted *unwanted)
{
    struct queue_entry *removed = NULL, **end = &removed;
    pthread_mutex_lock(&queue->lock);
    for (struct queue_entry *entry = queue->ends.next, *next; entry != &queue->ends; entry = next) {
        next = entry->next;
        if (unwanted(entry)) {
            *end = detach(queue, entry);
            end = &entry->next;
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return removed;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->changed);
    pthread_mutex_unlock(&queue->lock);
}

size_t queue_depth(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    size_t depth = queue->count;
    pthread_mutex_unlock(&queue->lock);
    return depth;
}
