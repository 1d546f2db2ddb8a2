/* What kernels that compute depthwise convolutions over channels-last pixels share; see depthwise_last.c. */
#ifndef SENET_KERNELS_DEPTHWISE_H
#define SENET_KERNELS_DEPTHWISE_H

#include "graph/conv.h"
#include "graph/geometry.h"
#include "kernels/kernel.h"
#include "kernels/span.h"

struct depthwise {
    const struct simd *simd;
    struct conv_geometry geometry;
    struct activation activation;
    const float *weights; /* kernel_h x kernel_w x octets * 8 */
    const float *bias;    /* or NULL */
    const float *padding; /* a pixel of zeros */
    int64_t channels, octets;
    int64_t pixel, out_pixel; /* floats from one to the next */
    bool has[CONV_INPUTS];
    int64_t strides[CONV_INPUTS]; /* of the vectors of channels, from image to image */
};

/* Fills `depthwise` and packs weights and bias. Errors: OUT_OF_MEMORY. */
enum senet_code depthwise_prepare(const struct node *node, struct depthwise *depthwise, struct kernel_setup *setup,
                                  struct senet_error *error);

/*
 * Row `y` of an image's outputs, all channels. `pixels` are the addresses of what it sees (pixel_rows.h), of which the
 * window's rows `rows` lie inside the image.
 */
struct depthwise_row depthwise_row_at(const struct depthwise *depthwise, const struct kernel_call *call, int64_t image,
                                      int64_t y, struct span rows, const float *const *pixels);

#endif
