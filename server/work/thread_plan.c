#include "work/thread_plan.h"

#include "work/cpus.h"

#define WORKERS_MAX 256 /* as many as the option may ask for */
#define THREADS_MAX 64  /* of a session */

struct thread_plan thread_plan_make(const struct options *options, const char *root)
{
    struct cpus cpus = cpus_usable(root);
    struct thread_plan plan = {.cores = cpus.cores, .source = cpus.source, .automatic = options->threads == 0};
    plan.workers = cpus.cores < WORKERS_MAX ? cpus.cores : WORKERS_MAX;
    if (options->workers) {
        plan.workers = (int)options->workers;
        plan.source = "option";
    }
    plan.per_inference = cpus.cores < THREADS_MAX ? cpus.cores : THREADS_MAX;
    if (!plan.automatic)
        plan.per_inference = (int)options->threads;
    return plan;
}

int thread_plan_of_session(const struct thread_plan *plan, size_t index)
{
    return plan->automatic ? thread_plan_of_run(plan, index + 1) : plan->per_inference;
}

int thread_plan_of_run(const struct thread_plan *plan, size_t busy)
{
    if (!plan->automatic)
        return plan->per_inference;
    size_t workers = (size_t)plan->workers, sharers = busy < 1 ? 1 : busy < workers ? busy : workers;
    int share = (int)((size_t)plan->cores / sharers);
    return share < 1 ? 1 : share < plan->per_inference ? share : plan->per_inference;
}
