#include "image/simd/set.h"

/* Sums at a time: enough to keep multipliers busy. */
enum { VECTORS = 4 };
_Static_assert(IMAGE_SIMD_PAD % (VECTORS * LANES) == 0, "whole turns stay within a plane");

/* GCC converts a vector of bytes one by one, where there are instructions for all. */
ALWAYS_INLINE ivec load_bytes(const uint8_t *from)
{
#if LANES == 16
    return (ivec)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)from));
#elif LANES == 8
    return (ivec)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)from));
#elif defined(__x86_64__)
    int32_t bytes;
    memcpy(&bytes, from, sizeof bytes);
    __m128i zero = _mm_setzero_si128();
    return (ivec)_mm_unpacklo_epi16(_mm_unpacklo_epi8(_mm_cvtsi32_si128(bytes), zero), zero);
#else
    return (ivec){from[0], from[1], from[2], from[3]};
#endif
}

ALWAYS_INLINE ivec clamp_to_byte(ivec x)
{
    x &= ~(x < 0);
    ivec over = x > 255;
    return (x & ~over) | (over & 255);
}

/* In the order of PyTorch's ToTensor and Normalize, whose roundings show. */
ALWAYS_INLINE vec normalise(ivec bytes, float mean, float std)
{
    return (__builtin_convertvector(bytes, vec) / 255.0f - mean) / std;
}

void SIMD(image_row)(const struct image_row *row)
{
    for (int64_t x = 0; x < row->count; x += VECTORS * LANES) {
        ivec sums[VECTORS];
        for (int i = 0; i < VECTORS; i++)
            sums[i] = (ivec){0} + (1 << (TAPS_FRACTION_BITS - 1));
        for (int64_t tap = 0; tap < row->taps; tap++)
            for (int i = 0; i < VECTORS; i++)
                sums[i] += load_bytes(row->rows[tap] + x + i * LANES) * row->weights[tap];
        for (int i = 0; i < VECTORS && x + i * LANES < row->count; i++)
            vec_store_first(row->out + x + i * LANES,
                            normalise(clamp_to_byte(sums[i] >> TAPS_FRACTION_BITS), row->mean, row->std),
                            row->count - x - i * LANES);
    }
}
