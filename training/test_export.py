#!/usr/bin/env python3
"""Every network, with random weights, as ONNX: its SE blocks are found, and logits and gates are PyTorch's.

    python3 training/test_export.py      needs build/senet, or SENET=path
"""
import json
import os
import subprocess
import tempfile
import unittest
import warnings
from pathlib import Path

import torch

import engine
import export
import networks
from random_weights import randomise
from se import SEBlock

SENET = engine.find_senet(os.environ.get("SENET"))
TOLERANCE = 1e-4
SQUEEZES = {"avg": "avg", "max": "max", "both": "avg+max", "none": "none"}  # as `senet summary` says it

# Narrow, with every unit of the full network.
NARROW = {"widths": (16, 24, 40, 64)}
NETWORKS = {
    "se_resnet_small": {},
    "se_resnet18": {"widths": (32, 48, 64, 96)}, "se_resnet34": {"widths": (32, 48, 64, 96)},
    "se_resnet50": NARROW, "se_resnet101": NARROW, "se_resnet152": NARROW,
    "se_resnext50_32x4d": {"widths": (32, 64, 64, 96)},
    # Shallow as well: without blocks, which shrink a branch, 50 random units amplify rounding beyond the tolerance.
    "senet154": {"widths": (32, 32, 64, 64), "depths": (1, 2, 2, 1)},
    "se_inception": {"width": 0.25}, "se_mobilenet": {"width": 0.25}, "se_shufflenet": {"width": 0.5},
}
LARGE = {name: 32 if name == "se_resnet_small" else 64 for name in NETWORKS}
SMALL = {"widths": (16, 24, 40), "depths": (1, 1, 1)}
# Of the block, on the small network.
OPTIONS = [
    *({"reduction": reduction, "kind": kind} for reduction in (2, 4, 8, 16, 32) for kind in ("conv", "dense")),
    *({"squeeze": squeeze} for squeeze in ("max", "both", "none")),
    *({"squeeze": squeeze, "kind": "dense"} for squeeze in ("max", "both")),
    *({"gate": gate, "kind": kind} for gate in ("relu", "tanh", "hard_sigmoid") for kind in ("conv", "dense")),
    *({"placement": place, "kind": kind} for place in ("pre", "post", "identity") for kind in ("conv", "dense")),
    {"bias": False}, {"bias": False, "kind": "dense"},
]


def described(model, layers):
    """layer -> (kind, squeeze, gate, channels, reduced) of the blocks that PyTorch ran."""
    blocks = {layer: model.get_submodule(layer) for layer in layers}
    return {layer: (block.kind, SQUEEZES[block.squeeze], block.gate, *reversed(block.fc1.weight.shape[:2]))
            for layer, block in blocks.items()}


def found(onnx_file):
    """The same of the blocks that the engine sees."""
    done = subprocess.run([SENET, "summary", "--json", "--model", str(onnx_file)], capture_output=True, check=True)
    return {block["layer"]: tuple(block[key] for key in ("kind", "squeeze", "gate", "channels", "reduced_channels"))
            for block in json.loads(done.stdout)["se_blocks"]}


@unittest.skipUnless(SENET, "there is no senet: make builds it, or SENET names it")
class RoundTrip(unittest.TestCase):
    def check(self, name, size, **options):
        torch.manual_seed(1)
        # Batch statistics of many numbers: of few they are small by chance, and dividing by them amplifies rounding.
        images = torch.randn(16, 3, size, size)
        model = randomise(networks.build(name, num_classes=10, **options), images)
        arrays = export.tensors(model, images[:1])
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            onnx_file = Path(folder) / "model.onnx"
            export.export_onnx(model, images[:1], onnx_file)
            layers = [name[len("gate."):] for name in arrays if name != "logits"]
            self.assertEqual(found(onnx_file), described(model, layers))
            blocks = sum(isinstance(module, SEBlock) for module in model.modules())
            self.assertEqual(len(layers), blocks)
            for tensor, shape, difference in engine.differences(SENET, onnx_file, images[:1].numpy(), arrays):
                self.assertLessEqual(difference, TOLERANCE, f"{tensor} {shape}")

    def test_every_network(self):
        self.assertEqual(set(NETWORKS), set(networks.NETWORKS))
        for name, options in NETWORKS.items():
            with self.subTest(name):
                self.check(name, LARGE[name], **options)

    def test_every_network_without_blocks(self):
        for name, options in NETWORKS.items():
            with self.subTest(name):
                self.check(name, LARGE[name], se=None, **options)

    def test_every_network_for_small_images(self):
        for name, options in NETWORKS.items():
            if name != "se_resnet_small":
                with self.subTest(name):
                    self.check(name, 32, stem="small", **options)

    def test_every_option_of_the_block(self):
        for options in OPTIONS:
            with self.subTest(**options):
                self.check("se_resnet_small", 16, **SMALL, **options)


if __name__ == "__main__":
    unittest.main()
