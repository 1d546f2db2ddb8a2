/*
 * The way backwards from a gate to the image that it rescales, through what computes it. Values on the way hold one
 * number a channel and image, or, where nothing is squeezed, one a channel, image and position.
 */
#ifndef SENET_GRAPH_PASSES_SE_CHAIN_H
#define SENET_GRAPH_PASSES_SE_CHAIN_H

#include "graph/graph.h"

struct se_chain {
    const struct value *image; /* U: N,C,H,W */
    const struct value *at;    /* what remains to be explained */
    bool per_position;         /* values on the way are N,c,H,W rather than N*c elements */
    int steps;                 /* nodes passed: a longer way is none, whoever wrote the file */
    bool is_private;           /* nobody else reads what was passed */
    bool is_plain;             /* nothing was passed but views and what OP_SE computes */
};

/*
 * The node that computes chain->at, which moves there past views and normalisations. NULL when there is none that a
 * block may have, or the way is too long.
 */
const struct node *se_chain_producer(struct se_chain *chain);

/* Whether chain->at is the image itself, or a view of it. */
bool se_chain_is_image(struct se_chain *chain);

/* Past `node`, to its operand `input`. */
void se_chain_pass(struct se_chain *chain, const struct node *node, int input);

/* Where two ways from one sum have met again: OP_SE computes no sums. */
void se_chain_join(struct se_chain *chain, const struct se_chain *a, const struct se_chain *b);

/* Whether a value has the shape of one number for each of `channels`: images first, any ones between. */
bool se_chain_fits(const struct se_chain *chain, const struct value *value, int64_t channels);

/* The same elements in the same order: views, and transpositions that move axes of one element alone. */
bool se_keeps_order(const struct node *node);

#endif
