"""The layers of random networks: each takes the network and a value N x C x H x W and returns another one.

A layer that does not fit a value (an image too small for its kernel) returns it as it is.
"""
import numpy as np

from se_blocks import SE_BLOCKS


def window_out(size, kernel, stride, dilation, pads, ceil=False):
    room = size + pads[0] + pads[1] - (kernel - 1) * dilation - 1
    if room < 0:
        return 0
    out = (room + stride - 1 if ceil else room) // stride + 1
    return out - 1 if ceil and (out - 1) * stride >= size + pads[0] else out


def drops_last(size, kernel, stride, pads):
    """Whether ceil_mode would add a window that begins in the padding."""
    return -(-(size + sum(pads) - kernel) // stride) * stride >= size + pads[0]


def convolution(network, value):
    n, c, h, w = network.shapes[value]
    groups = network.choice([g for g in range(1, c + 1) if c % g == 0])
    depthwise = groups == c and network.chance(0.7)
    out = c * network.integer(1, 2) if depthwise else groups * network.integer(1, max(1, 12 // groups))
    kernel = network.choice([(1, 1), (1, 1), (3, 3), (3, 3), (5, 5), (1, 3), (3, 2), (2, 2)])
    stride = network.choice([(1, 1), (1, 1), (2, 2), (1, 2), (3, 1)])
    dilation = network.choice([(1, 1), (1, 1), (2, 2), (1, 3)])
    attributes = {"strides": stride, "dilations": dilation, "group": groups}
    if network.chance(0.2):
        attributes["auto_pad"] = network.choice(["SAME_UPPER", "SAME_LOWER"])
        attributes["dilations"] = (1, 1)
        height, width = -(-h // stride[0]), -(-w // stride[1])
    else:
        pads = [network.integer(0, k // 2 + 1) for k in kernel + kernel]
        attributes["pads"] = pads
        height = window_out(h, kernel[0], stride[0], dilation[0], (pads[0], pads[2]))
        width = window_out(w, kernel[1], stride[1], dilation[1], (pads[1], pads[3]))
    if height < 1 or width < 1:
        return value
    inputs = [value, network.weights(out, c // groups, *kernel)]
    if network.chance(0.5):
        inputs.append(network.weights(out, scale=0.1))
    if network.chance(0.5):
        attributes["kernel_shape"] = kernel
    return network.node("Conv", inputs, (n, out, height, width), **attributes)


def transposed_convolution(network, value):
    n, c, h, w = network.shapes[value]
    if h + w > 30:
        return value
    groups = network.choice([g for g in range(1, c + 1) if c % g == 0])
    out = groups * network.integer(1, max(1, 8 // groups))
    kernel = network.choice([(2, 2), (3, 3), (4, 4), (3, 2)])
    stride = network.choice([(1, 1), (2, 2), (2, 1)])
    dilation = network.choice([(1, 1), (1, 1), (1, 2)])
    pads = [network.integer(0, k // 2) for k in kernel + kernel]
    extra = [network.integer(0, s - 1) for s in stride]
    height, width = ((size - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1 + extra[i] - pads[i] - pads[i + 2]
                     for i, size in enumerate((h, w)))
    if height < 1 or width < 1:
        return value
    inputs = [value, network.weights(c, out // groups, *kernel)]
    if network.chance(0.5):
        inputs.append(network.weights(out, scale=0.1))
    return network.node("ConvTranspose", inputs, (n, out, height, width), strides=stride, dilations=dilation, pads=pads,
                        output_padding=extra, group=groups)


def transposed_convolution_batch_norm(network, value):
    return batch_norm(network, transposed_convolution(network, value))


def convolution_along_rows(network, value):
    """A 1-D convolution over all pixels as one sequence."""
    n, c, h, w = network.shapes[value]
    sequence = network.node("Reshape", [value, network.integers(n, c, -1)], (n, c, h * w))
    kernel = network.choice([1, 3, 5])
    convolved = network.node("Conv", [sequence, network.weights(c, c, kernel)], (n, c, h * w), pads=[kernel // 2] * 2)
    pooled = network.node("MaxPool", [convolved], (n, c, h * w), kernel_shape=[3], pads=[1, 1])
    return network.node("Reshape", [pooled, network.integers(n, c, h, w)], (n, c, h, w))


def channel_vector(network, channels, low, high):
    return network.constant(network.random.uniform(low, high, channels).astype(np.float32))


def batch_norm(network, value):
    channels = network.shapes[value][1]
    inputs = [value, channel_vector(network, channels, 0.5, 1.5), channel_vector(network, channels, -0.5, 0.5),
              channel_vector(network, channels, -0.3, 0.3), channel_vector(network, channels, 0.5, 2)]
    return network.node("BatchNormalization", inputs, network.shapes[value],
                        epsilon=float(network.choice([1e-5, 1e-3])))


def convolution_batch_norm(network, value):
    return batch_norm(network, convolution(network, value))


def instance_norm(network, value):
    n, channels, h, w = network.shapes[value]
    if h * w < 8:
        return value
    return network.node("InstanceNormalization", [value, channel_vector(network, channels, 0.5, 1.5),
                                                  channel_vector(network, channels, -0.5, 0.5)],
                        network.shapes[value], epsilon=1e-3)


def layer_norm(network, value):
    shape = network.shapes[value]
    if network.opset < 17 or shape[1] * shape[2] * shape[3] < 8:
        return value
    return network.node("LayerNormalization", [value, network.weights(*shape[1:], scale=1.0)], shape, axis=1,
                        epsilon=1e-3)


def local_response_norm(network, value):
    return network.node("LRN", [value], network.shapes[value], size=network.choice([3, 5]), alpha=0.01, beta=0.6,
                        bias=1.2)


ACTIVATIONS = [("Relu", {}), ("LeakyRelu", {"alpha": 0.1}), ("Elu", {"alpha": 0.8}), ("Selu", {}), ("Sigmoid", {}),
               ("HardSigmoid", {"alpha": 0.25, "beta": 0.4}), ("Tanh", {}), ("Softplus", {}), ("Softsign", {}),
               ("Erf", {}), ("Abs", {}), ("Neg", {}), ("Celu", {"alpha": 1.3}), ("ThresholdedRelu", {"alpha": 0.2})]


def activation(network, value):
    op, attributes = network.choice(ACTIVATIONS)
    if op == "Celu" and network.opset < 12:
        op, attributes = "Relu", {}
    return network.node(op, [value], network.shapes[value], **attributes)


def newer_activation(network, value):
    """HardSwish, Mish and Gelu: as operators where the opset has them, else as exporters spell them."""
    shape = network.shapes[value]
    kind = network.choice(["HardSwish", "Mish", "Gelu", "SiLU"])
    if kind == "SiLU":
        return network.node("Mul", [value, network.node("Sigmoid", [value], shape)], shape)
    if network.opset >= {"HardSwish": 14, "Mish": 18, "Gelu": 20}[kind]:
        return network.node(kind, [value], shape)
    if kind == "HardSwish":
        sum_ = network.node("Add", [value, network.scalar(3)], shape)
        clipped = network.node("Clip", [sum_, network.scalar(0), network.scalar(6)], shape)
        product = network.node("Mul", [value, clipped], shape)
        return network.node("Div", [product, network.scalar(6)], shape)
    if kind == "Mish":
        return network.node("Mul", [value, network.node("Tanh", [network.node("Softplus", [value], shape)], shape)],
                            shape)
    scaled = network.node("Div", [value, network.scalar(np.sqrt(2))], shape)
    plus = network.node("Add", [network.node("Erf", [scaled], shape), network.scalar(1)], shape)
    return network.node("Mul", [network.node("Mul", [value, plus], shape), network.scalar(0.5)], shape)


def clip(network, value):
    inputs = [value, network.scalar(-0.7), network.scalar(1.1)]
    return network.node("Clip", inputs, network.shapes[value])


def root(network, value):
    """Square roots of what is surely positive."""
    shape = network.shapes[value]
    square = network.node("Mul", [value, value], shape)
    return network.node("Sqrt", [network.node("Add", [square, network.scalar(0.5)], shape)], shape)


def pool(network, value):
    n, c, h, w = network.shapes[value]
    op = network.choice(["MaxPool", "AveragePool"])
    kernel = network.choice([(2, 2), (3, 3), (3, 2), (2, 1)])
    stride = network.choice([(1, 1), (2, 2), (2, 1)])
    pads = [network.integer(0, k - 1) if network.chance(0.5) else 0 for k in kernel + kernel]
    ceil = network.chance(0.4)
    height = window_out(h, kernel[0], stride[0], 1, (pads[0], pads[2]), ceil)
    width = window_out(w, kernel[1], stride[1], 1, (pads[1], pads[3]), ceil)
    if height < 1 or width < 1:
        return value
    # ONNX's shape inference counts the window that its definition, and everybody's kernels, leave out.
    if ceil and any(drops_last(size, kernel[i], stride[i], (pads[i], pads[i + 2])) for i, size in enumerate((h, w))):
        return value
    attributes = {"kernel_shape": kernel, "strides": stride, "pads": pads, "ceil_mode": int(ceil)}
    # With ceil_mode and padding counted, ONNX Runtime's releases disagree with each other on the last windows.
    if op == "AveragePool" and not ceil:
        attributes["count_include_pad"] = network.integer(0, 1)
    return network.node(op, [value], (n, c, height, width), **attributes)


def residual(network, value):
    branch = convolution_same(network, value)
    branch = activation(network, branch) if network.chance(0.5) else branch
    return network.node("Add", [branch, value] if network.chance(0.5) else [value, branch], network.shapes[value])


def convolution_same(network, value):
    n, c, h, w = network.shapes[value]
    size = network.choice([1, 3])
    return network.node("Conv", [value, network.weights(c, c, size, size)], (n, c, h, w), pads=[size // 2] * 4)


def binary_with_constant(network, value):
    n, c, h, w = network.shapes[value]
    op = network.choice(["Add", "Mul", "Sub", "Div", "Max", "Min"])
    shape = network.choice([(1, c, 1, 1), (c, 1, 1), (1,), (h, w), (n, 1, h, 1), (1, 1, 1, w)])
    constant = network.constant(network.random.uniform(0.5, 1.5, shape).astype(np.float32))
    order = [value, constant] if op == "Div" or network.chance(0.7) else [constant, value]
    return network.node(op, order, (n, c, h, w))


def spatial_attention(network, value):
    """A gate for each position: no SE block."""
    n, c, h, w = network.shapes[value]
    squeezed = network.node("Conv", [value, network.weights(1, c, 1, 1)], (n, 1, h, w))
    gate = network.node("Sigmoid", [squeezed], (n, 1, h, w))
    return network.node("Mul", [value, gate], (n, c, h, w))


def spatial_attention_by_extremes(network, value):
    """As CBAM has it: a gate for each position from the mean and the maximum over the channels."""
    n, c, h, w = network.shapes[value]
    squeezed = []
    for op in ("ReduceMean", "ReduceMax"):
        arguments = network.axes(op, [value], (1,), keepdims=1)
        squeezed.append(network.node(op, arguments.pop("inputs"), (n, 1, h, w), **arguments))
    both = network.node("Concat", squeezed, (n, 2, h, w), axis=1)
    convolved = network.node("Conv", [both, network.weights(1, 2, 3, 3)], (n, 1, h, w), pads=[1, 1, 1, 1])
    return network.node("Mul", [value, network.node("Sigmoid", [convolved], (n, 1, h, w))], (n, c, h, w))


def lp_normalization(network, value):
    return network.node("LpNormalization", [value], network.shapes[value], axis=network.choice([1, -1]),
                        p=network.integer(1, 2))


def matrix_product(network, value):
    """Each image's rows times one matrix, or each plane times its own."""
    n, c, h, w = network.shapes[value]
    matrix = network.weights(*network.choice([(w, w), (1, c, w, w), (n, 1, w, w)]), scale=1 / np.sqrt(w))
    if network.opset >= 12 and network.chance(0.3):
        matrix = network.weights(w, w, scale=1 / np.sqrt(w))
        return network.node("Einsum", [value, matrix], (n, c, h, w), equation="nchw,wv->nchv")
    return network.node("MatMul", [value, matrix], (n, c, h, w))


def branches(network, value):
    n, c, h, w = network.shapes[value]
    other = convolution_same(network, value)
    joined = network.node("Concat", [value, other], (n, 2 * c, h, w), axis=network.choice([1, -3]))
    return joined if c <= 8 else network.node("Conv", [joined, network.weights(c, 2 * c, 1, 1)], (n, c, h, w))


def split(network, value):
    n, c, h, w = network.shapes[value]
    if c < 2:
        return value
    first = network.integer(1, c - 1)
    sizes = {"inputs": [value, network.integers(first, c - first)]} if network.opset >= 13 else \
        {"inputs": [value], "split": [first, c - first]}
    a, b = network.node("Split", shape=[(n, first, h, w), (n, c - first, h, w)], outputs=2, axis=1, **sizes)
    return network.node("Concat", [activation(network, b), a], (n, c, h, w), axis=1)


def crop(network, value):
    n, c, h, w = network.shapes[value]
    if h < 5 or w < 5:
        return value
    step = network.choice([-1, -2])
    inputs = [value, network.integers(1, -1), network.integers(h - 1, -w - 1), network.integers(2, 3),
              network.integers(1, step)]
    return network.node("Slice", inputs, (n, c, h - 2, len(range(w)[::step])))


def pad(network, value):
    n, c, h, w = network.shapes[value]
    mode = network.choice(["constant", "reflect", "edge"])
    pads = [0, 0, network.integer(0, 2), network.integer(0, 2), 0, 0, network.integer(0, 2), network.integer(0, 2)]
    if h + w > 40 or (mode == "reflect" and min(h, w) < 4):
        return value
    inputs = [value, network.integers(*pads)] + ([network.scalar(0.3)] if mode == "constant" else [])
    return network.node("Pad", inputs, (n, c, h + pads[2] + pads[6], w + pads[3] + pads[7]), mode=mode)


def there_and_back(network, value):
    """A layer in NHWC between two Transposes, as converters from TensorFlow write it."""
    n, c, h, w = network.shapes[value]
    turned = network.node("Transpose", [value], (n, h, w, c), perm=[0, 2, 3, 1])
    scaled = network.node("Mul", [turned, network.constant(
        network.random.uniform(0.5, 1.5, c).astype(np.float32))], (n, h, w, c))
    relu = network.node("Relu", [scaled], (n, h, w, c))
    return network.node("Transpose", [relu], (n, c, h, w), perm=[0, 3, 1, 2])


def channel_shuffle(network, value):
    n, c, h, w = network.shapes[value]
    groups = network.choice([g for g in range(1, c + 1) if c % g == 0])
    split_ = network.node("Reshape", [value, network.integers(n, groups, c // groups, h, w)],
                          (n, groups, c // groups, h, w))
    turned = network.node("Transpose", [split_], (n, c // groups, groups, h, w), perm=[0, 2, 1, 3, 4])
    return network.node("Reshape", [turned, network.integers(n, -1, h, w)], (n, c, h, w))


def depth_and_space(network, value):
    n, c, h, w = network.shapes[value]
    if c % 4 == 0 and h + w < 30:
        mode = network.choice(["DCR", "CRD"])
        return network.node("DepthToSpace", [value], (n, c // 4, 2 * h, 2 * w), blocksize=2, mode=mode)
    if h % 2 == 0 and w % 2 == 0 and c <= 4:
        return network.node("SpaceToDepth", [value], (n, 4 * c, h // 2, w // 2), blocksize=2)
    return value


def resize(network, value):
    n, c, h, w = network.shapes[value]
    mode = network.choice(["nearest", "linear"])
    coordinates = network.choice(["half_pixel", "align_corners", "asymmetric"])
    height, width = network.integer(3, 20), network.integer(3, 20)
    attributes = {"mode": mode, "coordinate_transformation_mode": coordinates}
    if mode == "nearest":  # by whole factors: between two pixels the last bit of a float32 would choose
        attributes.update(nearest_mode="floor", coordinate_transformation_mode="asymmetric")
        height, width = h * network.integer(1, 2), w * network.integer(1, 2)
        if height + width > 60:
            return value
    empty = network.constant(np.array([], dtype=np.float32))
    return network.node("Resize", [value, empty, empty, network.integers(n, c, height, width)], (n, c, height, width),
                        **attributes)


def softmax(network, value):
    op = network.choice(["Softmax", "LogSoftmax"])
    return network.node(op, [value], network.shapes[value], axis=1)


def reduce_and_scale(network, value):
    """Divide by a norm over some axes."""
    shape = network.shapes[value]
    axes = network.choice([(1,), (2, 3), (-1,), (1, 2, 3)])
    op = network.choice(["ReduceL2", "ReduceSum", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceL1"])
    kept = [1 if axis in [a % 4 for a in axes] else dim for axis, dim in enumerate(shape)]
    arguments = network.axes(op, [value], axes, keepdims=1)
    reduced = network.node(op, arguments.pop("inputs"), kept, **arguments)
    positive = network.node("Add", [network.node("Abs", [reduced], kept), network.scalar(1)], kept)
    return network.node("Div", [value, positive], shape)


def se_block(network, value):
    return network.choice(SE_BLOCKS)(network, value)


def classifier(network, value):
    n, c, h, w = network.shapes[value]
    classes = network.integer(2, 11)
    if network.chance(0.5):
        pooled = network.node("GlobalAveragePool", [value], (n, c, 1, 1))
        flat = network.node("Flatten", [pooled], (n, c))
    else:
        arguments = network.axes("ReduceMean", [value], (2, 3), keepdims=0)
        flat = network.node("ReduceMean", arguments.pop("inputs"), (n, c), **arguments)
    if network.chance(0.5):
        return network.node("Gemm", [flat, network.weights(classes, c), network.weights(classes, scale=0.1)],
                            (n, classes), transB=1)
    product = network.node("MatMul", [flat, network.weights(c, classes)], (n, classes))
    return network.node("Add", [product, network.weights(classes, scale=0.1)], (n, classes))


def named(layer):
    def run(network, value):
        network.history.append(layer.__name__)
        return layer(network, value)
    return run


# What networks are mostly made of comes up more often.
LAYERS = [named(layer) for layer in (
    [convolution] * 4 + [convolution_batch_norm] * 4 + [activation] * 4 + [newer_activation] * 3 + [se_block] * 6 +
    [pool] * 2 + [residual] * 3 + [binary_with_constant] * 2 + [there_and_back] * 2 +
    [transposed_convolution, transposed_convolution_batch_norm, convolution_along_rows, batch_norm, instance_norm,
     layer_norm, local_response_norm, lp_normalization, matrix_product, clip, root, spatial_attention,
     spatial_attention_by_extremes, branches, split, crop, pad, channel_shuffle, depth_and_space, resize, softmax,
     reduce_and_scale])]
