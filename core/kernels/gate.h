/* What an override does to a gate. */
#ifndef SENET_KERNELS_GATE_H
#define SENET_KERNELS_GATE_H

#include <math.h>

#include "kernels/kernel.h"

/* The gate that is applied to a channel: its own, or what an override (may be NULL) has in its place. */
static inline float gate_applied(const float *override, int64_t channel, float own)
{
    return override && !isnan(override[channel]) ? override[channel] : own;
}

#endif
