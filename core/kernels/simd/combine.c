/* Arithmetic on two operands: loops for every operator, so that what it is stands outside of them. */
#include "kernels/simd/pixels.h"
#include "kernels/simd/set.h"

enum { VECTORS = 4 };

typedef void row_function(const struct combination_row *row);

/* `vectors` vectors of channels; the last one has `lanes`. */
#define COMBINE(symbol, expression)                                                                                    \
    ALWAYS_INLINE void combine_##symbol(const float *left, const float *right, float *out,                             \
                                        const struct activation *activation, const int vectors, const int lanes)       \
    {                                                                                                                  \
        vec v[VECTORS];                                                                                                \
        for (int i = 0; i < vectors; i++) {                                                                            \
            const vec a = vec_load_first(left + i * LANES, lanes), b = vec_load_first(right + i * LANES, lanes);       \
            v[i] = expression;                                                                                         \
        }                                                                                                              \
        if (activation->kind != ACTIVATION_NONE)                                                                       \
            vec_activate(activation, v, vectors);                                                                      \
        for (int i = 0; i < vectors; i++)                                                                              \
            vec_store_first(out + i * LANES, v[i], lanes);                                                             \
    }                                                                                                                  \
    static void row_##symbol(const struct combination_row *row)                                                        \
    {                                                                                                                  \
        const struct combination_row local = *row;                                                                     \
        const struct activation *activation = &local.activation;                                                       \
        for (int64_t pixel = 0; pixel < local.pixels; pixel++) {                                                       \
            const float *a = local.a + pixel * local.a_stride, *b = local.b + pixel * local.b_stride;                  \
            float *out = local.out + pixel * local.out_stride;                                                         \
            int64_t c = 0;                                                                                             \
            for (; c + VECTORS * LANES <= local.channels; c += VECTORS * LANES)                                        \
                combine_##symbol(a + c, b + c, out + c, activation, VECTORS, LANES);                                   \
            for (; c + LANES <= local.channels; c += LANES)                                                            \
                combine_##symbol(a + c, b + c, out + c, activation, 1, LANES);                                         \
            if (c < local.channels)                                                                                    \
                combine_##symbol(a + c, b + c, out + c, activation, 1, OCTET);                                         \
        }                                                                                                              \
    }
COMBINATIONS(COMBINE)
#undef COMBINE

void SIMD(combine_row)(const struct combination_row *row)
{
#define COMBINE(symbol, expression) [COMBINE_##symbol] = row_##symbol,
    static row_function *const functions[] = {COMBINATIONS(COMBINE)};
#undef COMBINE
    functions[row->combination](row);
}
