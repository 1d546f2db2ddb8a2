#include "queue.h"

#include <stdlib.h>

bool queue_init(struct queue *queue, size_t capacity)
{
    *queue = (struct queue){.capacity = capacity};
    queue->items = calloc(capacity, sizeof(struct request *));
    if (!queue->items)
        return false;
    if (!pthread_mutex_init(&queue->lock, NULL)) {
        if (!pthread_cond_init(&queue->changed, NULL))
            return true;
        pthread_mutex_destroy(&queue->lock);
    }
    free(queue->items);
    queue->items = NULL;
    return false;
}

void queue_release(struct queue *queue)
{
    if (!queue->items)
        return;
    pthread_cond_destroy(&queue->changed);
    pthread_mutex_destroy(&queue->lock);
    free(queue->items);
    queue->items = NULL;
}

bool queue_push(struct queue *queue, struct request *request)
{
    pthread_mutex_lock(&queue->lock);
    bool room = !queue->closed && queue->count < queue->capacity;
    if (room) {
        queue->items[(queue->first + queue->count) % queue->capacity] = request;
        queue->count++;
        pthread_cond_signal(&queue->changed);
    }
    pthread_mutex_unlock(&queue->lock);
    return room;
}

/* Called with the lock held. */
static struct request *take_first(struct queue *queue)
{
    if (queue->count == 0)
        return NULL;
    struct request *request = queue->items[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
    return request;
}

struct request *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->count == 0 && !queue->closed)
        pthread_cond_wait(&queue->changed, &queue->lock);
    struct request *request = take_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return request;
}

struct request *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct request *request = take_first(queue);
    pthread_mutex_unlock(&queue->lock);
    return request;
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
