#!/usr/bin/env python3
"""How networks are trained and measured, on images that are drawn here.

    python3 training/test_training.py
"""
import csv
import os
import random
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import augment
import evaluate
import experiments
import options
import schedule
from ema import EMA

HERE = Path(__file__).resolve().parent
COLOURS = {"blue": (20, 30, 220), "green": (30, 200, 40), "red": (220, 20, 30)}
NETWORK = ["--widths", "8", "12", "--depths", "1", "1", "--size", "16"]


def draw_images(folder, train=24, test=8):
    noise = np.random.default_rng(1)
    for split, count in (("train", train), ("test", test)):
        for name, colour in COLOURS.items():
            (folder / split / name).mkdir(parents=True)
            for index in range(count):
                pixels = np.clip(np.array(colour) + noise.normal(0, 25, (16, 16, 3)), 0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{index:02}.png")


class Schedules(unittest.TestCase):
    def test_rates_rise_to_their_peak_and_fall_to_their_end(self):
        for name, factor in schedule.SCHEDULES.items():
            with self.subTest(name):
                self.assertAlmostEqual(factor(0, 0.2), schedule.START)
                self.assertAlmostEqual(factor(0.2, 0.2), 1)
                self.assertAlmostEqual(factor(0.6, 0.2), (1 + schedule.END) / 2)
                self.assertAlmostEqual(factor(1, 0.2), schedule.END)


class Averages(unittest.TestCase):
    def test_an_average_follows_the_weights(self):
        model = torch.nn.BatchNorm1d(1)
        mean = EMA(model, 0.5)
        for expected in (1 - 2 / 11, 1 - 2 / 11 * 3 / 12):  # the weight begins at 1 and is then 0: young averages
            with torch.no_grad():
                model.weight.zero_()
            mean.update(model)
            expected = 1 - expected  # what is left of the start
            self.assertAlmostEqual(mean.model.weight.item(), expected, places=6)

    def test_counters_are_copied(self):
        model = torch.nn.BatchNorm1d(1)
        mean = EMA(model, 0.9)
        model.num_batches_tracked += 7
        mean.update(model)
        self.assertEqual(mean.model.num_batches_tracked.item(), 7)


class Mixtures(unittest.TestCase):
    def test_the_share_is_that_of_the_pixels(self):
        ones, zeros = torch.ones(2, 3, 10, 8), torch.zeros(2, 3, 10, 8)
        generator = torch.Generator().manual_seed(1)
        for name, mixture in augment.MIXTURES.items():
            for share in (0.0, 0.3, 0.7, 1.0):
                with self.subTest(name, share=share):
                    mixed, left = mixture(ones, zeros, share, generator)
                    self.assertAlmostEqual(mixed.mean().item(), left, places=5)

    def test_without_strength_nothing_is_mixed(self):
        images, labels = torch.randn(4, 3, 8, 8), torch.arange(4)
        mixed, others, share = augment.Mixer({"mixup": 0, "cutmix": 0}, random.Random(1))(images, labels, None)
        self.assertIs(mixed, images)
        self.assertEqual((others.tolist(), share), ([0, 1, 2, 3], 1.0))

    def test_a_crop_keeps_what_it_shows(self):
        images = torch.full((3, 3, 8, 8), 2.0)
        cropped = augment.crop_and_flip(images, torch.arange(3), 0, torch.Generator().manual_seed(1))
        self.assertTrue(torch.equal(cropped, images))

    def test_an_image_is_flipped_in_every_other_epoch(self):
        image = torch.arange(8.0).expand(1, 3, 8, 8)
        views = [augment.crop_and_flip(image, torch.tensor([5]), epoch, torch.Generator().manual_seed(1), padding=0)
                 for epoch in (0, 1, 2)]
        self.assertTrue(torch.equal(views[0], views[2]))
        self.assertTrue(torch.equal(views[0], views[1].flip(3)))


class Measures(unittest.TestCase):
    logits = torch.tensor([[3.0, 2, 1], [3, 2, 1], [1, 3, 2], [3, 1, 2]])
    labels = torch.tensor([0, 1, 1, 2])

    def test_top_k_by_hand(self):
        self.assertEqual([evaluate.top(self.logits, self.labels, k) for k in (1, 2, 5)], [0.5, 1, 1])

    def test_confusion_by_hand(self):
        self.assertEqual(evaluate.confusion(self.logits, self.labels).tolist(), [[1, 0, 0], [1, 1, 0], [1, 0, 0]])


class Experiments(unittest.TestCase):
    def test_every_row_builds_its_network(self):
        for row, text in experiments.ROWS.items():
            with self.subTest(row):
                parser = options.argparse.ArgumentParser()
                options.add_network_options(parser)
                arguments = parser.parse_known_args(text.split())[0]
                options.build(arguments.network, options.network_options(arguments))

    def test_an_option_that_a_network_lacks_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "se_mobilenet: .*placement"):
            options.build("se_mobilenet", {"placement": "pre"})


class Runs(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        draw_images(self.folder / "images")

    def program(self, name, *arguments):
        environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        done = subprocess.run([sys.executable, str(HERE / name), *map(str, arguments)], capture_output=True, text=True,
                              env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def train(self, output, *more, epochs=4):
        self.program("train.py", "--data", self.folder / "images", "--output", self.folder / output, "--threads", 1,
                     "--batch", 24, "--epochs", epochs, *NETWORK, *more)
        return torch.load(self.folder / output / "model.pt")["state"]

    def test_a_run_that_goes_on_ends_where_one_at_once_does(self):
        more = ("--mixup", "0.2", "--cutmix", "1", "--ema", "0.9", "--schedule", "cosine")
        at_once = self.train("once", *more)
        again = self.folder / "again"
        again.mkdir()
        (again / "checkpoint.pt").write_bytes(self.checkpoint_after(2, "once", more))
        gone_on = self.train("again", *more)
        for name, value in at_once.items():
            self.assertTrue(torch.equal(value, gone_on[name]), name)
        with open(again / "log.csv", newline="") as log:
            self.assertEqual([row["epoch"] for row in csv.DictReader(log)], ["3", "4"])

    def checkpoint_after(self, epochs, name, more):
        """Of a run of four epochs that is killed when it has done `epochs`."""
        driver = self.folder / "killed.py"
        driver.write_text(f"import sys; sys.path.insert(0, {str(HERE)!r}); import train; log = train.log_epoch\n"
                          f"def stop(folder, epoch, *rest):\n    log(folder, epoch, *rest)\n"
                          f"    if epoch > {epochs}: sys.exit(0)\n"
                          f"train.log_epoch = stop; train.main()\n")
        self.program(driver, "--data", self.folder / "images", "--output", self.folder / "killed", "--threads", 1,
                     "--batch", 24, "--epochs", 4, *NETWORK, *more)
        return (self.folder / "killed" / "checkpoint.pt").read_bytes()

    def test_colours_are_learnt_measured_and_exported(self):
        self.train("run", "--lr", "0.05", "--measure-every", 10, epochs=10)
        text = self.program("evaluate.py", self.folder / "run" / "model.pt", "--data", self.folder / "images")
        self.assertIn("24 images: top-1 100.00 %, top-5 100.00 %", text)
        text = self.program("export.py", self.folder / "run" / "model.pt", "--output", self.folder / "model",
                            "--data", self.folder / "images", "--images", 1)
        self.assertRegex(text, "^(checked: logits and 2 gates|not checked: build/senet is not there)")
        self.assertEqual((self.folder / "model" / "labels.txt").read_text(), "blue\ngreen\nred\n")


if __name__ == "__main__":
    unittest.main()
