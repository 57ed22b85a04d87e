"""Two layers follow one another with nothing nonlinear between them.

What it does
------------
Walks the autograd graph of the loss: a linear layer, convolution or product with a weight, computed directly from
the result of another, through views, casts, dropout, pooling and batch norm at most. An error where the network has
no nonlinearity at all, else a warning. A narrow layer between two wider ones (a factorised weight, an autoencoder's
code), grouped convolutions, the queries, keys and values of an attention, and a critic's first layer after a
generator's last are meant that way.

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

LAYERS = frozenset(("Addmm", "Mm", "Bmm", "Baddbmm", "Linear", "Convolution", "MkldnnLinear"))
# Batch norm is one affine map for all examples; a mean over a window is linear.
AFFINE = frozenset(("NativeBatchNorm", "CudnnBatchNorm", "AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D"))
POOLS = frozenset(("MaxPool2DWithIndices", "MaxPool3DWithIndices", "AdaptiveMaxPool2D"))  # no activation, either
# What leaves a network linear: everything else counts as a nonlinearity.
PLAIN = LAYERS | VIEWS | AFFINE | {"AccumulateGrad", "Add", "Sub", "Neg", "Mean", "Sum"}
BETWEEN = VIEWS | AFFINE | POOLS | {"Mean"}
Pair = tuple[Node, Node]


@rule(severity="error", needs=("graphs",), early=True, proof=("insert-activation",))
def missing_nonlinearity(trace: Trace) -> Iterator[Finding]:
    """The first pair of layers of each network, with the others named beside it."""
    told: set[object] = set()
    for graph in trace.graphs:
        pairs = [pair for pair in _pairs(graph) if pair[0].place is not None and not _rivals(trace, graph, *pair)]
        if not pairs or pairs[0][0].place in told:
            continue
        told.update(first.place for first, _ in pairs)
        yield _finding(graph, pairs)


def _pairs(graph: Graph) -> list[Pair]:
    """(earlier layer, later layer) in the order of the forward pass."""
    found = []
    compared = _compared(graph)
    for later in graph.find(*LAYERS):
        if later.id in compared or not _has_weight(graph, later):
            continue
        before = [node for node in _before(graph, later) if node.kind in LAYERS]
        before = [node for node in before if _has_weight(graph, node) and not _meant(graph, node, later)]
        before = [node for node in before if not _into_stream(graph, node, later)]
        found += [(node, later) for node in before]
    return found[::-1]


def _before(graph: Graph, later: Node) -> list[Node]:
    """What a layer works on, looking through all that is no activation, and through the addition of a bias."""
    found: list[Node] = []
    waiting = [node for node in _inputs(graph, later) if not graph.of_parameter(node)]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop(0)
        if node.id in seen:
            continue
        seen.add(node.id)
        inputs = _inputs(graph, node)
        data = [child for child in inputs if not graph.of_parameter(child)]
        biased = node.kind in ("Add", "Sub") and len(data) == 1 and len(inputs) == 2 and _is_bias(graph, *inputs)
        if node.kind in BETWEEN or node.call in DROPOUTS or biased:
            waiting += data
        else:
            found.append(node)
    return found


def _inputs(graph: Graph, node: Node) -> list[Node]:
    return [graph.by_id[number] for number in node.inputs if number in graph.by_id]


def _is_bias(graph: Graph, one: Node, other: Node) -> bool:
    """One of the two is a vector of weights: a table of positions has more dimensions."""
    own = one if graph.of_parameter(one) else other
    return own.shape is not None and len([size for size in own.shape if size > 1]) <= 1


def _compared(graph: Graph) -> set[int]:
    """Layers whose result is multiplied with another result: the queries, keys and values of an attention."""
    found: set[int] = set()
    for node in graph.nodes:
        product = node.kind in ("Bmm", "Mm", "Baddbmm") or "DotProduct" in node.kind
        data = [child for child in _inputs(graph, node) if not graph.of_parameter(child)] if product else []
        if len(data) > 1:
            through = [child for one in data for child in (one, *graph.under(one, VIEWS | {"Mul", "Div"}))]
            found.update(child.id for child in through if child.kind in LAYERS)
    return found


def _rivals(trace: Trace, graph: Graph, earlier: Node, later: Node) -> bool:
    """Of two networks: a generator's last layer and the first layer of its critic, which has its own optimizer."""
    first, second = _weight(graph, earlier), _weight(graph, later)
    if first is None or second is None or first.leaf is None or second.leaf is None:
        return False
    one, other = trace.parameters[first.leaf], trace.parameters[second.leaf]
    if one.owner != other.owner and earlier not in graph.under(later, calls=DROPOUTS):
        return True  # a projector that ends in batch norm, and a predictor
    return bool(one.optimizers) and bool(other.optimizers) and not set(one.optimizers) & set(other.optimizers)


def _has_weight(graph: Graph, node: Node) -> bool:
    """A product with a parameter, not one of two results; and something to learn before or after it."""
    return any(graph.of_parameter(child) for child in _inputs(graph, node)) and _weight(graph, node) is not None


def _meant(graph: Graph, earlier: Node, later: Node) -> bool:
    """A bottleneck, or part of a separable convolution."""
    if later.call == "multi_head_attention_forward":
        return True
    if earlier.kind == "Convolution" and later.kind == "Convolution":
        enlarges = earlier.saved.get("transposed", 0) and not later.saved.get("transposed", 0)  # as in U-Net
        return bool(enlarges) or _grouped(graph, earlier) or _grouped(graph, later)
    first, second = _weight_sizes(graph, earlier), _weight_sizes(graph, later)
    if first is None or second is None:
        return False
    low_rank = bool(earlier.module) and earlier.module == later.module and 2 * first[0] <= first[1]
    return low_rank or first[0] < min(first[1], second[0])


def _into_stream(graph: Graph, earlier: Node, later: Node) -> bool:
    """What a residual network begins with: later blocks add to it what they make of it."""
    for node in graph.find("Add"):
        inputs = [child for child in _inputs(graph, node) if not graph.of_parameter(child)]
        straight = [child for child in inputs if child is earlier or earlier in _through_views(graph, child)]
        others = [child for child in inputs if child not in straight]
        if straight and any(later is child or later in graph.below(child) for child in others):
            return True
    return False


def _through_views(graph: Graph, node: Node) -> list[Node]:
    return graph.under(node) if node.kind in VIEWS else []


def _weight(graph: Graph, node: Node) -> Node | None:
    """The leaf of two dimensions or more that a layer multiplies with."""
    for child in _inputs(graph, node):
        leaves = [child, *graph.below(child)] if graph.of_parameter(child) else []
        for leaf in leaves:
            if leaf.kind == "AccumulateGrad" and leaf.shape and len(leaf.shape) >= 2:
                return leaf
    return None


def _weight_sizes(graph: Graph, node: Node) -> tuple[int, int] | None:
    """(out, in) of a layer's weight; a product written by hand may have it the other way round."""
    weight = _weight(graph, node)
    if weight is None or weight.shape is None:
        return None
    one, other = weight.shape[-2:] if node.kind in ("Bmm", "Baddbmm") else weight.shape[:2]
    turned = node.kind != "Convolution" and node.shape is not None and node.shape[-1] == other != one
    return (other, one) if turned else (one, other)


def _grouped(graph: Graph, node: Node) -> bool:
    """The kernel sees fewer channels than there are, or is a point."""
    weight = _weight(graph, node)
    sizes = weight.shape if weight is not None else None
    if sizes is None or len(sizes) < 3:
        return True
    return node.saved.get("groups", 1) > 1 or all(size == 1 for size in sizes[2:])


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
        remedy={
            "name": "insert-activation",
            "lines": [asdict(later.place) for _, later in pairs if later.place],
            "after": [asdict(first.place) for first, _ in pairs if first.place],
        },
        severity=severity,
    )
