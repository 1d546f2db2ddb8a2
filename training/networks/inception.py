"""SE-Inception: BN-Inception (Ioffe & Szegedy, arXiv:1502.03167, fig. 5) with an SE block after each module."""
import torch
from torch import nn

from se import SEBlock

from .layers import conv_bn_relu, initialise, scaled, se_maker, stem_stride


class Inception(nn.Module):
    """Four branches side by side: 1x1; 1x1, 3x3; 1x1, 3x3, 3x3; pool, 1x1."""

    def __init__(self, channels, one, three, double, pool, projection, make_se):
        super().__init__()
        self.branch1 = conv_bn_relu(channels, one, 1)
        self.branch2 = nn.Sequential(conv_bn_relu(channels, three[0], 1), conv_bn_relu(*three, 3))
        self.branch3 = nn.Sequential(conv_bn_relu(channels, double[0], 1), conv_bn_relu(*double, 3),
                                     conv_bn_relu(double[1], double[1], 3))
        pooling = nn.AvgPool2d(3, 1, 1) if pool == "avg" else nn.MaxPool2d(3, 1, 1)
        self.branch4 = nn.Sequential(pooling, conv_bn_relu(channels, projection, 1))
        self.channels = one + three[1] + double[1] + projection
        self.se = make_se(self.channels)

    def forward(self, x):
        return self.se(torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1))


class Reduction(nn.Module):
    """Halves height and width; what is pooled keeps its channels."""

    def __init__(self, channels, three, double, make_se):
        super().__init__()
        self.branch1 = nn.Sequential(conv_bn_relu(channels, three[0], 1), conv_bn_relu(*three, 3, 2))
        self.branch2 = nn.Sequential(conv_bn_relu(channels, double[0], 1), conv_bn_relu(*double, 3),
                                     conv_bn_relu(double[1], double[1], 3, 2))
        self.branch3 = nn.MaxPool2d(3, 2, 1)
        self.channels = three[1] + double[1] + channels
        self.se = make_se(self.channels)

    def forward(self, x):
        return self.se(torch.cat([self.branch1(x), self.branch2(x), self.branch3(x)], 1))


# name: 1x1, (reduce, 3x3), (reduce, double 3x3), pooling and its projection. Two entries alone: a reduction.
MODULES = {
    "3a": (64, (64, 64), (64, 96), "avg", 32),
    "3b": (64, (64, 96), (64, 96), "avg", 64),
    "3c": ((128, 160), (64, 96)),
    "4a": (224, (64, 96), (96, 128), "avg", 128),
    "4b": (192, (96, 128), (96, 128), "avg", 128),
    "4c": (160, (128, 160), (128, 160), "avg", 128),
    "4d": (96, (128, 192), (160, 192), "avg", 128),
    "4e": ((128, 192), (192, 256)),
    "5a": (352, (192, 320), (160, 224), "avg", 128),
    "5b": (352, (192, 320), (192, 224), "max", 128),
}


def narrowed(shape, width):
    """An entry of MODULES with every number of channels multiplied."""
    if isinstance(shape, tuple):
        return tuple(narrowed(part, width) for part in shape)
    return shape if isinstance(shape, str) else scaled(shape, width)


class SEInception(nn.Module):
    def __init__(self, num_classes, stem, width, make_se):
        super().__init__()
        first, second = scaled(64, width), scaled(192, width)
        stride = stem_stride(stem)
        pool = (lambda: nn.Identity()) if stride == 1 else (lambda: nn.MaxPool2d(3, 2, 1))
        self.stem = nn.Sequential(conv_bn_relu(3, first, 3 if stride == 1 else 7, stride), pool(),
                                  conv_bn_relu(first, first, 1), conv_bn_relu(first, second, 3), pool())
        channels = second
        for name, shape in MODULES.items():
            module = (Reduction if len(shape) == 2 else Inception)(channels, *narrowed(shape, width), make_se)
            setattr(self, f"inception{name}", module)
            channels = module.channels
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(initialise)

    def forward(self, x):
        x = self.stem(x)
        for name in MODULES:
            x = getattr(self, f"inception{name}")(x)
        return self.fc(self.avgpool(x).flatten(1))


def se_inception(num_classes=1000, stem="large", width=1, se=SEBlock, **block):
    return SEInception(num_classes, stem, width, se_maker(se, **block))


NETWORKS = {"se_inception": se_inception}
