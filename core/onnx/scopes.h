/* Where in the network's modules a node belongs, as its name says or as PyTorch's newer exporter notes beside it. */
#ifndef SENET_ONNX_SCOPES_H
#define SENET_ONNX_SCOPES_H

#include "base/arena.h"
#include "onnx.pb-c.h"

/*
 * The node's name. Where its metadata holds "pkg.torch.onnx.name_scopes", a list of the modules around an operation
 * and the operation itself, these come before it as TorchScript's exporter writes them: ['', 'layer1', 'layer1.0.se',
 * 'mul'] makes "node_mul" "/layer1/layer1.0.se/node_mul". NULL when memory is short.
 */
char *scopes_node_name(const Onnx__NodeProto *node, struct arena *arena);

#endif
