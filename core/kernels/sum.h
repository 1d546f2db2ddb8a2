#ifndef SENET_KERNELS_SUM_H
#define SENET_KERNELS_SUM_H

#include <stdint.h>

/*
 * Sixteen partial results: the compiler may not reorder float operations by itself, and the rounding errors of sums
 * grow more slowly than one running sum's.
 */
enum { LANES = 16 };

/*
 * Leaves in lanes[0] what `step` makes of `start` and all of values[0..count-1]; step(lane, value) and join(lane, lane)
 * are functions or macros.
 */
#define FOLD_LANES(start, step, join)                                                                                  \
    float lanes[LANES];                                                                                                \
    int64_t folded = 0;                                                                                                \
    for (int lane = 0; lane < LANES; lane++)                                                                           \
        lanes[lane] = start;                                                                                           \
    for (; folded + LANES <= count; folded += LANES)                                                                   \
        for (int lane = 0; lane < LANES; lane++)                                                                       \
            lanes[lane] = step(lanes[lane], values[folded + lane]);                                                    \
    for (int lane = 0; folded < count; folded++, lane++)                                                               \
        lanes[lane] = step(lanes[lane], values[folded]);                                                               \
    for (int half = LANES / 2; half > 0; half /= 2)                                                                    \
        for (int lane = 0; lane < half; lane++)                                                                        \
            lanes[lane] = join(lanes[lane], lanes[lane + half]);

static inline float sum_pair(float a, float b)
{
    return a + b;
}

static inline float sum_floats(const float *values, int64_t count)
{
    FOLD_LANES(0, sum_pair, sum_pair)
    return lanes[0];
}

/* Of the squares of the distances from `mean`. */
static inline float sum_squares(const float *values, float mean, int64_t count)
{
#define ADD_SQUARE(lane, value) ((lane) + ((value)-mean) * ((value)-mean))
    FOLD_LANES(0, ADD_SQUARE, sum_pair)
#undef ADD_SQUARE
    return lanes[0];
}

#endif
