#ifndef SENET_KERNELS_IM2COL_H
#define SENET_KERNELS_IM2COL_H

#include "graph/geometry.h"

/*
 * A convolution as a product of matrices: `columns` is (channels * kernel_h * kernel_w) x count, row-major, and
 * holds for output pixels first..first+count-1 (row-major over the output plane) what each tap sees; padding is 0.
 * `planes` is channels x in_h x in_w.
 */
void im2col(const float *planes, const struct window *window, int64_t channels, int64_t first, int64_t count,
            float *columns);

#endif
