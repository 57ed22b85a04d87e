"""Most results of a hidden tanh or sigmoid lie in its flat ends.

What it does
------------
Looks at the results of tanh and sigmoid that go straight into a further layer: the share beyond +-0.999 (tanh), or
below 0.001 and above 0.999 (sigmoid). A warning from half of them on. The last sigmoid of a network and the gates
of recurrent cells are meant to saturate and are left alone. Dropped where an error explains it.

Why is this bad
---------------
The slope there is nearly zero, so nearly no gradient passes: the layers before it do not learn.

Example
-------
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))

Use instead
-----------
net = nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))

Sources
-------
https://proceedings.mlr.press/v9/glorot10a.html (Glorot and Bengio, Understanding the difficulty of training)
Threshold: 50 % of a layer, SageMaker Debugger's SaturatedActivation and TheDeepChecker.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.candidates import OWN_WEIGHTS, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, Layer, Place, Trace

SHARE = 0.5
LARGE = 5.0  # times the deviation of torch's own first weights; own choice
INITIALISERS = (
    "normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "kaiming_normal_", "kaiming_uniform_", "constant_",
    "orthogonal_", "trunc_normal_",
)  # fmt: skip
BATCHES = 2
LAYERS = ("Addmm", "Mm", "Linear", "Convolution", "MkldnnLinear")


@rule(severity="warning", needs=("layers", "graphs"), symptom=True, proof=("own-weights", "standardize"))
def saturated_activation(trace: Trace) -> Iterator[Finding]:
    """Hidden activations in their flat zone."""
    for layer in trace.layers:
        if layer.saturated is None or layer.saturated < SHARE or layer.batches < BATCHES:
            continue
        if not _feeds_a_layer(trace, layer):
            continue
        low, high = (layer.input.low, layer.input.high) if layer.input is not None else (None, None)
        reach = f" (inputs from {low:.3g} to {high:.3g})" if low is not None and high is not None else ""
        at = _written(trace) or layer.place
        yield Finding(
            at,
            f"{100 * layer.saturated:.0f} % of the results of {layer.name!r} are in its flat ends{reach}",
            "standardise the inputs, start with smaller weights (nn.init.xavier_uniform_), or use ReLU",
            evidence={"saturated": layer.saturated, "input_low": low, "input_high": high},
            related=()
            if at is None or at == layer.place or layer.place is None
            else (Related(layer.place, "saturates"),),
            remedy=one_of(OWN_WEIGHTS, STANDARDIZED),
        )


def _written(trace: Trace) -> Place | None:
    """The only line that writes first weights, where those of a layer are far larger than torch's."""
    weights = [
        each for each in trace.parameters if len(each.shape) > 1 and each.std is not None and min(each.shape)
    ]
    large = any((each.std or 0.0) > LARGE / math.sqrt(3 * math.prod(each.shape[1:])) for each in weights)
    lines = {
        static.place(source, call)
        for source, call in static.calls(trace, *INITIALISERS)
        if any(isinstance(node, ast.Attribute) and node.attr == "weight" for node in ast.walk(call))
    }
    return lines.pop() if large and len(lines) == 1 else None


def _feeds_a_layer(trace: Trace, layer: Layer) -> bool:
    """Its result, reshaped or dropped out at most, is what a layer with weights works on."""
    for graph in trace.graphs:
        for later in graph.find(*LAYERS):
            for node in graph.under(later, calls=DROPOUTS):
                if node.kind in ("Tanh", "Sigmoid") and node.place == layer.place:
                    return True
    return False
