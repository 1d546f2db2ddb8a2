"""Random weights behind which no mistake hides: arithmetic is compared, so they serve as well as trained ones."""
import torch
from torch import nn


def randomise(model, images):
    """Returns the model in evaluation mode, its batch statistics those of `images` (at least two).

    Fresh networks are full of ones and zeros: scales that need not be applied, biases that need not be read.
    A scale that is zero ends a residual unit's branch, and would silence it. It is drawn smaller than the others,
    as training leaves it: else 150 layers amplify float32's rounding to the size of the differences looked for.
    """
    for name, parameter in model.named_parameters():
        if parameter.ndim == 1 and name.endswith("bias"):
            nn.init.normal_(parameter, std=0.3)
        elif parameter.ndim == 1:
            largest = 1.5 if parameter.any() else 0.75
            nn.init.uniform_(parameter, largest / 3, largest)
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.momentum = None  # the plain mean over all batches seen, here of one
    model.train()
    with torch.no_grad():
        model(images)
    return model.eval()
