#ifndef SENET_KERNELS_CONV_WINOGRAD_H
#define SENET_KERNELS_CONV_WINOGRAD_H

#include "graph/graph.h"
#include "kernels/simd/simd.h"

/* Whether the kernels can compute the node; the rows' `accepts` ask besides whether it pays. */
bool conv_winograd_can(const struct node *node);

#endif
