/* ONNX's TensorProto -> a constant. */
#ifndef SENET_ONNX_TENSOR_H
#define SENET_ONNX_TENSOR_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

/*
 * Its elements become what elements.h says. `what` names the tensor in messages, `directory` is as for onnx_import.
 * Nothing is kept of `tensor`.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED, FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code tensor_import(const Onnx__TensorProto *tensor, const char *what, const char *directory,
                              struct graph *graph, struct value **constant, struct senet_error *error);

#endif
