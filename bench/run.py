#!/usr/bin/env python3
"""Time the engine and ONNX Runtime alternately, print one table, write build/bench/results.json.

`make bench` installs what is needed into build/bench and runs this. bench/README.md says how to read the table. The
exit status is 0 when everything was measured; with --check it is 1 when a "must" was missed.
"""
import argparse
import datetime
import fnmatch
import json
import os
import platform
import sys
from collections import namedtuple
from functools import partial
from pathlib import Path

import numpy as np

import engines
import ncnn_peer
from draw import draw
from measure import Others, alternate, difference, summarise, verdict
from report import Table, progress, threads_text
from targets import (BATCH, BATCH_TIME, FLAGSHIP, LOAD, MEMORY, NETWORKS, PARITY, SE_OVERHEAD, WITHOUT_SE)

ROOT = engines.FOLDER.parent
Files = namedtuple("Files", "model input")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--senet", default="build/senet")
    parser.add_argument("--peak", default="build/bench/peak", help="the program made of peak.c")
    parser.add_argument("--models", nargs="*", metavar="GLOB", help=f"of {' '.join(n.name for n in NETWORKS)}")
    parser.add_argument("--threads", nargs="*", type=int, metavar="T")
    parser.add_argument("--rounds", type=int, default=6, help="blocks of at least five runs, of each engine")
    parser.add_argument("--ncnn", action="store_true", help="time ncnn as well")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--json", action="store_true", help="print the results instead of a table")
    arguments = parser.parse_args()
    arguments.models = arguments.models or ["*"]
    arguments.threads = arguments.threads or [1, 2]
    if arguments.rounds < 1 or min(arguments.threads) < 1:
        parser.error("rounds and threads count from 1")
    arguments.networks = [network for network in NETWORKS
                          if any(fnmatch.fnmatch(network.name, glob) for glob in arguments.models)]
    if not arguments.networks:
        parser.error(f"no network is called {' '.join(arguments.models)}")
    return arguments


def newer(path, *sources):
    return path.exists() and all(path.stat().st_mtime >= source.stat().st_mtime for source in sources)


def obtain(network):
    """The network's files, drawn unless they are there."""
    folder = engines.BUILD / "networks"
    folder.mkdir(parents=True, exist_ok=True)
    image = folder / f"input-{network.size}.npy"
    if not image.exists():
        pixels = np.random.RandomState(1).uniform(-1, 1, (1, 3, network.size, network.size))
        np.save(image, pixels.astype("<f4"))
    if not network.skeleton:
        return Files(ROOT / "models/builtin/model.onnx", image)
    skeleton, model = engines.FOLDER / f"networks/{network.name}.onnx", folder / f"{network.name}.onnx"
    if not newer(model, skeleton, engines.FOLDER / "draw.py"):
        progress(f"drawing {network.title}")
        draw(skeleton, model)
    return Files(model, image)


class Bench:
    def __init__(self, arguments):
        self.rounds, self.threads = arguments.rounds, arguments.threads
        self.networks = arguments.networks
        self.ours, self.peer = engines.Senet(arguments.senet), engines.onnx_runtime()
        self.ncnn = ncnn_peer.find() if arguments.ncnn else None
        self.peak_program, self.peaks = arguments.peak, {threads: {} for threads in self.threads}
        self.isa = self.ours.bench(obtain(NETWORKS[-1]), 1, 1, 0)["isa"]
        self.table = Table(arguments.json, self.ncnn is not None)

    def peak(self, threads):
        """Measured anew in every row, and the most of all so far: one moment may be a busy one.

        Of the instruction set that ours runs on; the naive kernels are compiled for the least that any machine has.
        """
        peaks = self.peaks[threads]
        for isa, gflops in json.loads(engines.run([self.peak_program, threads])).items():
            peaks[isa] = max(gflops, peaks.get(isa, 0))
        return peaks.get(self.isa, peaks.get("baseline"))

    def alternate(self, what, *benches):
        """The times of each, and what other programs took of the machine meanwhile."""
        others = Others()
        blocks = alternate(benches, self.rounds, lambda text: progress(f"{what}: {text}"))
        return [summarise(done) for done in blocks], others.share()

    def row(self, network, threads):
        files = obtain(network)
        rivals = [self.peer] + ([self.ncnn] if self.ncnn and self.ncnn.converts(network, files) else [])
        times, others = self.alternate(f"{network.title}, {threads_text(threads)}",
                                       *(partial(engine.bench, files, threads) for engine in (self.ours, *rivals)))
        target, summary = network.targets.get(threads), self.ours.summary(files)
        ratio = times[0]["ms"] / times[1]["ms"]
        gflops = 2 * summary["macs"] / times[0]["ms"] / 1e6
        apart = difference(self.peer.answer(files, threads), self.ours.answer(files, threads))
        return {
            "model": network.name, "title": network.title, "threads": threads, "isa": self.isa,
            "ours": times[0], "peer": times[1], "ncnn": times[2] if len(times) > 2 else None,
            "ratio": ratio, "must": target and target.must, "wanted": target and target.wanted,
            "reached": verdict(ratio, target),
            "gflops": gflops, "peak_share": gflops / self.peak(threads),
            "weight_bytes": 4 * summary["parameters"], "difference": apart, "others_share": others,
        }

    def rows(self):
        rows = []
        for network in self.networks:
            for threads in self.threads:
                rows.append(self.row(network, threads))
                self.table.row(rows[-1])
        return rows

    def se_overhead(self, threads):
        se, plain = (partial(self.ours.bench, obtain(network), threads) for network in (FLAGSHIP, WITHOUT_SE))
        (with_se, without), others = self.alternate(f"SE overhead, {threads_text(threads)}", se, plain)
        return fact("SE blocks: time more than ResNet-50", threads, with_se["ms"] / without["ms"] - 1, SE_OVERHEAD,
                    others, se_resnet=with_se, resnet=without)

    def batch_time(self, threads):
        single = partial(self.ours.bench, obtain(FLAGSHIP), threads)
        (one, many), others = self.alternate(f"batch {BATCH}, {threads_text(threads)}", single,
                                             partial(single, batch=BATCH))
        return fact(f"an image in a batch of {BATCH} / one alone", threads, many["ms"] / BATCH / one["ms"], BATCH_TIME,
                    others, alone=one, batch=many)

    def facts(self, rows):
        worst = max((row["difference"] for row in rows), key=lambda value: float("inf") if value is None else value)
        facts = [fact("largest difference from the peer's outputs", "all", worst, PARITY, None)]
        if FLAGSHIP not in self.networks:
            return facts
        for row in (row for row in rows if row["model"] == FLAGSHIP.name):
            ours, peer = row["ours"], row["peer"]
            facts.append(fact("file to first answer, ours / peer's", row["threads"],
                              ours["first_answer_ms"] / peer["first_answer_ms"], LOAD, row["others_share"]))
            facts.append(fact("resident memory / bytes of the weights", row["threads"],
                              ours["resident_bytes"] / row["weight_bytes"], MEMORY, None))
        for threads in self.threads:
            facts += [self.se_overhead(threads), self.batch_time(threads)]
        return sorted(facts, key=lambda fact: fact["what"])


def fact(what, threads, value, target, others, **more):
    """`others` is None for what no other program bends."""
    return {"what": what, "threads": threads, "value": value, "must": target.must, "wanted": target.wanted,
            "reached": verdict(value, target), "others_share": others, **more}


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def measure(bench):
    versions = [bench.ours.version(), bench.peer.version()] + ([bench.ncnn.version()] if bench.ncnn else [])
    machine = {"processor": processor(), "cores": os.cpu_count(), "system": platform.platform()}
    made = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="minutes")
    bench.table.say(f"{made}  {machine['processor']}, {machine['cores']} cores, isa {bench.isa}")
    bench.table.say("; ".join(versions))
    bench.table.say()
    bench.table.head()
    rows = bench.rows()
    facts = bench.facts(rows)
    bench.table.facts(facts)
    missed = [f"{row['title']}, {threads_text(row['threads'])}" for row in rows if row["reached"] == "missed"]
    missed += [f"{fact['what']}, {threads_text(fact['threads'])}" for fact in facts if fact["reached"] == "missed"]
    return {"made": made, "machine": machine, "versions": versions, "isa": bench.isa, "peak_gflops": bench.peaks,
            "rounds": bench.rounds, "rows": rows, "facts": facts, "missed": missed}


def main():
    arguments = parse_arguments()
    try:
        bench = Bench(arguments)
        results = measure(bench)
    except engines.EngineError as error:
        progress()
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        progress()
        sys.exit(130)
    text = json.dumps(results, indent=1) + "\n"
    (engines.BUILD / "results.json").write_text(text)
    if arguments.json:
        print(text, end="")
    bench.table.closing(bench.isa, bench.peaks, results["missed"])
    sys.exit(1 if arguments.check and results["missed"] else 0)


if __name__ == "__main__":
    main()
