/* The kernels over channels-last (NHWC) tensors: see layout_pixel_stride in graph/graph.h. */
#ifndef SENET_KERNELS_CHANNELS_LAST_H
#define SENET_KERNELS_CHANNELS_LAST_H

#include "kernels/prepare.h"

/*
 * One number for each channel of each image, whatever the shape: floats from one image's numbers to the next's. Those
 * of shape (N,C,1,1) lie channels-last like any image, unless they are constants.
 */
int64_t channel_vector_stride(const struct value *value);

kernel_accepts conv_indirect_accepts, conv_stem_accepts, depthwise_last_accepts;
kernel_prepare conv_indirect_prepare, conv_stem_prepare, depthwise_last_prepare;
kernel_run conv_indirect; /* any Conv over planes but those of one channel a group */
kernel_run conv_stem;     /* few input channels: reads planes, writes pixels */
kernel_run depthwise_last;

#endif
