/*
 * DESIGN
 * Both transforms take a vector of channels of one tile at a time, and are made of the same step along one axis, first
 * down the columns, then along the rows:
 *
 *   patch (span x span)        B^T d B     values, one number for each frequency
 *   sums  (span x span)        A^T M A     outputs (side x side), which go through the epilogue
 *
 * A point p and its opposite -p share all but a sign: what is even and what is odd in p is worked out once and added
 * and subtracted. At stride 2, even and odd are pixels: see conv_winograd.c.
 */
#include "kernels/simd/winograd.h"
#include "kernels/simd/epilogue.h"
#include "kernels/simd/set.h"

#define SIDE_MAX (WINOGRAD_SPAN_MAX - 2)

/* A span of 5 is two outputs' at stride 2. */
ALWAYS_INLINE int side_of(const int span)
{
    return span == 5 ? 2 : span - 2;
}

/* B^T along one axis: the values of the polynomials that are zero at all points but one. */
ALWAYS_INLINE void forward(const vec *d, vec *v, const int span)
{
    if (span == 4) {
        v[0] = d[0] - d[2];
        v[1] = d[2] + d[1];
        v[2] = d[2] - d[1];
        v[3] = d[3] - d[1];
        return;
    }
    if (span == 5) {
        v[0] = d[0] - d[2];
        v[1] = d[2];
        v[2] = d[4] - d[2];
        v[3] = d[1];
        v[4] = d[3];
        return;
    }
    const float a = WINOGRAD_NEAR, b = WINOGRAD_FAR, sum = a * a + b * b, product = a * a * b * b;
    const vec even_a = d[4] - b * b * d[2], odd_a = d[3] - b * b * d[1];
    const vec even_b = d[4] - a * a * d[2], odd_b = d[3] - a * a * d[1];
    v[0] = d[4] - sum * d[2] + product * d[0];
    v[1] = even_a + a * odd_a;
    v[2] = even_a - a * odd_a;
    v[3] = even_b + b * odd_b;
    v[4] = even_b - b * odd_b;
    v[5] = d[5] - sum * d[3] + product * d[1];
}

/* A^T along one axis: the values at the points become the coefficients that are the outputs. */
ALWAYS_INLINE void backward(const vec *m, vec *y, const int span)
{
    if (span == 5) {
        y[0] = m[0] + m[1] + m[3];
        y[1] = m[1] + m[2] + m[4];
        return;
    }
    const vec even_a = m[1] + m[2], odd_a = m[1] - m[2];
    if (span == 4) {
        y[0] = m[0] + even_a;
        y[1] = m[3] + odd_a;
        return;
    }
    const float a = WINOGRAD_NEAR, b = WINOGRAD_FAR;
    const vec even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = a * odd_a + b * odd_b;
    y[2] = a * a * even_a + b * b * even_b;
    y[3] = m[5] + a * a * a * odd_a + b * b * b * odd_b;
}

/* The scale comes last: before a sum it might be drawn into a multiply-add, and scales of one must change nothing. */
ALWAYS_INLINE void transform_patch(const struct winograd_patch *patch, const int span, const bool scaled)
{
    const int64_t end = (patch->channels + OCTET - 1) / OCTET * OCTET;
    for (int64_t c = 0; c < patch->channels; c += LANES) {
        vec rows[WINOGRAD_SPAN_MAX][WINOGRAD_SPAN_MAX];
        const vec scale = scaled ? vec_load_first(patch->scale + c, patch->channels - c) : vec_zero();
#pragma GCC unroll 6
        for (int x = 0; x < span; x++) {
            vec d[WINOGRAD_SPAN_MAX], v[WINOGRAD_SPAN_MAX];
#pragma GCC unroll 6
            for (int y = 0; y < span; y++)
                d[y] = vec_load_first(patch->pixels[y * span + x] + c, end - c);
            forward(d, v, span);
#pragma GCC unroll 6
            for (int y = 0; y < span; y++)
                rows[y][x] = v[y];
        }
#pragma GCC unroll 6
        for (int y = 0; y < span; y++) {
            vec v[WINOGRAD_SPAN_MAX];
            forward(rows[y], v, span);
#pragma GCC unroll 6
            for (int x = 0; x < span; x++)
                vec_store(patch->values + (y * span + x) * patch->frequency_stride + c, scaled ? v[x] * scale : v[x]);
        }
    }
}

ALWAYS_INLINE void finish_vector(const struct winograd_tile *tile, int64_t c, const int span, const int rows,
                                 const int columns)
{
    const int side = side_of(span);
    const struct epilogue *epilogue = tile->epilogue;
    const int64_t pixel = epilogue->residual_stride, named = tile->channels - c;
    const int64_t lanes = (named + OCTET - 1) / OCTET * OCTET;
    vec sums[SIDE_MAX][WINOGRAD_SPAN_MAX], out[SIDE_MAX * SIDE_MAX];
#pragma GCC unroll 6
    for (int x = 0; x < span; x++) {
        vec m[WINOGRAD_SPAN_MAX], y[SIDE_MAX];
#pragma GCC unroll 6
        for (int i = 0; i < span; i++)
            m[i] = vec_load(tile->sums + (i * span + x) * tile->frequency_stride + c);
        backward(m, y, span);
#pragma GCC unroll 4
        for (int i = 0; i < side; i++)
            sums[i][x] = y[i];
    }
    const vec bias = epilogue->bias ? vec_load_first(epilogue->bias + c, named) : vec_zero();
    const vec scale = epilogue->scale ? vec_load_first(epilogue->scale + c, named) : vec_set(1.0f);
#pragma GCC unroll 4
    for (int y = 0; y < side; y++) {
        backward(sums[y], out + y * side, span);
#pragma GCC unroll 4
        for (int x = 0; x < side; x++)
            out[y * side + x] = (out[y * side + x] + bias) * scale;
    }
    if (epilogue->residual)
        for (int y = 0; y < rows; y++)
            for (int x = 0; x < columns; x++)
                out[y * side + x] += vec_load_first(epilogue->residual + y * tile->row_stride + x * pixel + c, lanes);
    vec_activate(&epilogue->activation, out, side * side);
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < columns; x++)
            vec_store_first(tile->output + y * tile->row_stride + x * pixel + c, out[y * side + x], lanes);
}

ALWAYS_INLINE void finish_tile(const struct winograd_tile *tile, const int span)
{
    const int side = side_of(span);
    if (tile->rows == side && tile->columns == side)
        for (int64_t c = 0; c < tile->channels; c += LANES)
            finish_vector(tile, c, span, side, side);
    else
        for (int64_t c = 0; c < tile->channels; c += LANES)
            finish_vector(tile, c, span, tile->rows, tile->columns);
}

#define METHOD(name, span)                                                                                             \
    void SIMD(name##_patch)(const struct winograd_patch *patch)                                                        \
    {                                                                                                                  \
        if (patch->scale)                                                                                              \
            transform_patch(patch, span, true);                                                                        \
        else                                                                                                           \
            transform_patch(patch, span, false);                                                                       \
    }                                                                                                                  \
    void SIMD(name##_tile)(const struct winograd_tile *tile)                                                           \
    {                                                                                                                  \
        finish_tile(tile, span);                                                                                       \
    }
METHOD(winograd2, 4)
METHOD(winograd4, 6)
METHOD(winograd_strided, 5)
#undef METHOD
