/* ONNX's AttributeProtos -> node->attributes. */
#ifndef SENET_ONNX_ATTRIBUTES_H
#define SENET_ONNX_ATTRIBUTES_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

/*
 * Copies the attributes of `proto` into the arena. Those that infer functions and kernels read have the type that
 * ONNX gives them afterwards, so these need not check it. `directory` is as for onnx_import.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED, FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code attributes_import(const Onnx__NodeProto *proto, const char *directory, struct graph *graph,
                                  struct node *node, struct senet_error *error);

#endif
