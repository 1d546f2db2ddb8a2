"""One line on a terminal: where we are, and when it will be done."""
import sys
import time


class Progress:
    def __init__(self, total, done=0):
        self.total, self.first, self.start = total, done, time.monotonic()

    def show(self, done, text):
        if not sys.stderr.isatty():
            return
        left = (time.monotonic() - self.start) / max(1, done - self.first) * (self.total - done)
        bar = "#" * (20 * done // self.total)
        print(f"\r[{bar:20}] {done}/{self.total} {text}, {clock(left)} left  ", end="", file=sys.stderr)


def clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
