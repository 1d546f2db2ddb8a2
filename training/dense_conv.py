#!/usr/bin/env python3
"""Is there a difference between the two ways to write an SE block? The same weights as dense layers and as 1x1
convolutions: outputs, ONNX size, time in the engine and in ONNX Runtime (needs the onnxruntime package).

    python3 training/dense_conv.py runs/experiments/dense-seed1/model.pt
    python3 training/dense_conv.py --network se_resnet50 --size 224      random weights
"""
import argparse
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import torch

import engine
import export
import networks
from evaluate import load
from random_weights import randomise
from report import fastest

ROUNDS = 5


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", help="model.pt of train.py")
    parser.add_argument("--network", choices=sorted(networks.NETWORKS), default="se_resnet50")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--senet")
    return parser.parse_args()


def both(arguments):
    """Returns ({kind: model} with equal weights, images)."""
    torch.manual_seed(1)
    if arguments.model:
        given, stored = load(arguments.model)
        name, options, size = stored["network"], stored["options"], stored["size"]
        images = torch.randn(1, 3, size, size)
    else:
        name, options, size = arguments.network, {}, arguments.size
        images = torch.randn(4, 3, size, size)
        given = randomise(networks.build(name), images)
    models = {}
    for kind in ("dense", "conv"):
        model = networks.build(name, **{**options, "kind": kind}).eval()
        shapes = model.state_dict()
        model.load_state_dict({key: value.reshape(shapes[key].shape) for key, value in given.state_dict().items()})
        models[kind] = model
    return models, images[:1]


def onnxruntime_session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def fastest_onnxruntime(session, image, runs=50):
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        session.run(None, {"input": image})
        times.append(time.perf_counter() - began)
    return 1e3 * min(times)


def main():
    arguments = parse_arguments()
    senet = engine.find_senet(arguments.senet) or sys.exit("there is no senet: make builds it")
    models, images = both(arguments)
    image = images.numpy()
    logits, files, sessions, times = {}, {}, {}, {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        for kind, model in models.items():
            files[kind] = Path(folder) / f"{kind}.onnx"
            export.export_onnx(model, images, files[kind])
            sessions[kind] = onnxruntime_session(files[kind])
            (Path(folder) / kind).mkdir()
            logits[kind] = {"PyTorch": model(images).numpy(),
                            "engine": engine.run(senet, files[kind], image, Path(folder) / kind)["logits"],
                            "ONNX Runtime": sessions[kind].run(["logits"], {"input": image})[0]}
            times[kind] = {"engine": np.inf, "ONNX Runtime": np.inf}
        for _ in range(ROUNDS):  # in turn, so that all see the same neighbours
            for kind in models:
                times[kind]["engine"] = min(times[kind]["engine"], fastest(senet, files[kind]))
                times[kind]["ONNX Runtime"] = min(times[kind]["ONNX Runtime"], fastest_onnxruntime(sessions[kind], image))
        sizes = {kind: path.stat().st_size for kind, path in files.items()}
    for what in logits["conv"]:
        print(f"{what}: outputs differ by {engine.difference(logits['conv'][what], logits['dense'][what]):.1e}")
    for kind in models:
        print(f"{kind}: ONNX {sizes[kind]:,} bytes, engine {times[kind]['engine']:.3f} ms, "
              f"ONNX Runtime {times[kind]['ONNX Runtime']:.3f} ms")


if __name__ == "__main__":
    main()
