"""SE-ResNet: residual units with an SE block on the residual branch, before the add.

Module names follow torchvision (`conv1`, `layer1.0.conv1`, ..., `fc`), so an SE block is
called `layer1.0.se` in the exported graph and in the daemon's answers.
"""
from torch import nn
from torch.nn import functional as F

from se import SEBlock


def conv_bn(channels_in, channels_out, kernel, stride=1, groups=1):
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return conv, nn.BatchNorm2d(channels_out)


def shortcut(channels_in, channels_out, stride):
    """The identity where shapes agree, else a 1x1 projection (ResNet option B)."""
    if stride == 1 and channels_in == channels_out:
        return nn.Identity()
    return nn.Sequential(*conv_bn(channels_in, channels_out, 1, stride))


class BasicUnit(nn.Module):
    expansion = 1

    def __init__(self, channels_in, width, stride, make_se):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(channels_in, width, 3, stride)
        self.conv2, self.bn2 = conv_bn(width, width, 3)
        self.se = make_se(width)
        self.downsample = shortcut(channels_in, width, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.se(self.bn2(self.conv2(y)))
        return F.relu(y + self.downsample(x))


class BottleneckUnit(nn.Module):
    expansion = 4

    def __init__(self, channels_in, width, stride, make_se):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(channels_in, width, 1)
        self.conv2, self.bn2 = conv_bn(width, width, 3, stride)
        self.conv3, self.bn3 = conv_bn(width, 4 * width, 1)
        self.se = make_se(4 * width)
        self.downsample = shortcut(channels_in, 4 * width, stride)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.se(self.bn3(self.conv3(y)))
        return F.relu(y + self.downsample(x))


class SEResNet(nn.Module):
    """`stem` "small" is one 3x3 convolution (32x32 images), "large" is 7x7/2 and 3x3/2 pooling."""

    def __init__(self, unit, depths, widths, num_classes, stem, reduction, kind):
        super().__init__()
        self.stages = len(depths)
        kernel, stride = (3, 1) if stem == "small" else (7, 2)
        channels = widths[0] if stem == "small" else 64
        self.conv1, self.bn1 = conv_bn(3, channels, kernel, stride)
        self.maxpool = nn.Identity() if stem == "small" else nn.MaxPool2d(3, 2, 1)
        for stage, (depth, width) in enumerate(zip(depths, widths)):
            units = []
            for index in range(depth):
                stride = 2 if stage > 0 and index == 0 else 1
                units.append(unit(channels, width, stride, lambda c: SEBlock(c, reduction, kind)))
                channels = width * unit.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*units))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(initialise)
        self.apply(start_as_identity)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(self.avgpool(x).flatten(1))


def initialise(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def start_as_identity(module):
    """The last normalisation of a unit's branch starts at zero (Goyal et al., arXiv:1706.02677, section 5.1)."""
    last = {BasicUnit: "bn2", BottleneckUnit: "bn3"}.get(type(module))
    if last:
        nn.init.zeros_(getattr(module, last).weight)


def se_resnet_small(num_classes=10, widths=(32, 88, 160), depths=(1, 1, 2), reduction=8, kind="conv"):
    """For 32x32 images. The defaults are the built-in model's: 389,358 parameters at r = 8."""
    return SEResNet(BasicUnit, depths, widths, num_classes, "small", reduction, kind)


def se_resnet50(num_classes=1000, reduction=16, kind="conv"):
    """28,088,024 - like timm's seresnet50 - with biases in both SE layers."""
    return SEResNet(BottleneckUnit, (3, 4, 6, 3), (64, 128, 256, 512), num_classes, "large", reduction, kind)
