/*
 * Squeeze-and-Excitation blocks, found backwards from a product of an image and a gate:
 *
 *   U -> squeeze -> fc1 -> activation -> fc2 -> gate -> (x) -> rescaled
 *   |__________________________________________________|
 *
 * and their relatives: another squeeze or none, one layer, a convolution over channels. se_block.h names them all.
 */
#ifndef SENET_GRAPH_PASSES_SE_MATCH_H
#define SENET_GRAPH_PASSES_SE_MATCH_H

#include "graph/passes/readers.h"
#include "graph/passes/se_layer.h"

struct se_match {
    struct value *image;       /* U */
    struct value *gate_value;  /* N,C,1,1, or N,C,H,W where every position has a gate */
    struct se_layer layers[2]; /* fc1, fc2; fc1 alone where there is one */
    int layer_count;
    enum se_squeeze squeeze;
    struct activation activation, gate;
    bool is_canonical; /* OP_SE computes the same, and nobody else reads what lies between */
};

/*
 * Whether `mul` rescales a block; only then is *match written. Changes nothing. `readers` are those of the graph
 * before any product in it was replaced.
 */
bool se_match_block(const struct node *mul, const struct readers *readers, struct se_match *match);

#endif
