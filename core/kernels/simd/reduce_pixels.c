/*
 * DESIGN
 * A few vectors of channels are summed while the pixels go by. What has been summed of RUN pixels is added to what came
 * before them, so that rounding errors grow with the length of a run and the number of runs, not with their product.
 */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

enum { VECTORS = 4, RUN = 128 };

ALWAYS_INLINE vec joined(vec sum, vec x, const bool largest)
{
    return largest ? vec_larger(sum, x) : sum + x;
}

/* `vectors` vectors of channels from c on; the last one has `lanes`. */
ALWAYS_INLINE void reduce(const struct pixel_reduction *reduction, int64_t c, const int vectors, const int lanes,
                          const bool largest)
{
    const vec start = vec_set(largest ? -__builtin_inff() : 0.0f);
    const float *in = reduction->in + c;
    vec total[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
        total[v] = start;
    for (int64_t begin = 0; begin < reduction->pixels; begin += RUN) {
        const int64_t end = reduction->pixels - begin < RUN ? reduction->pixels : begin + RUN;
        vec sum[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            sum[v] = start;
        for (int64_t pixel = begin; pixel < end; pixel++, in += reduction->stride)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                sum[v] = joined(sum[v], vec_load_first(in + v * LANES, lanes), largest);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            total[v] = joined(total[v], sum[v], largest);
    }
    for (int v = 0; v < vectors; v++) {
        const int64_t left = channels_from(reduction->channels, c + v * LANES);
        vec_store_first(reduction->out + c + v * LANES, total[v] * reduction->factor, left < lanes ? left : lanes);
    }
}

ALWAYS_INLINE void reduce_all(const struct pixel_reduction *reduction, const bool largest)
{
    int64_t c = reduction->first, last = reduction->last;
    if (last - c < LANES) {
        reduce(reduction, c, 1, OCTET, largest);
        return;
    }
    for (; c + VECTORS * LANES <= last; c += VECTORS * LANES)
        reduce(reduction, c, VECTORS, LANES, largest);
    for (; c < last; c += LANES)
        reduce(reduction, vector_at(c, last, LANES), 1, LANES, largest);
}

void SIMD(reduce_pixels)(const struct pixel_reduction *reduction)
{
    if (reduction->largest)
        reduce_all(reduction, true);
    else
        reduce_all(reduction, false);
}
