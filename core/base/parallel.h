/*
 * A team of threads for one session: the caller is member 0, the others wait between jobs, awake for some tens of
 * microseconds and then asleep. Made for jobs of 20 microseconds and more.
 */
#ifndef SENET_BASE_PARALLEL_H
#define SENET_BASE_PARALLEL_H

#include <stdint.h>

#define TEAM_SIZE_MAX 64

struct team;

/* NULL when memory or threads are short. `size` (1..TEAM_SIZE_MAX) counts the caller; 1 starts no thread. */
struct team *team_create(int size);
/* The same on a given number of processors instead of those that the process may use. */
struct team *team_create_on(int size, int processors);
void team_free(struct team *team);
int team_size(const struct team *team); /* 1 for NULL */
/*
 * How many members would take part in a job that begins now, 1 to size: what a kernel goes by that cuts its work for
 * few or for many, where its numbers do not depend on the cut. A hint: the next moment may bring another inference.
 */
int team_share(const struct team *team);
/* From the next job on at most so many members take part. Not while a job runs. NULL is a team of one. */
void team_limit(struct team *team, int members);

/*
 * These enclose each inference of the process, whatever its team: inferences at the same time share the processors, so
 * that in each so many members of a team take part that all together are no more threads than there are processors.
 * Who runs jobs outside takes himself to be alone.
 */
void parallel_begin(void);
void parallel_end(void);

/*
 * Cuts 0..count into chunks (in multiples of `grain`, the last excepted), calls `work` once for each of them, and
 * returns when all are done. A member may be called for many chunks or for none, and chunks are done in any order;
 * where they are cut depends on count, grain and size alone, so that the same job gives the same numbers. `member` is
 * 0..size-1, for scratch space: no two calls at a time have the same. A job of one grain is done by the caller and
 * wakes nobody. NULL is a team of one, which is called once for all. Not reentrant.
 */
typedef void team_work(void *context, int64_t begin, int64_t end, int member);
void team_run(struct team *team, int64_t count, int64_t grain, team_work *work, void *context);

/*
 * The same for a kernel that has cut its work for `members`, which it had from team_share: one member alone gets all in
 * one call. For kernels whose numbers do not depend on the cut.
 */
void team_run_for(struct team *team, int members, int64_t count, int64_t grain, team_work *work, void *context);

/* How many members are asleep at the moment; all but the caller soon after the last job. */
int team_asleep(const struct team *team);

#endif
