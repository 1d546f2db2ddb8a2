"""Weights stored as float16: half the file. The engine converts them when it loads and computes in float32.

Batch normalisation is folded first, because its product with rounded weights would not be rounded.
"""
import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_batch_norm(module):
    """In place: each Conv2d that a BatchNorm2d follows in the order of definition takes it in."""
    before = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before:
            setattr(module, before, fuse_conv_bn_eval(getattr(module, before), child))
            setattr(module, name, nn.Identity())
        fold_batch_norm(child)
        before = name if isinstance(child, nn.Conv2d) else None


@torch.no_grad()
def round_weights(model):
    """In place: matrices and kernels get numbers that float16 has. Biases keep all of theirs."""
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.copy_(parameter.half().float())


def store_as_half(path):
    """In the ONNX file: every weight that loses nothing by it becomes float16, with a Cast before its reader."""
    import onnx  # only here: exporting without it works too
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.ndim < 2 or array.dtype != np.float32 or not np.array_equal(array.astype(np.float16), array):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], name=f"{name}.Cast", to=TensorProto.FLOAT))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
