"""Networks by name. `build(name, **options)` is the one door."""
from .resnet import se_resnet50, se_resnet_small

NETWORKS = {"se_resnet_small": se_resnet_small, "se_resnet50": se_resnet50}


def build(name, **options):
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; known: {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name](**options)
