"""The networks that are compared: a row says what to build, how to export it, and which SE blocks it has.

Counts and names are those of the architectures (units, minus the units that have no block). They are written
down, so that neither the counting of modules in golden.py nor the engine can be wrong unseen.
"""
from collections import namedtuple

Case = namedtuple("Case", "name source network options exporter size blocks kind first last")


def case(source, network, exporter, size, blocks=0, first=None, last=None, block_kind="conv", **options):
    marks = [value if isinstance(value, str) else f"{key}{value}" for key, value in options.items() if key != "widths"]
    name = "-".join([network, *marks, exporter])
    return Case(name, source, network, options, exporter, size, blocks, block_kind if blocks else None, first, last)


def small(exporter, first="layer1.0.se", block_kind="conv", **options):
    """The built-in model's network: one, one and two units."""
    return case("ours", "se_resnet_small", exporter, 32, 4, first, "layer3.1.se", block_kind, widths=(16, 24, 40),
                **options)


EXPORTERS = ("ts9", "ts11", "ts13", "ts17", "dynamo18", "dynamo20")  # TorchScript or the newer one, and the opset

CASES = [
    # The forms of the block, small: both kinds with each exporter, then squeezes, gates, places, no biases.
    *(small(exporter) for exporter in EXPORTERS),
    *(small(exporter, kind="dense", block_kind="dense") for exporter in EXPORTERS),
    *(small(exporter, squeeze=squeeze) for squeeze in ("max", "both", "none") for exporter in ("ts13", "dynamo18")),
    *(small("ts13", kind="dense", block_kind="dense", squeeze=squeeze) for squeeze in ("max", "both")),
    *(small(exporter, gate=gate) for gate in ("hard_sigmoid", "relu", "tanh") for exporter in ("ts13", "dynamo18")),
    small("ts13", kind="dense", block_kind="dense", gate="hard_sigmoid"),
    *(small("ts13", placement=placement) for placement in ("pre", "post", "identity")),
    *(small("ts13", bias=False, kind=kind, block_kind=kind) for kind in ("conv", "dense")),
    *(small("ts13", reduction=reduction) for reduction in (2, 4, 16, 32)),
    case("ours", "se_resnet_small", "ts13", 32, se=None),

    # The networks that the paper names.
    case("ours", "se_shufflenet", "ts13", 64, 16, "stages.0.0.se", "stages.2.3.se"),
    case("ours", "se_shufflenet", "ts9", 32, 16, "stages.0.0.se", "stages.2.3.se", stem="small"),
    case("ours", "se_shufflenet", "dynamo18", 64, 16, "stages.0.0.se", "stages.2.3.se"),
    case("ours", "se_mobilenet", "ts13", 96, 13, "units.0.se", "units.12.se"),
    case("ours", "se_mobilenet", "ts11", 32, 13, "units.0.se", "units.12.se", "dense", stem="small", kind="dense"),
    case("ours", "se_mobilenet", "dynamo18", 96, 13, "units.0.se", "units.12.se"),
    case("ours", "se_inception", "ts13", 96, 10, "inception3a.se", "inception5b.se"),
    case("ours", "se_inception", "ts9", 32, 10, "inception3a.se", "inception5b.se", "dense", stem="small",
         kind="dense"),
    case("ours", "se_inception", "dynamo18", 96, 10, "inception3a.se", "inception5b.se"),
    case("ours", "se_resnet18", "ts13", 96, 8, "layer1.0.se", "layer4.1.se"),
    case("ours", "se_resnet34", "ts11", 96, 16, "layer1.0.se", "layer4.2.se", "dense", kind="dense"),
    case("ours", "se_resnet50", "ts13", 96, 16, "layer1.0.se", "layer4.2.se"),
    case("ours", "se_resnet50", "dynamo18", 96, 16, "layer1.0.se", "layer4.2.se"),
    # Off the branch, the block leaves the sum less of what it was: 50 layers would amplify float32's own noise.
    *(case("ours", "se_resnet18", "ts13", 64, 8, "layer1.0.se", "layer4.1.se", placement=placement)
      for placement in ("pre", "post", "identity")),
    case("ours", "se_resnext50_32x4d", "ts13", 96, 16, "layer1.0.se", "layer4.2.se"),

    # As users bring them. MobileNetV3-small has blocks in 9 of 11 units, -large in 8 of 15 (arXiv:1905.02244,
    # tables 1 and 2); every unit of EfficientNet, TinyNet and RegNetY has one.
    case("timm", "lcnet_100", "ts13", 96, 2, "blocks.5.0.se", "blocks.5.1.se"),
    *(case("timm", "mobilenetv3_small_100", exporter, 96, 9, "blocks.0.0.se", "blocks.4.2.se")
      for exporter in EXPORTERS),
    case("timm", "semnasnet_100", "ts13", 96, 8, "blocks.2.0.se", "blocks.5.2.se"),  # MnasNet-A1
    case("timm", "rexnet_100", "ts13", 96, 13, "features.3.se", "features.15.se"),
    case("timm", "rexnet_100", "dynamo18", 96, 13, "features.3.se", "features.15.se"),
    case("timm", "ghostnet_100", "ts13", 96, 7, "blocks.3.0.se", "blocks.8.3.se"),
    case("timm", "ghostnet_100", "dynamo18", 96, 7, "blocks.3.0.se", "blocks.8.3.se"),
    case("timm", "hardcorenas_a", "ts13", 96, 8, "blocks.1.1.se", "blocks.5.1.se"),
    case("timm", "mobilenetv3_large_100", "ts17", 128, 8, "blocks.2.0.se", "blocks.5.2.se"),
    *(case("timm", "efficientnet_b0", exporter, 128, 16, "blocks.0.0.se", "blocks.6.0.se")
      for exporter in ("ts11", "ts17", "dynamo18")),
    case("timm", "tinynet_a", "ts13", 96, 19, "blocks.0.0.se", "blocks.6.0.se"),
    case("timm", "regnety_008", "ts13", 128, 14, "s1.b1.se", "s4.b2.se"),
    case("timm", "regnety_008", "dynamo18", 128, 14, "s1.b1.se", "s4.b2.se"),
    case("timm", "fbnetv3_b", "ts13", 96, 18, "blocks.2.0.se", "blocks.5.6.se"),
    case("timm", "seresnet18", "ts13", 128, 8, "layer1.0.se", "layer4.1.se"),
    case("timm", "seresnet18", "dynamo18", 128, 8, "layer1.0.se", "layer4.1.se"),
    case("timm", "legacy_seresnet18", "ts13", 128, 8, "layer1.0.se_module", "layer4.1.se_module"),
    case("timm", "seresnet50", "ts13", 224, 16, "layer1.0.se", "layer4.2.se"),
    case("timm", "seresnext50_32x4d", "ts11", 128, 16, "layer1.0.se", "layer4.2.se"),

    # Relatives: one fully connected layer (ese), a convolution over channels (ECA).
    case("timm", "ese_vovnet19b_dw", "ts13", 96, 4, "stages.0.blocks.0.attn", "stages.3.blocks.0.attn", "ese"),
    case("timm", "ese_vovnet19b_dw", "dynamo18", 96, 4, "stages.0.blocks.0.attn", "stages.3.blocks.0.attn", "ese"),
    case("timm", "ecaresnet50t", "ts13", 96, 16, "layer1.0.se", "layer4.2.se", "eca"),
    case("timm", "ecaresnet50t", "dynamo18", 96, 16, "layer1.0.se", "layer4.2.se", "eca"),

    # No SE blocks, however close: selective kernels, split attention, global context.
    case("timm", "skresnet18", "ts13", 96),
    case("timm", "skresnet18", "dynamo18", 96),
    case("timm", "resnest14d", "ts13", 96),
    case("timm", "resnest14d", "dynamo18", 96),
    case("timm", "gcresnet50t", "ts13", 96),
    case("timm", "gcresnet50t", "dynamo18", 96),

    # The large ones last.
    case("ours", "se_resnet101", "ts13", 96, 33, "layer1.0.se", "layer4.2.se"),
    case("ours", "se_resnet152", "ts13", 96, 50, "layer1.0.se", "layer4.2.se"),
    case("ours", "senet154", "ts13", 96, 50, "layer1.0.se", "layer4.2.se"),
    case("timm", "senet154", "dynamo18", 96, 50, "layer1.0.se", "layer4.2.se"),
]
assert len({case.name for case in CASES}) == len(CASES), "two cases of one name would share a folder"
