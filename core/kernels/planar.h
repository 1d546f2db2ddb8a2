/* The kernels over planar (NCHW) tensors. */
#ifndef SENET_KERNELS_PLANAR_H
#define SENET_KERNELS_PLANAR_H

#include "kernels/prepare.h"

kernel_accepts conv_gemm_accepts, conv_depthwise_accepts, gemm_accepts, matmul_accepts, reduce_mean_rows_accepts,
    se_accepts, binary_accepts, activation_accepts;
kernel_prepare conv_gemm_prepare, conv_depthwise_prepare, pool_prepare, gemm_prepare, matmul_prepare, binary_prepare,
    activation_prepare, se_prepare;
kernel_run conv_gemm, conv_depthwise;
kernel_run max_pool, average_pool;
kernel_run gemm;      /* MatMul too */
kernel_run binary;    /* the arithmetic of binary.h */
kernel_run activate;  /* the rows of graph/activation.h */
kernel_run mean_rows; /* GlobalAveragePool, and ReduceMean over trailing axes */
kernel_run se;

/* So simple that they are their own reference. */
kernel_run batch_normalization, pad, softmax;
/* Elements of any type. */
kernel_run concat, transpose;

#endif
