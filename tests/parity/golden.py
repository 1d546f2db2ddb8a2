"""A case as a folder: model.onnx, input.npy, and what PyTorch computes: output.<name>.npy, gate.<layer>.npy."""
import contextlib
import io
import logging
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))
import networks  # noqa: E402  (its folder has just been named)
from export import per_channel  # noqa: E402
from networks.resnet import ResidualUnit  # noqa: E402
from random_weights import randomise  # noqa: E402
from se import SEBlock  # noqa: E402

BATCH = 2  # one image would not show a gate that is applied to the neighbour's


def build(case):
    if case.source == "timm":
        import timm
        return timm.create_model(case.network, exportable=True, **case.options)
    return networks.build(case.network, **case.options)


# timm's blocks keep the gate's function as a module of its own.
TIMM_KINDS = {
    "timm.layers.squeeze_excite.SEModule": ("conv", "gate"),
    "timm.models._efficientnet_blocks.SqueezeExcite": ("conv", "gate"),
    "timm.models.senet.SEModule": ("conv", "sigmoid"),
    "timm.layers.squeeze_excite.EffectiveSEModule": ("ese", "gate"),
    "timm.layers.eca.EcaModule": ("eca", "gate"),
}
GATE_NAMES = {"Sigmoid": "sigmoid", "HardSigmoid": "hard_sigmoid", "Hardsigmoid": "hard_sigmoid"}


def watch_ours(layer, block, note):
    facts = {"kind": block.kind, "squeeze": "avg+max" if block.squeeze == "both" else block.squeeze, "gate": block.gate}
    return block.register_forward_hook(
        lambda _, inputs, __: note(layer, facts, per_channel(block.excite(inputs[0]))))


def watch_timm(layer, block, kind, gate, note):
    gate = getattr(block, gate)
    facts = {"kind": kind, "squeeze": "avg", "gate": GATE_NAMES[type(gate).__name__]}
    # ECA computes N x 1 x C.
    return gate.register_forward_hook(
        lambda _, __, value: note(layer, facts, value.flatten(1) if kind == "eca" else per_channel(value)))


def watch_gates(model, note):
    """Every run calls note(layer, facts, gate) for each block, in the order in which gates are computed."""
    for layer, module in model.named_modules():
        origin = f"{type(module).__module__}.{type(module).__name__}"
        if isinstance(module, SEBlock):
            yield watch_ours(layer, module, note)
        elif origin in TIMM_KINDS:
            yield watch_timm(layer, module, *TIMM_KINDS[origin], note)


@torch.no_grad()
def run_pytorch(model, images):
    """Returns logits, {layer: gate} in the order of execution, and {layer: what is known of the block}."""
    gates, facts = {}, {}

    def note(layer, known, gate):
        gates[layer], facts[layer] = gate, {**known, "channels": gate.shape[1]}

    hooks = list(watch_gates(model, note))
    logits = model(images)
    for hook in hooks:
        hook.remove()
    for name, unit in model.named_modules():
        if isinstance(unit, ResidualUnit) and f"{name}.se" in facts:
            facts[f"{name}.se"]["placement"] = unit.placement
    return logits, gates, facts


@contextlib.contextmanager
def silence():
    """Exporters talk about themselves."""
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def export(model, images, exporter, path):
    """Batch is left open, as users do who serve. The newer exporter puts weights into a file beside the model."""
    more = {"input_names": ["input"], "output_names": ["logits"],
            "opset_version": int(exporter.lstrip("tsdynamo"))}
    if exporter.startswith("dynamo"):
        more.update(dynamo=True, external_data=True, dynamic_shapes=({0: torch.export.Dim("batch")},))
    else:
        more.update(dynamo=False, dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
    with silence():
        torch.onnx.export(model, (images,), str(path), **more)


def write(case, folder):
    """Returns the case's entry for index.json."""
    torch.manual_seed(1)
    images = torch.randn(4, 3, case.size, case.size)
    model = randomise(build(case), images)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        os.unlink(old)
    export(model, images[:BATCH], case.exporter, folder / "model.onnx")
    logits, gates, facts = run_pytorch(model, images[:BATCH])
    arrays = {"input": images[:BATCH], "output.logits": logits,
              **{f"gate.{layer}": gate for layer, gate in gates.items()}}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array.contiguous().numpy())
    operators = [node.op_type for node in onnx.load(folder / "model.onnx", load_external_data=False).graph.node]
    return {"source": case.source, "network": case.network, "options": case.options, "exporter": case.exporter,
            "input": list(images[:BATCH].shape), "se_blocks": [[layer, facts[layer]["kind"]] for layer in gates],
            "facts": facts, "operators": {name: operators.count(name) for name in sorted(set(operators))}}
