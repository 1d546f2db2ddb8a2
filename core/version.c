#include "senet.h"

const char *senet_version(void)
{
    return SENET_VERSION;
}

/*
 * Convolutions and dense layers run in OpenBLAS, which chooses its kernels by these same processor features
 * when the process starts; our own loops are compiled for the platform's baseline.
 */
const char *senet_isa(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return "avx512";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "avx2";
    return "baseline";
#elif defined(__aarch64__)
    return "neon";
#else
    return "baseline";
#endif
}
