"""An ONNX graph that is built layer by layer from a seed, with the shape of every value known."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSETS = (11, 13, 17, 18, 20)


class Network:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.opset = int(self.random.choice(OPSETS))
        self.nodes, self.initialisers, self.shapes = [], [], {}
        self.gates = {}  # layer name -> value, as the engine has to report them
        self.float_values = set()
        self.history = []  # names of the layers, for messages
        self.scope = ""

    # ---------------------------------------------------------------- random

    def integer(self, low, high):
        """low..high, both included."""
        return int(self.random.integers(low, high + 1))

    def choice(self, options):
        return options[self.integer(0, len(options) - 1)]

    def chance(self, share):
        return self.random.random() < share

    # ---------------------------------------------------------------- values

    def input(self):
        shape = (self.integer(1, 3), self.integer(1, 8), self.integer(5, 19), self.integer(5, 19))
        self.shapes["input"] = shape
        return "input"

    def feed(self):
        return {"input": self.random.standard_normal(self.shapes["input"]).astype(np.float32)}

    def constant(self, array, hint="constant"):
        name = f"{self.scope}{hint}_{len(self.initialisers)}"
        self.initialisers.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weights(self, *shape, scale=None):
        """Scaled so that a layer neither blows its input up nor damps it away."""
        scale = scale or 1 / np.sqrt(max(1, np.prod(shape[1:])))
        return self.constant((self.random.standard_normal(shape) * scale).astype(np.float32), "weight")

    def integers(self, *numbers):
        return self.constant(np.array(numbers, dtype=np.int64), "integers")

    def scalar(self, number):
        return self.constant(np.array(number, dtype=np.float32), "scalar")

    def node(self, op, inputs, shape, outputs=1, name=None, **attributes):
        """Appends a node; `shape` is its output's, or a list of them. Returns the output's name, or a list."""
        position = len(self.nodes)
        node_name = self.scope + (name or f"{op}_{position}")
        names = [f"{self.scope}{op}_{position}_output_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=node_name, **attributes))
        for output, its_shape in zip(names, shape if outputs > 1 else [shape]):
            self.shapes[output] = tuple(int(dim) for dim in its_shape)
            self.float_values.add(output)
        return names if outputs > 1 else names[0]

    def axes(self, op, inputs, axes, **attributes):
        """Where this opset writes axes: as an attribute, or as the second input."""
        moved = {"Squeeze": 13, "Unsqueeze": 13, "ReduceSum": 13}.get(op, 18)
        if self.opset >= moved:
            return {"inputs": inputs + [self.integers(*axes)], **attributes}
        return {"inputs": inputs, "axes": list(axes), **attributes}

    # ----------------------------------------------------------------- whole

    def finish(self, value):
        graph = helper.make_graph(
            self.nodes, "random",
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, self.shapes["input"])],
            [helper.make_tensor_value_info(value, TensorProto.FLOAT, self.shapes[value])], self.initialisers)
        self.model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)])
        self.model.ir_version = 8
        onnx.checker.check_model(self.model)

    def with_outputs(self, names):
        """A copy that gives out these values too."""
        model = onnx.ModelProto()
        model.CopyFrom(self.model)
        present = {output.name for output in model.graph.output}
        for name in dict.fromkeys(names):
            if name not in present:
                model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, self.shapes[name]))
        return model
