#!/usr/bin/env python3
"""Train an SE network on an image folder or a zip of one.

    python3 training/train.py --data cifar10-jpeg.zip --output runs/cifar10 --epochs 40

Writes OUTPUT/checkpoint.pt after every epoch (running the same command again resumes), OUTPUT/log.csv,
and at the end OUTPUT/model.pt, which export.py turns into a model directory.
"""
import argparse
import csv
import sys
import time
from pathlib import Path

import torch
from torch import nn

import data
import networks

MEAN = (0.4914, 0.4822, 0.4465)
STD = (0.2470, 0.2435, 0.2616)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder or zip holding train/CLASS/*.jpg and test/CLASS/*.jpg")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--network", default="se_resnet_small")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 88, 160])
    parser.add_argument("--depths", type=int, nargs="+", default=[1, 1, 2])
    parser.add_argument("--reduction", type=int, default=8)
    parser.add_argument("--kind", choices=["conv", "dense"], default="conv")
    parser.add_argument("--size", type=int, default=32, help="input height and width")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.2, help="peak of the one-cycle schedule")
    parser.add_argument("--warmup", type=float, default=0.2, help="share of the schedule in which the rate rises")
    parser.add_argument("--init", type=Path, help="start from the weights of this model.pt")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--cutout", type=int, default=0, help="side of the square that is blanked in each image")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--subset", type=int, help="train on the first N images of a fixed shuffle")
    parser.add_argument("--holdout", type=int, default=0, help="measure on N training images left out, not on test/")
    parser.add_argument("--measure-every", type=int, default=1, help="epochs between two measurements of top-1")
    parser.add_argument("--bfloat16", action="store_true", help="autocast: pays where the processor has bfloat16")
    return parser.parse_args()


def normalise(images):
    mean = torch.tensor(MEAN)[:, None, None] * 255
    std = torch.tensor(STD)[:, None, None] * 255
    return (images.float() - mean) / std


@torch.no_grad()
def top1(model, images, labels, batch=500):
    """Fraction of images whose largest logit is their label, in float32."""
    model.eval()
    right = 0
    for start in range(0, len(images), batch):
        x = normalise(images[start:start + batch]).contiguous(memory_format=torch.channels_last)
        right += (model(x).argmax(1) == labels[start:start + batch]).sum().item()
    return right / len(images)


def split_data(arguments):
    images, labels, names = data.load(arguments.data, "train", arguments.size)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0))
    if arguments.holdout:
        held, order = order[:arguments.holdout], order[arguments.holdout:]
        test = images[held], labels[held]
    else:
        test = data.load(arguments.data, "test", arguments.size)[:2]
    if arguments.subset:
        order = order[:arguments.subset]
    return (images[order], labels[order]), test, names


class Progress:
    """One line on a terminal: where we are, and when it will be done."""

    def __init__(self, total):
        self.total, self.start = total, time.monotonic()

    def show(self, done, text):
        if not sys.stderr.isatty():
            return
        left = (time.monotonic() - self.start) / max(1, done) * (self.total - done)
        print(f"\r{done}/{self.total} {text} left {left / 60:.1f} min  ", end="", file=sys.stderr)


def train_epoch(state, images, labels, arguments, progress, epoch):
    state["model"].train()
    generator = torch.Generator().manual_seed(arguments.seed * 1000 + epoch)
    order = torch.randperm(len(images), generator=generator)
    steps = len(images) // arguments.batch
    criterion = nn.CrossEntropyLoss(label_smoothing=arguments.label_smoothing)
    total = 0.0
    for step in range(steps):
        pick = order[step * arguments.batch:(step + 1) * arguments.batch]
        x = data.augment(normalise(images[pick]), pick, epoch, generator)
        if arguments.cutout:
            x = data.cut_out(x, arguments.cutout, generator)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.bfloat16):
            logits = state["model"](x)
        loss = criterion(logits.float(), labels[pick])
        state["optimizer"].zero_grad()
        loss.backward()
        state["optimizer"].step()
        state["schedule"].step()
        total += loss.item()
        progress.show(epoch * steps + step + 1, f"epoch {epoch + 1} loss {total / (step + 1):.3f}")
    return total / steps


def parameter_groups(model, weight_decay):
    """Weight decay is for weights: scales, shifts and biases (one dimension) are left alone."""
    parameters = list(model.parameters())
    return [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0}]


def make_state(arguments, num_classes, steps):
    options = {"widths": arguments.widths, "depths": arguments.depths} if "small" in arguments.network else {}
    options.update(num_classes=num_classes, reduction=arguments.reduction, kind=arguments.kind)
    model = networks.build(arguments.network, **options).to(memory_format=torch.channels_last)
    if arguments.init:
        model.load_state_dict(torch.load(arguments.init)["state"])
    optimizer = torch.optim.SGD(parameter_groups(model, arguments.weight_decay), lr=arguments.lr, momentum=0.9,
                                nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, arguments.lr, total_steps=steps,
                                                   pct_start=arguments.warmup, anneal_strategy="linear",
                                                   final_div_factor=1e3, cycle_momentum=False)
    return {"model": model, "optimizer": optimizer, "schedule": schedule}, options


def main():
    arguments = parse_arguments()
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (images, labels), (test_images, test_labels), names = split_data(arguments)
    steps = len(images) // arguments.batch
    state, options = make_state(arguments, len(names), steps * arguments.epochs)
    checkpoint, first = arguments.output / "checkpoint.pt", 0
    if checkpoint.exists():
        stored = torch.load(checkpoint)
        first = stored["epoch"]
        for key, value in state.items():
            value.load_state_dict(stored[key])
    progress = Progress(steps * arguments.epochs)
    for epoch in range(first, arguments.epochs):
        began = time.monotonic()
        loss = train_epoch(state, images, labels, arguments, progress, epoch)
        measured = (epoch + 1) % arguments.measure_every == 0 or epoch + 1 == arguments.epochs
        accuracy = f"{top1(state['model'], test_images, test_labels):.4f}" if measured else ""
        row = [epoch + 1, f"{loss:.4f}", accuracy, f"{time.monotonic() - began:.0f}"]
        with open(arguments.output / "log.csv", "a", newline="") as log:
            writer = csv.writer(log)
            if log.tell() == 0:
                writer.writerow(["epoch", "train_loss", "top1", "seconds"])
            writer.writerow(row)
        print(f"epoch {row[0]}: loss {row[1]}, top-1 {row[2] or 'not measured'}, {row[3]} s", flush=True)
        partial = checkpoint.with_suffix(".tmp")
        torch.save({"epoch": epoch + 1, **{key: value.state_dict() for key, value in state.items()}}, partial)
        partial.replace(checkpoint)  # whole or not at all: a kill while saving loses one epoch, not the run
    torch.save({"network": arguments.network, "options": options, "labels": [str(name) for name in names],
                "size": arguments.size, "mean": MEAN, "std": STD, "state": state["model"].state_dict()},
               arguments.output / "model.pt")


if __name__ == "__main__":
    main()
