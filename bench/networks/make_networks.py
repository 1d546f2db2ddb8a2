#!/usr/bin/env python3
"""Write the networks that are timed as skeletons: NAME.onnx without the numbers of its weights.

    python3 bench/networks/make_networks.py

Each is timm's network as the README says to export it. Its float initialisers have a name, a type and dimensions and
no data; bench/draw.py draws them. Made with PyTorch 2.15 and timm 1.0.31.
"""
import sys
import warnings
from pathlib import Path

import timm
import torch

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
sys.path[:0] = [str(ROOT / "tests/fixtures/architectures"), str(ROOT / "training")]
import export  # noqa: E402
from make_architectures import strip  # noqa: E402
from random_weights import randomise  # noqa: E402

NAMES = ("seresnet50", "resnet50", "seresnet18", "seresnext50_32x4d", "mobilenetv3_small_100", "mobilenetv3_large_100",
         "efficientnet_b0", "regnety_008")


def main():
    warnings.simplefilter("ignore")
    for name in NAMES:
        torch.manual_seed(1)
        images = torch.randn(2, 3, 224, 224)
        # Weights that are equal would be stored once, and drawn once.
        model = randomise(timm.create_model(name, pretrained=False), images)
        path = FOLDER / f"{name}.onnx"
        export.export_onnx(model, images[:1], path, opset_version=17)
        strip(path)
        print(f"{path.stat().st_size:8d}  {path.name}", flush=True)


if __name__ == "__main__":
    main()
