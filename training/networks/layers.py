"""What the networks share."""
from torch import nn


def conv_bn(channels_in, channels_out, kernel, stride=1, groups=1):
    conv = nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return conv, nn.BatchNorm2d(channels_out)


def conv_bn_relu(channels_in, channels_out, kernel, stride=1, groups=1):
    return nn.Sequential(*conv_bn(channels_in, channels_out, kernel, stride, groups), nn.ReLU())


def se_maker(se, **options):
    """channels -> SE block. With se=None the block is the identity, and the network its plain counterpart."""
    return lambda channels: se(channels, **options) if se else nn.Identity()


def scaled(channels, width, multiple=1):
    """Channels of a network that is `width` times as wide, a multiple of `multiple`: groups must divide them."""
    return max(1, round(channels * width / multiple)) * multiple


def stem_stride(stem):
    """Images of 32x32 ("small") keep their size where those of 224x224 ("large") are halved."""
    if stem not in ("small", "large"):
        raise ValueError(f"stem must be small or large, not {stem!r}")
    return 1 if stem == "small" else 2


def initialise(module):
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
