/* Which version of ONNX's own operators a file, or a function in it, is written for. */
#ifndef SENET_ONNX_OPSET_H
#define SENET_ONNX_OPSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onnx.pb-c.h"
#include "senet.h"

/* Older operators differ in more than we handle; newer ones are not known yet. */
#define OPSET_MIN 6
#define OPSET_MAX 28

/* 0 when the list does not say. */
int64_t opset_find(Onnx__OperatorSetIdProto *const *imports, size_t count);

/* Errors: MODEL_UNSUPPORTED outside of OPSET_MIN..OPSET_MAX. `what` is what is written for it. */
enum senet_code opset_check(int64_t opset, const char *what, struct senet_error *error);

/*
 * Whether a node of this type, written as it is, means the same in both versions. ONNX demands it of a function that
 * names another version than its model, so that all nodes can be read as the model's.
 */
bool opset_reads_alike(const char *op_type, int64_t one, int64_t other);

#endif
