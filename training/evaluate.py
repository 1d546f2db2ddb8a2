#!/usr/bin/env python3
"""Measure a trained model on the test images: top-1, top-5, each class, and what is taken for what.

    python3 training/evaluate.py runs/mine/model.pt --data my-images.zip
"""
import argparse
from pathlib import Path

import torch

import data
import networks


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="model.pt of train.py or average.py")
    parser.add_argument("--data", required=True, help="folder or zip holding SPLIT/CLASS/*.jpg")
    parser.add_argument("--split", default="test")
    parser.add_argument("--confusions", type=int, default=5, help="how many of the commonest to show")
    return parser.parse_args()


def load(path):
    """Returns (the model in evaluation mode, what model.pt says of it)."""
    stored = torch.load(path, map_location="cpu")
    model = networks.build(stored["network"], **stored["options"])
    model.load_state_dict(stored["state"])
    return model.eval(), stored


@torch.no_grad()
def logits_of(model, images, device="cpu", batch=500):
    """N x 3 x H x W uint8 -> N x classes, in float32."""
    model.eval()
    batches = (data.normalise(part).to(device, memory_format=torch.channels_last) for part in images.split(batch))
    return torch.cat([model(part).cpu() for part in batches])


def top(logits, labels, k=1):
    """Fraction of images whose label is among the k largest logits."""
    k = min(k, logits.shape[1])
    return (logits.topk(k, dim=1).indices == labels[:, None]).any(1).float().mean().item()


def confusion(logits, labels):
    """classes x classes: how many images of the row's class were taken for the column's."""
    classes = logits.shape[1]
    return torch.bincount(labels * classes + logits.argmax(1), minlength=classes ** 2).reshape(classes, classes)


def report(logits, labels, names, confusions):
    """The lines of the report."""
    table = confusion(logits, labels)
    lines = [f"{len(labels)} images: top-1 {100 * top(logits, labels):.2f} %, top-5 {100 * top(logits, labels, 5):.2f} %",
             "", f"{'class':16s} images  recall  precision"]
    for index, name in enumerate(names):
        right, of_class, taken = (n.item() for n in (table[index, index], table[index].sum(), table[:, index].sum()))
        lines.append(f"{name:16s} {of_class:6d}  {100 * right / max(1, of_class):5.1f} %    {100 * right / max(1, taken):5.1f} %")
    wrong = table.clone().fill_diagonal_(0).flatten()
    lines += ["", "commonest confusions"]
    for position in wrong.argsort(descending=True)[:confusions].tolist():
        if wrong[position]:
            label, taken_for = names[position // len(names)], names[position % len(names)]
            lines.append(f"{wrong[position].item():6d}  {label} taken for {taken_for}")
    return lines


def main():
    arguments = parse_arguments()
    model, stored = load(arguments.model)
    images, labels, names = data.load(arguments.data, arguments.split, stored["size"])
    if names != stored["labels"]:
        raise SystemExit(f"the classes of {arguments.split}/ are not those that the model knows")
    print("\n".join(report(logits_of(model, images), labels, names, arguments.confusions)))


if __name__ == "__main__":
    main()
