"""The engine against PyTorch, through `senet run`: outputs, and the gate of every SE block."""
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

BUILT = Path(__file__).resolve().parents[1] / "build" / "senet"


def find_senet(given=None):
    """The path of the program, or None: the one that is named, the one that was built, the one that is installed."""
    if given:
        return shutil.which(given)
    return str(BUILT) if BUILT.exists() else shutil.which("senet")


def difference(expected, actual):
    """Relative to the largest element. Infinite where shapes differ, and where a comparison would say nothing."""
    if expected.shape != actual.shape or not (np.isfinite(expected) & np.isfinite(actual)).all() or not expected.any():
        return float("inf")
    return float(np.abs(expected - actual).max() / np.abs(expected).max())


def run(senet, model, image, folder):
    """{name: array} of what the engine computes for an image: "logits", and "gate.LAYER" for each SE block."""
    np.save(folder / "input.npy", image)
    outputs = folder / "outputs"
    outputs.mkdir()
    done = subprocess.run([senet, "run", str(model), "--input", str(folder / "input.npy"), "--output-dir", str(outputs)],
                          capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"senet run: {done.stderr.strip()}")
    return {path.name[:-len(".npy")]: np.load(path) for path in outputs.glob("*.npy")}


def differences(senet, model, image, expected):
    """[(name, shape, difference)] of the tensors that PyTorch computed for an image, as `export.tensors` has them.
    What only one of both has differs infinitely."""
    with tempfile.TemporaryDirectory() as folder:
        actual = run(senet, model, image, Path(folder))
    names = sorted(set(expected) | set(actual), key=lambda name: (name != "logits", name))
    return [(name, expected.get(name, actual.get(name)).shape,
             difference(expected[name], actual[name]) if name in expected and name in actual else float("inf"))
            for name in names]
