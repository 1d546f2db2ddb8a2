/* The kernels over channels-last (NHWC) tensors: see layout_pixel_stride in graph/graph.h. */
#ifndef SENET_KERNELS_CHANNELS_LAST_H
#define SENET_KERNELS_CHANNELS_LAST_H

#include "kernels/prepare.h"

/* Whether the planner hands the value over channels-last. */
bool is_channels_last(const struct value *value);

/* Channels up to the last multiple of 8, what lies behind them included. */
int64_t whole_channels(const struct senet_shape *shape);

/*
 * One number for each channel of each image, whatever the shape: floats from one image's numbers to the next's. Those
 * of shape (N,C,1,1) lie channels-last like any image, unless they are constants.
 */
int64_t channel_vector_stride(const struct value *value);

kernel_accepts activation_last_accepts, batch_normalization_last_accepts, binary_last_accepts,
    channel_shuffle_last_accepts, concat_last_accepts, split_last_accepts, conv_grouped_accepts, conv_indirect_accepts,
    conv_stem_accepts, conv_strassen_accepts, conv_winograd2_accepts, conv_winograd4_accepts,
    conv_winograd_strided_accepts, depthwise_last_accepts, expand_depthwise_accepts, max_pool_last_accepts,
    pool_last_accepts, rescale_last_accepts;
kernel_prepare activation_last_prepare, batch_normalization_last_prepare, binary_last_prepare,
    channel_means_last_prepare, channel_shuffle_last_prepare, conv_grouped_prepare, conv_indirect_prepare,
    conv_stem_prepare, conv_strassen_prepare, conv_winograd2_prepare, conv_winograd4_prepare,
    conv_winograd_strided_prepare, depthwise_last_prepare, expand_depthwise_prepare, global_pool_last_prepare,
    pool_last_prepare, rescale_last_prepare;
kernel_run conv_grouped;  /* groups of 4 or 8 channels under a window three wide */
kernel_run conv_indirect; /* any Conv over planes but those of one channel a group */
kernel_run conv_stem;     /* few input channels: reads planes, writes pixels */
kernel_run conv_strassen; /* 1x1 at stride 1, dense, large */
kernel_run conv_winograd; /* 3x3 at stride 1 or 2 */
kernel_run depthwise_last;
kernel_run expand_depthwise; /* a 1x1 and the depthwise convolution that alone reads it */
kernel_run max_pool_last, average_pool_last;
kernel_run global_pool_last;   /* GlobalAveragePool and GlobalMaxPool */
kernel_run channel_means_last; /* the squeeze */
kernel_run activation_last, batch_normalization_last, rescale_last;
kernel_run binary_last;
kernel_run concat_last, split_last; /* along the channels */
kernel_run channel_shuffle_last;

#endif
