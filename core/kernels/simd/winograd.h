/*
 * The points at which F(4x4,3x3) evaluates polynomials: 0, +-NEAR, +-FAR and infinity. The usual +-1 and +-2 lose 2.7
 * times as much to rounding at 256 channels; with these it is what the direct sum loses (pairs whose product is about 1
 * keep the transforms' factors small: Barabasz et al., arXiv:1803.10986). Their squares and products are exact floats.
 * F(2x2,3x3) has 0, +-1 and infinity.
 */
#ifndef SENET_KERNELS_SIMD_WINOGRAD_H
#define SENET_KERNELS_SIMD_WINOGRAD_H

#define WINOGRAD_NEAR 0.75f
#define WINOGRAD_FAR 1.5f

#define WINOGRAD_SPAN_MAX 6

#endif
