"""The first loss is far above that of a guess.

What it does
------------
Compares the first value of a criterion with that of a classifier that knows nothing: ln C for cross-entropy over C
classes, ln 2 for the binary one. A warning where it is more than 1.75 times that, and at least 1 more. Sums,
weighted classes, and networks that load weights are left alone, and so is everything once an error explains it.

Why is this bad
---------------
A new network should spread its bets evenly. If its first loss is several times that of a guess, its scores are
large and wrong: weights too large, or inputs that were not scaled; the first steps go into undoing that.

Example
-------
    nn.init.normal_(layer.weight, std=2.0)

Use instead
-----------
    nn.init.kaiming_normal_(layer.weight)

Sources
-------
https://karpathy.github.io/2019/04/25/recipe/ ("verify loss @ init")
Threshold: neural-net-checklist, relative tolerance 0.75.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.candidates import OWN_WEIGHTS, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import VIEWS, Graph, LossCall, Place, Trace

TIMES = 1.75
FAR = 5.0  # for a tied table, whose first answer is the word it was given; own choice
MORE = 1.0  # own choice: below that, a network of few units may be that far off by chance
LOADING = ("load_state_dict", "from_pretrained", "load")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")


@rule(severity="warning", needs=("trained_losses",), symptom=True, proof=("own-weights", "standardize"))
def initial_loss_off(trace: Trace) -> Iterator[Finding]:
    """The first call of each line with a criterion."""
    if next(static.calls(trace, *LOADING), None) is not None:
        return
    told: set[object] = set()
    tied = {place: made for graph in trace.graphs for place, made in _tied(trace, graph)}
    meant = {*tied, *(place for graph in trace.graphs for place in _cosines(graph))}
    for call in trace.trained_losses:
        if call.step > 0 or call.place in told:
            continue
        told.add(call.place)
        expected = _expected(call)
        if expected is None or call.value is None or not math.isfinite(call.value):
            continue
        if call.place in meant and (call.place not in tied or call.value <= FAR * expected):
            continue
        if call.value > TIMES * expected and call.value > expected + MORE:
            low, high = call.input.low, call.input.high
            reach = f"; its scores reach from {low:.3g} to {high:.3g}" if low is not None else ""
            yield Finding(
                tied.get(call.place) or call.place,
                f"the first loss is {call.value:.3g}, a guess has {expected:.3g}{reach}",
                "scale the inputs, and start with smaller weights: as torch makes them, or nn.init.kaiming_normal_",
                remedy=one_of(STANDARDIZED, OWN_WEIGHTS, measure=("learning", "guess")),
                evidence={"loss": call.value, "expected": expected, "low": low, "high": high},
            )


def _expected(call: LossCall) -> float | None:
    """The loss of a guess; None where that is not known."""
    if call.reduction != "mean" or call.weighted:
        return None
    if call.name in BINARY:
        return math.log(2)
    if call.name == "cross_entropy" and len(call.input.shape) >= 2 and not _square(call):
        return math.log(max(call.input.shape[1], 2))
    return None


def _cosines(graph: Graph) -> Iterator[Place | None]:
    """Criteria whose scores are products of vectors of length 1, times a number."""
    for top in graph.find("LogSoftmax"):
        for product in graph.under(top, VIEWS | {"Mul", "Div", "Add", "Sub"}):
            norms = [each for each in graph.below(product) if each.kind in ("LinalgVectorNorm", "Norm")]
            if product.kind in ("Mm", "Bmm", "Matmul") and len(norms) > 1:
                yield top.place


def _tied(trace: Trace, graph: Graph) -> Iterator[tuple[Place | None, Place | None]]:
    """Criteria over a network whose last layer shares an embedding's table, and where that is made.

    Such a network begins with the word that it was given.
    """
    tables = {number for node in graph.find("Embedding") for number in node.inputs}
    leaves = {number for number in tables if graph.by_id[number].leaf is not None}
    for node in graph.nodes:
        under = {
            number for each in node.inputs if each in graph.by_id for number in (each, *graph.by_id[each].inputs)
        }
        shared = leaves & under if node.kind != "Embedding" else set()
        if shared:
            leaf = graph.by_id[shared.pop()].leaf
            made = trace.parameters[leaf].place if leaf is not None else None
            yield from ((top.place, made) for top in graph.find("LogSoftmax"))
            return


def _square(call: LossCall) -> bool:
    """Scores of each example against each other, as contrastive losses have."""
    return len(call.input.shape) == 2 and call.input.shape[0] == call.input.shape[1]
