#include "kernels/simd/simd.h"
#include "senet.h"

const char *senet_version(void)
{
    return SENET_VERSION;
}

const char *senet_isa(void)
{
    return simd_find(NULL)->name;
}
