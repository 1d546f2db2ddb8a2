#!/usr/bin/env python3
"""Average the weights of runs that went on from each other, which often generalises better than either
(Izmailov et al., arXiv:1803.05407).

    python3 training/average.py runs/first/model.pt runs/second/model.pt --data cifar10-jpeg.zip --output runs/mean/model.pt

Batch normalisation's statistics are taken anew, over --images training images as training augments them.
"""
import argparse
from pathlib import Path

import torch
from torch import nn

import data
import networks
from augment import crop_and_flip

BATCH = 250


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def mean_state(states):
    """Tensors that are no floats (counters) are the first one's."""
    first = states[0]
    return {name: sum(state[name] for state in states) / len(states) if value.is_floating_point() else value
            for name, value in first.items()}


@torch.no_grad()
def measure_statistics(model, images, generator):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the plain mean over all batches
    model.train()
    order = torch.randperm(len(images), generator=generator)
    for pick in order.split(BATCH):
        x = crop_and_flip(data.normalise(images[pick]), pick, 0, generator)
        model(x.contiguous(memory_format=torch.channels_last))


def main():
    arguments = parse_arguments()
    stored = [torch.load(path, map_location="cpu") for path in arguments.models]
    model = networks.build(stored[0]["network"], **stored[0]["options"])
    model.load_state_dict(mean_state([one["state"] for one in stored]))
    images = data.load(arguments.data, "train", stored[0]["size"])[0]
    generator = torch.Generator().manual_seed(arguments.seed)
    chosen = torch.randperm(len(images), generator=generator)[:arguments.images]
    measure_statistics(model.to(memory_format=torch.channels_last), images[chosen], generator)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    torch.save({**stored[0], "state": model.state_dict()}, arguments.output)


if __name__ == "__main__":
    main()
