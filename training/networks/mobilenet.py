"""SE-MobileNet: MobileNet v1 (Howard et al., arXiv:1704.04861) with an SE block after each pointwise convolution."""
from torch import nn

from se import SEBlock

from .layers import conv_bn_relu, initialise, scaled, se_maker, stem_stride

# Channels and stride of each depthwise separable unit.
UNITS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *((512, 1),) * 5, (1024, 2), (1024, 1))


class SeparableUnit(nn.Module):
    def __init__(self, channels_in, channels_out, stride, make_se):
        super().__init__()
        self.depthwise = conv_bn_relu(channels_in, channels_in, 3, stride, channels_in)
        self.pointwise = conv_bn_relu(channels_in, channels_out, 1)
        self.se = make_se(channels_out)

    def forward(self, x):
        return self.se(self.pointwise(self.depthwise(x)))


class SEMobileNet(nn.Module):
    def __init__(self, num_classes, stem, width, make_se):
        super().__init__()
        channels, units = scaled(32, width), []
        self.stem = conv_bn_relu(3, channels, 3, stem_stride(stem))
        for full, stride in UNITS:
            units.append(SeparableUnit(channels, scaled(full, width), stride, make_se))
            channels = scaled(full, width)
        self.units = nn.Sequential(*units)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        self.apply(initialise)

    def forward(self, x):
        return self.fc(self.avgpool(self.units(self.stem(x))).flatten(1))


def se_mobilenet(num_classes=1000, stem="large", width=1, se=SEBlock, **block):
    return SEMobileNet(num_classes, stem, width, se_maker(se, **block))


NETWORKS = {"se_mobilenet": se_mobilenet}
