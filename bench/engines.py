"""The engines as programs that are started for every block of runs, all with the same interface.

bench() gives min_ms, median_ms, first_answer_ms and resident_bytes, answer() the outputs as a flat array. Each block
is a fresh process, of every engine: where its memory happens to lie favours none of them.
"""
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
BUILD = FOLDER.parent / "build/bench"


class EngineError(Exception):
    pass


def run(command, **environment):
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                              env={**os.environ, **environment})
    except OSError as error:
        raise EngineError(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise EngineError(f"{Path(command[0]).name}: {said[-1]}")
    return done.stdout


def counts(**numbers):
    return [word for name, number in numbers.items() for word in (f"--{name}", number)]


class Senet:
    title = "ours"

    def __init__(self, program):
        self.program = program

    def version(self):
        return run([self.program, "--version"]).partition(" (")[0].strip()

    def summary(self, files):
        return json.loads(run([self.program, "summary", "--json", "--model", files.model]))

    def bench(self, files, threads, runs, warmup, batch=1):
        return json.loads(run([self.program, "bench", files.model, "--json",
                               *counts(batch=batch, threads=threads, runs=runs, warmup=warmup)]))

    def answer(self, files, threads):
        with tempfile.TemporaryDirectory() as folder:
            run([self.program, "run", files.model, "--input", files.input, "--output-dir", folder,
                 *counts(threads=threads)])
            return np.load(Path(folder) / "logits.npy").ravel()


class Peer:
    """A program that takes `bench MODEL INPUT` and `run MODEL INPUT OUTPUT`."""

    def __init__(self, title, command, **environment):
        self.title, self.command, self.environment = title, command, environment

    def bench(self, files, threads, runs, warmup, batch=1):
        return json.loads(run([*self.command, "bench", files.model, files.input,
                               *counts(batch=batch, threads=threads, runs=runs, warmup=warmup)], **self.environment))

    def answer(self, files, threads):
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "output"
            run([*self.command, "run", files.model, files.input, output, *counts(threads=threads)],
                **self.environment)
            return np.fromfile(output, "<f4")


def onnx_runtime():
    peer = Peer("ONNX Runtime", ["node", FOLDER / "peer.js"], NODE_PATH=str(BUILD / "node_modules"))
    package = json.loads((BUILD / "node_modules/onnxruntime-node/package.json").read_text())
    peer.version = lambda: f"onnxruntime-node {package['version']}, node {run(['node', '--version']).strip()}"
    return peer
