/*
 * The resolved geometry of a sliding window: what Conv and the pooling operators mean by their attributes
 * (ONNX Operators.md: kernel_shape, strides, dilations, pads, auto_pad, ceil_mode). Infer functions check with
 * it, kernels compute with it, so that both agree by construction. 2-D only.
 */
#ifndef SENET_GRAPH_GEOMETRY_H
#define SENET_GRAPH_GEOMETRY_H

#include "graph/graph.h"

/*
 * Output (y, x) covers input rows y * stride_h - pad_top + i * dilation_h for i < kernel_h, and columns likewise.
 * Taps outside the input are padding. With ceil_mode the last window may even reach past the padding; those taps
 * count for nothing, not for AveragePool's count_include_pad either. Every window of a pool has at least one tap
 * inside the input.
 */
struct window {
    int64_t kernel_h, kernel_w;
    int64_t stride_h, stride_w;
    int64_t dilation_h, dilation_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t in_h, in_w, out_h, out_w;
};

struct conv_geometry {
    struct window window;
    int64_t batch, in_channels, out_channels, groups;
};

/*
 * Also true on success: the input with its padding, and the patches of one image as a matrix (in_channels *
 * kernel_h * kernel_w by out_h * out_w), stay below TENSOR_BYTES_MAX (infer.h), so kernels may multiply freely.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node.
 */
enum senet_code conv_geometry(const struct node *node, struct conv_geometry *geometry, struct senet_error *error);
enum senet_code pool_window(const struct node *node, struct window *window, struct senet_error *error);

#endif
