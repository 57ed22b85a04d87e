"""Three of four units of a ReLU layer, or more, give zero for every example.

What it does
------------
Looks at the results of ReLU layers over the last batches that were measured (at least 3, of 60 examples together):
units, or channels, that were zero throughout. A warning from three quarters of a layer's units on, in layers of 8
units or more. Dropped where an error explains it.

Why is this bad
---------------
A unit that is zero for every example gets no gradient and never comes back: the network is narrower than it looks.
It is most often a learning rate that is too high, or a large negative bias.

Example
-------
    nn.init.constant_(net[0].bias[4:], -6.0)

Use instead
-----------
    nn.init.zeros_(net[0].bias)

Sources
-------
https://arxiv.org/abs/1903.06733 (Lu et al., Dying ReLU and initialization)
Threshold: between SageMaker Debugger's DeadRelu (50 %) and torch-audit (90 %): healthy deep and narrow networks
reach 56 % at their first step.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.candidates import OWN_WEIGHTS, SLOWER, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

SHARE = 0.75
BATCHES = 3
EXAMPLES = 60  # own choice: of few examples, half of the units may well want none
UNITS = 8  # own choice


@rule(
    severity="warning",
    needs=("layers",),
    symptom=True,
    explains=("input-independent", "overfit-batch-failed", "constant-prediction"),
    proof=("own-weights", "scale-lr"),
)
def dead_relu(trace: Trace) -> Iterator[Finding]:
    """Layers with many dead units."""
    for layer in trace.layers:
        if layer.dead is None or layer.dead < SHARE or layer.units < UNITS or layer.batches < BATCHES:
            continue
        size = layer.output.shape[0] if layer.output is not None and layer.output.shape else 0
        if size * min(layer.batches, 5) < EXAMPLES:
            continue
        count = round(layer.dead * layer.units)
        yield Finding(
            layer.place,
            f"{count} of {layer.units} units of {layer.name!r} are zero for every example",
            "lower the learning rate, leave the biases before it at zero, or use nn.LeakyReLU or nn.GELU",
            evidence={"dead": layer.dead, "units": layer.units, "batches": layer.batches},
            remedy=one_of(OWN_WEIGHTS, SLOWER),
        )
