"""Gradients are, or grow, beyond all measure.

What it does
------------
A warning where the norm of all gradients exceeds 1000: in most of the first 20 steps although the targets are of
ordinary size (below 10), or later, at 100 times that of the first steps. Losses that are sums, and gradients that
are clipped, are left alone; dropped where an error explains it.

Why is this bad
---------------
One such step throws the weights out of the region where anything had been learned; a few of them end in NaN.

Example
-------
    nn.init.normal_(layer.weight, std=1.0)

Use instead
-----------
    nn.init.kaiming_normal_(layer.weight)

Sources
-------
https://arxiv.org/abs/1211.5063 (Pascanu et al., On the difficulty of training recurrent neural networks)
Threshold: torchtest2, 1000.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median

from workbench.diagnostics.candidates import CLIPPED, OWN_WEIGHTS, SLOWER, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Graph, Trace

NORM = 1e3
TARGETS = 10.0  # own choice
GROWTH = 100.0  # own choice
BEGINNING = 3  # steps
LAYERS = frozenset(("Addmm", "Mm", "Bmm", "Linear", "Convolution", "MkldnnLinear", "MkldnnRnnLayer"))


@rule(
    severity="warning",
    needs=("steps",),
    symptom=True,
    proof=("clip-before-step", "own-weights", "scale-lr", "standardize"),
)
def exploding_gradient(trace: Trace) -> Iterator[Finding]:
    """Large gradients, told at the backward."""
    clipped = trace.calls_of("clip_grad_norm_", "clip_grad_value_")
    sums = any(call.reduction == "sum" for call in trace.trained_losses) or any(map(_summed, trace.graphs))
    norms = [step.grad_norm for step in trace.steps if step.grad_norm is not None and step.detailed]
    norms = [norm for norm in norms if math.isfinite(norm)]
    if clipped or sums or len(norms) <= BEGINNING or max(norms) < NORM:
        return
    large = [call for call in trace.backwards if call.place is not None]
    growth = max(norms) / max(median(norms[:BEGINNING]), 1e-12)
    if median(norms[:20]) >= NORM and large and _ordinary(trace):
        yield Finding(
            large[0].place,
            f"the gradients' norm is {median(norms[:20]):.3g} from the first steps on",
            "start with smaller weights (nn.init.kaiming_normal_), normalise between layers, or clip: "
            "nn.utils.clip_grad_norm_(model.parameters(), 1.0) before the step",
            evidence={"norm": median(norms[:20])},
            remedy=one_of(OWN_WEIGHTS, STANDARDIZED, CLIPPED),
        )
    elif growth > GROWTH and large:
        yield Finding(
            large[0].place,
            f"the gradients' norm grows from {median(norms[:BEGINNING]):.3g} to {max(norms):.3g}",
            "lower the learning rate, or clip: nn.utils.clip_grad_norm_(model.parameters(), 1.0) before the step",
            evidence={"first": median(norms[:BEGINNING]), "largest": max(norms)},
            remedy=one_of(SLOWER, CLIPPED),
        )


def _ordinary(trace: Trace) -> bool:
    """Whether a criterion compared with targets of ordinary size, and with nothing else."""
    calls = trace.trained_losses
    return bool(calls) and all(max(abs(c.target.low or 0.0), abs(c.target.high or 0.0)) <= TARGETS for c in calls)


def _summed(graph: Graph) -> bool:
    """The loss is a sum over examples: a sum stands above the first layer."""
    for node in graph.nodes:
        if node.kind in LAYERS:
            return False
        if node.kind == "Sum":
            return not any(above.kind in ("Mean", "Div") for above in graph.nodes[: node.id])
    return False
