/*
 * The resolved geometry of a sliding window: what Conv, ConvTranspose and the pooling operators mean by their
 * attributes (ONNX Operators.md: kernel_shape, strides, dilations, pads, auto_pad, ceil_mode, output_shape). Infer
 * functions check with it, kernels compute with it, so that both agree by construction. One to three spatial axes.
 */
#ifndef SENET_GRAPH_GEOMETRY_H
#define SENET_GRAPH_GEOMETRY_H

#include "graph/graph.h"

/* Depth, height, width. An axis that the tensor lacks has one element under a kernel of one: 1-D is one row. */
enum { SPATIAL_AXES = 3 };

/*
 * One spatial axis. Output o covers inputs o * stride - pad_begin + i * dilation for i < kernel. Taps outside the
 * input are padding. With ceil_mode the last window may even reach past the padding; those taps count for nothing,
 * not for AveragePool's count_include_pad either. Every window of a pool has at least one tap inside the input.
 */
struct extent {
    int64_t in, kernel, stride, dilation, pad_begin, pad_end, out;
};

/* The last two axes under the names that kernels over planes use. */
struct window {
    int64_t kernel_h, kernel_w;
    int64_t stride_h, stride_w;
    int64_t dilation_h, dilation_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t in_h, in_w, out_h, out_w;
};

/* 1x1 at stride 1 without padding: each output pixel sees the input pixel at its place. */
bool window_is_pointwise(const struct window *window);
/* 1x1 without padding at any stride: each output pixel sees one input pixel. */
bool window_is_one_pixel(const struct window *window);

struct conv_geometry {
    struct extent axes[SPATIAL_AXES];
    struct window window; /* of the last two axes; all there is when the tensor's rank is at most 4 */
    int64_t batch, in_channels, out_channels, groups;
};

/*
 * Also true on success: the input with its padding, and the patches of one image as a matrix (in_channels *
 * kernel elements by output pixels), stay below TENSOR_BYTES_MAX (infer.h), so kernels may multiply freely.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node.
 */
enum senet_code conv_geometry(const struct node *node, struct conv_geometry *geometry, struct senet_error *error);
/*
 * The geometry of the convolution that a ConvTranspose turns round: its axes lead from the node's output (`in`) to the
 * node's input (`out`). Channels are the node's own. Errors: likewise.
 */
enum senet_code conv_transpose_geometry(const struct node *node, struct conv_geometry *geometry,
                                        struct senet_error *error);
/* The global pools have one window, the whole input. Errors: likewise. */
enum senet_code pool_extents(const struct node *node, struct extent axes[SPATIAL_AXES], struct senet_error *error);
/* For kernels over planes. */
enum senet_code pool_window(const struct node *node, struct window *window, struct senet_error *error);

#endif
