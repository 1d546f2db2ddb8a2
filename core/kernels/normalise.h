#ifndef SENET_KERNELS_NORMALISE_H
#define SENET_KERNELS_NORMALISE_H

#include "graph/normalisation.h"

/* What the naive kernel and the fast one for normalisations of lines are handed. */
struct normalise {
    struct normalisation form;
    bool says_mean, says_deviation; /* outputs 1 and 2 are wanted */
};

#endif
