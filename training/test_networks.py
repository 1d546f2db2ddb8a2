#!/usr/bin/env python3
"""What can be said of the networks without running them long: parameters, SE blocks, names.

    python3 training/test_networks.py
"""
import unittest

import torch
from torch import nn

import networks
from se import SEBlock
from weightless import weightless

# With 1,000 classes. A block of C channels holds 2 * C * (C/r) + C/r + C parameters, C/r rounded down.
PARAMETERS = {
    # Blocks on 64 (r: 4), 128, 256 and 512 channels: 580 + 2,184 + 8,464 + 33,312 = 44,540.
    "se_resnet18": 11_689_512 + 2 * (580 + 2_184 + 8_464 + 33_312),
    "se_resnet34": 21_797_672 + 3 * 580 + 4 * 2_184 + 6 * 8_464 + 3 * 33_312,
    # On 256, 512, 1,024 and 2,048: 8,464, 33,312, 132,160, 526,464. ResNets as torchvision counts them.
    "se_resnet50": 25_557_032 + 3 * 8_464 + 4 * 33_312 + 6 * 132_160 + 3 * 526_464,
    "se_resnet101": 44_549_160 + 3 * 8_464 + 4 * 33_312 + 23 * 132_160 + 3 * 526_464,
    "se_resnet152": 60_192_808 + 3 * 8_464 + 8 * 33_312 + 36 * 132_160 + 3 * 526_464,
    "se_resnext50_32x4d": 25_028_904 + 3 * 8_464 + 4 * 33_312 + 6 * 132_160 + 3 * 526_464,
    "senet154": 115_088_984,
    # MobileNet: stem 864 + 64; a unit of I -> O channels 9 I + 2 I + I O + 2 O; classifier 1,025,000. Blocks on
    # 64, twice 128, twice 256, six times 512, twice 1,024.
    "se_mobilenet": 4_231_976 + 580 + 2 * 2_184 + 2 * 8_464 + 6 * 33_312 + 2 * 132_160,
    # ShuffleNet, three groups. Stem 648 + 48. A unit of inner width I = O/4: first convolution I * (24 or input / 3),
    # 9 I, last I / 3 * own, and 4 I + 2 own for the normalisations, own = O less its input where the unit halves:
    # 24 -> 240, I = 60: 1,440 + 540 + 4,320 + 240 + 432 = 6,972;  then 3 x (4,800 + 540 + 4,800 + 240 + 480) = 32,580
    # 240 -> 480, 120: 9,600 + 1,080 + 9,600 + 480 + 480 = 21,240; 7 x (19,200 + 1,080 + 19,200 + 480 + 960) = 286,440
    # 480 -> 960, 240: 38,400 + 2,160 + 38,400 + 960 + 960 = 80,880; 3 x (76,800 + 2,160 + 76,800 + 960 + 1,920)
    # = 475,920; classifier 961,000. Blocks: 216 -> 13: 5,845; 240 -> 15: 7,455; 480 -> 30: 29,310;
    # 960 -> 60: 116,220.
    "se_shufflenet": 696 + 6_972 + 32_580 + 21_240 + 286_440 + 80_880 + 475_920 + 961_000
                     + 5_845 + 3 * 7_455 + 7_455 + 7 * 29_310 + 29_310 + 3 * 116_220,
    # BN-Inception, as Cadene's port of Caffe's, without the biases of the convolutions before a normalisation.
    # Blocks on 256, 320, 576 (3 times), 608 (twice), 1,056 and 1,024 (twice) channels.
    "se_inception": 11_295_240 - 10_016
                    + 8_464 + 13_140 + 3 * 42_084 + 2 * 46_854 + 140_514 + 2 * 132_160,
    # The built-in model's shape, ten classes, r = 8: stem 864 + 64; units 18,560, 95,392 + 2,992,
    # 357,760 + 14,400 and 461,440; classifier 1,610. Blocks 32 -> 4: 292; 88 -> 11: 2,035; 160 -> 20: 6,580.
    "se_resnet_small": 928 + 18_560 + 95_392 + 2_992 + 357_760 + 14_400 + 461_440 + 1_610 + 292 + 2_035 + 2 * 6_580,
}
# Blocks, and the names of the first and the last.
BLOCKS = {
    "se_resnet18": (8, "layer1.0.se", "layer4.1.se"),
    "se_resnet34": (16, "layer1.0.se", "layer4.2.se"),
    "se_resnet50": (16, "layer1.0.se", "layer4.2.se"),
    "se_resnet101": (33, "layer1.0.se", "layer4.2.se"),
    "se_resnet152": (50, "layer1.0.se", "layer4.2.se"),
    "se_resnext50_32x4d": (16, "layer1.0.se", "layer4.2.se"),
    "senet154": (50, "layer1.0.se", "layer4.2.se"),
    "se_mobilenet": (13, "units.0.se", "units.12.se"),
    "se_shufflenet": (16, "stages.0.0.se", "stages.2.3.se"),
    "se_inception": (10, "inception3a.se", "inception5b.se"),
    "se_resnet_small": (4, "layer1.0.se", "layer3.1.se"),
}


def parameters(module):
    return sum(parameter.numel() for parameter in module.parameters())


def build(name, **options):
    with weightless():
        return networks.build(name, **options)


class Networks(unittest.TestCase):
    def test_every_network_is_in_both_tables(self):
        self.assertEqual(set(PARAMETERS), set(networks.NETWORKS))
        self.assertEqual(set(BLOCKS), set(networks.NETWORKS))

    def test_parameters_are_those_of_the_architecture_for_both_kinds(self):
        for name, expected in PARAMETERS.items():
            for kind in ("conv", "dense"):
                with self.subTest(name, kind=kind):
                    self.assertEqual(parameters(build(name, kind=kind)), expected)

    def test_blocks_have_their_names(self):
        for name, expected in BLOCKS.items():
            with self.subTest(name):
                found = [layer for layer, module in build(name).named_modules() if isinstance(module, SEBlock)]
                self.assertEqual((len(found), found[0], found[-1]), expected)

    def test_the_plain_counterpart_lacks_the_blocks_alone(self):
        for name in networks.NETWORKS:
            with self.subTest(name):
                network = build(name)
                blocks = [module for module in network.modules() if isinstance(module, SEBlock)]
                plain = build(name, se=None)
                self.assertEqual(parameters(network) - sum(map(parameters, blocks)), parameters(plain))
                self.assertEqual([key for key in network.state_dict() if ".se." not in key], list(plain.state_dict()))

    def test_a_block_before_the_branch_has_the_channels_of_its_input(self):
        network = build("se_resnet50", placement="pre")
        self.assertEqual(network.layer1[0].se.fc1.in_channels, 64)
        self.assertEqual(network.layer2[0].se.fc1.in_channels, 256)

    def test_every_network_classifies_both_sizes(self):
        for name in networks.NETWORKS:
            for stem, size in (("small", 32), ("large", 224)):
                if name != "se_resnet_small":
                    with self.subTest(name, stem=stem):
                        network = build(name, stem=stem).eval()
                        images = torch.zeros(2, 3, size, size, device=next(network.parameters()).device)
                        self.assertEqual(network(images).shape, (2, 1000))

    def test_the_key_order_of_a_checkpoint_is_kept(self):
        keys = list(build("se_resnet_small").layer2[0].state_dict())
        self.assertEqual([key for key in keys if key.endswith("weight")],
                         ["conv1.weight", "bn1.weight", "conv2.weight", "bn2.weight", "se.fc1.weight", "se.fc2.weight",
                          "downsample.0.weight", "downsample.1.weight"])


class Block(unittest.TestCase):
    def test_parameters_at_256_channels(self):
        for kind in ("conv", "dense"):
            self.assertEqual(parameters(SEBlock(256, 16, kind)), 8_464)
            self.assertEqual(parameters(SEBlock(256, 16, kind, bias=False)), 8_192)

    def test_both_kinds_compute_the_same(self):
        x = torch.randn(2, 12, 5, 4)
        for squeeze in ("avg", "max", "both"):
            for gate in ("sigmoid", "hard_sigmoid", "relu", "tanh"):
                conv, dense = (SEBlock(12, 4, kind, squeeze, gate) for kind in ("conv", "dense"))
                conv.load_state_dict({key: value.reshape(conv.state_dict()[key].shape)
                                      for key, value in dense.state_dict().items()})
                torch.testing.assert_close(conv(x), dense(x))

    def test_a_gate_without_squeeze_is_that_of_each_position(self):
        block, x = SEBlock(8, 2, squeeze="none"), torch.randn(2, 8, 3, 3)
        gate = block.excite(x)
        self.assertEqual(gate.shape, x.shape)
        torch.testing.assert_close(gate[:, :, 1:2, 2:3], block.excite(x[:, :, 1:2, 2:3]))

    def test_wrong_options_are_refused(self):
        for options in ({"kind": "fc"}, {"squeeze": "median"}, {"gate": "softmax"},
                        {"kind": "dense", "squeeze": "none"}):
            with self.assertRaises(ValueError):
                SEBlock(8, **options)
        for options in ({"stem": "medium"}, {"placement": "behind"}):
            with self.assertRaises(ValueError):
                build("se_resnet18", **options)


if __name__ == "__main__":
    unittest.main()
