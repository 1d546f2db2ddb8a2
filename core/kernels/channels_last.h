/* The kernels over channels-last (NHWC) tensors: see layout_pixel_stride in graph/graph.h. */
#ifndef SENET_KERNELS_CHANNELS_LAST_H
#define SENET_KERNELS_CHANNELS_LAST_H

#include "kernels/prepare.h"

kernel_accepts conv_indirect_accepts, conv_stem_accepts, conv_winograd2_accepts, conv_winograd4_accepts;
kernel_prepare conv_indirect_prepare, conv_stem_prepare, conv_winograd2_prepare, conv_winograd4_prepare;
kernel_run conv_indirect; /* any Conv over planes but those of one channel a group */
kernel_run conv_stem;     /* few input channels: reads planes, writes pixels */
kernel_run conv_winograd; /* 3x3 at stride 1, dense */

#endif
