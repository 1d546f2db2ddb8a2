"""The Squeeze-and-Excitation block (Hu et al., arXiv:1709.01507, section 3)."""
import torch
from torch import nn
from torch.nn import functional as F

GATES = {"sigmoid": torch.sigmoid, "hard_sigmoid": F.hardsigmoid, "relu": torch.relu, "tanh": torch.tanh}

# "both" is the mean of the two pools, as timm's `add_maxpool` has it: one excitation, where CBAM's sum of two
# excitations would compute fc1 and fc2 twice. "none" leaves H x W, so that every position has a gate of its own.
SQUEEZES = {
    "avg": lambda x, keepdim: x.mean((2, 3), keepdim=keepdim),
    "max": lambda x, keepdim: x.amax((2, 3), keepdim=keepdim),
    "both": lambda x, keepdim: 0.5 * x.mean((2, 3), keepdim=keepdim) + 0.5 * x.amax((2, 3), keepdim=keepdim),
    "none": lambda x, keepdim: x,
}


class SEBlock(nn.Module):
    """x -> x * gate(fc2(relu(fc1(squeeze(x))))), one gate per channel.

    kind "conv" writes the two layers as 1x1 convolutions on N x C x 1 x 1, kind "dense"
    as linear layers on N x C. Both hold C*(C/r) + C/r + (C/r)*C + C parameters: 8,464 for
    C = 256 and r = 16.
    """

    def __init__(self, channels, reduction=16, kind="conv", squeeze="avg", gate="sigmoid", bias=True):
        super().__init__()
        for value, known in ((kind, ("conv", "dense")), (squeeze, SQUEEZES), (gate, GATES)):
            if value not in known:
                raise ValueError(f"{value!r} is none of {', '.join(known)}")
        if kind == "dense" and squeeze == "none":
            raise ValueError("squeeze none needs kind conv: there is no vector to multiply")
        reduced = max(1, channels // reduction)
        self.kind, self.squeeze, self.gate = kind, squeeze, gate
        if kind == "conv":
            self.fc1 = nn.Conv2d(channels, reduced, 1, bias=bias)
            self.fc2 = nn.Conv2d(reduced, channels, 1, bias=bias)
        else:
            self.fc1 = nn.Linear(channels, reduced, bias=bias)
            self.fc2 = nn.Linear(reduced, channels, bias=bias)

    def excite(self, x):
        """The gate: N x C x 1 x 1, or N x C x H x W where nothing is squeezed."""
        squeezed = SQUEEZES[self.squeeze](x, self.kind == "conv")
        gate = GATES[self.gate](self.fc2(torch.relu(self.fc1(squeezed))))
        return gate[:, :, None, None] if self.kind == "dense" else gate

    def forward(self, x):
        return x * self.excite(x)
