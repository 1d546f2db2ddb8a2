/* Pixels through an epilogue: rescaling, residual addition, normalisation, activation. */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

/* Pixels x..x+count-1; `lanes` is LANES, or OCTET where there are no more channels. */
ALWAYS_INLINE void tile(const struct pixel_row *row, int64_t x, const int count, const int lanes)
{
    const struct pixel_row local = *row; /* which the stores are known to leave alone */
    for (int64_t next = 0; next < local.last; next += lanes) {
        const int64_t c = vector_at(next, local.last, lanes);
        const float *in = local.in + x * local.in_stride + c;
        vec v[PIXELS];
#pragma GCC unroll 8
        for (int t = 0; t < count; t++, in += local.in_stride)
            v[t] = vec_load_first(in, lanes);
        finish_pixels(&local.epilogue, local.channels, v, x, c, count, lanes);
        store_pixels(local.out + x * local.out_stride + c, local.out_stride, v, count, lanes);
    }
}

ALWAYS_INLINE void tiles(const struct pixel_row *row, const int lanes)
{
    int64_t x = 0;
    for (; x + PIXELS <= row->pixels; x += PIXELS)
        tile(row, x, PIXELS, lanes);
    for (; x < row->pixels; x++)
        tile(row, x, 1, lanes);
}

void SIMD(finish_row)(const struct pixel_row *row)
{
    if (row->last < LANES)
        tiles(row, OCTET);
    else
        tiles(row, LANES);
}
