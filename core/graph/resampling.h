/*
 * What Resize and Upsample mean by their inputs and attributes. The infer function checks with it, kernels compute with
 * it, so that both agree by construction.
 */
#ifndef SENET_GRAPH_RESAMPLING_H
#define SENET_GRAPH_RESAMPLING_H

#include "graph/graph.h"

enum resampling_mode { RESAMPLING_NEAREST, RESAMPLING_LINEAR, RESAMPLING_CUBIC };

/* How an output's index becomes a place in the input; the names are ONNX's. */
enum resampling_place {
    PLACE_HALF_PIXEL,
    PLACE_PYTORCH_HALF_PIXEL,
    PLACE_HALF_PIXEL_SYMMETRIC,
    PLACE_TF_HALF_PIXEL_FOR_NN,
    PLACE_ALIGN_CORNERS,
    PLACE_ASYMMETRIC,
    PLACE_TF_CROP_AND_RESIZE
};

/* How a place becomes the nearest element. Until opset 10 it was ROUND_OLD: up when shrinking, else down. */
enum resampling_round { ROUND_PREFER_FLOOR, ROUND_PREFER_CEIL, ROUND_FLOOR, ROUND_CEIL, ROUND_OLD };

struct resampled_axis {
    int64_t in, out;
    double scale;              /* finite, > 0; out is about in * scale */
    double roi_begin, roi_end; /* finite; of the input's length, for PLACE_TF_CROP_AND_RESIZE */
    bool kept;                 /* every output is its input */
};

struct resampling {
    enum resampling_mode mode;
    enum resampling_place place;
    enum resampling_round round;
    double cubic_a;
    float extrapolation; /* what lies outside, for PLACE_TF_CROP_AND_RESIZE */
    bool exclude_outside, antialias;
    int rank;
    struct resampled_axis axes[SENET_MAX_RANK];
};

/* Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node. */
enum senet_code resampling_read(const struct node *node, struct resampling *resampling, struct senet_error *error);

#endif
