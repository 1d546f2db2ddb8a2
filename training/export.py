#!/usr/bin/env python3
"""Turn OUTPUT/model.pt of train.py into a model directory that senetd serves.

    python3 training/export.py runs/cifar10/model.pt --output models/builtin --half \\
        --golden tests/fixtures/builtin --data cifar10-jpeg.zip

Writes model.onnx, config.json and labels.txt, and has `senet run` compute logits and gates of an image, which must be
PyTorch's. With --data also golden.npz, what PyTorch computes for one image, which senetd reproduces before it serves
the model. --golden stores inputs with PyTorch's logits and gates as .npy files, which tests compare the engine with.
"""
import argparse
import json
from pathlib import Path

import numpy as np
import torch

import data
import engine
import half
from evaluate import load
from se import SEBlock

TOLERANCE = 1e-4  # of the largest element


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--half", action="store_true", help="store weights as float16 (needs the onnx package)")
    parser.add_argument("--golden", type=Path, help="folder for inputs, logits and gates as .npy")
    parser.add_argument("--data", help="where test images come from")
    parser.add_argument("--images", type=int, default=4, help="with --golden: how many test images")
    parser.add_argument("--senet", help="the program that checks it; by default build/senet or the one on the path")
    return parser.parse_args()


def export_onnx(model, example, path, **more):
    """The TorchScript exporter: current PyTorch has to be asked for it, PyTorch 1 knows no other."""
    options = {"opset_version": 13, "input_names": ["input"], "output_names": ["logits"],
               "dynamic_axes": {"input": {0: "batch"}, "logits": {0: "batch"}}, **more}
    if int(torch.__version__.split(".")[0]) >= 2:
        options["dynamo"] = False
    torch.onnx.export(model, example, str(path), **options)


def write_config(stored, path):
    size = stored["size"]
    config = {
        "architecture": stored["network"],
        "num_classes": len(stored["labels"]),
        "label_names": [str(label) for label in stored["labels"]],
        "pretrained_cfg": {"input_size": [3, size, size], "interpolation": "bicubic", "crop_pct": 1.0,
                           "crop_mode": "center", "mean": list(stored["mean"]), "std": list(stored["std"])},
    }
    path.write_text(json.dumps(config, indent=2) + "\n")


def per_channel(gate):
    """N x C, as the engine reports it: of N x C x H x W (squeeze "none") it gives the mean over all positions."""
    return gate.flatten(2).mean(2)


# Module type -> the gate it computes for an input; other kinds of SE block can be added.
GATED = {SEBlock: SEBlock.excite}


@torch.no_grad()
def run_with_gates(model, images):
    gates, hooks = {}, []
    for name, module in model.named_modules():
        if type(module) in GATED:
            hooks.append(module.register_forward_hook(
                lambda block, inputs, _, name=name: gates.__setitem__(
                    name, per_channel(GATED[type(block)](block, inputs[0])))))
    logits = model(images)
    for hook in hooks:
        hook.remove()
    return logits, gates


def tensors(model, images):
    """{name: array}: "logits", and "gate.LAYER" for each SE block."""
    logits, gates = run_with_gates(model, images)
    arrays = {"logits": logits, **{f"gate.{name}": gate for name, gate in gates.items()}}
    return {name: array.contiguous().numpy() for name, array in arrays.items()}


def write_golden(model, image, path):
    """golden.npz as include/senet.h describes it; names are those of export_onnx."""
    arrays = tensors(model, image)
    logits = arrays.pop("logits")
    np.savez(path, **{"input.input": image.contiguous().numpy(), "output.logits": logits, **arrays})


def write_fixtures(model, images, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in {"input": images.contiguous().numpy(), **tensors(model, images)}.items():
        np.save(folder / f"{name}.npy", array)


def check(model, image, onnx_file, senet):
    """Says how far the engine is from PyTorch; ends the program where that is too far."""
    program = engine.find_senet(senet)
    if not program:
        print(f"not checked: {senet or 'build/senet'} is not there (make builds it)")
        return
    found = engine.differences(program, onnx_file, image.contiguous().numpy(), tensors(model, image))
    wrong = [f"{name} differs by {error:.1e}" for name, _, error in found if not error <= TOLERANCE]
    if wrong:
        raise SystemExit("the engine and PyTorch disagree: " + ", ".join(wrong))
    print(f"checked: logits and {len(found) - 1} gates of the engine are PyTorch's, "
          f"the largest relative difference {max(error for _, _, error in found):.1e}")


def write_model(model, stored, arguments):
    onnx_file = arguments.output / "model.onnx"
    if arguments.half:
        half.fold_batch_norm(model)
        half.round_weights(model)
    export_onnx(model, torch.zeros(1, 3, stored["size"], stored["size"]), onnx_file)
    if arguments.half:
        half.store_as_half(onnx_file)
    write_config(stored, arguments.output / "config.json")
    (arguments.output / "labels.txt").write_text("".join(f"{label}\n" for label in stored["labels"]))
    return onnx_file


def main():
    arguments = parse_arguments()
    if arguments.golden and not arguments.data:
        raise SystemExit("--golden needs --data")
    model, stored = load(arguments.model)
    arguments.output.mkdir(parents=True, exist_ok=True)
    onnx_file = write_model(model, stored, arguments)
    chosen = torch.randn(1, 3, stored["size"], stored["size"], generator=torch.Generator().manual_seed(1))
    if arguments.data:
        images = data.load(arguments.data, "test", stored["size"])[0]
        step = max(1, len(images) // arguments.images)
        chosen = data.normalise(images[::step][:arguments.images])
        write_golden(model, chosen[:1], arguments.output / "golden.npz")
    if arguments.golden:
        write_fixtures(model, chosen, arguments.golden)
    check(model, chosen[:1], onnx_file, arguments.senet)


if __name__ == "__main__":
    main()
