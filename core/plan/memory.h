/*
 * Where tensors lie in a session's arena. Lifetimes and offsets are plain data, so planning is tested with no
 * kernel at all.
 */
#ifndef SENET_PLAN_MEMORY_H
#define SENET_PLAN_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define MEMORY_ALIGNMENT 64

struct memory_request {
    size_t bytes;
    int first, last; /* steps, inclusive, during which the contents must stay */
    size_t offset;   /* result: a multiple of MEMORY_ALIGNMENT */
};

/*
 * Greedy by size: the largest request first, each at the lowest offset that overlaps no request alive at the
 * same time (the order that Pisarchyk and Lee, arXiv:2001.03288, found close to optimal). Writes *total.
 * False when sizes overflow or memory is short.
 */
bool memory_plan(struct memory_request *requests, size_t count, size_t *total);

#endif
