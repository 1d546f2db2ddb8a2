/* What a file says of the type and shape of a graph's input. */
#ifndef SENET_ONNX_VALUE_INFO_H
#define SENET_ONNX_VALUE_INFO_H

#include "graph/graph.h"
#include "onnx.pb-c.h"

/*
 * Sets dtype and shape of `value`; dimensions that the file leaves open, named or not, are -1. `proto` has a name.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED.
 */
enum senet_code value_info_import(const Onnx__ValueInfoProto *proto, struct value *value, struct senet_error *error);

#endif
