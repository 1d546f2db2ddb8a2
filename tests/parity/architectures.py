#!/usr/bin/env python3
"""The engine, ONNX Runtime and PyTorch on the architectures that the paper names and users bring.

    python3 tests/parity/architectures.py --senet build/senet --only 'mobilenet*'

Weights are random. Compared are the outputs, each gate, and the list of SE blocks. The exit status is 1 if
anything disagrees. --keep DIR keeps the exported models as README.md says, and uses those that it already holds.
"""
import argparse
import fnmatch
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime

import golden
from cases import CASES

TOLERANCE = 1e-4  # of the largest element


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--only", metavar="GLOB", default="*", help="cases with such names")
    parser.add_argument("--json", action="store_true", help="one object a line instead of a table")
    parser.add_argument("--keep", metavar="DIR", type=Path)
    parser.add_argument("--export-only", action="store_true", help="leave the engine out")
    return parser.parse_args()


def difference(expected, actual):
    """Relative to the largest element. Infinite where shapes differ, and where a comparison would say nothing."""
    if expected.shape != actual.shape or not (np.isfinite(expected) & np.isfinite(actual)).all() or not expected.any():
        return float("inf")
    return float(np.abs(expected - actual).max() / np.abs(expected).max())


def run_onnxruntime(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"input": np.load(folder / "input.npy")})[0]


def run_engine(senet, folder, results):
    """Returns the blocks that it sees, as `senet summary` lists them. Raises RuntimeError with its own sentence."""
    model = str(folder / "model.onnx")
    for command in (["summary", "--json", "--model", model],
                    ["run", model, "--input", str(folder / "input.npy"), "--output-dir", str(results)]):
        done = subprocess.run([senet, *command], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip().replace(f"{folder}/", "") or f"exit status {done.returncode}")
        if command[0] == "summary":
            blocks = json.loads(done.stdout)["se_blocks"]
    return blocks


def check_blocks(case, entry):
    """The architecture's facts against the modules that PyTorch ran."""
    blocks = entry["se_blocks"]
    ends = (blocks[0][0], blocks[-1][0]) if blocks else (None, None)
    if (len(blocks), *ends) != (case.blocks, case.first, case.last) or any(kind != case.kind for _, kind in blocks):
        return f"the table says {case.blocks} {case.kind} {case.first} {case.last}, PyTorch {len(blocks)} {ends}"
    return None


def compare_blocks(entry, found):
    """None, or what is wrong. The order is that of execution."""
    expected, actual = entry["se_blocks"], [[block["layer"], block["kind"]] for block in found]
    missing = [block for block in expected if block not in actual]
    extra = [block for block in actual if block not in expected]
    if missing or extra:
        return f"SE blocks: {len(missing)} missing {missing[:1]}, {len(extra)} unexpected {extra[:1]}"
    return None if expected == actual else "SE blocks in another order"


def compare_facts(entry, found):
    for block in found:
        for fact, value in entry["facts"][block["layer"]].items():
            if block.get(fact) != value:
                return f"{block['layer']}: {fact} is {value}, not {block.get(fact)}"
    return None


def largest_difference(folder, pattern, results, prefix):
    """Over all arrays of that pattern; infinite where the engine wrote none."""
    differences = [0.0]
    for expected in folder.glob(pattern):
        actual = results / expected.name.removeprefix(prefix)
        differences.append(difference(np.load(expected), np.load(actual)) if actual.exists() else float("inf"))
    return max(differences)


def compare_engine(senet, folder, entry, row):
    with tempfile.TemporaryDirectory() as results:
        try:
            blocks = run_engine(senet, folder, Path(results))
        except RuntimeError as error:
            return str(error)
        row["found"] = len(blocks)
        row["engine"] = largest_difference(folder, "output.*.npy", Path(results), "output.")
        problem = compare_blocks(entry, blocks)
        if problem:
            return problem
        row["gates"] = largest_difference(folder, "gate.*.npy", Path(results), "")
    if not max(row["engine"], row["gates"]) <= TOLERANCE:
        return "numbers differ from PyTorch's"
    return compare_facts(entry, blocks)


def check(case, folder, entry, arguments, row):
    """Fills the row. The engine is asked only where the others agree."""
    row["problem"] = check_blocks(case, entry)
    row["onnxruntime"] = difference(np.load(folder / "output.logits.npy"), run_onnxruntime(folder))
    if not row["problem"] and not row["onnxruntime"] <= TOLERANCE:
        row["problem"] = "ONNX Runtime differs from PyTorch"
    if not row["problem"] and not arguments.export_only:
        row["problem"] = compare_engine(arguments.senet, folder, entry, row)


def obtain(case, root):
    """The case's folder and its entry of the index, exported now unless kept from before."""
    folder, stored = root / case.name, root / "index.json"
    index = json.loads(stored.read_text()) if stored.exists() else {}
    if case.name not in index:
        index[case.name] = golden.write(case, folder)
        stored.write_text(json.dumps(index, indent=1) + "\n")
    return folder, index[case.name]


def run_case(case, arguments):
    row = {"name": case.name, "blocks": case.blocks, "found": None, "onnxruntime": None, "engine": None,
           "gates": None, "problem": None, "seconds": None}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        try:
            check(case, *obtain(case, arguments.keep or Path(temporary)), arguments, row)
        except Exception as error:  # of an exporter or ONNX Runtime: the other cases still run
            row["problem"] = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    row["seconds"] = round(time.monotonic() - began, 1)
    return row


def cell(value):
    """A blank for what was not measured."""
    if isinstance(value, float):
        return f"{value:.0e}"
    return "-" if value is None else str(value)


def show(row, as_json):
    if as_json:
        numbers = {key: cell(value) for key, value in row.items() if value == float("inf")}  # which JSON has not
        print(json.dumps({**row, **numbers}), flush=True)
        return
    cells = " ".join(f"{cell(row[key]):>6s}" for key in ("blocks", "found", "onnxruntime", "engine", "gates"))
    print(f"{row['name']:42s} {cells} {row['seconds']:6.1f}  {row['problem'] or 'ok'}", flush=True)


def main():
    arguments = parse_arguments()
    cases = [case for case in CASES if fnmatch.fnmatch(case.name, arguments.only)]
    if not cases:
        sys.exit(f"no case is called {arguments.only}")
    if arguments.keep:
        arguments.keep.mkdir(parents=True, exist_ok=True)
    if not arguments.json:
        print(f"{'case':42s} blocks  found    ORT engine  gates      s")
    failed = 0
    for case in cases:
        row = run_case(case, arguments)
        failed += row["problem"] is not None
        show(row, arguments.json)
    if failed:
        sys.exit(f"{failed} of {len(cases)} cases disagree")


if __name__ == "__main__":
    main()
