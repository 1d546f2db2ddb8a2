/*
 * The naive kernels: one output element at a time, straight from the operator's definition, in double. They are
 * the oracle in tests and what folds constants.
 */
#ifndef SENET_KERNELS_REFERENCE_H
#define SENET_KERNELS_REFERENCE_H

#include "kernels/prepare.h"

kernel_prepare reference_conv_prepare, reference_pool_prepare, reference_resize_prepare;
kernel_run reference_conv, reference_conv_transpose;
kernel_run reference_max_pool, reference_average_pool, reference_lp_pool; /* the global ones too */
kernel_run reference_gemm, reference_matmul;
kernel_run reference_binary;   /* Add, Equal, And, ...: the rows of binary.h */
kernel_run reference_variadic; /* Max, Mean, Min, Sum */
kernel_run reference_where;
kernel_run reference_activation; /* the rows of graph/activation.h; of integers too where ONNX has that */
kernel_run reference_integer_function, reference_is_inf, reference_is_nan;
kernel_run reference_cast;
kernel_run reference_batch_normalization, reference_lrn, reference_mean_variance, reference_normalise;
kernel_run reference_reduce;
kernel_run reference_se, reference_channel_means, reference_excitation, reference_rescale;
kernel_run reference_resize;

#endif
