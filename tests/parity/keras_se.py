#!/usr/bin/env python3
"""Write the fixtures that come from Keras: small SE networks through tf2onnx, with Keras' own numbers.

    python3 tests/parity/keras_se.py      # needs tensorflow-cpu and tf2onnx

Keras is the other half of the world: images lie N x H x W x C, so that Transposes surround the convolutions
and sometimes the block; SAME padding with stride 2 is uneven; a Dense layer is a MatMul and an Add; and a block
has no scope of its own, so it is called after the layer that rescales, as in keras.applications' EfficientNet.
"""
import os
from pathlib import Path

os.environ.update(CUDA_VISIBLE_DEVICES="", TF_CPP_MIN_LOG_LEVEL="3")

import keras  # noqa: E402  (TensorFlow reads the environment when it is imported)
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
import tf2onnx  # noqa: E402
from keras import layers  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "networks"
SIZE = (18, 15, 3)


def conv_bn_relu(x, channels, stride, name):
    x = layers.Conv2D(channels, 3, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    return layers.ReLU(name=f"{name}_relu")(layers.BatchNormalization(name=f"{name}_bn")(x))


def dense_block(x, reduction, name):
    """The block as in most tutorials: vectors, and a Reshape before the product."""
    channels = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x)
    gate = layers.Dense(channels // reduction, activation="relu", name=f"{name}_reduce")(gate)
    gate = layers.Dense(channels, activation="sigmoid", name=f"{name}_expand")(gate)
    return layers.Multiply(name=f"{name}_excite")([x, layers.Reshape((1, 1, channels), name=f"{name}_reshape")(gate)])


def conv_block(x, reduction, name):
    """The block of keras.applications: a Reshape after the squeeze, then 1x1 convolutions."""
    channels = x.shape[-1]
    gate = layers.Reshape((1, 1, channels), name=f"{name}_reshape")(
        layers.GlobalAveragePooling2D(name=f"{name}_squeeze")(x))
    gate = layers.Conv2D(channels // reduction, 1, activation="relu", name=f"{name}_reduce")(gate)
    gate = layers.Conv2D(channels, 1, activation="sigmoid", name=f"{name}_expand")(gate)
    return layers.Multiply(name=f"{name}_excite")([x, gate])


def build(block, name):
    """A stem, a residual unit with its block before the sum, and a block after a depthwise convolution."""
    image = keras.Input(SIZE, name="input")
    x = conv_bn_relu(image, 12, 2, "stem")
    y = layers.BatchNormalization(name="unit1_bn")(
        layers.Conv2D(12, 3, padding="same", use_bias=False, name="unit1_conv")(x))
    x = layers.ReLU(name="unit1_relu")(layers.Add(name="unit1_add")([x, block(y, 4, "unit1_se")]))
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False, name="unit2_depthwise")(x)
    x = layers.ReLU(6.0, name="unit2_relu")(layers.BatchNormalization(name="unit2_bn")(x))
    x = conv_bn_relu(block(x, 3, "unit2_se"), 20, 1, "unit3")
    x = layers.GlobalAveragePooling2D(name="pool")(block(x, 4, "unit3_se"))
    return keras.Model(image, layers.Dense(6, name="logits")(x), name=name)


def randomise(model, generator):
    """No scale is one and no bias zero: converters leave such things out."""
    for weight in model.weights:
        kind = weight.name
        if kind in ("gamma", "moving_variance"):
            value = generator.uniform(0.5, 1.5, weight.shape)
        elif kind in ("beta", "bias", "moving_mean"):
            value = generator.normal(0, 0.3, weight.shape)
        else:
            value = generator.normal(0, 1 / np.sqrt(np.prod(weight.shape[:-1])), weight.shape)
        weight.assign(value.astype(np.float32))


def write(name, block, opset):
    model = build(block, name)
    generator = np.random.default_rng(7)
    randomise(model, generator)
    images = generator.standard_normal((2, *SIZE)).astype(np.float32)
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)

    signature = [tf.TensorSpec((None, *SIZE), tf.float32, name="input")]
    function = tf.function(lambda input: {"logits": model(input)}, input_signature=signature)
    graph, _ = tf2onnx.convert.from_function(function, signature, opset=opset,
                                             output_path=str(folder / "model.onnx"))
    expand = [layer for layer in model.layers if layer.name.endswith("_expand")]
    logits, *gates = keras.Model(model.input, [model.output, *(layer.output for layer in expand)])(images)
    np.save(folder / "input.npy", images)
    np.save(folder / "logits.npy", np.array(logits))
    scopes = [node.name.rpartition("/")[0] for node in graph.graph.node if node.op_type == "Mul"]
    for layer, gate in zip(expand, gates):
        scope, = (scope for scope in scopes if layer.name.replace("_expand", "_excite") in scope)
        np.save(folder / f"gate.{scope.replace('/', '.')}.npy", np.array(gate).reshape(len(images), -1))
    return graph


def main():
    for name, block, opset in (("keras_dense", dense_block, 13), ("keras_conv", conv_block, 17)):
        graph = write(name, block, opset)
        print(name, " ".join(node.op_type for node in graph.graph.node))


if __name__ == "__main__":
    main()
