#ifndef SENET_KERNELS_SUM_H
#define SENET_KERNELS_SUM_H

#include <math.h>
#include <stdint.h>

/*
 * Sixteen partial results: the compiler may not reorder float operations by itself, and the rounding errors of sums
 * grow more slowly than one running sum's.
 *
 * SUM_FOLD, the body of each function: `step` takes an element of `values` into a lane, `join` two lanes into one.
 */
enum { SUM_LANES = 16 };

#define SUM_FOLD(start, step, join)                                                                                    \
    float lanes[SUM_LANES];                                                                                            \
    int64_t i = 0;                                                                                                     \
    for (int lane = 0; lane < SUM_LANES; lane++)                                                                       \
        lanes[lane] = start;                                                                                           \
    for (; i + SUM_LANES <= count; i += SUM_LANES)                                                                     \
        for (int lane = 0; lane < SUM_LANES; lane++)                                                                   \
            lanes[lane] = step(lanes[lane], values[i + lane]);                                                         \
    for (int lane = 0; i < count; i++, lane++)                                                                         \
        lanes[lane] = step(lanes[lane], values[i]);                                                                    \
    for (int half = SUM_LANES / 2; half > 0; half /= 2)                                                                \
        for (int lane = 0; lane < half; lane++)                                                                        \
            lanes[lane] = join(lanes[lane], lanes[lane + half]);                                                       \
    return lanes[0];

#define SUM_ADD(a, b) ((a) + (b))
static inline float sum_floats(const float *values, int64_t count)
{
    SUM_FOLD(0.0f, SUM_ADD, SUM_ADD)
}

/* Of the distances from `mean`. */
#define SUM_SQUARE(a, b) ((a) + ((b)-mean) * ((b)-mean))
static inline float sum_squares(const float *values, float mean, int64_t count)
{
    SUM_FOLD(0.0f, SUM_SQUARE, SUM_ADD)
}
#undef SUM_SQUARE
#undef SUM_ADD

/* NaN passes through: it is larger than all. */
static inline float larger_float(float a, float b)
{
    return b > a || b != b ? b : a;
}

static inline float max_floats(const float *values, int64_t count)
{
    SUM_FOLD(-INFINITY, larger_float, larger_float)
}

#undef SUM_FOLD

#endif
