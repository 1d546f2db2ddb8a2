#!/usr/bin/env python3
"""Draws the photographs of `make bench-image`: what a camera's picture is like to a decoder, seeded.

    bench/image_files.py FOLDER

Noise whose strength falls with its frequency, as that of natural images does (1/f), the three colours alike but for
a part of their own, under a little noise of the sensor. Needs Pillow and NumPy.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def natural(width, height, seed):
    random = np.random.default_rng(seed)
    falling_y = np.fft.fftfreq(height)[:, None]
    falling_x = np.fft.rfftfreq(width)[None, :]
    frequency = np.sqrt(falling_x**2 + falling_y**2)
    frequency[0, 0] = np.inf
    def layer():
        spectrum = np.fft.rfft2(random.standard_normal((height, width), dtype=np.float32)) / frequency**1.2
        values = np.fft.irfft2(spectrum, s=(height, width)).astype(np.float32)
        return values / values.std()
    shared = layer()
    pixels = np.empty((height, width, 3), np.uint8)
    for channel in range(3):
        values = 120 + 50 * shared + 12 * layer() + 1.0 * random.standard_normal((height, width), dtype=np.float32)
        pixels[..., channel] = np.clip(values, 0, 255)
    return Image.fromarray(pixels)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    large, small = natural(4000, 3000, 1), natural(500, 375, 2)
    large.save(folder / "4000x3000.jpg", quality=80, subsampling=2)
    small.save(folder / "500x375.jpg", quality=90, subsampling=2)
    medium = large.resize((1280, 960), Image.LANCZOS)
    medium.save(folder / "1280x960.png")
    medium.save(folder / "1280x960.webp", quality=85)


if __name__ == "__main__":
    main()
