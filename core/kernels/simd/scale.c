/* Rows of a panel of weights, each times a number of its own: the gate of what they are multiplied with. */
#include "kernels/simd/set.h"

void SIMD(scale_rows)(const float *rows, const float *factors, int64_t count, int64_t width, float *scaled)
{
    for (int64_t row = 0; row < count; row++, rows += width, scaled += width) {
        const vec factor = vec_set(factors[row]);
        int64_t i = 0;
        for (; i + LANES <= width; i += LANES)
            vec_store(scaled + i, vec_load(rows + i) * factor);
        if (i < width)
            vec_store_first(scaled + i, vec_load_first(rows + i, width - i) * factor, width - i);
    }
}
