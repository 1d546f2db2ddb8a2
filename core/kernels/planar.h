/* The kernels over planar (NCHW) tensors. */
#ifndef SENET_KERNELS_PLANAR_H
#define SENET_KERNELS_PLANAR_H

#include "kernels/prepare.h"

kernel_accepts activation_accepts, average_pool_accepts, binary_accepts, conv_depthwise_accepts, conv_gemm_accepts,
    gemm_accepts, matmul_accepts, max_pool_accepts, normalise_accepts, reduce_accepts, resize_accepts;
kernel_prepare activation_prepare, binary_prepare, conv_depthwise_prepare, conv_gemm_prepare, excitation_prepare,
    gemm_prepare, matmul_prepare, normalise_prepare, pool_prepare, reduce_prepare, resize_prepare, section_prepare;
kernel_run conv_gemm, conv_depthwise;
kernel_run max_pool, average_pool;
kernel_run gemm;                /* MatMul too */
kernel_run binary;              /* the arithmetic of binary.h */
kernel_run activate;            /* the rows of graph/activation.h */
kernel_run batch_normalization; /* by the statistics in the file */
kernel_run lrn;
kernel_run softmax_vectors;
kernel_run normalise; /* Instance-, Group-, Layer- and RMSNormalization */
kernel_run reduce;    /* over axes that lie side by side, GlobalAveragePool and GlobalMaxPool too */
kernel_run channel_means, excitation, rescale;

kernel_run resize; /* Upsample too; elements of any type */

/* So simple that they are their own reference. */
kernel_run applied_gate; /* OP_GATE */
kernel_run hardmax, log_softmax, lp_normalization, softmax;
kernel_prepare einsum_prepare, top_k_prepare;
kernel_run einsum;
/* The same, of elements of any type. */
kernel_run arg_extreme, concat, split, top_k;
kernel_run section; /* Expand, Pad, Slice, Tile */
kernel_run transpose, channel_shuffle, depth_to_space, space_to_depth;
kernel_run gather, gather_elements, gather_nd, scatter_elements, scatter_nd, one_hot, non_zero, compress;
kernel_run constant_of_shape, range, eye_like, trilu, cum_sum, reverse_sequence;

#endif
