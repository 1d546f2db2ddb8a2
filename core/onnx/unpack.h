/* Bytes -> protobuf's structures, within limits. */
#ifndef SENET_ONNX_UNPACK_H
#define SENET_ONNX_UNPACK_H

#include <stddef.h>

#include "onnx.pb-c.h"
#include "senet.h"

/*
 * On success the caller frees *model: onnx__model_proto__free_unpacked(*model, NULL).
 * Errors: MODEL_MALFORMED, OUT_OF_MEMORY (also when it is 64 MiB and four times `size` that do not suffice).
 */
enum senet_code model_unpack(const void *bytes, size_t size, Onnx__ModelProto **model, struct senet_error *error);

#endif
