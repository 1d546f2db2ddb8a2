/*
 * Sliding windows over channels-last images. A kernel is handed the address of every pixel that a row of outputs sees,
 * those in the padding included, so that its loops know of no edges.
 */
#ifndef SENET_KERNELS_PIXEL_ROWS_H
#define SENET_KERNELS_PIXEL_ROWS_H

#include "graph/geometry.h"
#include "kernels/span.h"

/* Pixels of one input row under a row of outputs, padding included. */
int64_t pixel_row_width(const struct window *window);

/* Bytes of the addresses that pixel_rows_fill writes. */
size_t pixel_rows_bytes(const struct window *window);

/*
 * The window's rows that lie inside the image for output row `y`; `pixels` receives pixel_row_width addresses for each
 * of them. `image` is one image, its pixels `pixel_stride` floats apart; `padding` is a pixel that stands for all
 * outside of it.
 */
struct span pixel_rows_fill(const struct window *window, const float *image, int64_t pixel_stride, const float *padding,
                            int64_t y, const float **pixels);

#endif
