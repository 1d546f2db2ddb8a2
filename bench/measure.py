"""Alternating blocks of runs, and the numbers that are made of them."""
import math
import os
import time
from pathlib import Path

import numpy as np

RUNS = 5              # in a block, at least
BLOCK_MS = 400        # which is that long, where the network is fast
MOST_RUNS = 200


def block_size(bench):
    """Runs and warm-up runs of a block, from the time of one run of ours."""
    quickest = bench(runs=1, warmup=1)["min_ms"]
    runs = min(max(RUNS, math.ceil(BLOCK_MS / quickest)), MOST_RUNS)
    return {"runs": runs, "warmup": max(2, runs // 4)}


def alternate(benches, rounds, progress):
    """One block of each bench in every round, the order turned about in every other. Returns a list for each bench."""
    size = block_size(benches[0])
    blocks = [[] for _ in benches]
    for number in range(rounds):
        progress(f"round {number + 1} of {rounds}")
        order = list(zip(benches, blocks))
        for bench, done in order if number % 2 == 0 else reversed(order):
            done.append(bench(**size))
    for done in blocks:
        for block in done:
            block["runs"] = size["runs"]
    return blocks


def summarise(blocks):
    """Minima over all blocks; of the memory the most, for it is not noise."""
    return {
        "ms": min(block["min_ms"] for block in blocks),
        "runs": sum(block["runs"] for block in blocks),
        "block_ms": [round(block["min_ms"], 4) for block in blocks],
        "first_answer_ms": min(block["first_answer_ms"] for block in blocks),
        "resident_bytes": max(block["resident_bytes"] for block in blocks),
    }


class Others:
    """What part of the machine's cores other programs took since this was made: their noise is in the numbers."""

    def __init__(self):
        self.began, self.busy, self.own = time.monotonic(), self.busy_seconds(), self.own_seconds()

    @staticmethod
    def busy_seconds():
        """Of all cores: user nice system idle iowait irq softirq steal (proc(5)), all but the idle ones."""
        stat = Path("/proc/stat")
        if not stat.exists():
            return None
        ticks = [int(word) for word in stat.read_text().split(maxsplit=9)[1:9]]
        return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def own_seconds():
        """Of this process and of the engines that have ended."""
        return sum(os.times()[:4])

    def share(self, running=0):
        """`running`: seconds taken by processes of ours that have not ended."""
        if self.busy is None:
            return None
        others = self.busy_seconds() - self.busy - (self.own_seconds() - self.own) - running
        return max(0.0, others / (time.monotonic() - self.began) / os.cpu_count())


def difference(expected, actual):
    """Relative to the largest element; None where a comparison would say nothing, or nothing good."""
    if expected.shape != actual.shape or not np.isfinite(expected).all() or not expected.any():
        return None
    worst = float(np.abs(expected.astype(np.float64) - actual).max() / np.abs(expected).max())
    return worst if math.isfinite(worst) else None


def verdict(value, target):
    """"wanted", "must", or "missed"; None without a target. A value that could not be had is missed."""
    if target is None:
        return None
    if value is None or not value <= target.must:
        return "missed"
    return "wanted" if value <= target.wanted else "must"
