/*
 * A served model loaded once more, for several images at a time.
 *
 * DESIGN
 * Whether a batch is faster than its images one after another depends on the network (docs/performance.md), and a model
 * for a batch has weights of its own: so it is an option. Its sessions always compute as many images as it is made
 * for, and a batch that is not full would be slower than its images alone: so it never runs one.
 */
#ifndef SENETD_BATCH_H
#define SENETD_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "models/session_pool.h"

struct batch {
    size_t size; /* images of a run; 0 where there are no batches: then nothing else is set */
    struct senet_model *model;
    struct session_pool pool;
};

/*
 * Takes over `model`, which was loaded for `size` images, `single` being the same for one. False when its inputs and
 * outputs are not those of `single` with `size` for the first dimension (a graph may fix it), or when memory is short;
 * then there are no batches.
 */
bool batch_init(struct batch *batch, struct senet_model *model, const struct senet_model *single, size_t size,
                const struct thread_plan *plan, size_t sessions);
void batch_release(struct batch *batch);

#endif
