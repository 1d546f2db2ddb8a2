"""The learning rate as a factor of its peak, by the share of all steps that are done."""
import math

START, END = 1 / 25, 1 / 25e3


def one_cycle(share, warmup):
    """A line up, a line down (Smith, arXiv:1708.07120)."""
    if share < warmup:
        return START + (1 - START) * share / warmup
    return END + (1 - END) * (1 - share) / (1 - warmup)


def cosine(share, warmup):
    """A line up, half a cosine down (Loshchilov & Hutter, arXiv:1608.03983)."""
    if share < warmup:
        return START + (1 - START) * share / warmup
    return END + (1 - END) * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup))) / 2


SCHEDULES = {"one-cycle": one_cycle, "cosine": cosine}
