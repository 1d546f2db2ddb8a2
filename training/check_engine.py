#!/usr/bin/env python3
"""Compare the engine with PyTorch on a network with random weights: outputs, and the gate of every SE block.

    python3 training/check_engine.py --network se_resnet50 --senet build/senet kind=dense squeeze=max

Fails unless every number agrees within --tolerance of the largest value of its tensor. KEY=VALUE are options of
networks.build. tests/parity/architectures.py does the same for many architectures, and asks ONNX Runtime too.
"""
import argparse
import sys
import tempfile
from pathlib import Path

import torch

import engine
import export
import networks
from options import key_value
from random_weights import randomise


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="se_resnet50", choices=sorted(networks.NETWORKS))
    parser.add_argument("--size", type=int, help="input height and width; by default what the network is made for")
    parser.add_argument("--senet", help="by default build/senet or the one on the path")
    parser.add_argument("--tolerance", type=float, default=export.TOLERANCE)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("options", nargs="*", type=key_value, metavar="KEY=VALUE", help="kind=dense, se=None, ...")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    senet = engine.find_senet(arguments.senet) or sys.exit("there is no senet: make builds it")
    torch.manual_seed(arguments.seed)
    options = dict(arguments.options)
    small = arguments.network == "se_resnet_small" or options.get("stem") == "small"
    size = arguments.size or (32 if small else 224)
    images = torch.randn(4, 3, size, size)
    model = randomise(networks.build(arguments.network, **options), images)
    with tempfile.TemporaryDirectory() as folder:
        onnx_file = Path(folder) / "model.onnx"
        export.export_onnx(model, images[:1], onnx_file)
        found = engine.differences(senet, onnx_file, images[:1].numpy(), export.tensors(model, images[:1]))
    for name, shape, error in found:
        print(f"{name:24s} {str(shape):14s} relative error {error:.1e}")
    sys.exit("the engine and PyTorch disagree" if any(not error <= arguments.tolerance for _, _, error in found) else 0)


if __name__ == "__main__":
    main()
