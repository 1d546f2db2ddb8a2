#include <string.h>

#include "image/simd/simd.h"
#include "kernels/simd/simd.h"

#if defined(__x86_64__)
extern const struct image_simd image_simd_avx512, image_simd_avx2, image_simd_baseline;
static const struct image_simd *const sets[] = {&image_simd_avx512, &image_simd_avx2, &image_simd_baseline};
#elif defined(__aarch64__)
extern const struct image_simd image_simd_neon;
static const struct image_simd *const sets[] = {&image_simd_neon};
#else
extern const struct image_simd image_simd_baseline;
static const struct image_simd *const sets[] = {&image_simd_baseline};
#endif

/* Which sets run here, the kernels know. The last is the one that always does. */
const struct image_simd *image_simd_find(const char *name)
{
    const struct simd *chosen = simd_find(name);
    size_t i = 0, last = sizeof sets / sizeof *sets - 1;
    while (i < last && (!chosen || strcmp(sets[i]->name, chosen->name) != 0))
        i++;
    return sets[i];
}
