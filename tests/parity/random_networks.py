#!/usr/bin/env python3
"""Compare the engine with ONNX Runtime on random networks: outputs, the gate of every SE block, and its name.

    python3 tests/parity/random_networks.py --count 300 --senet build/senet

A network is made from its seed alone. One that differs is kept in --keep, with the first value that differs.
`make parity RANDOM=300` installs what is needed into build/parity and runs this.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from layers import LAYERS, classifier
from network import Network


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the first network; the next ones count on")
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--tolerance", type=float, default=1e-4, help="relative to the largest value of a tensor")
    parser.add_argument("--keep", type=Path, default=Path("build/parity/failed"))
    return parser.parse_args()


def make_network(seed):
    """3 to 14 layers over an image of odd size, then a classifier."""
    network = Network(seed)
    value = network.input()
    for _ in range(network.integer(3, 14)):
        layer = LAYERS[network.integer(0, len(LAYERS) - 1)]
        value = layer(network, value)
    network.finish(classifier(network, value))
    return network


def run_peer(model, feed, names):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, feed)))


def run_engine(senet, path, feed, folder):
    """name -> array for each output, "gate.LAYER" -> array for each gate. Raises on failure, with the message."""
    arguments = [senet, "run", str(path), "--output-dir", str(folder)]
    for name, array in feed.items():
        np.save(folder / f"input.{name}.npy", array)
        arguments += ["--input", f"{name}={folder}/input.{name}.npy"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"exit status {done.returncode}: {done.stderr.strip()}")
    return {path.stem: np.load(path) for path in folder.glob("*.npy") if not path.name.startswith("input.")}


def difference(expected, actual):
    """Largest absolute difference, relative to the largest expected value."""
    if expected.shape != actual.shape:
        return np.inf
    scale = max(np.abs(expected).max(), 1e-6)
    worst = np.abs(expected.astype(np.float64) - actual).max() / scale
    return worst if np.isfinite(worst) else np.inf


def expectations(network, feed):
    """What the engine's files have to hold: outputs by name, gates as gate.LAYER, N x C."""
    outputs = [output.name for output in network.model.graph.output]
    values = run_peer(network.with_outputs(network.gates.values()), feed, outputs + list(network.gates.values()))
    expected = {name: values[name] for name in outputs}
    for layer, value in network.gates.items():
        gate = values[value]
        expected[f"gate.{layer}"] = gate.reshape(len(gate), -1)
    return expected


def first_wrong_value(network, feed, senet, tolerance):
    """Every value of the graph becomes an output, so that the first that differs can be named."""
    names = [name for node in network.model.graph.node for name in node.output if name in network.float_values]
    model = network.with_outputs(names)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(model, path)
        try:
            actual = run_engine(senet, path, feed, Path(folder))
        except RuntimeError as error:
            return str(error)
    expected = run_peer(model, feed, names)
    for name in names:
        file = name.replace("/", "_")  # as `senet run` writes names that are paths
        if file not in actual or not difference(expected[name], actual[file]) <= tolerance:
            node = next(node for node in network.model.graph.node if name in node.output)
            return f"first wrong: {node.op_type} '{node.name}'"
    return "every value is right when all are outputs"


def check(seed, arguments):
    """None when all agrees, else what does not."""
    network = make_network(seed)
    feed = network.feed()
    expected = expectations(network, feed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx.save(network.model, path)
        try:
            actual = run_engine(arguments.senet, path, feed, Path(folder))
        except RuntimeError as error:
            return network, str(error)
    if set(actual) != set(expected):
        return network, f"missing {sorted(set(expected) - set(actual))}, unexpected {sorted(set(actual) - set(expected))}"
    for name in expected:
        worst = difference(expected[name], actual[name])
        if not worst <= arguments.tolerance:
            where = first_wrong_value(network, feed, arguments.senet, arguments.tolerance)
            return network, f"{name} differs by {worst:.1e}; {where}"
    return network, None


def main():
    arguments = parse_arguments()
    failed = 0
    for index, seed in enumerate(range(arguments.seed, arguments.seed + arguments.count)):
        network, wrong = check(seed, arguments)
        if wrong:
            failed += 1
            arguments.keep.mkdir(parents=True, exist_ok=True)
            onnx.save(network.model, arguments.keep / f"{seed}.onnx")
            print(f"seed {seed} ({', '.join(network.history)}): {wrong}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{index + 1}/{arguments.count} ", end="", file=sys.stderr)
    print(f"{arguments.count - failed} of {arguments.count} random networks agree")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
