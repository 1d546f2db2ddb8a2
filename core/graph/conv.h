/*
 * The inputs of OP_CONV. A file's Conv has the first two or three; passes add the others, so that what would be a pass
 * over memory of its own is done while the convolution has its numbers at hand:
 *
 *   Y = activation(scale * (conv(X * input scale) + bias) + residual)
 *
 * X (N,C,...) and the weights (M,C/groups,...) are always there, the others may be NULL or left out at the end. A scale
 * is one number for each image and channel, whatever its shape; the residual has exactly Y's shape and is computed.
 * Padding is zero before and after the input scale. The order of the operations is part of the definition: with scales
 * of one, Y is bit for bit what it is without.
 */
#ifndef SENET_GRAPH_CONV_H
#define SENET_GRAPH_CONV_H

enum conv_input {
    CONV_X,
    CONV_WEIGHTS,
    CONV_BIAS,        /* M */
    CONV_RESIDUAL,    /* N,M,... */
    CONV_SCALE,       /* N*M elements */
    CONV_INPUT_SCALE, /* N*C elements */
    CONV_INPUTS
};

#endif
