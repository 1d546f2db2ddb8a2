#!/usr/bin/env python3
"""From an image file's bytes to the tensor of a 224-pixel network: senet against stb_image, Pillow and sharp.

    bench/image.py --program BUILD/bench/image --sharp FOLDER --images FOLDER [--rounds N]

All on one thread, alternating in one run; a cell is the least time of all rounds in milliseconds. Pillow decodes,
resizes, crops and copies its bytes out; the normalisation is left out of its time unless NumPy is there.
"""
import argparse
import io
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

try:
    import numpy as np
except ImportError:
    np = None

ROUNDS = 8
MILLISECONDS_A_TURN = 120
SIDE, SCALED = 224, 256


class Program:
    """A process that answers a line by a number of milliseconds."""

    def __init__(self, command, prefix=""):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.prefix = prefix

    def measure(self, path, repeats):
        self.process.stdin.write(f"{self.prefix}{repeats} {path}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"bench: {self.process.args[0]} failed on {path}")
        return float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pillow:
    def __init__(self, draft):
        self.draft = draft

    def tensor(self, data):
        image = Image.open(io.BytesIO(data))
        if self.draft:  # Pillow's own decoding at a fraction of the size
            image.draft("RGB", (2 * SCALED, 2 * SCALED))
        image = image.convert("RGB")
        width, height = image.size
        short = min(width, height)
        size = int(SCALED * width / short), int(SCALED * height / short)
        image = image.resize(size, Image.BICUBIC)
        left, top = (round((side - SIDE) / 2) for side in size)
        image = image.crop((left, top, left + SIDE, top + SIDE))
        if np is None:
            return image.tobytes()
        pixels = np.asarray(image, np.float32).transpose(2, 0, 1) / np.float32(255)
        mean, std = (np.array(x, np.float32)[:, None, None] for x in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
        return np.ascontiguousarray((pixels - mean) / std)

    def measure(self, path, repeats):
        data, least = Path(path).read_bytes(), float("inf")
        for _ in range(repeats):
            begun = time.perf_counter()
            self.tensor(data)
            least = min(least, (time.perf_counter() - begun) * 1e3)
        return least

    def close(self):
        pass


def row(engines, path, rounds):
    least = {name: float("inf") for name in engines}
    repeats = {name: 1 for name in engines}
    for _ in range(rounds):
        for name, engine in engines.items():
            taken = engine.measure(path, repeats[name])
            least[name] = min(least[name], taken if taken >= 0 else float("inf"))
            repeats[name] = max(1, min(200, int(MILLISECONDS_A_TURN / max(least[name], 0.1))))
    return least


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--sharp", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    peer = str(Path(__file__).with_name("image_peer.js"))
    engines = {name: Program([options.program], f"{name} ") for name in ("auto", "exact", "stb")}
    engines["Pillow"] = Pillow(False)
    engines["Pillow draft"] = Pillow(True)
    engines["sharp"] = Program(["node", peer, options.sharp])
    print(f"Pillow {Image.__version__}{'' if np is None else ' and NumPy'}; milliseconds, least of {options.rounds} rounds")
    print("| file | senet | senet, exact | stb_image | Pillow | Pillow, draft | sharp | of stb_image | of the best peer |")
    print("|---|" + "--:|" * 8)
    for path in sorted(Path(options.images).iterdir()):
        least = row(engines, path, options.rounds)
        cells = [f"{least[name]:.2f}" if least[name] < float("inf") else "-" for name in engines]
        best = min(least[name] for name in ("Pillow", "Pillow draft", "sharp"))
        ratio = f"{least['auto'] / least['stb']:.2f}" if least["stb"] < float("inf") else "-"
        print(f"| {path.name} | " + " | ".join(cells) + f" | {ratio} | {least['auto'] / best:.2f} |", flush=True)
    for engine in engines.values():
        engine.close()


if __name__ == "__main__":
    main()
