"""Networks by name. `build(name, **options)` is the one door.

All take num_classes, `se` (None: the plain counterpart) and what SEBlock takes; the residual ones take
`placement`, `depths` and `widths` (units and channels of each stage), the other families `width` (all channels
multiplied) and se_shufflenet `depths`; and all but se_resnet_small take `stem`: "large" for 224x224 images,
"small" for 32x32.
"""
from . import inception, mobilenet, resnet, senet154, shufflenet

NETWORKS = {**resnet.NETWORKS, **senet154.NETWORKS, **inception.NETWORKS, **mobilenet.NETWORKS,
            **shufflenet.NETWORKS}


def build(name, **options):
    if name not in NETWORKS:
        raise ValueError(f"unknown network {name!r}; known: {', '.join(sorted(NETWORKS))}")
    return NETWORKS[name](**options)
