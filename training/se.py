"""The Squeeze-and-Excitation block (Hu et al., arXiv:1709.01507, section 3)."""
import torch
from torch import nn


class SEBlock(nn.Module):
    """x -> x * sigmoid(fc2(relu(fc1(mean_hw(x))))), one gate per channel.

    kind "conv" writes the two layers as 1x1 convolutions on N x C x 1 x 1, kind "dense"
    as linear layers on N x C. Both hold C*(C/r) + C/r + (C/r)*C + C parameters: 8,464 for
    C = 256 and r = 16.
    """

    def __init__(self, channels, reduction=16, kind="conv"):
        super().__init__()
        if kind not in ("conv", "dense"):
            raise ValueError(f"kind must be conv or dense, not {kind!r}")
        reduced = max(1, channels // reduction)
        self.kind = kind
        if kind == "conv":
            self.fc1 = nn.Conv2d(channels, reduced, 1)
            self.fc2 = nn.Conv2d(reduced, channels, 1)
        else:
            self.fc1 = nn.Linear(channels, reduced)
            self.fc2 = nn.Linear(reduced, channels)

    def forward(self, x):
        # Squeeze, excitation, rescale: the three parts keep the paper's names in the engine too.
        squeezed = x.mean((2, 3), keepdim=self.kind == "conv")
        gate = torch.sigmoid(self.fc2(torch.relu(self.fc1(squeezed))))
        if self.kind == "dense":
            gate = gate[:, :, None, None]
        return x * gate
