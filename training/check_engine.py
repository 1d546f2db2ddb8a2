#!/usr/bin/env python3
"""Compare the engine with PyTorch on a network with random weights: outputs, and the gate of every SE block.

    python3 training/check_engine.py --network se_resnet50 --senet build/senet kind=dense squeeze=max

Fails unless every number agrees within --tolerance of the largest value of its tensor. KEY=VALUE are options of
networks.build. tests/parity/architectures.py does the same for many architectures, and asks ONNX Runtime too.
"""
import argparse
import ast
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

import export
import networks
from random_weights import randomise


def option(text):
    """KEY=VALUE with a Python literal, or a word, as value."""
    key, _, value = text.partition("=")
    try:
        return key, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return key, value


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="se_resnet50", choices=sorted(networks.NETWORKS))
    parser.add_argument("--size", type=int, help="input height and width; by default what the network is made for")
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("options", nargs="*", type=option, metavar="KEY=VALUE", help="kind=dense, se=None, ...")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    options = dict(arguments.options)
    small = arguments.network == "se_resnet_small" or options.get("stem") == "small"
    size = arguments.size or (32 if small else 224)
    images = torch.randn(4, 3, size, size)
    model = randomise(networks.build(arguments.network, **options), images)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        expected, actual = Path(folder) / "expected", Path(folder) / "actual"
        actual.mkdir()
        export.write_golden(model, images[:1], expected)
        export.export_onnx(model, images[:1], Path(folder) / "model.onnx")
        if subprocess.run([arguments.senet, "run", f"{folder}/model.onnx", "--input", f"{expected}/input.npy",
                           "--output-dir", str(actual)]).returncode:
            sys.exit("the engine does not run it")
        for path in sorted(expected.glob("*.npy")):
            if path.name == "input.npy":
                continue
            if not (actual / path.name).exists():
                failed = True
                print(f"{path.stem:24s} is missing")
                continue
            want, got = np.load(path), np.load(actual / path.name)
            error = np.abs(want - got).max() / np.abs(want).max()
            failed |= not error <= arguments.tolerance
            print(f"{path.stem:24s} {str(want.shape):14s} relative error {error:.1e}")
    sys.exit("the engine and PyTorch disagree" if failed else 0)


if __name__ == "__main__":
    main()
