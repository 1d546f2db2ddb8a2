"""SE-ShuffleNet: ShuffleNet v1 (Zhang et al., arXiv:1707.01083), 1x, with an SE block on each unit's branch."""
import torch
from torch import nn
from torch.nn import functional as F

from se import SEBlock

from .layers import conv_bn, conv_bn_relu, initialise, scaled, se_maker, stem_stride

WIDTHS = (240, 480, 960)  # of the stages, with three groups


def shuffle(x, groups):
    """Channels of all groups alternate, so that the next grouped convolution sees each group."""
    batch, channels, height, width = x.shape
    return x.view(batch, groups, channels // groups, height, width).transpose(1, 2).reshape(x.shape)


class ShuffleUnit(nn.Module):
    """Stride 1: relu(x + branch(x)). Stride 2: relu(concat(pool(x), branch(x))); the SE block ends the branch."""

    def __init__(self, channels_in, channels_out, stride, groups, make_se):
        super().__init__()
        self.stride, self.groups = stride, groups
        inner = channels_out // 4
        own = channels_out - channels_in if stride == 2 else channels_out
        # The 24 channels of the stem are too few to be grouped.
        self.reduce = conv_bn_relu(channels_in, inner, 1, groups=1 if channels_in == 24 else groups)
        self.depthwise = nn.Sequential(*conv_bn(inner, inner, 3, stride, inner))
        self.expand = nn.Sequential(*conv_bn(inner, own, 1, groups=groups))
        self.se = make_se(own)

    def forward(self, x):
        y = shuffle(self.reduce(x), self.groups)
        y = self.se(self.expand(self.depthwise(y)))
        if self.stride == 1:
            return F.relu(x + y)
        return F.relu(torch.cat([F.avg_pool2d(x, 3, 2, 1), y], 1))


class SEShuffleNet(nn.Module):
    def __init__(self, num_classes, stem, groups, depths, width, make_se):
        super().__init__()
        stride = stem_stride(stem)
        self.stem = nn.Sequential(conv_bn_relu(3, 24, 3, stride),
                                  nn.Identity() if stride == 1 else nn.MaxPool2d(3, 2, 1))
        channels, stages = 24, []
        for full, depth in zip(WIDTHS, depths):
            own = scaled(full, width, 4 * groups)
            units = [ShuffleUnit(channels, own, 2, groups, make_se)]
            units += [ShuffleUnit(own, own, 1, groups, make_se) for _ in range(depth - 1)]
            stages.append(nn.Sequential(*units))
            channels = own
        self.stages = nn.Sequential(*stages)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(initialise)

    def forward(self, x):
        return self.fc(self.avgpool(self.stages(self.stem(x))).flatten(1))


def se_shufflenet(num_classes=1000, stem="large", groups=3, depths=(4, 8, 4), width=1, se=SEBlock, **block):
    return SEShuffleNet(num_classes, stem, groups, depths, width, se_maker(se, **block))


NETWORKS = {"se_shufflenet": se_shufflenet}
