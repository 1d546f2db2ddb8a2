/*
 * Instance-, Group-, Layer- and RMSNormalization in one form: a tensor is cut into lines of elements on end, each line
 * is given mean 0 and variance 1 for itself, then each element its scale and bias. Infer functions check with it,
 * kernels compute with it.
 */
#ifndef SENET_GRAPH_NORMALISATION_H
#define SENET_GRAPH_NORMALISATION_H

#include "graph/graph.h"

/* Element i of the tensor takes number i / pitch % count. */
struct affine {
    int64_t pitch, count;
};

struct normalisation {
    int64_t lines, length;
    bool centred; /* else nothing is subtracted, and the mean square takes the variance's place */
    bool has_bias;
    float epsilon;
    struct affine scale, bias; /* both pitches divide the length */
};

/* Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node. */
enum senet_code normalisation_read(const struct node *node, struct normalisation *normalisation,
                                   struct senet_error *error);

#endif
