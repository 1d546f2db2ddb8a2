#!/usr/bin/env python3
"""Draw OUTPUT/log.csv of train.py as OUTPUT/curve.png (needs matplotlib). Runs that went on from each other are
drawn as one curve, in the folder of the last.

    python3 training/plot.py runs/first runs/second
"""
import csv
import sys
from pathlib import Path


def read_logs(folders):
    """The rows of all runs, one after the other: each began with the weights of the one before."""
    rows = []
    for folder in folders:
        with open(folder / "log.csv", newline="") as log:
            rows += csv.DictReader(log)
    return rows


def draw(folders):
    import matplotlib  # only here: training without it works too

    matplotlib.use("Agg")
    from matplotlib import pyplot

    rows = read_logs(folders)
    epochs = range(1, len(rows) + 1)
    measured = [(epoch, 100 * float(row["top1"])) for epoch, row in zip(epochs, rows) if row["top1"]]
    figure, loss_axis = pyplot.subplots(figsize=(6, 3.5), dpi=100)
    loss_axis.plot(epochs, [float(row["train_loss"]) for row in rows], color="tab:gray")
    loss_axis.set_xlabel("epoch")
    loss_axis.set_ylabel("training loss (label smoothing included)", color="tab:gray")
    accuracy_axis = loss_axis.twinx()
    accuracy_axis.plot(*zip(*measured), color="tab:blue", marker=".")
    accuracy_axis.set_ylabel("top-1 on the held-out images, %", color="tab:blue")
    accuracy_axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(folders[-1] / "curve.png")
    pyplot.close(figure)


def try_draw(folders):
    try:
        draw(folders)
    except ImportError:
        print("no curve.png: matplotlib is not installed")


def main():
    folders = [Path(argument) for argument in sys.argv[1:]]
    if not folders:
        raise SystemExit(__doc__)
    draw(folders)


if __name__ == "__main__":
    main()
