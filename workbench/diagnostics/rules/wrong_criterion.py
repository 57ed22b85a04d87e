"""The criterion does not fit the kind of target it got.

What it does
------------
Compares each trained criterion with its targets: cross_entropy whose float targets are not probabilities;
binary cross entropy whose targets are not between 0 and 1; and, as a warning, a squared or absolute error of a
single output against few whole numbers 0, 1, 2, ..., which look like class numbers (they may be grades; where
their frequencies fall off to a thin tail, they are counts, and left alone).

Why is this bad
---------------
A squared error of class numbers tells the network that class 9 is nine times as far from 0 as class 1 is.
Binary cross entropy beyond [0, 1] has no minimum: the loss runs to minus infinity. Cross entropy of targets
that do not sum to one weighs examples by accident.

Example
-------
criterion = nn.BCEWithLogitsLoss()

Use instead
-----------
criterion = nn.CrossEntropyLoss()

Sources
-------
https://docs.pytorch.org/docs/stable/nn.html#loss-functions
Humbatova et al. 2020, Taxonomy of real faults in deep learning systems: "wrong loss function".
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Difference, LossCall, Place, Trace

DISTANCES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
BINARY = ("binary_cross_entropy", "binary_cross_entropy_with_logits")
COUNTING = ("Relu", "Softplus", "Exp")
CLASSES = 20  # at most; own choice
TAIL = 4  # numbers from the most frequent one on, of which the last has this share of its frequency: own choice
THIN = 0.1
SHARE = 0.05  # of the targets: more different values than that are no classes


@rule(severity="error", needs=("losses",), proof=("other-criterion", "widen-head"))
def wrong_criterion(trace: Trace) -> Iterator[Finding]:
    """Each line that calls a criterion, judged by all its calls together."""
    by_line: dict[tuple[Place | None, str], list[LossCall]] = defaultdict(list)
    for call in trace.trained_losses:
        by_line[call.place, call.name].append(call)
    for (place, name), calls in by_line.items():
        if name == "cross_entropy":
            yield from _not_probabilities(place, calls)
        elif name in BINARY:
            yield from _not_binary(place, name, calls)
        elif name in DISTANCES:
            yield from _class_numbers(trace, place, name, calls)
    for place in dict.fromkeys(node.place for graph in trace.graphs for node in graph.compared()):
        yield from _class_numbers(
            trace, place, "a squared or absolute error", [d for d in trace.differences if d.place == place]
        )


def _not_probabilities(place: Place | None, calls: list[LossCall]) -> Iterator[Finding]:
    wrong = [call for call in calls if call.target.floating and call.target.shape == call.input.shape]
    wrong = [call for call in wrong if not call.target.sums_to_one and len(call.target.shape) > 1]
    if not wrong:
        return
    target = wrong[0].target
    several = target.whole and target.low == 0 and target.high == 1
    kind = "several classes may be right at once" if several else f"values from {target.low:g} to {target.high:g}"
    better = "nn.BCEWithLogitsLoss() for several labels" if several else "nn.MSELoss() for measured values"
    yield Finding(
        place,
        f"cross_entropy got float targets of shape {list(target.shape)} that do not sum to one: {kind}",
        f"use {better}, or class numbers (int64) or probabilities as targets",
        evidence={"low": target.low, "high": target.high, "shape": list(target.shape)},
        remedy={
            "name": "other-criterion",
            "criterion": "binary" if several else "squared",
            "measure": ("learning", "moved"),
        },
    )


def _not_binary(place: Place | None, name: str, calls: list[LossCall]) -> Iterator[Finding]:
    lows = [call.target.low for call in calls if call.target.low is not None]
    highs = [call.target.high for call in calls if call.target.high is not None]
    if not lows or (min(lows) >= 0 and max(highs) <= 1):
        return
    low, high = min(lows), max(highs)
    hint = (
        "map the labels -1 and 1 to 0 and 1" if (low, high) == (-1, 1) else "use nn.CrossEntropyLoss() for classes"
    )
    yield Finding(
        place,
        f"{name} got targets from {low:g} to {high:g}; they must lie between 0 and 1",
        hint,
        evidence={"low": low, "high": high},
        remedy={"name": "other-criterion", "criterion": "signs"} if (low, high) == (-1, 1) else None,
    )


def _thinning(numbers: list[int]) -> bool:
    """How often 0, 1, 2, ... are there looks like counts: they fall off from a peak to a thin tail."""
    tail = numbers[numbers.index(max(numbers)) :]
    falls = sum(one >= other for one, other in itertools.pairwise(tail))
    return len(tail) > TAIL and falls >= len(tail) - 2 and tail[-1] < THIN * tail[0]


def _counted(trace: Trace, place: Place | None) -> bool:
    """The network ends in something that gives no negative numbers: it is meant to count."""
    tops = [(graph, node) for graph in trace.graphs for node in graph.nodes if node.place == place]
    return any(below.kind in COUNTING for graph, top in tops for below in graph.under(top))


def _class_numbers(
    trace: Trace, place: Place | None, name: str, calls: Sequence[LossCall | Difference]
) -> Iterator[Finding]:
    counts: dict[float, int] = defaultdict(int)
    for call in calls:
        single = call.input.numel == call.target.numel and call.input.shape[1:] in ((), (1,))
        if not single or not call.target.whole or call.target.counts is None:
            return
        for value, number in call.target.counts.items():
            counts[float(value)] += number
    total, classes = sum(counts.values()), sorted(counts)
    if not 3 <= len(classes) <= CLASSES or len(classes) > SHARE * total:
        return
    if classes != [float(value) for value in range(len(classes))] or _counted(trace, place):
        return
    if _thinning([counts[each] for each in classes]):
        return
    yield Finding(
        place,
        f"{name} compares one output with the whole numbers 0 to {len(classes) - 1}, which look like classes",
        f"for classes use nn.CrossEntropyLoss() and {len(classes)} outputs; for counts or grades this may be meant",
        evidence={"values": len(classes), "targets": total},
        remedy={"name": "widen-head", "classes": len(classes)},
        severity="warning",
    )
