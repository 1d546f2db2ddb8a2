/* What planar convolutions share around the sums: the optional operands of graph/conv.h. */
#ifndef SENET_KERNELS_CONV_EPILOGUE_H
#define SENET_KERNELS_CONV_EPILOGUE_H

#include "graph/conv.h"
#include "kernels/prepare.h"

/* NULL for what the node omits. */
struct conv_operands {
    const struct activation *activation;
    const float *bias;
    const float *residual;    /* N x M planes of `pixels` */
    const float *scale;       /* N x M */
    const float *input_scale; /* N x C: the kernel's own business */
    int64_t channels;         /* M */
    int64_t pixels;
};

struct conv_operands conv_operands(const struct kernel_call *call, const struct node *node);

/*
 * values[i] = activation(scale * (values[i] + bias) + residual) for `count` pixels from `first` on of output plane
 * `plane`, counted through all images.
 */
void conv_epilogue(const struct simd *simd, const struct conv_operands *operands, int64_t plane, int64_t first,
                   float *values, int64_t count);

#endif
