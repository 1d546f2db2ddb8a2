"""What people see: a table that grows as rows are measured, and a line on stderr that says what is going on."""
import os
import sys

COLOURS = {"missed": "\033[31m", "must": "\033[32m", "wanted": "\033[1;32m"}
BOLD, PLAIN = "\033[1m", "\033[0m"

# Title, width, and what is shown of a row. ncnn's columns follow where it was measured.
COLUMNS = [
    ("model", -20, lambda row: row["title"]),
    ("threads", 7, lambda row: str(row["threads"])),
    ("ours ms", 8, lambda row: f"{row['ours']['ms']:.2f}"),
    ("peer ms", 8, lambda row: f"{row['peer']['ms']:.2f}"),
    ("ratio", 6, lambda row: f"{row['ratio']:.3f}"),
    ("must", 5, lambda row: share(row["must"])),
    ("wanted", 6, lambda row: share(row["wanted"])),
    ("reached", 7, lambda row: row["reached"] or "-"),
    ("GFLOP/s", 7, lambda row: f"{row['gflops']:.1f}"),
    ("of peak", 7, lambda row: percent(row["peak_share"])),
    ("differs", 7, lambda row: scientific(row["difference"])),
    ("others", 6, lambda row: percent(row["others_share"])),
]
NCNN_COLUMNS = [
    ("ncnn ms", 8, lambda row: f"{row['ncnn']['ms']:.2f}" if row.get("ncnn") else "-"),
    ("ratio", 6, lambda row: f"{row['ours']['ms'] / row['ncnn']['ms']:.3f}" if row.get("ncnn") else "-"),
]


def share(number):
    return "-" if number is None else f"{number:.2f}"


def percent(number):
    return "-" if number is None else f"{100 * number:.0f} %"


def scientific(number):
    return "-" if number is None else f"{number:.0e}"


def significant(number):
    return "-" if number is None else f"{number:.3g}"


def threads_text(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def colour(text, cell):
    """`text`, padded or not, in the colour of what it says."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"{COLOURS[cell]}{text}{PLAIN}" if cell in COLOURS else text


def bold(text):
    return f"{BOLD}{text}{PLAIN}" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text


def pad(text, width):
    return text.ljust(-width) if width < 0 else text.rjust(width)


def progress(text=""):
    """Redrawn in place; an empty text removes it."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


class Table:
    def __init__(self, quiet, with_ncnn):
        self.quiet = quiet
        self.columns = COLUMNS + (NCNN_COLUMNS if with_ncnn else [])

    def say(self, text=""):
        progress()
        if not self.quiet:
            print(text, flush=True)

    def head(self):
        self.say(bold("  ".join(pad(title, width) for title, width, _ in self.columns)))

    def row(self, row):
        cells = [(cell(row), width) for _, width, cell in self.columns]
        self.say("  ".join(colour(pad(text, width), text) for text, width in cells))

    def facts(self, facts):
        self.say()
        title = "SE-ResNet-50, and parity of all"
        self.say(bold(f"{title:44s}  threads  measured      must    wanted  reached  others"))
        for fact in facts:
            numbers = "  ".join(f"{significant(fact[key]):>8s}" for key in ("value", "must", "wanted"))
            reached = colour(f"{fact['reached']:>7s}", fact["reached"])
            self.say(f"{fact['what']:44s}  {fact['threads']:>7}  {numbers}  {reached}  "
                     f"{percent(fact['others_share']):>6s}")

    def closing(self, isa, peaks, missed):
        self.say()
        for threads, gflops in peaks.items():
            self.say(f"peak of {threads_text(threads)}: {gflops.get(isa, gflops.get('baseline')):.0f} GFLOP/s")
        self.say(f"missed: {'; '.join(missed)}" if missed else "every must holds")
