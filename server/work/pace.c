#include "work/pace.h"

#include <math.h>

/* Of the latest request: the last twenty or so count. */
#define WEIGHT 0.1

bool pace_init(struct pace *pace)
{
    *pace = (struct pace){0};
    return !pthread_mutex_init(&pace->lock, NULL);
}

void pace_release(struct pace *pace)
{
    pthread_mutex_destroy(&pace->lock);
}

void pace_observe(struct pace *pace, double seconds, size_t requests)
{
    pthread_mutex_lock(&pace->lock);
    bool first = pace->seconds == 0;
    for (size_t i = 0; i < requests; i++)
        pace->seconds += (first ? 1 : WEIGHT) * (seconds / (double)requests - pace->seconds);
    pthread_mutex_unlock(&pace->lock);
}

int pace_retry_after(struct pace *pace, size_t waiting, size_t workers)
{
    pthread_mutex_lock(&pace->lock);
    double seconds = pace->seconds;
    pthread_mutex_unlock(&pace->lock);
    double wait = ceil(seconds * (double)waiting / (double)(workers ? workers : 1));
    return wait >= PACE_RETRY_MAX ? PACE_RETRY_MAX : wait > 1 ? (int)wait : 1;
}
