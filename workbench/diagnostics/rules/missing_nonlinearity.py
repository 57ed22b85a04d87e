"""Two layers follow one another with nothing nonlinear between them.

What it does
------------
Walks the autograd graph of the loss: a linear layer or convolution computed directly from the result of
another, through views, casts and dropout at most. An error where the network has no nonlinearity at all, else a
warning. A narrow layer between two wider ones (a factorised weight, an autoencoder's code) and grouped
convolutions are meant that way.

Why is this bad
---------------
A linear map of a linear map is one linear map: the hidden layer adds parameters, but nothing that a single
layer could not do. Such a network draws straight lines only; circles, XOR and most images are out of its reach.

Example
-------
    nn.Linear(2, 10),
    nn.Linear(10, 1),

Use instead
-----------
    nn.Linear(2, 10),
    nn.ReLU(),
    nn.Linear(10, 1),

Sources
-------
https://www.deeplearningbook.org/contents/mlp.html (section 6.1, XOR)
Found in the wild: YujiaBao/ls #1, netspresso #320.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from workbench.diagnostics.findings import Finding, Related, Severity
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, VIEWS, Graph, Node, Trace

LAYERS = frozenset(("Addmm", "Mm", "Linear", "Convolution", "MkldnnLinear"))
# What leaves a network linear: everything else counts as a nonlinearity.
PLAIN = LAYERS | VIEWS | {"AccumulateGrad", "Add", "Sub", "Neg", "Mean", "Sum", "AvgPool2D"}
Pair = tuple[Node, Node]


@rule(severity="error", needs=("graphs",))
def missing_nonlinearity(trace: Trace) -> Iterator[Finding]:
    """The first pair of layers of each network, with the others named beside it."""
    told: set[object] = set()
    for graph in trace.graphs:
        pairs = [pair for pair in _pairs(graph) if pair[0].place is not None]
        if not pairs or pairs[0][0].place in told:
            continue
        told.update(first.place for first, _ in pairs)
        yield _finding(graph, pairs)


def _pairs(graph: Graph) -> list[Pair]:
    """(earlier layer, later layer) in the order of the forward pass."""
    found = []
    for later in graph.find(*LAYERS):
        if not _has_weight(graph, later):
            continue
        before = [node for node in graph.under(later, calls=DROPOUTS) if node.kind in LAYERS]
        before = [node for node in before if _has_weight(graph, node) and not _meant(graph, node, later)]
        found += [(node, later) for node in before]
    return found[::-1]


def _has_weight(graph: Graph, node: Node) -> bool:
    """A product with a parameter, not one of two results; and something to learn before or after it."""
    inputs = [graph.by_id[number] for number in node.inputs if number in graph.by_id]
    return any(graph.of_parameter(child) for child in inputs)


def _meant(graph: Graph, earlier: Node, later: Node) -> bool:
    """A bottleneck, or part of a separable convolution."""
    if earlier.kind == "Convolution" and later.kind == "Convolution":
        return _grouped(graph, earlier) or _grouped(graph, later)
    first, second = _weight_sizes(graph, earlier), _weight_sizes(graph, later)
    return first is not None and second is not None and first[0] < min(first[1], second[0])


def _weight_sizes(graph: Graph, node: Node) -> tuple[int, int] | None:
    """(out, in) of a layer's weight, from the parameter it uses."""
    for child in graph.under(node):
        if child.kind == "AccumulateGrad" and child.shape and len(child.shape) >= 2:
            return child.shape[0], child.shape[1]
    return None


def _grouped(graph: Graph, node: Node) -> bool:
    """The weight sees fewer channels than there are, or the kernel is a point."""
    sizes = next(
        (c.shape for c in graph.under(node) if c.kind == "AccumulateGrad" and c.shape and len(c.shape) > 2), None
    )
    if sizes is None:
        return True
    return sizes[1] == 1 or all(size == 1 for size in sizes[2:])


def _linear_altogether(graph: Graph, top: Node) -> bool:
    return all(node.kind in PLAIN or node.call in DROPOUTS for node in graph.below(top))


def _finding(graph: Graph, pairs: list[Pair]) -> Finding:
    earlier, later = pairs[0]
    top = next((node for node in graph.find(*LAYERS) if _has_weight(graph, node)), pairs[-1][1])
    linear = _linear_altogether(graph, top)
    severity: Severity = "error" if linear else "warning"
    what = "the network is one linear map" if linear else "the two are one linear map"
    names = " and ".join(
        repr(node.module) if node.module else (node.call or node.kind) for node in (earlier, later)
    )
    related = [
        Related(node.place, "directly on its result")
        for _, node in pairs
        if node.place != earlier.place and node.place
    ]
    related += [Related(node.used, "runs here") for node in (earlier,) if node.used]
    return Finding(
        earlier.place,
        f"nothing nonlinear between {names}: {what}",
        "put an activation, such as nn.ReLU(), after each hidden layer",
        evidence={"pairs": len(pairs), "linear_altogether": linear},
        related=tuple(dict.fromkeys(related)),
        remedy={"name": "insert-relu", "lines": [asdict(first.place) for first, _ in pairs if first.place]},
        severity=severity,
    )
