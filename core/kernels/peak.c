/* What the machine could do at best, for those who compare. */
#include <time.h>

#include "base/parallel.h"
#include "kernels/simd/simd.h"
#include "senet.h"

#define TURNS 4096 /* of a loop: some tens of microseconds, so that members take many and end together */
#define LOOPS_PER_MEMBER 32
#define REPEATS 20 /* the best counts: the machine may be busy with something else */

struct peak_job {
    const struct simd *simd;
    float factor, term; /* unknown to the compiler of the loop; the chains end at term / (1 - factor) */
};

static void multiply_and_add(void *context, int64_t begin, int64_t end, int member)
{
    (void)member;
    const struct peak_job *job = context;
    for (int64_t loop = begin; loop < end; loop++)
        job->simd->multiply_adds(TURNS, job->factor, job->term);
}

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double senet_peak_measure(const char *isa, int threads)
{
    const struct simd *simd = simd_find(isa);
    struct team *team = threads >= 1 && threads <= TEAM_SIZE_MAX ? team_create(threads) : NULL;
    if (!team)
        return 0;
    struct peak_job job = {simd ? simd : simd_find(NULL), 0.5f, 0.5f};
    double fastest = 0,
           operations = 2.0 * (double)job.simd->multiply_adds_per_turn * TURNS * LOOPS_PER_MEMBER * threads;
    for (int i = 0; i < REPEATS; i++) {
        double began = seconds();
        team_run(team, (int64_t)LOOPS_PER_MEMBER * threads, 1, multiply_and_add, &job);
        double rate = operations / (seconds() - began);
        fastest = rate > fastest ? rate : fastest;
    }
    team_free(team);
    return fastest / 1e9;
}
