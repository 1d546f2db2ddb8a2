#!/usr/bin/env python3
"""Train an SE network on an image folder or a zip of one.

    python3 training/train.py --data cifar10-jpeg.zip --output runs/cifar10 --epochs 40

Writes OUTPUT/checkpoint.pt after every epoch (running the same command again resumes), OUTPUT/log.csv,
and at the end OUTPUT/model.pt, which export.py turns into a model directory, and OUTPUT/curve.png.
"""
import argparse
import csv
import random
import time
from pathlib import Path

import torch
from torch import nn

import augment
import data
import plot
from ema import EMA
from evaluate import logits_of, top
from options import add_network_options, build, network_options
from progress import Progress
from schedule import SCHEDULES


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder or zip holding train/CLASS/*.jpg and test/CLASS/*.jpg")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--size", type=int, default=32, help="input height and width")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.2, help="peak of the schedule")
    parser.add_argument("--schedule", choices=sorted(SCHEDULES), default="one-cycle")
    parser.add_argument("--warmup", type=float, default=0.2, help="share of the schedule in which the rate rises")
    parser.add_argument("--init", type=Path, help="start from the weights of this model.pt")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--label-smoothing", type=float, default=0.1)
    parser.add_argument("--cutout", type=int, default=0, help="side of the square that is blanked in each image")
    parser.add_argument("--mixup", type=float, default=0, metavar="ALPHA", help="sum two images; 0.2 is usual")
    parser.add_argument("--cutmix", type=float, default=0, metavar="ALPHA", help="paste a rectangle; 1 is usual")
    parser.add_argument("--ema", type=float, default=0, metavar="DECAY", help="keep averaged weights; 0.999 is usual")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--subset", type=int, help="train on the first N images of a fixed shuffle")
    parser.add_argument("--holdout", type=int, default=0, help="measure on N training images left out, not on test/")
    parser.add_argument("--measure-every", type=int, default=1, help="epochs between two measurements of top-1")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, help="of the processor; by default all")
    parser.add_argument("--bfloat16", action=argparse.BooleanOptionalAction,
                        help="mixed precision: by default on a GPU that has it; also pays with AVX512_BF16")
    add_network_options(parser)
    arguments = parser.parse_args()
    if arguments.bfloat16 is None:
        arguments.bfloat16 = arguments.device.startswith("cuda") and torch.cuda.is_bf16_supported()
    return arguments


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
    if len(order) < arguments.batch:
        raise SystemExit(f"{len(order)} training images are less than one batch of {arguments.batch}")
    return (images[order], labels[order]), test, names


def batches(images, labels, arguments, epoch):
    """Yields (images, labels, second labels, share of the first) of an epoch, the same for the same seed."""
    generator = torch.Generator().manual_seed(arguments.seed * 1000 + epoch)
    strengths = {"mixup": arguments.mixup, "cutmix": arguments.cutmix}
    mix = augment.Mixer(strengths, random.Random(arguments.seed * 1000 + epoch))
    order = torch.randperm(len(images), generator=generator)
    for step in range(len(images) // arguments.batch):
        pick = order[step * arguments.batch:(step + 1) * arguments.batch]
        x = augment.crop_and_flip(data.normalise(images[pick]), pick, epoch, generator)
        if arguments.cutout:
            x = augment.cut_out(x, arguments.cutout, generator)
        x, others, share = mix(x, labels[pick], generator)
        x = x.to(arguments.device, memory_format=torch.channels_last)
        yield x, labels[pick].to(arguments.device), others.to(arguments.device), share


def train_epoch(state, images, labels, arguments, progress, epoch):
    """Returns the mean loss."""
    model = state["model"].train()
    steps = len(images) // arguments.batch
    criterion = nn.CrossEntropyLoss(label_smoothing=arguments.label_smoothing)
    total = 0.0
    for step, (x, first, second, share) in enumerate(batches(images, labels, arguments, epoch), start=1):
        with torch.autocast(torch.device(arguments.device).type, torch.bfloat16, enabled=arguments.bfloat16):
            logits = model(x)
        loss = share * criterion(logits.float(), first)
        if share < 1:
            loss = loss + (1 - share) * criterion(logits.float(), second)
        state["optimizer"].zero_grad()
        loss.backward()
        state["optimizer"].step()
        state["schedule"].step()
        if "ema" in state:
            state["ema"].update(model)
        total += loss.item()
        progress.show(epoch * steps + step, f"epoch {epoch + 1} loss {total / step:.3f}")
    return total / steps


def parameter_groups(model, weight_decay):
    """Weight decay is for weights: scales, shifts and biases (one dimension) are left alone."""
    parameters = list(model.parameters())
    return [{"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
            {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0}]


def make_state(arguments, options, steps):
    """What a checkpoint holds: the model, its optimizer and its schedule, and the averaged model if there is one."""
    model = build(arguments.network, options).to(arguments.device, memory_format=torch.channels_last)
    if arguments.init:
        model.load_state_dict(torch.load(arguments.init, map_location="cpu")["state"])
    optimizer = torch.optim.SGD(parameter_groups(model, arguments.weight_decay), lr=arguments.lr, momentum=0.9,
                                nesterov=True)
    factor = SCHEDULES[arguments.schedule]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step / steps, arguments.warmup))
    state = {"model": model, "optimizer": optimizer, "schedule": schedule}
    if arguments.ema:
        state["ema"] = EMA(model, arguments.ema)
    return state


def resume(state, checkpoint):
    """Returns the number of epochs that are done."""
    if not checkpoint.exists():
        return 0
    stored = torch.load(checkpoint, map_location="cpu")
    for key, value in state.items():
        value.load_state_dict(stored[key])
    return stored["epoch"]


def save(what, path):
    """Whole or not at all: a kill while saving loses one epoch, not the run."""
    partial = path.with_suffix(".tmp")
    torch.save(what, partial)
    partial.replace(path)


def log_epoch(folder, epoch, loss, accuracy, seconds):
    row = [epoch, f"{loss:.4f}", f"{accuracy:.4f}" if accuracy is not None else "", f"{seconds:.0f}"]
    with open(folder / "log.csv", "a", newline="") as log:
        writer = csv.writer(log)
        if log.tell() == 0:
            writer.writerow(["epoch", "train_loss", "top1", "seconds"])
        writer.writerow(row)
    print(f"epoch {row[0]}: loss {row[1]}, top-1 {row[2] or 'not measured'}, {row[3]} s", flush=True)


def main():
    arguments = parse_arguments()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (images, labels), (test_images, test_labels), names = split_data(arguments)
    options = {"num_classes": len(names), **network_options(arguments)}
    steps = len(images) // arguments.batch * arguments.epochs
    state = make_state(arguments, options, steps)
    first = resume(state, arguments.output / "checkpoint.pt")
    progress = Progress(steps, steps // arguments.epochs * first)
    kept = state["ema"].model if "ema" in state else state["model"]
    for epoch in range(first, arguments.epochs):
        began = time.monotonic()
        loss = train_epoch(state, images, labels, arguments, progress, epoch)
        measured = (epoch + 1) % arguments.measure_every == 0 or epoch + 1 == arguments.epochs
        accuracy = top(logits_of(kept, test_images, arguments.device), test_labels) if measured else None
        log_epoch(arguments.output, epoch + 1, loss, accuracy, time.monotonic() - began)
        save({"epoch": epoch + 1, **{key: value.state_dict() for key, value in state.items()}},
             arguments.output / "checkpoint.pt")
    save({"network": arguments.network, "options": options, "labels": [str(name) for name in names],
          "size": arguments.size, "mean": data.MEAN, "std": data.STD,
          "state": {name: value.cpu() for name, value in kept.state_dict().items()}}, arguments.output / "model.pt")
    plot.try_draw([arguments.output])


if __name__ == "__main__":
    main()
