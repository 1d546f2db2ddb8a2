/* Planes to pixels, for so few channels that a vector holds several pixels. */
#include "kernels/simd/set.h"

/* A constant number of channels lets the compiler turn the loop into permutations of vectors. */
ALWAYS_INLINE void interleave(const float *const *planes, const int channels, int64_t count, float *restrict pixels)
{
    const float *restrict a = planes[0], *restrict b = planes[channels > 1 ? 1 : 0];
    const float *restrict c = planes[channels > 2 ? 2 : 0], *restrict d = planes[channels > 3 ? 3 : 0];
    for (int64_t i = 0; i < count; i++) {
        pixels[i * channels] = a[i];
        if (channels > 1)
            pixels[i * channels + 1] = b[i];
        if (channels > 2)
            pixels[i * channels + 2] = c[i];
        if (channels > 3)
            pixels[i * channels + 3] = d[i];
    }
}

void SIMD(interleave)(const float *const *planes, int channels, int64_t count, float *pixels)
{
    switch (channels) {
    case 1:
        interleave(planes, 1, count, pixels);
        return;
    case 2:
        interleave(planes, 2, count, pixels);
        return;
    case 3:
        interleave(planes, 3, count, pixels);
        return;
    default:
        interleave(planes, 4, count, pixels);
    }
}
