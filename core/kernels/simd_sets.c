/* Which instruction sets there are, and which of them this machine can run. */
#include <string.h>

#include "kernels/simd/simd.h"

struct set {
    const struct simd *simd;
    bool (*runs_here)(void);
};

static bool always(void)
{
    return true;
}

#if defined(__x86_64__)
extern const struct simd simd_avx512, simd_avx2, simd_baseline;

/* __builtin_cpu_supports asks the operating system too, which has to save the wider registers. */
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static const struct set sets[] = {{&simd_avx512, has_avx512}, {&simd_avx2, has_avx2}, {&simd_baseline, always}};
#elif defined(__aarch64__)
extern const struct simd simd_neon;

static const struct set sets[] = {{&simd_neon, always}};
#else
extern const struct simd simd_baseline;

static const struct set sets[] = {{&simd_baseline, always}};
#endif

const struct simd *simd_at(size_t index)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (sets[i].runs_here() && index-- == 0)
            return sets[i].simd;
    return NULL;
}

const struct simd *simd_find(const char *name)
{
    const struct simd *simd = simd_at(0);
    for (size_t i = 1; name && simd && strcmp(simd->name, name); i++)
        simd = simd_at(i);
    return simd;
}

int64_t simd_panel_width(const struct simd *simd, int64_t columns)
{
    int64_t width = (columns + 7) / 8 * 8;
    return width < simd->gemm_columns ? width : simd->gemm_columns;
}
