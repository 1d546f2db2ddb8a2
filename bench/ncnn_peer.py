#!/usr/bin/env python3
"""ncnn as a second peer. As a program it has the interface of peer.js; as a module it finds and converts.

    python bench/ncnn_peer.py bench MODEL INPUT.npy [--batch 1] [--threads T] [--runs N] [--warmup N]
    python bench/ncnn_peer.py run MODEL INPUT.npy OUTPUT [--threads T]

MODEL is the path of an ONNX file; what pnnx made of it lies in build/bench/ncnn.
"""
import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import engines


def converted(model):
    """The folder for what is made of an ONNX file; the built-in model's is called model.onnx."""
    return engines.BUILD / "ncnn" / (Path(model).stem if Path(model).stem != "model" else "builtin")


def find():
    """The engine, or None after a line that says why."""
    if not all(importlib.util.find_spec(name) for name in ("ncnn", "pnnx")):
        print("bench: ncnn is not there: it is left out", file=sys.stderr)
        return None
    return Ncnn("ncnn", [sys.executable, __file__])


class Ncnn(engines.Peer):
    def version(self):
        import ncnn
        return f"ncnn {ncnn.__version__}"

    def converts(self, network, files):
        """Whether there is such a network for ncnn; converts it unless that was done before."""
        folder = converted(files.model)
        parameters = folder / "model.ncnn.param"
        if not parameters.exists() or parameters.stat().st_mtime < files.model.stat().st_mtime:
            folder.mkdir(parents=True, exist_ok=True)
            package = Path(importlib.util.find_spec("pnnx").submodule_search_locations[0])
            # It writes beside its input, and in the current folder.
            copy = folder / "model.onnx"
            copy.write_bytes(files.model.read_bytes())
            subprocess.run([package / "pnnx", copy, f"inputshape=[1,3,{network.size},{network.size}]", "fp16=0"],
                           cwd=folder, capture_output=True)
        if not parameters.exists():
            print(f"bench: pnnx cannot convert {network.title}: ncnn is left out of its rows", file=sys.stderr)
        return parameters.exists()


def load(model, threads):
    import ncnn
    net = ncnn.Net()
    net.opt.num_threads = threads
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic", "use_bf16_storage"):
        setattr(net.opt, option, False)
    folder = converted(model)
    if net.load_param(str(folder / "model.ncnn.param")) or net.load_model(str(folder / "model.ncnn.bin")):
        sys.exit("ncnn cannot load the network")
    return net


def answer(net, image):
    import ncnn
    extractor = net.create_extractor()
    extractor.input("in0", ncnn.Mat(image))
    return extractor.extract("out0")[1]


def milliseconds(begun):
    return (time.perf_counter() - begun) * 1e3


def bench(arguments, image):
    begun = time.perf_counter()
    net = load(arguments.model, arguments.threads)
    answer(net, image)
    first = milliseconds(begun)
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    times = []
    for number in range(arguments.warmup + arguments.runs):
        begun = time.perf_counter()
        answer(net, image)
        if number >= arguments.warmup:
            times.append(milliseconds(begun))
    print(json.dumps({"min_ms": min(times), "median_ms": float(np.median(times)), "first_answer_ms": first,
                      "resident_bytes": resident}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["bench", "run"])
    parser.add_argument("model")
    parser.add_argument("input")
    parser.add_argument("output", nargs="?")
    for name, standard in (("batch", 1), ("threads", 1), ("runs", 50), ("warmup", 5)):
        parser.add_argument(f"--{name}", type=int, default=standard)
    arguments = parser.parse_args()
    image = np.load(arguments.input)[0]
    if arguments.command == "bench":
        bench(arguments, image)
    else:
        net = load(arguments.model, arguments.threads)
        np.array(answer(net, image)).astype("<f4").tofile(arguments.output)


if __name__ == "__main__":
    main()
