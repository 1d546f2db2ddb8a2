/* MaxPool and AveragePool: a few neighbouring outputs in registers while the taps of their windows go by. */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

/* Output pixels x..x+count-1; `lanes` is LANES, or OCTET where there are no more channels. */
ALWAYS_INLINE void tile(const struct pool_row *row, int64_t x, const int count, const int lanes, const bool largest)
{
    const struct pool_row local = *row; /* which the stores are known to leave alone */
    for (int64_t next = 0; next < local.channels; next += lanes) {
        const int64_t c = vector_at(next, local.channels, lanes);
        const float *const *pixels = local.pixels + x * local.stride;
        vec acc[PIXELS];
#pragma GCC unroll 8
        for (int t = 0; t < count; t++)
            acc[t] = vec_set(largest ? -__builtin_inff() : 0.0f);
        for (int64_t r = 0; r < local.rows; r++, pixels += local.row_pixels)
            for (int64_t k = 0; k < local.kernel_w; k++)
#pragma GCC unroll 8
                for (int t = 0; t < count; t++) {
                    const vec pixel = vec_load_first(pixels[t * local.stride + k * local.dilation] + c, lanes);
                    acc[t] = largest ? vec_larger(acc[t], pixel) : acc[t] + pixel;
                }
        if (!largest)
#pragma GCC unroll 8
            for (int t = 0; t < count; t++)
                acc[t] /= vec_set(local.counted_rows * local.columns[x + t]);
        store_pixels(local.out + x * local.out_stride + c, local.out_stride, acc, count, lanes);
    }
}

ALWAYS_INLINE void tiles(const struct pool_row *row, const int lanes, const bool largest)
{
    int64_t x = 0;
    for (; x + PIXELS <= row->width; x += PIXELS)
        tile(row, x, PIXELS, lanes, largest);
    for (; x < row->width; x++)
        tile(row, x, 1, lanes, largest);
}

void SIMD(pool_row)(const struct pool_row *row)
{
    if (row->channels < LANES && row->largest)
        tiles(row, OCTET, true);
    else if (row->channels < LANES)
        tiles(row, OCTET, false);
    else if (row->largest)
        tiles(row, LANES, true);
    else
        tiles(row, LANES, false);
}
