"""SE-ResNet and SE-ResNeXt: residual units with an SE block at one of four places.

Module names follow torchvision (`conv1`, `layer1.0.conv1`, ..., `fc`), so an SE block is
called `layer1.0.se` in the exported graph and in the daemon's answers.
"""
from functools import partial

from torch import nn
from torch.nn import functional as F

from se import SEBlock

from .layers import conv_bn, initialise, se_maker, stem_stride

# Fig. 5 of the paper: on the branch before the sum, before the branch, after the sum, on the shortcut.
PLACEMENTS = ("standard", "pre", "post", "identity")
WIDTHS = (64, 128, 256, 512)  # of the four stages, before a unit's expansion


def shortcut(channels_in, channels_out, stride, kernel=1):
    """The identity where shapes agree, else a projection (ResNet option B)."""
    if stride == 1 and channels_in == channels_out:
        return nn.Identity()
    return nn.Sequential(*conv_bn(channels_in, channels_out, kernel, stride))


class ResidualUnit(nn.Module):
    """relu(branch(x) + shortcut(x)). Subclasses make their branch, then call `join`, in the order of the weights."""

    def join(self, channels_in, channels_out, stride, make_se, placement, kernel=1):
        if placement not in PLACEMENTS:
            raise ValueError(f"placement must be one of {', '.join(PLACEMENTS)}, not {placement!r}")
        self.placement = placement
        self.se = make_se(channels_in if placement == "pre" else channels_out)
        self.downsample = shortcut(channels_in, channels_out, stride, kernel)

    def se_at(self, placement, x):
        return self.se(x) if placement == self.placement else x

    def forward(self, x):
        y = self.se_at("standard", self.branch(self.se_at("pre", x)))
        kept = self.se_at("identity", self.downsample(x))
        return self.se_at("post", F.relu(y + kept))


class BasicUnit(ResidualUnit):
    expansion, last = 1, "bn2"

    def __init__(self, channels_in, width, stride, make_se, placement="standard"):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(channels_in, width, 3, stride)
        self.conv2, self.bn2 = conv_bn(width, width, 3)
        self.join(channels_in, width, stride, make_se, placement)

    def branch(self, x):
        return self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))


class BottleneckUnit(ResidualUnit):
    """The 3x3 convolution has `groups` groups of `group_width` channels at width 64, and more as width grows."""
    expansion, last = 4, "bn3"

    def __init__(self, channels_in, width, stride, make_se, placement="standard", groups=1, group_width=64):
        super().__init__()
        inner = width * group_width // 64 * groups
        self.conv1, self.bn1 = conv_bn(channels_in, inner, 1)
        self.conv2, self.bn2 = conv_bn(inner, inner, 3, stride, groups)
        self.conv3, self.bn3 = conv_bn(inner, 4 * width, 1)
        self.join(channels_in, 4 * width, stride, make_se, placement)

    def branch(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return self.bn3(self.conv3(y))


class SEResNet(nn.Module):
    """`stem` "small" is one 3x3 convolution (32x32 images), "large" is 7x7/2 and 3x3/2 pooling."""

    def __init__(self, unit, depths, widths, num_classes, stem, make_se, placement="standard"):
        super().__init__()
        self.stages = len(depths)
        channels = self.make_stem(stem, widths[0])
        for stage, (depth, width) in enumerate(zip(depths, widths)):
            units = []
            for index in range(depth):
                stride = 2 if stage > 0 and index == 0 else 1
                units.append(unit(channels, width, stride, make_se, placement))
                channels = width * getattr(unit, "func", unit).expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*units))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(initialise)
        self.apply(start_as_identity)

    def make_stem(self, stem, width):
        """Returns the number of channels that it gives."""
        small = stem_stride(stem) == 1
        channels = width if small else 64
        self.conv1, self.bn1 = conv_bn(3, channels, *((3, 1) if small else (7, 2)))
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        return channels

    def stem(self, x):
        return self.maxpool(F.relu(self.bn1(self.conv1(x))))

    def forward(self, x):
        x = self.stem(x)
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(self.avgpool(x).flatten(1))


def start_as_identity(module):
    """The last normalisation of a unit's branch starts at zero (Goyal et al., arXiv:1706.02677, section 5.1)."""
    if isinstance(module, ResidualUnit):
        nn.init.zeros_(getattr(module, module.last).weight)


def se_resnet_small(num_classes=10, widths=(32, 88, 160), depths=(1, 1, 2), se=SEBlock, placement="standard",
                    reduction=8, **block):
    """For 32x32 images. The defaults are the built-in model's: 968,569 parameters at r = 8."""
    return SEResNet(BasicUnit, depths, widths, num_classes, "small", se_maker(se, reduction=reduction, **block),
                    placement)


def se_resnet(unit, depths, num_classes=1000, stem="large", widths=WIDTHS, se=SEBlock, placement="standard",
              **block):
    """`block` is what SEBlock takes: reduction (16), kind, squeeze, gate, bias."""
    return SEResNet(unit, depths, widths, num_classes, stem, se_maker(se, **block), placement)


NETWORKS = {
    "se_resnet_small": se_resnet_small,
    "se_resnet18": partial(se_resnet, BasicUnit, depths=(2, 2, 2, 2)),
    "se_resnet34": partial(se_resnet, BasicUnit, depths=(3, 4, 6, 3)),
    "se_resnet50": partial(se_resnet, BottleneckUnit, depths=(3, 4, 6, 3)),
    "se_resnet101": partial(se_resnet, BottleneckUnit, depths=(3, 4, 23, 3)),
    "se_resnet152": partial(se_resnet, BottleneckUnit, depths=(3, 8, 36, 3)),
    "se_resnext50_32x4d": partial(se_resnet, partial(BottleneckUnit, groups=32, group_width=4), depths=(3, 4, 6, 3)),
}
