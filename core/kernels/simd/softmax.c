/* e^(x - largest) / sum of them, so that nothing overflows. */
#include <math.h>

#include "base/count.h"
#include "kernels/simd/math.h"
#include "kernels/simd/set.h"

/* Numbers summed up in one lane before they join the others: rounding errors grow with how many there are. */
#define BLOCK 64

/* Lanes from `count` on are -infinity, which is never the largest and whose exponential is 0. */
ALWAYS_INLINE vec load_or_lowest(const float *from, int64_t count)
{
    if (count >= LANES)
        return vec_load(from);
    vec v = vec_set(-INFINITY);
    memcpy(&v, from, (size_t)count * sizeof *from);
    return v;
}

static float largest_of(const float *input, int64_t count)
{
    vec largest = vec_set(-INFINITY);
    for (int64_t i = 0; i < count; i += LANES)
        largest = vec_at_least(load_or_lowest(input + i, count - i), largest);
    float best = largest[0];
    for (int lane = 1; lane < LANES; lane++)
        best = largest[lane] > best ? largest[lane] : best;
    return best;
}

void SIMD(softmax_row)(const float *input, int64_t count, float *output)
{
    const vec largest = vec_set(largest_of(input, count));
    double sum = 0;
    for (int64_t begin = 0; begin < count; begin += BLOCK * LANES) {
        int64_t end = smaller(begin + BLOCK * LANES, count);
        vec sums = vec_zero();
        for (int64_t i = begin; i < end; i += LANES) {
            vec e = vec_exp(load_or_lowest(input + i, end - i) - largest);
            vec_store_first(output + i, e, end - i);
            sums += e;
        }
        sum += (double)vec_sum(sums);
    }
    const float scale = (float)(1.0 / sum);
    for (int64_t i = 0; i < count; i++)
        output[i] *= scale;
}

/* Up to LANES columns; lanes behind them compute something harmless. */
ALWAYS_INLINE void softmax_lanes(const float *input, int64_t stride, int64_t count, int64_t lanes, float *output)
{
    vec largest = vec_load_first(input, lanes), sum = vec_zero();
    for (int64_t i = 1; i < count; i++)
        largest = vec_at_least(vec_load_first(input + i * stride, lanes), largest);
    for (int64_t begin = 0; begin < count; begin += BLOCK) {
        int64_t end = smaller(begin + BLOCK, count);
        vec sums = vec_zero();
        for (int64_t i = begin; i < end; i++) {
            vec e = vec_exp(vec_load_first(input + i * stride, lanes) - largest);
            vec_store_first(output + i * stride, e, lanes);
            sums += e;
        }
        sum += sums;
    }
    const vec scale = 1.0f / sum;
    for (int64_t i = 0; i < count; i++)
        vec_store_first(output + i * stride, vec_load_first(output + i * stride, lanes) * scale, lanes);
}

void SIMD(softmax_columns)(const float *input, int64_t stride, int64_t count, int64_t columns, float *output)
{
    int64_t first = 0;
    for (; first + LANES <= columns; first += LANES)
        softmax_lanes(input + first, stride, count, LANES, output + first);
    if (first < columns)
        softmax_lanes(input + first, stride, count, columns - first, output + first);
}
