/*
 * Tensor data outside the ONNX file. The file's author chooses the name, so only a plain file name inside the
 * model's own directory is opened, without following a link, and only if it is a regular file.
 */
#ifndef SENET_ONNX_EXTERNAL_H
#define SENET_ONNX_EXTERNAL_H

#include <stdint.h>

#include "onnx.pb-c.h"
#include "senet.h"

/*
 * Reads exactly `size` bytes, which have to be what the tensor says and what the file has. `what` names the tensor
 * in messages. The caller frees *bytes on success.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED (directory is NULL), FILE_UNREADABLE, OUT_OF_MEMORY.
 */
enum senet_code external_read(const Onnx__TensorProto *tensor, const char *what, const char *directory, size_t size,
                              uint8_t **bytes, struct senet_error *error);

#endif
