/*
 * DESIGN
 * A job is published under the lock by raising `generation`; every started thread runs its range of every
 * job, even when that range is empty, so `running` needs no bookkeeping about who takes part. The lock is
 * never held while work runs. A job that fits into one range is run by the caller alone and wakes nobody.
 */
#include "base/parallel.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct member {
    struct team *team;
    int index;
    pthread_t thread;
};

struct job {
    team_work *work;
    void *context;
    int64_t count, grain;
};

struct team {
    int size;
    struct member *members;   /* size - 1: the caller needs none */
    pthread_mutex_t lock;     /* guards everything below */
    pthread_cond_t published; /* generation or stopping changed */
    pthread_cond_t finished;  /* running fell to 0 */
    struct job job;           /* written only while running is 0 */
    uint64_t generation;
    int running; /* started threads still at work on the job */
    bool stopping;
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Member `index` of `size` takes an equal share of the grains; the first members take the remainder. */
static void run_range(const struct job *job, int index, int size)
{
    int64_t grains = job->count / job->grain + (job->count % job->grain != 0);
    int64_t share = grains / size, rest = grains % size;
    int64_t first = share * index + smaller(index, rest);
    int64_t last = first + share + (index < rest);
    if (first < last)
        job->work(job->context, first * job->grain, last == grains ? job->count : last * job->grain, index);
}

static void *member_main(void *argument)
{
    const struct member *member = argument;
    struct team *team = member->team;
    uint64_t seen = 0;
    pthread_mutex_lock(&team->lock);
    for (;;) {
        while (team->generation == seen && !team->stopping)
            pthread_cond_wait(&team->published, &team->lock);
        if (team->stopping)
            break;
        seen = team->generation;
        struct job job = team->job;
        pthread_mutex_unlock(&team->lock);
        run_range(&job, member->index, team->size);
        pthread_mutex_lock(&team->lock);
        if (--team->running == 0)
            pthread_cond_signal(&team->finished);
    }
    pthread_mutex_unlock(&team->lock);
    return NULL;
}

/* Ends and joins the first `count` started threads. */
static void stop_members(struct team *team, int count)
{
    pthread_mutex_lock(&team->lock);
    team->stopping = true;
    pthread_cond_broadcast(&team->published);
    pthread_mutex_unlock(&team->lock);
    for (int i = 0; i < count; i++)
        pthread_join(team->members[i].thread, NULL);
}

static void release(struct team *team)
{
    pthread_cond_destroy(&team->finished);
    pthread_cond_destroy(&team->published);
    pthread_mutex_destroy(&team->lock);
    free(team->members);
    free(team);
}

struct team *team_create(int size)
{
    struct team *team = calloc(1, sizeof *team);
    struct member *members = calloc((size_t)size, sizeof *members);
    if (!team || !members) {
        free(team);
        free(members);
        return NULL;
    }
    team->size = size;
    team->members = members;
    /* With default attributes these cannot fail on the systems supported. */
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->published, NULL);
    pthread_cond_init(&team->finished, NULL);
    for (int i = 0; i < size - 1; i++) {
        members[i].team = team;
        members[i].index = i + 1;
        if (pthread_create(&members[i].thread, NULL, member_main, &members[i])) {
            stop_members(team, i);
            release(team);
            return NULL;
        }
    }
    return team;
}

void team_free(struct team *team)
{
    if (!team)
        return;
    stop_members(team, team->size - 1);
    release(team);
}

int team_size(const struct team *team)
{
    return team ? team->size : 1;
}

void team_run(struct team *team, int64_t count, int64_t grain, team_work *work, void *context)
{
    if (count <= 0)
        return;
    struct job job = {.work = work, .context = context, .count = count, .grain = grain};
    if (team_size(team) == 1 || count <= grain) {
        run_range(&job, 0, 1);
        return;
    }
    pthread_mutex_lock(&team->lock);
    team->job = job;
    team->generation++;
    team->running = team->size - 1;
    pthread_cond_broadcast(&team->published);
    pthread_mutex_unlock(&team->lock);

    run_range(&job, 0, team->size);

    pthread_mutex_lock(&team->lock);
    while (team->running > 0)
        pthread_cond_wait(&team->finished, &team->lock);
    pthread_mutex_unlock(&team->lock);
}
