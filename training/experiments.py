#!/usr/bin/env python3
"""The experiments of docs/experiments.md: a table of runs, each in its folder; what is missing is run.

    python3 training/experiments.py --data cifar10-jpeg.zip                      everything, then the report
    python3 training/experiments.py --data cifar10-jpeg.zip --only reduction_4   one row (all its seeds)
    python3 training/experiments.py --list                                       each row's commands
"""
import argparse
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent

# The same for all rows.
COMMON = "--epochs 8 --subset 12500 --measure-every 4"
RESNET = "--network se_resnet_small --widths 16 64 128 --depths 1 1 1 --bfloat16"
MOBILENET = "--network se_mobilenet --stem small --width 0.25"
SHUFFLENET = "--network se_shufflenet --stem small --width 0.25"
INCEPTION = "--network se_inception --stem small --width 0.125"

# name: options of train.py. "base" has r = 8, 1x1 convolutions, average, sigmoid, standard placement.
ROWS = {
    "base": RESNET,
    "plain": f"{RESNET} --plain",
    "base_16_epochs": f"{RESNET} --epochs 16",
    "plain_16_epochs": f"{RESNET} --plain --epochs 16",
    "mobilenet": MOBILENET,
    "mobilenet_plain": f"{MOBILENET} --plain",
    **{f"reduction_{r}": f"{RESNET} --reduction {r}" for r in (2, 4, 16, 32)},
    **{f"placement_{place}": f"{RESNET} --placement {place}" for place in ("pre", "post", "identity")},
    "dense": f"{RESNET} --kind dense",
    **{f"squeeze_{squeeze}": f"{RESNET} --squeeze {squeeze}" for squeeze in ("max", "none")},
    **{f"gate_{gate}": f"{RESNET} --gate {gate}" for gate in ("relu", "tanh")},
    "shufflenet": SHUFFLENET,
    "shufflenet_plain": f"{SHUFFLENET} --plain",
    "inception": INCEPTION,
    "inception_plain": f"{INCEPTION} --plain",
}
SEEDS = (1, 2)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="cifar10-jpeg.zip", help="folder or zip holding train/ and test/CLASS/*.jpg")
    parser.add_argument("--output", type=Path, default=Path("runs/experiments"))
    parser.add_argument("--only", nargs="+", choices=list(ROWS), default=list(ROWS), metavar="ROW")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--jobs", type=int, default=2, help="runs at a time, of one thread each")
    parser.add_argument("--report", action="store_true", help="run nothing, report what is there")
    parser.add_argument("--images", type=Path, help="folder for the report's plots (needs matplotlib)")
    parser.add_argument("--senet", help="times the networks; by default build/senet or the one on the path")
    parser.add_argument("--list", action="store_true", help="print the commands, run nothing")
    return parser.parse_args()


def folder_of(row, seed, output):
    return output / f"{row}-seed{seed}"


def command(row, seed, data, output):
    """train.py's arguments: one thread, so that runs do not wait for each other and results do not depend on it."""
    return ["--data", str(data), "--output", str(folder_of(row, seed, output)), "--seed", str(seed), "--threads", "1",
            *COMMON.split(), *ROWS[row].split()]


def run(row, seed, arguments):
    """Returns an error, or None. Its output is kept beside the model."""
    folder = folder_of(row, seed, arguments.output)
    if (folder / "model.pt").exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{row}, seed {seed}", flush=True)
    with open(folder / "output.txt", "a") as output:
        code = subprocess.run([sys.executable, str(HERE / "train.py"),
                               *command(row, seed, arguments.data, arguments.output)],
                              stdout=output, stderr=subprocess.STDOUT).returncode
    return f"{row}, seed {seed}: train.py ended with {code}, see {folder / 'output.txt'}" if code else None


def main():
    arguments = parse_arguments()
    runs = [(row, seed) for seed in arguments.seeds for row in arguments.only]
    if arguments.list:
        for row, seed in runs:
            print("python3 training/train.py", shlex.join(command(row, seed, arguments.data, arguments.output)))
        return
    if not arguments.report:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            failures = [failure for failure in pool.map(lambda one: run(*one, arguments), runs) if failure]
        if failures:
            raise SystemExit("\n".join(failures))
    report.write(ROWS, arguments.output, arguments.images, arguments.senet)


if __name__ == "__main__":
    main()
