/* ONNX's TensorProto -> a constant. */
#ifndef SENET_ONNX_TENSOR_H
#define SENET_ONNX_TENSOR_H

#include "base/source.h"
#include "graph/graph.h"
#include "onnx.pb-c.h"
#include "onnx/wire.h"

/* Where the raw_data of a tensor lies that was unpacked without. */
struct raw_data {
    const struct source *source;
    struct extent extent; /* empty for a tensor that has none */
};

/*
 * Its elements become what elements.h says. `what` names the tensor in messages, `directory` is as for onnx_import.
 * `raw` is NULL where the tensor was unpacked whole. Nothing is kept of `tensor`.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED, FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code tensor_import(const Onnx__TensorProto *tensor, const struct raw_data *raw, const char *what,
                              const char *directory, struct graph *graph, struct value **constant,
                              struct senet_error *error);

#endif
