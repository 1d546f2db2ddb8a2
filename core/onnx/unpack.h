/*
 * The source of an ONNX file -> protobuf's structures, within limits.
 *
 * DESIGN
 * Nearly all of a file is the raw_data of its initialisers, and protobuf would copy it out of a copy of the file. So
 * the messages are taken apart first: ModelProto, GraphProto and each TensorProto are read without the one field that
 * holds what is large, and unpacked by themselves. The order of fields means nothing, and what is repeated (a graph
 * in two pieces) is put one behind the other, which is how protobuf merges. Where raw_data lies is noted for
 * tensor.c, which reads it once, to where it stays.
 *
 *   model   [ir_version][opset_import]........ graph ........[functions]      without graph
 *   graph        [name][node][node][input] initializer initializer ...        without initializer
 *   tensor                          [dims][data_type][name] raw_data          without raw_data
 */
#ifndef SENET_ONNX_UNPACK_H
#define SENET_ONNX_UNPACK_H

#include <stddef.h>

#include "base/source.h"
#include "onnx.pb-c.h"
#include "onnx/wire.h"
#include "senet.h"

struct unpacked {
    Onnx__ModelProto *model;
    struct extent *raw; /* by initialiser of the model's graph: its raw_data in the source; empty when it has none */
};

/*
 * On success the caller calls unpacked_release; on failure nothing is to be released.
 * Errors: FILE_UNREADABLE, MODEL_MALFORMED, OUT_OF_MEMORY (also when it is 64 MiB and four times the source that do
 * not suffice).
 */
enum senet_code model_unpack(const struct source *source, struct unpacked *unpacked, struct senet_error *error);
void unpacked_release(struct unpacked *unpacked);

#endif
