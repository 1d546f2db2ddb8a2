/*
 * Calls of a file's own functions, replaced by the nodes of these.
 *
 * DESIGN
 * A function's nodes are copied for each call. Names of operands become those of the call, other values get the
 * number of the call behind their name, nodes the name of the call before it ("layer1/se/Mul" for Mul in a call
 * layer1/se). Attributes that refer to the call's are replaced by these, by the function's default, or left out.
 * A file of a few bytes can ask for any number of copies: nodes and calls are counted together, so that functions
 * which hold nothing but calls end too, and memory is bounded by what copies cost on top of the file itself.
 */
#ifndef SENET_ONNX_INLINE_H
#define SENET_ONNX_INLINE_H

#include "base/arena.h"
#include "onnx.pb-c.h"
#include "senet.h"

/* Laying out memory takes time that grows with the square of this. The largest networks of timm have a few thousand. */
#define NODES_MAX 65536

struct node_list {
    Onnx__NodeProto **nodes;
    size_t count;
};

/*
 * The nodes of the graph of `model`, whose opset is `opset`: at most NODES_MAX, in the file's order, none of them a
 * call. They live as long as both `model` and `scratch`.
 * Errors: MODEL_MALFORMED (a function calls itself, operands do not fit), MODEL_UNSUPPORTED (too many nodes, too much
 * memory, an operator set in which the function means something else), OUT_OF_MEMORY.
 */
enum senet_code calls_inline(const Onnx__ModelProto *model, int64_t opset, struct arena *scratch,
                             struct node_list *list, struct senet_error *error);

#endif
