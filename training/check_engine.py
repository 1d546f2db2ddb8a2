#!/usr/bin/env python3
"""Compare the engine with PyTorch on a network with random weights: outputs, and the gate of every SE block.

    python3 training/check_engine.py --network se_resnet50 --senet build/senet

Fails unless every number agrees within --tolerance of the largest value of its tensor.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import nn

import export
import networks


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="se_resnet50", choices=sorted(networks.NETWORKS))
    parser.add_argument("--kind", default="conv", choices=["conv", "dense"])
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def calibrate(model, images):
    """Batch statistics of random data, so that 50 random layers neither vanish nor explode."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    with torch.no_grad():
        model(images)
    return model.eval()


def main():
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    images = torch.randn(4, 3, arguments.size, arguments.size)
    model = calibrate(networks.build(arguments.network, kind=arguments.kind), images)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        expected, actual = Path(folder) / "expected", Path(folder) / "actual"
        actual.mkdir()
        export.write_golden(model, images[:1], expected)
        export.export_onnx(model, images[:1], Path(folder) / "model.onnx")
        subprocess.run([arguments.senet, "run", f"{folder}/model.onnx", "--input", f"{expected}/input.npy",
                        "--output-dir", str(actual)], check=True)
        for path in sorted(expected.glob("*.npy")):
            if path.name == "input.npy":
                continue
            want, got = np.load(path), np.load(actual / path.name)
            error = np.abs(want - got).max() / np.abs(want).max()
            failed |= not error <= arguments.tolerance
            print(f"{path.stem:24s} {str(want.shape):14s} relative error {error:.1e}")
    sys.exit("the engine and PyTorch disagree" if failed else 0)


if __name__ == "__main__":
    main()
