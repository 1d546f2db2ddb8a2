#ifndef SENET_GRAPH_PASSES_SE_SQUEEZE_H
#define SENET_GRAPH_PASSES_SE_SQUEEZE_H

#include "graph/passes/se_chain.h"

/* Whether chain->at is what a block squeezes its image into; only then is *squeeze written. */
bool se_squeeze_match(struct se_chain *chain, enum se_squeeze *squeeze);

#endif
