/*
 * The Squeeze-and-Excitation pattern, found backwards from a product of an image and a gate:
 *
 *   U -> squeeze -> fc1 -> activation -> fc2 -> gate -> (x) -> rescaled
 *   |__________________________________________________|
 */
#ifndef SENET_GRAPH_PASSES_SE_MATCH_H
#define SENET_GRAPH_PASSES_SE_MATCH_H

#include "graph/graph.h"

/* A 1x1 Conv or a Gemm on one vector per image: out = scale * W in + bias_scale * bias. */
struct se_fc {
    enum op op; /* OP_CONV or OP_GEMM */
    int64_t inputs, outputs;
    const struct value *weights, *bias; /* constants; bias may be NULL */
    bool transposed;                    /* weights are inputs x outputs rather than outputs x inputs */
    float scale, bias_scale;
};

struct se_match {
    struct value *image; /* U */
    struct se_fc fc1, fc2;
    struct activation activation, gate;
};

/* Whether `mul` rescales a block; only then is *match written. Changes nothing. */
bool se_match_block(const struct node *mul, struct se_match *match);

#endif
