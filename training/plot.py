#!/usr/bin/env python3
"""Draw OUTPUT/log.csv of train.py as OUTPUT/curve.png (needs matplotlib).

    python3 training/plot.py runs/cifar10
"""
import csv
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (the backend must be chosen first)


def main():
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    with open(folder / "log.csv", newline="") as log:
        rows = list(csv.DictReader(log))
    epochs = [int(row["epoch"]) for row in rows]
    figure, loss_axis = pyplot.subplots(figsize=(6, 3.5), dpi=100)
    loss_axis.plot(epochs, [float(row["train_loss"]) for row in rows], color="tab:gray")
    loss_axis.set_xlabel("epoch")
    loss_axis.set_ylabel("training loss (label smoothing included)", color="tab:gray")
    accuracy_axis = loss_axis.twinx()
    accuracy_axis.plot(epochs, [100 * float(row["top1"]) for row in rows], color="tab:blue")
    accuracy_axis.set_ylabel("top-1 on the held-out images, %", color="tab:blue")
    accuracy_axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(folder / "curve.png")


if __name__ == "__main__":
    main()
