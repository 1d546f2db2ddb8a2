/* Arithmetic on counts and sizes that have been checked already; see base/checked.h for those that have not. */
#ifndef SENET_BASE_COUNT_H
#define SENET_BASE_COUNT_H

#include <stdint.h>

static inline int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* How many pieces of `size` hold `count`. */
static inline int64_t divide_up(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

static inline int64_t round_up(int64_t count, int64_t size)
{
    return divide_up(count, size) * size;
}

#endif
