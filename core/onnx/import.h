/*
 * Bytes of an ONNX file -> graph. onnx.proto beside this file declares only the fields read here; protobuf
 * skips the others. Every size, index and name in the file is hostile until checked.
 */
#ifndef SENET_ONNX_IMPORT_H
#define SENET_ONNX_IMPORT_H

#include "base/source.h"
#include "graph/graph.h"

/*
 * `directory` is where external tensor data may lie: a plain file name in it, opened without following links.
 * NULL allows none. On success `graph` is filled (its arenas are `arena` and `constants`, which may be NULL), shapes
 * not yet inferred. Nothing is kept of `source`. On failure the caller releases the arenas as it would on success.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED (one message that names every unsupported operator and its
 * nodes, as far as they fit), FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code onnx_import(const struct source *source, const char *directory, struct arena *arena,
                            struct arena *constants, struct graph *graph, struct senet_error *error);

#endif
