/*
 * An Einsum's equation ("bij,bjk->bik") as loops: each element of the output is a sum over products of one element of
 * each operand. Infer functions check with it, kernels compute with it.
 */
#ifndef SENET_GRAPH_EINSUM_H
#define SENET_GRAPH_EINSUM_H

#include "graph/graph.h"

enum { EINSUM_OPERANDS = 2 };

/* Strides, in elements, of one operand along each axis: 0 where it lacks the axis or is repeated along it. */
struct einsum_operand {
    int64_t output[SENET_MAX_RANK], summed[SENET_MAX_RANK];
};

struct einsum {
    struct senet_shape output, summed; /* a scalar when nothing is left, or nothing summed */
    struct einsum_operand operands[EINSUM_OPERANDS];
    int operand_count;
};

/*
 * One or two operands; letters, "..." and blanks; the output written or implied; letters repeated within an operand
 * walk its diagonal. Operands are floats. Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED; the message names the node.
 */
enum senet_code einsum_read(const struct node *node, struct einsum *einsum, struct senet_error *error);

#endif
