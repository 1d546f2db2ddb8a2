"""Multiply-accumulates of a network for one image: its convolutions and linear layers, as papers count them."""
import torch
from torch import nn


def of_layer(layer, output):
    """Each number of a convolution's output (N = 1) is a sum over kernel and input channels, one of a linear layer
    over its inputs."""
    per_number = layer.weight[0].numel()
    return output.numel() * per_number


def macs(model, size):
    """`model` may be on the meta device, where nothing is computed."""
    total, hooks = 0, []

    def add(layer, _, output):
        nonlocal total
        total += of_layer(layer, output)

    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            hooks.append(module.register_forward_hook(add))
    with torch.no_grad():
        model.eval()(torch.empty(1, 3, size, size, device=next(model.parameters()).device))
    for hook in hooks:
        hook.remove()
    return total
