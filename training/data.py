"""An image folder, or a zip of one, as uint8 tensors: SPLIT/CLASS/NAME.jpg. Nothing is downloaded."""
import io
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)


def files_of(source, split):
    """Yields (class name, file name, bytes) in a fixed order."""
    source = Path(source)
    if source.is_dir():
        for path in sorted((source / split).glob("*/*")):
            yield path.parent.name, path.name, path.read_bytes()
        return
    with zipfile.ZipFile(source) as archive:
        for name in sorted(archive.namelist()):
            parts = name.split("/")
            if len(parts) == 3 and parts[0] == split and parts[2]:
                yield parts[1], parts[2], archive.read(name)


def load(source, split, size):
    """Returns (images N x 3 x size x size uint8, labels N int64, class names).

    Decoding 50,000 files takes a minute, so the result is cached beside the user's other caches.
    """
    source = Path(source).resolve()
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "senetd-training"
    cache.mkdir(parents=True, exist_ok=True)
    stamp = cache / f"{source.stem}-{split}-{size}-{int(source.stat().st_mtime)}.npz"
    if stamp.exists():
        stored = np.load(stamp)
        return torch.from_numpy(stored["images"]), torch.from_numpy(stored["labels"]), list(stored["names"])
    images, classes = [], []
    for index, (name, _, data) in enumerate(files_of(source, split)):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        if image.size != (size, size):
            image = image.resize((size, size), Image.BICUBIC)
        images.append(np.asarray(image).transpose(2, 0, 1))
        classes.append(name)
        if sys.stderr.isatty() and index % 1000 == 0:
            print(f"\rdecoding {split}: {index}", end="", file=sys.stderr)
    if not images:
        raise SystemExit(f"no images under {split}/CLASS/ in {source.name}")
    names = sorted(set(classes))
    labels = np.array([names.index(name) for name in classes], dtype=np.int64)
    images = np.stack(images)
    np.savez(stamp, images=images, labels=labels, names=np.array(names))
    return torch.from_numpy(images), torch.from_numpy(labels), names


def normalise(images):
    """uint8 to float, about 0 with deviation 1."""
    mean = torch.tensor(MEAN)[:, None, None] * 255
    std = torch.tensor(STD)[:, None, None] * 255
    return (images.float() - mean) / std
