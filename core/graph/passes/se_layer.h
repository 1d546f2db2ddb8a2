/* A layer of an excitation: from one number a channel to one number a channel. */
#ifndef SENET_GRAPH_PASSES_SE_LAYER_H
#define SENET_GRAPH_PASSES_SE_LAYER_H

#include "graph/passes/se_chain.h"

enum se_form {
    SE_FORM_CONV,  /* a 1x1 convolution: weights outputs x inputs / groups */
    SE_FORM_DENSE, /* Gemm, MatMul: out = scale * in W + bias_scale * bias; W outputs x inputs, or transposed */
    SE_FORM_TAPS   /* a convolution over neighbouring channels */
};

struct se_layer {
    enum se_form form;
    int64_t inputs, outputs;
    int64_t parameters;                 /* as the file holds them */
    const struct value *weights, *bias; /* constants; bias may be NULL */
    bool transposed;                    /* weights are inputs x outputs rather than outputs x inputs */
    bool grouped;
    float scale, bias_scale;
};

/* Whether a layer computes chain->at; then the chain has moved to its operand. */
bool se_layer_match(struct se_chain *chain, struct se_layer *layer);

/* Whether both compute the same: the same numbers, not equal ones. */
bool se_layer_same(const struct se_layer *a, const struct se_layer *b);

/* Whether OP_SE takes its weights without a copy of what several nodes share. */
bool se_layer_is_cheap(const struct se_layer *layer);

#endif
