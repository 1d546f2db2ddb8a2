/* Which operators a file uses, checked before anything else is read of it. */
#ifndef SENET_ONNX_OPERATORS_H
#define SENET_ONNX_OPERATORS_H

#include "base/arena.h"
#include "onnx.pb-c.h"
#include "senet.h"

/*
 * MODEL_UNSUPPORTED unless all operators are known; the message counts the others and names each with one node
 * that uses it, as far as fits. Errors besides: OUT_OF_MEMORY.
 */
enum senet_code operators_check(const Onnx__GraphProto *graph, struct arena *scratch, struct senet_error *error);

#endif
