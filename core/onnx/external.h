/*
 * Tensor data outside the ONNX file. The file's author chooses the name, so only a plain file name inside the
 * model's own directory is opened, without following a link, and only if it is a regular file.
 */
#ifndef SENET_ONNX_EXTERNAL_H
#define SENET_ONNX_EXTERNAL_H

#include <stddef.h>

#include "base/source.h"
#include "onnx.pb-c.h"
#include "senet.h"

/*
 * Finds `size` bytes, which have to be what the tensor says and what the file has, at *offset of *file. `what` names
 * the tensor in messages. On success the caller closes file->file; file->name is the tensor's.
 * Errors: MODEL_MALFORMED, MODEL_UNSUPPORTED (directory is NULL), FILE_UNREADABLE.
 */
enum senet_code external_open(const Onnx__TensorProto *tensor, const char *what, const char *directory, size_t size,
                              struct source *file, size_t *offset, struct senet_error *error);

#endif
