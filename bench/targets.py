"""What is timed, and what it must reach."""
from collections import namedtuple

# Of a ratio ours / peer, or of another number that is better when smaller.
Target = namedtuple("Target", "must wanted")
# skeleton: networks/NAME.onnx, whose weights are drawn. targets: threads -> Target; none where there is no key.
Network = namedtuple("Network", "name title size skeleton targets")


def drawn(name, title, one, two):
    return Network(name, title, 224, True, {1: Target(*one), 2: Target(*two)})


NETWORKS = [
    drawn("seresnet50", "SE-ResNet-50", (0.80, 0.68), (0.80, 0.68)),
    drawn("seresnet18", "SE-ResNet-18", (0.70, 0.55), (0.70, 0.55)),
    drawn("seresnext50_32x4d", "SE-ResNeXt-50 32x4d", (0.85, 0.70), (0.85, 0.70)),
    drawn("mobilenetv3_small_100", "MobileNetV3-small", (0.85, 0.65), (0.80, 0.60)),
    drawn("mobilenetv3_large_100", "MobileNetV3-large", (0.85, 0.65), (0.80, 0.60)),
    drawn("efficientnet_b0", "EfficientNet-B0", (0.80, 0.65), (0.80, 0.65)),
    drawn("regnety_008", "RegNetY-800MF", (0.90, 0.75), (0.80, 0.65)),
    Network("builtin", "built-in, 32x32", 32, False, {1: Target(0.80, 0.60)}),
]

# The network on which everything else is measured, and the same without its SE blocks.
FLAGSHIP = NETWORKS[0]
WITHOUT_SE = Network("resnet50", "ResNet-50", 224, True, {})

PARITY = Target(1e-4, 1e-5)            # largest difference of the outputs / largest output, for every network
SE_OVERHEAD = Target(0.018, 0.010)     # time with SE blocks / time without - 1
BATCH, BATCH_TIME = 8, Target(1.0, 0.95)  # time of an image among so many / time of one alone
LOAD = Target(0.5, 0.5)                # ours / peer, from the file to the first answer
MEMORY = Target(1.6, 1.6)              # resident bytes after the first answer / bytes of the weights
