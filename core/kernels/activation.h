#ifndef SENET_KERNELS_ACTIVATION_H
#define SENET_KERNELS_ACTIVATION_H

#include "graph/graph.h"

/* One number through the function: the definition. */
float activation_value(const struct activation *activation, float x);

/* values[i] = activation(values[i] + bias), in one pass: the end of every fused kernel. */
void epilogue_apply(const struct activation *activation, float bias, float *values, int64_t count);

#endif
