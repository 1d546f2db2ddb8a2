/*
 * DESIGN
 * All sums of a tile stay in registers while the depth goes by. In each turn of the inner loop a row of b's panel is
 * loaded and each row of a contributes one number to all of it:
 *
 *                 w[0] w[1]            <- one row of the panel, VECTORS vectors
 *   a[0][k] ->  acc[0][0] acc[0][1]
 *   a[1][k] ->  acc[1][0] acc[1][1]    ROWS * VECTORS multiply-adds for ROWS + VECTORS loads
 *     ...
 *
 * ROWS and VECTORS are such that sums, the panel's row and one number of a fill the registers: 6 x 2 of 16 registers,
 * 12 x 2 or 6 x 4 of 32. Every smaller tile, for edges, is compiled too, since loops of unknown length would keep
 * their sums in memory. With 16 lanes the last vector may be half a one: processors that take a 512-bit multiply-add
 * for two gain by it (24 columns are a quarter cheaper than 32), others lose nothing.
 */
#include "kernels/simd/gemm.h"
#include "kernels/simd/epilogue.h"
#include "kernels/simd/set.h"

#define CACHE_LINE 16 /* floats */
/* Lines are fetched ahead for so many rows of b at once: a question in every turn would cost a twentieth. */
#define STRIP 16

typedef void tile_function(const struct gemm_tile *tile);

/* The rows' sums end as c's elements. */
ALWAYS_INLINE void finish(const struct gemm_tile *tile, vec (*acc)[GEMM_VECTORS], const int rows, const int vectors)
{
    const struct epilogue *epilogue = tile->epilogue;
    const int64_t last = tile->columns - (vectors - 1) * LANES; /* lanes that the last vector stores */
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        const int64_t lanes = v == vectors - 1 ? last : LANES;
        if (epilogue->scale) {
            const vec scale = vec_load_first(epilogue->scale + v * LANES, lanes);
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++)
                acc[r][v] *= scale;
        }
        if (epilogue->residual)
#pragma GCC unroll 16
            for (int r = 0; r < rows; r++)
                acc[r][v] += vec_load_first(epilogue->residual + r * epilogue->residual_stride + v * LANES, lanes);
    }
    if (epilogue->activation.kind == ACTIVATION_RELU) {
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                acc[r][v] = vec_at_least(acc[r][v], vec_zero());
    } else if (epilogue->activation.kind != ACTIVATION_NONE) {
        vec sums[GEMM_ROWS * GEMM_VECTORS];
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                sums[r * vectors + v] = acc[r][v];
        vec_activate(&epilogue->activation, sums, rows * vectors);
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++)
                acc[r][v] = sums[r * vectors + v];
    }
}

/* What the end of the tile will read and write is on its way while sums are formed. */
ALWAYS_INLINE void fetch_output(const struct gemm_tile *tile, const int rows, const int vectors)
{
    const float *residual = tile->epilogue->residual;
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < vectors * LANES; i += CACHE_LINE) {
            __builtin_prefetch(tile->c + r * tile->c_stride + i, 1);
            if (residual)
                __builtin_prefetch(residual + r * tile->epilogue->residual_stride + i);
        }
}

/* Rows of c's layout to one column of vectors. */
ALWAYS_INLINE void add(vec *acc, const float *sum, int64_t stride, int64_t lanes, const int rows)
{
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
        acc[r * GEMM_VECTORS] += vec_load_first(sum + r * stride, lanes);
}

/* A product that is part of two sums. */
ALWAYS_INLINE void store_second(const struct gemm_tile *tile, vec (*acc)[GEMM_VECTORS], const int rows,
                                const int vectors)
{
    const struct gemm_second *second = tile->second;
    const int64_t last = tile->columns - (vectors - 1) * LANES;
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            const int64_t at = r * tile->sum_stride + v * LANES, lanes = v == vectors - 1 ? last : LANES;
            const vec sum = acc[r][v] + vec_load_first(tile->sum + at, lanes); /* before it may be overwritten */
            vec_store_first(second->c + at, acc[r][v] + vec_load_first(second->sum + at, lanes), lanes);
            acc[r][v] = sum;
        }
}

/* `half`: of the last vector, only half is there. `subtract`: the tile has a difference. */
ALWAYS_INLINE void compute(const struct gemm_tile *tile, const int rows, const int vectors, const bool half,
                           const bool subtract)
{
    vec acc[GEMM_ROWS][GEMM_VECTORS];
    const int64_t last = tile->columns - (vectors - 1) * LANES;
    const float *b = tile->b;
    const float *prefetch = tile->prefetch;
    const float *minus = subtract ? tile->difference->minus : NULL;
    float *kept = subtract ? tile->difference->kept : NULL;
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
        const int64_t lanes = v == vectors - 1 ? last : LANES;
        const vec bias = tile->bias ? vec_load_first(tile->bias + v * LANES, lanes) : vec_zero();
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
            acc[r][v] = bias;
        if (tile->sum && !tile->second)
            add(acc[0] + v, tile->sum + v * LANES, tile->sum_stride, lanes, rows);
    }
    if (tile->epilogue && tile->fetch)
        fetch_output(tile, rows, vectors);
    for (int64_t tap = 0; tap < tile->taps; tap++) {
        const float *a[GEMM_ROWS];
#pragma GCC unroll 16
        for (int r = 0; r < rows; r++)
            a[r] = tile->a[tap * rows + r] + tile->a_offset;
        for (int64_t k = 0; k < tile->depth;) {
            const int64_t end = k + STRIP < tile->depth ? k + STRIP : tile->depth;
            if (prefetch)
                for (int64_t i = k; i < end; i++, prefetch += CACHE_LINE)
                    __builtin_prefetch(prefetch);
            for (; k < end; k++) {
                vec w[GEMM_VECTORS];
#pragma GCC unroll 4
                for (int v = 0; v < vectors; v++)
                    w[v] = half && v == vectors - 1 ? vec_load_half(b + v * LANES) : vec_load(b + v * LANES);
                if (subtract) {
#pragma GCC unroll 4
                    for (int v = 0; v < vectors; v++) {
                        w[v] -= vec_load(minus + v * LANES);
                        vec_store(kept + v * LANES, w[v]);
                    }
                    minus += vectors * LANES;
                    kept += vectors * LANES;
                }
#pragma GCC unroll 16
                for (int r = 0; r < rows; r++) {
                    const vec x = vec_set(a[r][k]);
#pragma GCC unroll 4
                    for (int v = 0; v < vectors; v++)
                        acc[r][v] =
                            half && v == vectors - 1 ? vec_multiply_add_half(x, w[v], acc[r][v]) : acc[r][v] + x * w[v];
                }
                b += vectors * LANES - (half ? LANES / 2 : 0);
            }
        }
    }
    if (tile->second)
        store_second(tile, acc, rows, vectors);
    if (tile->epilogue)
        finish(tile, acc, rows, vectors);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++)
            vec_store_first(tile->c + r * tile->c_stride + v * LANES, acc[r][v], v == vectors - 1 ? last : LANES);
}

#define TILE(rows, vectors, half)                                                                                      \
    static void tile_##rows##x##vectors##_##half(const struct gemm_tile *tile)                                         \
    {                                                                                                                  \
        compute(tile, rows, vectors, half, false);                                                                     \
    }
GEMM_TILES(TILE)
#undef TILE

#define TILE(rows, vectors, half)                                                                                      \
    static void difference_##rows##x##vectors(const struct gemm_tile *tile)                                            \
    {                                                                                                                  \
        compute(tile, rows, vectors, half, true);                                                                      \
    }
GEMM_WIDE_TILES(TILE)
#undef TILE

void SIMD(gemm_tile)(const struct gemm_tile *tile)
{
#define TILE(rows, vectors, half) [half][rows - 1][vectors - 1] = tile_##rows##x##vectors##_##half,
    static tile_function *const tiles[2][GEMM_ROWS][GEMM_VECTORS] = {GEMM_TILES(TILE)};
#undef TILE
#define TILE(rows, vectors, half) [rows - 1] = difference_##rows##x##vectors,
    static tile_function *const differences[GEMM_ROWS] = {GEMM_WIDE_TILES(TILE)};
#undef TILE
    const int64_t octets = (tile->columns + OCTET - 1) / OCTET;
    const bool half = LANES > OCTET && octets % 2 == 1;
    if (tile->difference)
        differences[tile->rows - 1](tile);
    else
        tiles[half][tile->rows - 1][(tile->columns + LANES - 1) / LANES - 1](tile);
}
