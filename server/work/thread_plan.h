/*
 * Who computes on how many threads.
 *
 * DESIGN
 * There is a worker for each core, and an inference that is alone takes all cores: with few requests that answers
 * soonest, with many one core each serves most. So each worker asks, when an inference begins, how many workers have
 * something to do; and inferences that overlap share what there is (core/base/parallel.c). The sessions of a
 * model have smaller and smaller teams, since the n-th is in use only while n - 1 others are: that keeps the threads of
 * a large machine in the hundreds.
 */
#ifndef SENETD_THREAD_PLAN_H
#define SENETD_THREAD_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "options/options.h"

struct thread_plan {
    int cores;          /* that the process may use */
    const char *source; /* what decided the number of workers: "affinity", "cgroup" or "option". Static */
    int workers;        /* inferences at the same time */
    int per_inference;  /* threads of one that is alone */
    bool automatic;     /* fewer when it is not alone; else always as many */
};

/* `root` as in cpus.h. */
struct thread_plan thread_plan_make(const struct options *options, const char *root);

/* Threads of a model's session `index`, the first being 0. */
int thread_plan_of_session(const struct thread_plan *plan, size_t index);

/* Threads for an inference that begins while `busy` workers, its own included, have or will have something to do. */
int thread_plan_of_run(const struct thread_plan *plan, size_t busy);

#endif
