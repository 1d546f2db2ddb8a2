/* The last step of every SE block, and what an override does to a gate. */
#ifndef SENET_KERNELS_RESCALE_H
#define SENET_KERNELS_RESCALE_H

#include <math.h>

#include "kernels/kernel.h"

/* The gate that is applied to a channel: its own, or what an override (may be NULL) has in its place. */
static inline float gate_applied(const float *override, int64_t channel, float own)
{
    return override && !isnan(override[channel]) ? override[channel] : own;
}

/*
 * output = activation(gate * input), planes of `pixels` elements counted through all images, one gate each. Shared by
 * the members of `team`; the result does not depend on how many they are.
 */
void rescale_planes(struct team *team, int64_t planes, int64_t pixels, const float *gates, const float *input,
                    const struct activation *activation, float *output);

#endif
