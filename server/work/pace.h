/* How fast requests are served, and what that means for one that is refused. */
#ifndef SENETD_PACE_H
#define SENETD_PACE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#define PACE_RETRY_MAX 60 /* seconds: who comes back later than that was turned away for good */

struct pace {
    pthread_mutex_t lock; /* guards the one below */
    double seconds;       /* that a worker takes for a request: an exponential average; 0 before the first */
};

bool pace_init(struct pace *pace);
void pace_release(struct pace *pace);

/* A worker has served `requests` (at least 1) together in `seconds`. */
void pace_observe(struct pace *pace, double seconds, size_t requests);

/*
 * Whole seconds in which `waiting` requests will have been served by so many workers, from 1 to PACE_RETRY_MAX: what
 * Retry-After says.
 */
int pace_retry_after(struct pace *pace, size_t waiting, size_t workers);

#endif
