"""The gradient of the first layer is a thousandth of the last one's, and next to nothing.

What it does
------------
Compares the gradients' sizes at the first and at the last weight matrix of a network of four layers or more, in the
first 20 steps. A warning where the first one's is below a thousandth of the last one's and below 0.0001. Networks
that have learned already, with frozen parts, or with layers that start at zero are left alone, and so are those
whose loss falls while the optimizer (Adam, say) moves the first layer as it moves the last; dropped where an error
explains it.

Why is this bad
---------------
The first layers stay as they were made: a deep network of which only the end learns.

Example
-------
    layers += [nn.Linear(16, 16), nn.Sigmoid()]

Use instead
-----------
    layers += [nn.Linear(16, 16), nn.ReLU()]

Sources
-------
https://proceedings.mlr.press/v9/glorot10a.html (Glorot and Bengio, Understanding the difficulty of training)
Threshold: AutoTrainer (ratio 1e-3, norm 1e-4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from math import inf, log
from statistics import median
from typing import Any

from workbench.diagnostics.candidates import OWN_WEIGHTS, one_of
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, VIEWS, Graph, Parameter, Place, Trace

RATIO = 1e-3
NORM = 1e-4
MATRICES = ("Addmm", "Mm", "Linear", "Convolution", "MkldnnLinear")
BETWEEN = VIEWS | {"NativeBatchNorm", "NativeLayerNorm"}
LAYERS = 4  # own choice: a gradient does not vanish in three
STEPS = 5  # at least; own choice
LEARNED = 0.5  # of the first loss: then small gradients are no wonder; own choice
FALLS = 0.9  # of the first loss, at the end; own choice
ALIKE = 0.1  # of the last layer's relative step: Adam divides by the gradient's size; own choice


@rule(severity="warning", needs=("graphs", "steps"), symptom=True, proof=("own-weights", "skip-activation"))
def vanishing_gradient(trace: Trace) -> Iterator[Finding]:
    """The first graph of each loss, layers in the order of their distance from it."""
    losses = [abs(loss) for loss in trace.loss_curve()[:20]]
    if not losses or losses[-1] < LEARNED * losses[0]:
        return
    told: set[str] = set()
    for graph in trace.graphs:
        weights = _weights(trace, graph)
        if len(weights) < LAYERS or any(each.zero for each in weights):
            continue
        last, first = weights[0], weights[-1]
        if first.name in told or min(len(first.grad_norms), len(last.grad_norms)) < STEPS:
            continue
        small, large = median(first.grad_norms[:20]), median(last.grad_norms[:20])
        if 0 < small < min(NORM, RATIO * large) and not _learns(trace, first, last):
            told.add(first.name)
            place = _squashed(graph) or first.place
            parts = ((first.place, "the first layer"), (last.place, "the last layer"))
            related = tuple(Related(at, text) for at, text in parts if at is not None and not at.same_line(place))
            yield Finding(
                place,
                f"the gradient of {first.name!r} is {small:.1g}, that of {last.name!r} {large:.1g}: "
                f"the first layers do not learn",
                "use ReLU instead of sigmoid or tanh, put nn.BatchNorm or residual connections between the layers, "
                "and initialise them with nn.init.kaiming_normal_ or xavier_normal_",
                evidence={"first": small, "last": large, "layers": len(weights)},
                related=related,
                remedy=_remedy(graph),
            )


def _remedy(graph: Graph) -> dict[str, Any]:
    """ReLU in the place of what makes gradients smaller; else first weights as torch draws them."""
    layers = graph.find(*MATRICES)
    hidden = {node.id for layer in layers for node in graph.under(layer, BETWEEN, DROPOUTS)}
    found = [node for node in graph.find("Sigmoid", "Tanh") if node.id in hidden and node.place is not None]
    if not found:
        return OWN_WEIGHTS
    lines = [asdict(place) for place in dict.fromkeys(node.place for node in found) if place is not None]
    change = f"ReLU in the place of {found[0].kind.lower()}"
    relu = {"name": "skip-activation", "instead": "relu", "lines": lines, "call": found[0].call, "change": change}
    return one_of(relu, OWN_WEIGHTS)


def _squashed(graph: Graph) -> Place | None:
    """The first of the activations that make gradients smaller, where there is one for nearly each layer."""
    found = graph.find("Sigmoid", "Tanh")
    return found[-1].place if len(found) >= LAYERS - 1 else None


def _learns(trace: Trace, first: Parameter, last: Parameter) -> bool:
    """Whether the optimizer makes up for it: the first layer moves like the last, and the loss falls."""
    curve = trace.loss_curve()
    fallen = median(curve[-max(1, len(curve) // 10) :]) < FALLS * min(curve[0], _guess(trace))
    moved = [median(each.update_ratios[:20]) for each in (first, last) if each.update_ratios]
    return fallen and len(moved) == 2 and moved[0] >= ALIKE * moved[1]


def _guess(trace: Trace) -> float:
    """What a network loses that knows nothing: to fall to there from a bad beginning is no learning."""
    calls = [call for call in trace.trained_losses if call.name == "cross_entropy" and len(call.input.shape) > 1]
    return log(calls[0].input.shape[1]) if calls else inf


def _weights(trace: Trace, graph: Graph) -> list[Parameter]:
    """Matrices and kernels in training, the nearest to the loss first."""
    known = {each.name: each for each in trace.parameters if each.trainable and each.optimizers}
    names = [node.parameter for node in graph.nodes if node.parameter and node.parameter != "?"]
    found = [known[name] for name in dict.fromkeys(names) if name in known]
    tables = {each.name for each in trace.modules if each.cls in ("Embedding", "EmbeddingBag")}
    return [each for each in found if len(each.shape) > 1 and each.module not in tables]
