/*
 * A convolution as an indirect product (after Dukhan, "The Indirect Convolution Algorithm", arXiv:1907.02129): nothing
 * is copied, the rows of the left matrix are pixels where they lie.
 *
 * DESIGN
 * Under one tap of the window, the output pixels are rows (pixels x depth) times weights (depth x columns), and the
 * taps add up. Work is cut, from the outside in, into
 *
 *   blocks   of output pixels, whose input stays in the second-level cache
 *   panels   of output channels, simd->gemm_columns wide, whose weights lie together
 *   chunks   of taps and depth, whose part of a panel stays in the first-level cache
 *   tiles    of simd->gemm_rows pixels, whose sums are registers (simd/gemm.c)
 *
 * Between chunks, sums wait in the output. Weights lie in memory in the order in which they are read:
 * [group][panel][chunk][tap][depth][column], so that memory streams, and while one chunk is at work the next is
 * prefetched. A team shares out tiles with all panels, or, where weights are more than pixels, tiles under single
 * panels.
 *
 * Groups of a convolution are slices of depth and of columns. Where a group has no multiple of 8 output channels,
 * several are taken as one, with zeros for weights that do not exist.
 */
#ifndef SENET_KERNELS_CONV_PRODUCT_H
#define SENET_KERNELS_CONV_PRODUCT_H

#include "graph/geometry.h"
#include "kernels/kernel.h"

struct conv_product {
    const struct simd *simd;
    struct activation activation;
    int64_t images, pixels;               /* output pixels of an image */
    int64_t groups, taps, depth, columns; /* of a group, as multiplied */
    int64_t panels;                       /* of a group */
    int64_t chunk_taps, chunk_depth, chunks;
    int64_t tiles;       /* of an image */
    int64_t block_tiles; /* at most; counted through all images */
    int64_t out_channels, out_stride;
    bool fetch; /* output and residual ahead of time */
    bool has_residual, has_scale, has_input_scale;
    int64_t scale_stride, input_scale_stride; /* from image to image */
    size_t address_bytes; /* of a member's scratch: where the rows of a block's tiles lie; the tiles come after */
    const float *weights; /* packed */
    const float *bias;    /* whole vectors, zeros where the convolution has none */
};

/* Weights and bias are there to be packed. */
bool conv_product_accepts(const struct node *node);

/*
 * Weights that are being packed: of output column `column` of group `group`, depth first..first+depth-1 under each tap,
 * taps x depth. Returns where they lie: in `room`, which has space for them, or where they come from.
 */
typedef const float *conv_weights(const void *source, int64_t group, int64_t column, int64_t first, int64_t depth,
                                  float *room);

/* Those of a dense 1x1 convolution; `source` is the weights' struct value. */
conv_weights conv_pointwise_weights;

/*
 * `product` has its sizes up to `columns` set, and out_channels. Adds the rest; packed weights go into setup->arena.
 * `bytes_per_pixel` is what an output pixel makes a block read. Errors: OUT_OF_MEMORY.
 */
enum senet_code conv_product_prepare(const struct node *node, struct conv_product *product, conv_weights *read,
                                     const void *source, int64_t bytes_per_pixel, struct kernel_setup *setup,
                                     struct senet_error *error);

/*
 * Where the depth of group 0 begins for pixels first..first+count-1 of `image` under each tap; a row of zeros where
 * that is padding. Order: [tap][pixel].
 */
typedef void conv_addresses(const void *context, int64_t image, int64_t first, int count, const float **addresses);

void conv_product_run(const struct conv_product *product, const struct kernel_call *call, conv_addresses *addresses,
                      const void *context);

#endif
