"""What the runs of experiments.py came to: a table in Markdown and a plot for each question."""
import csv
import json
import subprocess
import warnings
from pathlib import Path

import torch

import engine
import export
from evaluate import load
from macs import macs

# question: (title, rows). Rows are shared between questions.
QUESTIONS = {
    "families": ("With SE and without", ["base", "plain", "mobilenet", "mobilenet_plain", "shufflenet",
                                         "shufflenet_plain", "inception", "inception_plain"]),
    "length": ("Twice as many epochs", ["base", "plain", "base_16_epochs", "plain_16_epochs"]),
    "reduction": ("Reduction", ["reduction_2", "reduction_4", "base", "reduction_16", "reduction_32"]),
    "squeeze": ("Squeeze", ["base", "squeeze_max", "squeeze_none"]),
    "gate": ("Gate", ["base", "gate_relu", "gate_tanh"]),
    "placement": ("Placement", ["base", "placement_pre", "placement_post", "placement_identity", "plain"]),
    "kind": ("Dense or 1x1 convolution", ["base", "dense"]),
}
ROUNDS, RUNS = 5, 50  # the fastest run of all counts: whoever else uses the machine makes the others slow


def final_top1(folder):
    with open(folder / "log.csv", newline="") as log:
        return 100 * float(list(csv.DictReader(log))[-1]["top1"])


def finished(row, output):
    """seed -> folder of the runs that are whole."""
    folders = (path.parent for path in output.glob(f"{row}-seed*/model.pt"))
    return {int(folder.name.rpartition("seed")[2]): folder for folder in sorted(folders)}


def export_once(folder):
    onnx_file = folder / "model.onnx"
    model, stored = load(folder / "model.pt")
    if not onnx_file.exists():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            export.export_onnx(model, torch.zeros(1, 3, stored["size"], stored["size"]), onnx_file)
    return onnx_file


def fastest(senet, onnx_file):
    """Milliseconds of one image with one thread."""
    done = subprocess.run([senet, "bench", "--json", "--runs", str(RUNS), str(onnx_file)], capture_output=True,
                          check=True)
    return json.loads(done.stdout)["min_ms"]


def measure(rows, output, senet):
    """row -> {"top1": {seed: percent}, "parameters", "macs", "bytes", "ms"} of the rows that were run."""
    results, files = {}, {}
    for row in rows:
        folders = finished(row, output)
        if not folders:
            continue
        model, stored = load(next(iter(folders.values())) / "model.pt")
        files[row] = export_once(next(iter(folders.values())))
        results[row] = {"top1": {seed: final_top1(folder) for seed, folder in folders.items()},
                        "parameters": sum(parameter.numel() for parameter in model.parameters()),
                        "macs": macs(model, stored["size"]), "bytes": files[row].stat().st_size, "ms": None}
    for _ in range(ROUNDS if senet else 0):  # in turn, so that all see the same neighbours
        for row, onnx_file in files.items():
            results[row]["ms"] = min(fastest(senet, onnx_file), results[row]["ms"] or float("inf"))
    return results


def mean(values):
    return sum(values) / len(values)


def table(rows, results):
    lines = ["| row | top-1, each seed | mean | parameters | MMAC | ONNX bytes | ms |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        if row not in results:
            lines.append(f"| `{row}` | not run | | | | | |")
            continue
        one = results[row]
        seeds = ", ".join(f"{top1:.2f}" for top1 in one["top1"].values())
        time = f"{one['ms']:.3f}" if one["ms"] else ""
        lines.append(f"| `{row}` | {seeds} | {mean(one['top1'].values()):.2f} | {one['parameters']:,} | "
                     f"{one['macs'] / 1e6:.2f} | {one['bytes']:,} | {time} |")
    return "\n".join(lines)


def commands(options):
    """Each row's command, as `options` has what it adds to the others."""
    lines = ["| command | options of train.py |", "|---|---|"]
    lines += [f"| `python3 training/experiments.py --only {row}` | `{text}` |" for row, text in options.items()]
    return "\n".join(lines)


def draw(title, rows, results, path):
    """A dot for each seed, a bar for the mean."""
    import matplotlib  # only here: the tables need none

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"
    matplotlib.rcParams["svg.hashsalt"] = "experiments"
    from matplotlib import pyplot

    rows = [row for row in rows if row in results]
    figure, axis = pyplot.subplots(figsize=(6, 0.6 + 0.35 * len(rows)))
    for position, row in enumerate(rows):
        values = list(results[row]["top1"].values())
        axis.plot(values, [position] * len(values), "o", color="tab:blue", alpha=0.6)
        axis.plot(mean(values), position, "|", color="black", markersize=16)
    axis.set_yticks(range(len(rows)), rows)
    axis.invert_yaxis()
    axis.set_ylim(len(rows) - 0.5, -0.5)
    axis.set_xlabel("top-1, %: dots are seeds, the bar is their mean")
    axis.set_title(title)
    axis.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def write(options, output, images=None, senet=None):
    """Prints the tables, and draws where `images` is a folder. `options` is experiments.ROWS."""
    rows = dict.fromkeys(row for _, of_question in QUESTIONS.values() for row in of_question)
    results = measure(rows, output, engine.find_senet(senet))
    (output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    for name, (title, of_question) in QUESTIONS.items():
        print(f"\n### {title}\n\n{table(of_question, results)}")
        if images:
            images.mkdir(parents=True, exist_ok=True)
            draw(title, of_question, results, Path(images) / f"experiments-{name}.svg")
    print(f"\n### Commands\n\n{commands(options)}")
