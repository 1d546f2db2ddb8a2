/* Which operators a file uses, checked before the rest is read of it. */
#ifndef SENET_ONNX_OPERATORS_H
#define SENET_ONNX_OPERATORS_H

#include "base/arena.h"
#include "onnx/inline.h"
#include "senet.h"

/*
 * MODEL_UNSUPPORTED unless all operators are known; the message lists the others, each with all nodes that use it.
 * When that is too long, it names as many nodes of each operator as fit, and counts the rest.
 * Errors besides: OUT_OF_MEMORY.
 */
enum senet_code operators_check(const struct node_list *nodes, struct arena *scratch, struct senet_error *error);

#endif
