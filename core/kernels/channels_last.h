/* The kernels over channels-last (NHWC) tensors: see layout_pixel_stride in graph/graph.h. */
#ifndef SENET_KERNELS_CHANNELS_LAST_H
#define SENET_KERNELS_CHANNELS_LAST_H

#include "kernels/prepare.h"

kernel_accepts conv_indirect_accepts, conv_stem_accepts;
kernel_prepare conv_indirect_prepare, conv_stem_prepare;
kernel_run conv_indirect; /* any Conv over planes but those of one channel a group */
kernel_run conv_stem;     /* few input channels: reads planes, writes pixels */

#endif
