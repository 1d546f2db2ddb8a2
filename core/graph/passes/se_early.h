/*
 * The gate before the image: where the block's U is a linear convolution of X, the mean of U is that convolution of the
 * mean of X, and the gate is known before U is computed:
 *
 *   W1 * mean(conv(X)) + b1 = (W1 * W) * means(X) + (W1 * b + b1)
 *
 * means(X) are those of channels under a 1x1 convolution, and of channels and taps under a 3x3 one (graph/se_block.h).
 */
#ifndef SENET_GRAPH_PASSES_SE_EARLY_H
#define SENET_GRAPH_PASSES_SE_EARLY_H

#include "graph/graph.h"

struct se_early {
    struct node *conv; /* of which the block reads the output, and nobody else; NULL: there is no early gate */
    int64_t taps;      /* of the squeeze of conv's X */
    struct value *weights, *bias; /* of the first layer, over those means */
};

/* `se` is an OP_SE. Errors: OUT_OF_MEMORY. */
enum senet_code se_early_match(struct graph *graph, const struct node *se, struct se_early *early,
                               struct senet_error *error);

#endif
