/* Which convolutions Winograd's minimal filtering can compute, and for which it pays. */
#ifndef SENET_KERNELS_CONV_WINOGRAD_H
#define SENET_KERNELS_CONV_WINOGRAD_H

#include "graph/geometry.h"

/*
 * Whether the kernels can compute the node: a 3x3 at stride 1 or 2, its groups, if any, of whole octets of channels.
 * Fills `geometry` when they can.
 */
bool conv_winograd_can(const struct node *node, struct conv_geometry *geometry);

/* The side of the output tiles with which a convolution that they can compute is fastest: 4, 2, or 1 for a direct sum.
 */
int winograd_side(const struct conv_geometry *geometry);

#endif
