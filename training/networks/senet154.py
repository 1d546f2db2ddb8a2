"""SENet-154, which won ILSVRC 2017 (the paper's appendix): an SE-ResNeXt of 64 groups with more convolutions.

Against SE-ResNeXt-152 64x4d: the first 1x1 convolution of a unit is half as wide, the stem is three 3x3
convolutions, projections that halve are 3x3, and dropout comes before the classifier.
"""
from torch import nn
from torch.nn import functional as F

from se import SEBlock

from .layers import conv_bn, conv_bn_relu, se_maker, stem_stride
from .resnet import WIDTHS, ResidualUnit, SEResNet


class SENetUnit(ResidualUnit):
    expansion, last = 4, "bn3"

    def __init__(self, channels_in, width, stride, make_se, placement):
        super().__init__()
        self.conv1, self.bn1 = conv_bn(channels_in, 2 * width, 1)
        self.conv2, self.bn2 = conv_bn(2 * width, 4 * width, 3, stride, 64)
        self.conv3, self.bn3 = conv_bn(4 * width, 4 * width, 1)
        self.join(channels_in, 4 * width, stride, make_se, placement, kernel=1 if stride == 1 else 3)

    def branch(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return self.bn3(self.conv3(y))


class SENet(SEResNet):
    def make_stem(self, stem, width):
        stride = stem_stride(stem)
        self.layer0 = nn.Sequential(conv_bn_relu(3, 64, 3, stride), conv_bn_relu(64, 64, 3), conv_bn_relu(64, 128, 3))
        # Rounded up and not padded, as in Caffe, from where the published weights come.
        self.maxpool = nn.Identity() if stride == 1 else nn.MaxPool2d(3, 2, ceil_mode=True)
        return 128

    def stem(self, x):
        return self.maxpool(self.layer0(x))


def senet154(num_classes=1000, stem="large", depths=(3, 8, 36, 3), widths=WIDTHS, dropout=0.2, se=SEBlock,
             placement="standard", **block):
    """115,088,984 parameters."""
    network = SENet(SENetUnit, depths, widths, num_classes, stem, se_maker(se, **block), placement)
    network.fc = nn.Sequential(nn.Dropout(dropout), network.fc)
    return network


NETWORKS = {"senet154": senet154}
