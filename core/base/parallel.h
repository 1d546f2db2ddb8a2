/*
 * A team of threads for one session: the caller is member 0, the others wait between jobs.
 */
#ifndef SENET_BASE_PARALLEL_H
#define SENET_BASE_PARALLEL_H

#include <stdint.h>

struct team;

/* NULL when memory or threads are short. `size` counts the caller; 1 starts no thread. */
struct team *team_create(int size);
void team_free(struct team *team);
int team_size(const struct team *team); /* 1 for NULL */

/*
 * Splits 0..count into one contiguous range per member (in multiples of `grain`, the last excepted), calls
 * `work` once for each non-empty range, and returns when all are done. `member` is 0..size-1, for scratch
 * space. NULL is a team of one. Not reentrant.
 */
typedef void team_work(void *context, int64_t begin, int64_t end, int member);
void team_run(struct team *team, int64_t count, int64_t grain, team_work *work, void *context);

#endif
