#ifndef SENET_KERNELS_SUM_H
#define SENET_KERNELS_SUM_H

#include <stdint.h>

/*
 * Sixteen partial sums: the compiler may not reorder float additions by itself, and their rounding errors grow
 * more slowly than one running sum's.
 */
static inline float sum_floats(const float *values, int64_t count)
{
    enum { LANES = 16 };
    float lanes[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += values[i + lane];
    for (int lane = 0; i < count; i++, lane++)
        lanes[lane] += values[i];
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++)
            lanes[lane] += lanes[lane + half];
    return lanes[0];
}

#endif
