"""The exponential moving average of a model's weights, which is measured and kept in its place."""
import copy

import torch


class EMA:
    """Batch normalisation's statistics are averaged too; counters are copied."""

    def __init__(self, model, decay):
        self.model = copy.deepcopy(model).eval()
        self.decay, self.steps = decay, 0

    @torch.no_grad()
    def update(self, model):
        self.steps += 1
        # Young averages forget sooner, or the random start would stay in them for 1 / (1 - decay) steps.
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        current = model.state_dict()
        for name, mean in self.model.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(current[name], 1 - decay)
            else:
                mean.copy_(current[name])

    def state_dict(self):
        return {"model": self.model.state_dict(), "steps": self.steps}

    def load_state_dict(self, state):
        self.model.load_state_dict(state["model"])
        self.steps = state["steps"]
