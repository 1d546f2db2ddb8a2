/*
 * What a recognised Squeeze-and-Excitation block is, whichever nodes stand for it. pass_recognise_se makes of it
 *
 *   OP_SE          the block whole. Inputs: U (N,C,H,W), W1 (R,C), b1 (R), W2 (C,R), b2 (C), all row-major constants
 * but U (a bias that the file lacks is a constant of zeros). gate = g(W2 * activation(W1 * mean_hw(U) + b1) + b2).
 *   OP_RESCALE     its last step, the gate being computed by nodes of the graph. Inputs: U (N,C,H,W), and that gate:
 * one number a channel (N*C elements in that order, whatever the shape), or one a position (N,C,H,W).
 *
 * both with the outputs U * gate (N,C,H,W) with the node's own activation, and the gate that was applied (N,C). Later
 * pass_lower_se takes OP_SE apart, and OP_RESCALE where a convolution can do its product:
 *
 *   OP_CHANNEL_MEANS  the squeeze, (N,C,H,W) -> (N,C*T): with the attribute "taps" of T = 1 the mean of each channel
 * over all positions, with T = SQUEEZE_TAPS what each tap of a 3x3 convolution of stride 1 and padding by 1 sees on
 * average, zeros of the padding included: element c*9 + ky*3 + kx is the mean over all (y, x) of the padded
 * X[c][y+ky-1][x+kx-1]. Taps come last as they do in weights (M,C,kh,kw), so that the mean of a convolution is its
 * weights, as an M x C*T matrix, times that vector, plus its bias. OP_EXCITATION  means (N,K), W1 (R,K), b1 (R), W2
 * (C,R), b2 (C) -> the gate (N,C). OP_GATE        the gate that nodes of the graph compute, N*C elements -> the gate
 * that is applied (N,C). OP_RESCALE     U, gate and, or NULL, a residual (N,C,H,W): activation(U * gate + residual).
 * Behind an excitation it has no block, and gives no gate.
 *
 * One node carries the block: OP_SE or OP_RESCALE at first, OP_EXCITATION, OP_GATE or OP_RESCALE in the end. One of its
 * outputs is the gate that was applied (node_gate_output), in which an override has replaced what it names. A gate of
 * one number a position is read as its mean over the positions of a channel; an override of a channel replaces all of
 * them. The order of these nodes in the graph is the order of the blocks.
 */
#ifndef SENET_GRAPH_SE_BLOCK_H
#define SENET_GRAPH_SE_BLOCK_H

#include <stdint.h>

#include "graph/activation.h"

/* Of a 3x3 convolution. */
#define SQUEEZE_TAPS 9

/* How the file writes the excitation. X(symbol, text in answers and summaries). */
#define SE_KINDS(X)                                                                                                    \
    X(DENSE, "dense") /* two fully connected layers */                                                                 \
    X(CONV, "conv")   /* the same as 1x1 convolutions */                                                               \
    X(ESE, "ese")     /* one layer, C -> C, in either form: VoVNet's effective SE */                                   \
    X(ECA, "eca")     /* one convolution over the neighbouring channels */

/* What the excitation sees of U. */
#define SE_SQUEEZES(X)                                                                                                 \
    X(AVG, "avg")                                                                                                      \
    X(MAX, "max")                                                                                                      \
    X(AVG_MAX, "avg+max") /* a sum of both pools, or of the two excitations of them by the same layers */              \
    X(NONE, "none")       /* every position has a gate of its own */

/* Where the block sits in a residual unit (arXiv:1709.01507, fig. 5); passes/se_placement.h has the rule. */
#define SE_PLACEMENTS(X)                                                                                               \
    X(NONE, "none")         /* in no residual unit */                                                                  \
    X(STANDARD, "standard") /* at the end of the branch, right before the addition */                                  \
    X(BRANCH, "branch")     /* inside the branch, convolutions behind it: inverted residuals, RegNet */                \
    X(PRE, "pre")           /* before the branch; the shortcut takes what the block takes */                           \
    X(POST, "post")         /* right after the addition */                                                             \
    X(IDENTITY, "identity") /* on the shortcut */

#define SE_KIND_ENUM(symbol, text) SE_##symbol,
#define SE_SQUEEZE_ENUM(symbol, text) SE_SQUEEZE_##symbol,
#define SE_PLACEMENT_ENUM(symbol, text) SE_PLACEMENT_##symbol,
enum se_kind { SE_KINDS(SE_KIND_ENUM) };
enum se_squeeze { SE_SQUEEZES(SE_SQUEEZE_ENUM) };
enum se_placement { SE_PLACEMENTS(SE_PLACEMENT_ENUM) };
#undef SE_KIND_ENUM
#undef SE_SQUEEZE_ENUM
#undef SE_PLACEMENT_ENUM

struct se_block {
    const char *layer;
    enum se_kind kind;
    enum se_squeeze squeeze;
    enum se_placement placement;
    struct activation activation; /* between two layers; NONE where there is one */
    struct activation gate;
    int64_t channels;
    int64_t reduced;                        /* outputs of the first of two layers; channels where there is one */
    int64_t fc1_parameters, fc2_parameters; /* as the file held them: absent biases are not counted; 0 for no layer */
};

const char *se_kind_text(enum se_kind kind);
const char *se_squeeze_text(enum se_squeeze squeeze);
const char *se_placement_text(enum se_placement placement);

#endif
