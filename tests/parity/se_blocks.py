"""SE blocks and their relatives in the forms that exporters write. Each registers the gate that it computes under
the name that the engine has to report: the scope of its nodes.
"""

def begin(network):
    layer = f"block{len(network.gates)}.se"
    network.scope = f"/block{len(network.gates)}/se/"
    return layer


def end(network, layer, value, gate):
    shape = network.shapes[value]
    order = [value, gate] if network.chance(0.5) else [gate, value]
    result = network.node("Mul", order, shape, name="Mul")
    network.gates[layer] = gate
    network.scope = ""
    return result


def squeeze(network, value, keep):
    """N x C x 1 x 1, or N x C."""
    n, c, h, w = network.shapes[value]
    form = network.choice(["GlobalAveragePool", "ReduceMean", "AveragePool", "GlobalMaxPool", "ReduceMax"])
    if form.startswith("Reduce"):
        arguments = network.axes(form, [value], (2, 3), keepdims=int(keep))
        return network.node(form, arguments.pop("inputs"), (n, c, 1, 1) if keep else (n, c), **arguments)
    attributes = {"kernel_shape": [h, w]} if form == "AveragePool" else {}
    pooled = network.node(form, [value], (n, c, 1, 1), **attributes)
    return pooled if keep else network.node("Flatten", [pooled], (n, c))


def hidden_activation(network, value):
    shape = network.shapes[value]
    form = network.choice(["Relu", "SiLU", "Relu6", "Relu"])
    if form == "SiLU":
        return network.node("Mul", [value, network.node("Sigmoid", [value], shape)], shape)
    if form == "Relu6":
        return network.node("Clip", [value, network.scalar(0), network.scalar(6)], shape)
    return network.node("Relu", [value], shape)


def gate_function(network, value):
    """Sigmoid, or hard-sigmoid in one of its spellings."""
    shape = network.shapes[value]
    form = network.choice(["Sigmoid", "Sigmoid", "HardSigmoid", "clip/6", "clip*(1/6)", "Tanh"])
    if form in ("Sigmoid", "Tanh"):
        return network.node(form, [value], shape)
    if form == "HardSigmoid":
        return network.node("HardSigmoid", [value], shape, alpha=1 / 6, beta=0.5)
    plus = network.node("Add", [value, network.scalar(3)], shape)
    clipped = network.node("Clip", [plus, network.scalar(0), network.scalar(6)], shape)
    if form == "clip/6":
        return network.node("Div", [clipped, network.scalar(6)], shape)
    return network.node("Mul", [clipped, network.scalar(1 / 6)], shape)


def pointwise(network, value, out):
    n, c = network.shapes[value][:2]
    rest = network.shapes[value][2:]
    inputs = [value, network.weights(out, c, 1, 1, scale=1.0)]
    if network.chance(0.7):
        inputs.append(network.weights(out, scale=0.3))
    return network.node("Conv", inputs, (n, out, *rest))


def conv_block(network, value):
    c = network.shapes[value][1]
    layer = begin(network)
    hidden = hidden_activation(network, pointwise(network, squeeze(network, value, True), max(1, c // 2)))
    return end(network, layer, value, gate_function(network, pointwise(network, hidden, c)))


def dense(network, value, out):
    n, c = network.shapes[value]
    form = network.choice(["Gemm", "Gemm transposed", "MatMul"])
    if form == "MatMul":
        product = network.node("MatMul", [value, network.weights(c, out, scale=1.0)], (n, out))
        return network.node("Add", [product, network.weights(out, scale=0.3)], (n, out))
    turned = form != "Gemm"
    weights = network.weights(*((out, c) if turned else (c, out)), scale=1.0)
    return network.node("Gemm", [value, weights, network.weights(out, scale=0.3)], (n, out), transB=int(turned))


def dense_block(network, value):
    n, c = network.shapes[value][:2]
    layer = begin(network)
    hidden = hidden_activation(network, dense(network, squeeze(network, value, False), max(1, c // 2)))
    gate = gate_function(network, dense(network, hidden, c))
    shaped = network.node("Reshape", [gate, network.integers(n, c, 1, 1)], (n, c, 1, 1))
    return end(network, layer, value, shaped)


def single_layer_block(network, value):
    """VoVNet's effective SE: one layer."""
    layer = begin(network)
    gate = gate_function(network, pointwise(network, squeeze(network, value, True), network.shapes[value][1]))
    return end(network, layer, value, gate)


def eca_block(network, value):
    """A 1-D convolution over channels as excitation."""
    n, c = network.shapes[value][:2]
    layer = begin(network)
    line = network.node("Reshape", [squeeze(network, value, True), network.integers(n, 1, -1)], (n, 1, c))
    mixed = network.node("Conv", [line, network.weights(1, 1, 3, scale=1.0)], (n, 1, c), pads=[1, 1])
    gate = network.node("Sigmoid", [mixed], (n, 1, c))
    shaped = network.node("Reshape", [gate, network.integers(n, c, 1, 1)], (n, c, 1, 1))
    return end(network, layer, value, shaped)


SE_BLOCKS = [conv_block, conv_block, dense_block, dense_block, single_layer_block, eca_block]
