"""Weights for a skeleton of networks/: seeded, and the same numbers on every machine.

A skeleton's float initialisers have dimensions and no data. Each is drawn from its own name, so that a layer has the
same weights in every network that has it. RandomState is the generator whose numbers NumPy promises not to change;
what follows it are single IEEE operations.
"""
import zlib

import numpy as np
import onnx

# Uniform in -REACH..REACH / sqrt(fan-in): variance 1.6 / fan-in. A ReLU takes half of the variance away, and residual
# sums add to it, so that activations neither vanish (denormal numbers are slow) nor grow, however many layers come.
REACH = 2.2
DEPTHWISE = 1.7  # times that: separable units have gates of about a half, and few shortcuts that make up for them
BIAS = 0.3


def reach(dimensions):
    """Conv and Gemm (exported with transB) have their outputs on axis 0, and all else is summed over."""
    if len(dimensions) == 1:
        return BIAS
    depthwise = len(dimensions) == 4 and dimensions[1] == 1
    return REACH * (DEPTHWISE if depthwise else 1) / np.sqrt(np.prod(dimensions[1:]))


def numbers(name, dimensions):
    generator = np.random.RandomState(zlib.crc32(name.encode()))
    uniform = 2 * generator.random_sample(dimensions) - 1
    return (reach(dimensions) * uniform).astype("<f4")


def draw(skeleton, path):
    model = onnx.load(skeleton)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims and not tensor.raw_data:
            tensor.raw_data = numbers(tensor.name, tensor.dims).tobytes()
    onnx.save(model, path)
