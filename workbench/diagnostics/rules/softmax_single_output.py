"""A softmax over a single output: the result is 1 for every example, whatever the network says.

What it does
------------
Reads the shape and dim of the softmax (or of cross_entropy's own) between the network and the loss: a dimension of
size 1. Attention over one key, deeper in the network, is none of its business.

Why is this bad
---------------
One number divided by itself is 1. The output is constant, its gradient is exactly zero, and nothing can be learned.

Example
-------
    nn.Softmax(dim=1),

Use instead
-----------
    nn.Sigmoid(),

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.Softmax.html
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import ARITHMETIC, CRITERIA, DROPOUTS, VIEWS, Graph, Node, Trace

HEAD = VIEWS | ARITHMETIC | CRITERIA | {"Log", "LogSoftmax", "Softmax"}


@rule(severity="error", needs=("graphs",), early=True, proof=("other-criterion", "skip-activation"))
def softmax_single_output(trace: Trace) -> Iterator[Finding]:
    """Softmaxes over one number, with only a criterion and arithmetic above them."""
    for graph in trace.graphs:
        heads = _heads(graph)
        for node in graph.find("Softmax", "LogSoftmax"):
            if node.id not in heads or not node.shape or "dim" not in node.saved:
                continue
            if node.shape[node.saved["dim"] % len(node.shape)] != 1 or max(node.shape) == 1:
                continue
            yield _finding(node)


def _heads(graph: Graph) -> set[int]:
    """Nodes that are reached from the loss through criteria and arithmetic alone."""
    found, waiting = set(), [graph.loss]
    while waiting:
        node = waiting.pop()
        if node.id in found:
            continue
        found.add(node.id)
        if node.kind in HEAD or node.call in DROPOUTS:
            waiting += [graph.by_id[number] for number in node.inputs if number in graph.by_id]
    return found


def _finding(node: Node) -> Finding:
    criterion = node.call == "cross_entropy"
    what = "cross_entropy gets" if criterion else f"{node.call or node.kind} runs over"
    return Finding(
        node.place,
        f"{what} a single output, shape {list(node.shape or ())}: its softmax is 1 for every example, and the "
        "gradient is zero",
        "use nn.BCEWithLogitsLoss() for one output, or give the last layer one output for each class"
        if criterion
        else "use sigmoid for one output, or give the last layer one output for each class",
        evidence={"shape": list(node.shape or ()), "function": node.call},
        related=() if node.used is None or node.used == node.place else (Related(node.used, "runs here"),),
        remedy={"name": "other-criterion", "criterion": "binary", "measure": ("learning", "moved")}
        if criterion
        else {"name": "skip-activation", "call": node.call, "module": node.module, "instead": "sigmoid"},
    )
