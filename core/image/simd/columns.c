#include "image/simd/set.h"

#define HALF (1 << (TAPS_FRACTION_BITS - 1))

#if LANES >= 8
enum { COLUMNS = 4 };

/*
 * Of four pixels of each row, the colours of two side by side in 16 bits: red, green, blue, nothing. One instruction
 * multiplies such pairs by a pair of weights and adds both. What is summed is exact modulo 2^32, and fits.
 */
ALWAYS_INLINE __m256i pixel_pairs(__m256i pixels, char first)
{
    const char none = -1, second = (char)(first + 3);
    const __m256i order = _mm256_broadcastsi128_si256(_mm_setr_epi8(first, none, second, none, (char)(first + 1), none,
                                                                    (char)(second + 1), none, (char)(first + 2), none,
                                                                    (char)(second + 2), none, none, none, none, none));
    return _mm256_shuffle_epi8(pixels, order);
}

ALWAYS_INLINE __m256i load_rows(const uint8_t *first, const uint8_t *second)
{
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)first);
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)second);
    return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
}

/* Column `i` of both rows: red, green, blue, nothing, before the bytes are cut out. */
ALWAYS_INLINE __m256i sum_column(const struct image_columns *columns, int64_t i)
{
    const struct taps *taps = columns->taps;
    const uint8_t *first = columns->rows[0] + taps->span[i].first * 3;
    const uint8_t *second = columns->rows[1] + taps->span[i].first * 3;
    const int32_t *halves = columns->halves + i * taps->stride, *end = halves + taps->span[i].count;
    __m256i lower = _mm256_set1_epi32(HALF), upper = _mm256_setzero_si256();
    for (; halves < end; halves += TAPS_GROUP, first += 3 * TAPS_GROUP, second += 3 * TAPS_GROUP) {
        __m256i pixels = load_rows(first, second);
        __m256i left = pixel_pairs(pixels, 0), right = pixel_pairs(pixels, 6);
        lower = _mm256_add_epi32(lower, _mm256_madd_epi16(left, _mm256_set1_epi32(halves[0])));
        upper = _mm256_add_epi32(upper, _mm256_madd_epi16(left, _mm256_set1_epi32(halves[1])));
        lower = _mm256_add_epi32(lower, _mm256_madd_epi16(right, _mm256_set1_epi32(halves[2])));
        upper = _mm256_add_epi32(upper, _mm256_madd_epi16(right, _mm256_set1_epi32(halves[3])));
    }
    __m256i sum = _mm256_add_epi32(lower, _mm256_slli_epi32(upper, 16));
    return _mm256_srai_epi32(sum, TAPS_FRACTION_BITS);
}

ALWAYS_INLINE void store_columns(uint8_t *plane, int64_t distance, __m128i colours)
{
    for (int channel = 0; channel < 3; channel++, colours = _mm_srli_si128(colours, COLUMNS)) {
        int32_t four = _mm_cvtsi128_si32(colours);
        memcpy(plane + channel * distance, &four, sizeof four);
    }
}

/* Four columns at a time, so that each colour of theirs is one store. Planes have room behind the last column. */
void SIMD(image_columns)(const struct image_columns *columns)
{
    const __m256i by_colour =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    for (int64_t i = 0; i < columns->count; i += COLUMNS) {
        __m256i sums[COLUMNS];
        for (int j = 0; j < COLUMNS; j++)
            sums[j] = sum_column(columns, i + j < columns->count ? i + j : columns->count - 1);
        __m256i pixels =
            _mm256_packus_epi16(_mm256_packs_epi32(sums[0], sums[1]), _mm256_packs_epi32(sums[2], sums[3]));
        __m256i colours = _mm256_shuffle_epi8(pixels, by_colour);
        store_columns(columns->planes[0] + i, columns->plane, _mm256_castsi256_si128(colours));
        store_columns(columns->planes[1] + i, columns->plane, _mm256_extracti128_si256(colours, 1));
    }
}
#else
static uint8_t to_byte(int32_t sum)
{
    int32_t sample = sum >> TAPS_FRACTION_BITS;
    return (uint8_t)(sample < 0 ? 0 : sample > 255 ? 255 : sample);
}

void SIMD(image_columns)(const struct image_columns *columns)
{
    const struct taps *taps = columns->taps;
    for (int64_t i = 0; i < columns->count; i++) {
        const int32_t *weight = taps->weight + i * taps->stride;
        for (int row = 0; row < 2; row++) {
            const uint8_t *pixel = columns->rows[row] + taps->span[i].first * 3;
            int32_t red = HALF, green = HALF, blue = HALF;
            for (int64_t tap = 0; tap < taps->span[i].count; tap++, pixel += 3) {
                red += pixel[0] * weight[tap];
                green += pixel[1] * weight[tap];
                blue += pixel[2] * weight[tap];
            }
            uint8_t *plane = columns->planes[row] + i;
            plane[0] = to_byte(red);
            plane[columns->plane] = to_byte(green);
            plane[2 * columns->plane] = to_byte(blue);
        }
    }
}
#endif
