/*
 * DESIGN
 * A vector of output channels of a few neighbouring pixels is summed in registers. Where a group is narrower than a
 * vector, the vector holds several, and number i of each group is spread over the lanes of its own (here two groups of
 * four, i = 1):
 *
 *     pixel       a0 a1 a2 a3 b0 b1 b2 b3
 *     spread      a1 a1 a1 a1 b1 b1 b1 b1
 *     weights     from a1 to each of the first group's outputs, from b1 to each of the second's
 *
 * So nothing is multiplied by zeros that stand between groups. What is spread once serves all the outputs that see the
 * pixel through a row of the window, as in depthwise.c; the three weights of the row for input i, the sums and what was
 * spread are all the registers that it takes. Where tiles do not come out even the last one begins earlier.
 */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

enum { KERNEL = GROUPED_KERNEL };

/* Sums that registers hold, and of which there are enough that multiply-adds need not wait for each other. */
#if LANES == 16
#define COUNTS(COUNT) COUNT(14) COUNT(7) COUNT(4) COUNT(1)
#else
#define COUNTS(COUNT) COUNT(10) COUNT(8) COUNT(7) COUNT(4) COUNT(1)
#endif

/*
 * Compilers would load the pixels once for all inputs of a group, more than registers hold, and copy them to the stack:
 * to load them again from where they lie takes a fifteenth less.
 */
#define FORGET(pointer) __asm__("" : "+r"(pointer))

typedef void tile_function(const struct grouped_row *row, int64_t x);

/* Which lanes hold number 0 of each lane's group. */
ALWAYS_INLINE ivec first_of_group(const int depth)
{
    ivec index;
    for (int lane = 0; lane < LANES; lane++)
        index[lane] = lane / depth * depth;
    return index;
}

/*
 * Number i of each group. `from` is where the vector begins, or the group where that is no narrower; `index` is
 * first_of_group + i.
 */
ALWAYS_INLINE vec spread(const float *from, int64_t i, ivec index, const int depth, const int lanes)
{
#if LANES == 16
    if (depth < LANES)
        return _mm512_permutexvar_ps((__m512i)index, vec_load_first(from, lanes));
#elif LANES == 8
    if (depth < LANES)
        return _mm256_permutevar_ps(vec_load_first(from, lanes), (__m256i)index);
#endif
    (void)index, (void)depth, (void)lanes;
    return vec_set(from[i]);
}

ALWAYS_INLINE void tile(const struct grouped_row *row, int64_t x, const int count, const int depth, const int stride,
                        const int lanes)
{
    const struct grouped_row local = *row; /* which the stores are known to leave alone */
    const int64_t whole = (local.channels + OCTET - 1) / OCTET * OCTET;
    for (int64_t vector = local.first; vector < local.last; vector++) {
        const int64_t c = vector_at(vector * lanes, whole, lanes), from = depth < LANES ? c : c / depth * depth;
        const float *const *pixels = local.pixels + x * stride;
        const float *weights = local.weights + vector * local.vector_weights;
        vec acc[PIXELS_MAX] = {{0}};
        for (int64_t r = 0; r < local.rows; r++, pixels += local.row_pixels) {
            ivec index = first_of_group(depth);
            for (int64_t i = 0; i < depth; i++, index += 1, weights += KERNEL * LANES) {
                vec w[KERNEL];
                FORGET(pixels);
#pragma GCC unroll 4
                for (int k = 0; k < KERNEL; k++)
                    w[k] = vec_load(weights + k * LANES);
#pragma GCC unroll 32
                for (int p = 0; p < (count - 1) * stride + KERNEL; p++) {
                    const vec pixel = spread(pixels[p] + from, i, index, depth, lanes);
#pragma GCC unroll 16
                    for (int t = 0; t < count; t++)
                        if (p >= t * stride && p < t * stride + KERNEL)
                            acc[t] += pixel * w[p - t * stride];
                }
            }
        }
        finish_pixels(&local.epilogue, local.channels, acc, x, c, count, lanes);
        store_pixels(local.out + x * local.out_stride + c, local.out_stride, acc, count, lanes);
    }
}

/* Pixels of a tile, and the tiles of that many. */
struct tiles {
    int count;
    tile_function *functions[2][2][2]; /* groups of 4 or 8; strides 1 or 2; fewer channels than a vector has lanes */
};

#define TILE(count, depth, stride)                                                                                     \
    static void tile_##count##_##depth##_##stride(const struct grouped_row *row, int64_t x)                            \
    {                                                                                                                  \
        tile(row, x, count, depth, stride, LANES);                                                                     \
    }                                                                                                                  \
    static void octet_##count##_##depth##_##stride(const struct grouped_row *row, int64_t x)                           \
    {                                                                                                                  \
        tile(row, x, count, depth, stride, OCTET);                                                                     \
    }
#define TILES(count) TILE(count, 4, 1) TILE(count, 4, 2) TILE(count, 8, 1) TILE(count, 8, 2)
COUNTS(TILES)
#undef TILES
#undef TILE

static const struct tiles tiles[] = {
#define EITHER(count, depth, stride)                                                                                   \
    {                                                                                                                  \
        tile_##count##_##depth##_##stride, octet_##count##_##depth##_##stride                                          \
    }
#define TILES(count) {count, {{EITHER(count, 4, 1), EITHER(count, 4, 2)}, {EITHER(count, 8, 1), EITHER(count, 8, 2)}}},
    COUNTS(TILES)
#undef TILES
#undef EITHER
};

void SIMD(grouped_row)(const struct grouped_row *row)
{
    const struct tiles *best = tiles;
    while (best->count > row->width)
        best++;
    tile_function *function =
        best->functions[row->depth == 8][row->stride - 1][row->channels <= OCTET && LANES > OCTET];
    for (int64_t x = 0; x < row->width; x += best->count)
        function(row, vector_at(x, row->width, best->count));
}
