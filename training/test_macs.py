#!/usr/bin/env python3
"""Multiply-accumulates against what was published of the networks, and of the blocks against arithmetic.

    python3 training/test_macs.py
"""
import unittest

from torch import nn

import networks
from macs import macs
from se import SEBlock
from weightless import weightless

# Of the networks without SE, in millions, for 224x224. Torchvision's ResNets halve in the 3x3 convolution, not in the
# 1x1 before it: each of three stages computes 256 * 128 * (56 * 56 - 28 * 28) = 77.1 million more for it than the
# paper's, which has 3,860 for 50 layers.
PUBLISHED = {
    "se_resnet18": 1_814, "se_resnet34": 3_664, "se_resnet50": 3_860 + 3 * 77.1, "se_resnet101": 7_801,
    "se_resnet152": 11_514, "se_resnext50_32x4d": 4_230,  # torchvision, but for the paper's 50 layers
    "senet154": 20_770,  # timm
    "se_inception": 2_030,  # the SE paper
    "se_mobilenet": 569,  # MobileNet's paper, table 4
    "se_shufflenet": 137,  # ShuffleNet's paper, three groups; the SE paper has 140 and does not say how many
}
# Of the networks with SE, from the SE paper, which counts pooling and rescaling too.
SE_PAPER = {"se_resnet50": 3_870 + 3 * 77.1, "se_inception": 2_040, "se_mobilenet": 572}


def count(name, **options):
    with weightless():
        return macs(networks.build(name, **options), 32 if name == "se_resnet_small" else 224)


class Macs(unittest.TestCase):
    def test_layers_by_hand(self):
        network = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 1, 1, groups=4), nn.Flatten(),
                                nn.Linear(8 * 5 * 5, 10))
        self.assertEqual(macs(network, 10), 8 * 25 * 27 + 8 * 25 * 18 + 200 * 10)

    def test_every_plain_network_computes_what_was_published(self):
        self.assertEqual(set(PUBLISHED), set(networks.NETWORKS) - {"se_resnet_small"})
        for name, millions in PUBLISHED.items():
            with self.subTest(name):
                self.assertAlmostEqual(count(name, se=None) / 1e6, millions, delta=0.01 * millions)

    def test_networks_with_blocks_are_the_papers(self):
        for name, millions in SE_PAPER.items():
            with self.subTest(name):
                self.assertAlmostEqual(count(name) / 1e6, millions, delta=0.01 * millions)

    def test_the_small_network_by_hand(self):
        # Stem; units of 32 at 32x32, 88 at 16x16 and twice 160 at 8x8, each of two convolutions, two projections.
        expected = 1024 * 27 * 32 + 1024 * 2 * 9 * 32 * 32 + 256 * (9 * (32 * 88 + 88 * 88) + 32 * 88) \
            + 64 * (9 * (88 * 160 + 3 * 160 * 160) + 88 * 160) + 160 * 10
        self.assertEqual(count("se_resnet_small", se=None), expected)

    def test_a_block_adds_two_products_of_its_layers(self):
        for name in ("se_resnet50", "se_mobilenet", "se_shufflenet", "se_inception"):
            for kind in ("conv", "dense"):
                with self.subTest(name, kind=kind), weightless():
                    blocks = [module for module in networks.build(name, kind=kind).modules()
                              if isinstance(module, SEBlock)]
                    added = sum(2 * block.fc1.weight.shape[0] * block.fc1.weight.shape[1] for block in blocks)
                    self.assertEqual(count(name, kind=kind) - count(name, se=None), added)

    def test_without_squeeze_a_block_computes_at_every_position(self):
        added = count("se_resnet_small", squeeze="none") - count("se_resnet_small", se=None)
        self.assertEqual(added, 2 * (1024 * 32 * 4 + 256 * 88 * 11 + 2 * 64 * 160 * 20))


if __name__ == "__main__":
    unittest.main()
