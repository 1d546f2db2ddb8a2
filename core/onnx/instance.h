/* A node of a function as one of the graph: for one call, under the graph's names. */
#ifndef SENET_ONNX_INSTANCE_H
#define SENET_ONNX_INSTANCE_H

#include "base/arena.h"
#include "onnx/functions.h"

/* A call that is being expanded, within the one of `outer`; NULL is the graph. */
struct scope {
    const struct scope *outer;
    const struct function *function;
    const Onnx__NodeProto *call; /* an instance itself, unless it is the graph's */
    const char *name;            /* of the call, with the scopes around it */
    size_t number;               /* of the call, from 1 */
    int depth;                   /* from 1 */
};

/*
 * Lives in `scratch`, and points into `node` and the call. `reused` becomes whether all its attributes are those of
 * `node` as they stand. Errors: MODEL_MALFORMED (an attribute of the wrong type), OUT_OF_MEMORY.
 */
enum senet_code instance_create(const struct scope *scope, const Onnx__NodeProto *node, struct arena *scratch,
                                Onnx__NodeProto **instance, bool *reused, struct senet_error *error);

/* For an operand that is input and output alike: an Identity from the one to the other. NULL when memory is short. */
Onnx__NodeProto *instance_identity(const struct scope *scope, const struct formal *formal, struct arena *scratch);

#endif
