"""The network's output is the same for every input.

What it does
------------
After the run, gives the network its own training examples in evaluation mode: an error where the outputs differ by
less than a millionth of their size, though inputs and targets differ. It is a symptom: where another error explains
it, that one is shown.

Why is this bad
---------------
A network that does not see its input can only learn the mean of the targets, or how frequent the classes are.
Either `forward` uses another tensor than the one it is given, or multiplies it by zero; or all units of a layer
have died.

Example
-------
    h = torch.tanh(self.inner(torch.ones_like(x)))

Use instead
-----------
    h = torch.tanh(self.inner(x))

Sources
-------
http://karpathy.github.io/2019/04/25/recipe/ (input-independent baseline)
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.candidates import OWN_WEIGHTS, SLOWER, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Layer, Trace

SAME = 1e-6  # as in the experiment
EXAMPLES = 8


@rule(severity="error", probes=("input_blind",), symptom=True, proof=("own-weights", "scale-lr", "standardize"))
def input_independent(trace: Trace) -> Iterator[Finding]:
    """The experiment's outcome, at the network's forward."""
    probe = trace.probe("input_blind")
    if probe is None or probe.outcome != "failed" or probe.numbers["examples"] < EXAMPLES:
        return
    always = probe.numbers["first"] <= SAME
    layers = [layer for layer in trace.layers if layer.dead is not None and layer.dead == 1.0]
    flat = next((each for each in trace.layers if each.place is not None and _flat(each)), None) if always else None
    why = f"; every unit of {layers[0].kind} {layers[0].name} is dead" if layers else ""
    at = flat.place if flat is not None else static.overwritten(trace) if always else None
    yield Finding(
        at or static.forward_of(trace, probe.place),
        f"the output is the same for all of {probe.numbers['examples']} different training examples, "
        + ("before the training and after it" if always else f"after {len(trace.steps)} steps of training")
        + why,
        "follow the input through forward: is it overwritten, multiplied by zero, or replaced by another tensor?"
        if always
        else "divide the learning rate by 10, and look for dead units and for inputs that are not scaled",
        evidence={"examples": probe.numbers["examples"], "spread": probe.numbers["last"]},
        remedy=one_of(OWN_WEIGHTS, SLOWER, STANDARDIZED),
    )


def _flat(layer: Layer) -> bool:
    """It gets different numbers and gives one and the same, as a LayerNorm of a single feature does."""
    given, made = layer.input, layer.output
    if given is None or made is None or given.low is None or made.low is None:
        return False
    return made.numel > 1 and given.low != given.high and made.low == made.high
