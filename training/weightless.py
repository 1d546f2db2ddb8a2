"""Networks whose shapes alone are looked at."""
import contextlib

import torch


def weightless():
    """In this context networks are built without memory for their weights; with PyTorch 1 they have it."""
    return torch.device("meta") if int(torch.__version__.split(".")[0]) >= 2 else contextlib.nullcontext()
