/*
 * DESIGN
 * A tile is a few neighbouring output pixels, all taps of which are summed in registers, one vector of channels after
 * the other: the channels lie side by side, so that memory is read in the order in which it lies. A row of the window
 * has its weights in registers while the pixels under the tile go by, each loaded once for all the outputs that see it
 * (here three outputs, kernel 3, stride 1):
 *
 *     pixels   p0      p1      p2      p3      p4
 *     acc[0]  p0 w0 + p1 w1 + p2 w2
 *     acc[1]          p1 w0 + p2 w1 + p3 w2
 *     acc[2]                  p2 w0 + p3 w1 + p4 w2
 *
 * Seven sums, the five weights of a row and a pixel fit 16 registers, and the images of most networks are 7 * 2^n
 * pixels wide. Where tiles do not come out even the last one begins earlier and computes some pixels again, which is
 * cheaper than tiles of every size; the last vector of channels does likewise.
 */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

enum { WIDE = PIXELS, NARROW = 4, MOST_WEIGHTS = 5 };

typedef void tile_function(const struct depthwise_row *row, int64_t x);

/* `count` sums of channels c..c+LANES-1 become output pixels from `x` on; `lanes` is LANES, or OCTET for all there are.
 */
ALWAYS_INLINE void finish(const struct depthwise_row *row, vec *sums, int64_t x, int64_t c, const int count,
                          const int lanes)
{
    if (row->input_scale) {
        const vec scale = vec_load_first(row->input_scale + c, channels_from(row->channels, c));
#pragma GCC unroll 8
        for (int t = 0; t < count; t++)
            sums[t] *= scale;
    }
    finish_pixels(&row->epilogue, row->channels, sums, x, c, count, lanes);
    store_pixels(row->out + x * row->out_stride + c, row->out_stride, sums, count, lanes);
}

/* Windows `kernel` wide without dilation: what is above. */
ALWAYS_INLINE void shared_tile(const struct depthwise_row *row, int64_t x, const int count, const int kernel,
                               const int stride)
{
    const struct depthwise_row local = *row; /* which the stores are known to leave alone */
    for (int64_t next = local.first; next < local.last; next += LANES) {
        const int64_t c = vector_at(next, local.last, LANES);
        const float *const *pixels = local.pixels + x * stride;
        const float *weights = local.weights + c;
        vec acc[WIDE] = {{0}};
        for (int64_t r = 0; r < local.rows; r++) {
            vec w[MOST_WEIGHTS];
#pragma GCC unroll 8
            for (int k = 0; k < kernel; k++)
                w[k] = vec_load(weights + k * local.weight_stride);
#pragma GCC unroll 32
            for (int i = 0; i < (count - 1) * stride + kernel; i++) {
                const vec pixel = vec_load(pixels[i] + c);
#pragma GCC unroll 8
                for (int t = 0; t < count; t++)
                    if (i >= t * stride && i < t * stride + kernel)
                        acc[t] += pixel * w[i - t * stride];
            }
            pixels += local.row_pixels;
            weights += kernel * local.weight_stride;
        }
        finish(&local, acc, x, c, count, LANES);
    }
}

/* Windows of any kind: the outputs share weights alone. */
ALWAYS_INLINE void plain_tile(const struct depthwise_row *row, int64_t x, const int count, const int lanes)
{
    const struct depthwise_row local = *row;
    for (int64_t next = local.first; next < local.last; next += lanes) {
        const int64_t c = vector_at(next, local.last, lanes);
        const float *const *pixels = local.pixels + x * local.stride;
        const float *weights = local.weights + c;
        vec acc[WIDE] = {{0}};
        for (int64_t r = 0; r < local.rows; r++, pixels += local.row_pixels)
            for (int64_t k = 0; k < local.kernel_w; k++, weights += local.weight_stride) {
                const vec w = vec_load_first(weights, lanes);
#pragma GCC unroll 8
                for (int t = 0; t < count; t++)
                    acc[t] += vec_load_first(pixels[t * local.stride + k * local.dilation] + c, lanes) * w;
            }
        finish(&local, acc, x, c, count, lanes);
    }
}

/* The tiles of one kind of window, by their pixels. */
struct tiles {
    tile_function *wide, *narrow, *single;
};

#define SHARED(kernel, stride)                                                                                         \
    static void wide_##kernel##_##stride(const struct depthwise_row *row, int64_t x)                                   \
    {                                                                                                                  \
        shared_tile(row, x, WIDE, kernel, stride);                                                                     \
    }                                                                                                                  \
    static void narrow_##kernel##_##stride(const struct depthwise_row *row, int64_t x)                                 \
    {                                                                                                                  \
        shared_tile(row, x, NARROW, kernel, stride);                                                                   \
    }
#define PLAIN(name, count, lanes)                                                                                      \
    static void name(const struct depthwise_row *row, int64_t x)                                                       \
    {                                                                                                                  \
        plain_tile(row, x, count, lanes);                                                                              \
    }
SHARED(3, 1)
SHARED(3, 2)
SHARED(5, 1)
SHARED(5, 2)
PLAIN(wide_plain, WIDE, LANES)
PLAIN(narrow_plain, NARROW, LANES)
PLAIN(single_plain, 1, LANES)
PLAIN(wide_octet, WIDE, OCTET)
PLAIN(narrow_octet, NARROW, OCTET)
PLAIN(single_octet, 1, OCTET)
#undef SHARED
#undef PLAIN

static const struct tiles *tiles_for(const struct depthwise_row *row)
{
    static const struct tiles shared[2][2] = {
        {{wide_3_1, narrow_3_1, single_plain}, {wide_3_2, narrow_3_2, single_plain}},
        {{wide_5_1, narrow_5_1, single_plain}, {wide_5_2, narrow_5_2, single_plain}}};
    static const struct tiles plain = {wide_plain, narrow_plain, single_plain};
    static const struct tiles octet = {wide_octet, narrow_octet, single_octet};
    if (row->last - row->first < LANES)
        return &octet;
    if (row->dilation == 1 && (row->kernel_w == 3 || row->kernel_w == 5) && (row->stride == 1 || row->stride == 2))
        return &shared[row->kernel_w == 5][row->stride - 1];
    return &plain;
}

void SIMD(depthwise_row)(const struct depthwise_row *row)
{
    const struct tiles *tiles = tiles_for(row);
    int64_t x = 0, width = row->width;
    for (; x + WIDE <= width; x += WIDE)
        tiles->wide(row, x);
    if (width >= WIDE && width - x > NARROW) {
        tiles->wide(row, width - WIDE);
        return;
    }
    if (width >= NARROW)
        for (; x < width; x += NARROW)
            tiles->narrow(row, x < width - NARROW ? x : width - NARROW);
    for (; x < width; x++)
        tiles->single(row, x);
}
