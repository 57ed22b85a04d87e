"""A softmax feeds cross_entropy, which applies softmax itself.

What it does
------------
Walks back from the loss through the autograd graph: a log-softmax (cross_entropy holds one) computed directly
from the result of a softmax. Views, transposes, casts and dropout in between do not hide it; a softmax deeper
in the network, as in attention, is none of its business.

Why is this bad
---------------
Softmax of a softmax is nearly flat: of ten classes, a perfect answer still costs 1.46. Gradients shrink,
learning is slow and stops early, and nothing crashes.

Example
-------
    nn.Softmax(dim=1),

Use instead
-----------
    nn.Linear(16, 4),

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html ("unnormalized logits")
Found in the wild: graph_neural_net PR 37, lightning-bolts #654.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, PICKED, Trace


@rule(severity="error", needs=("graphs",), early=True, proof=("skip-activation",))
def softmax_before_cross_entropy(trace: Trace) -> Iterator[Finding]:
    """Softmax nodes directly under a log-softmax."""
    for graph in trace.graphs:
        for top in graph.find("LogSoftmax"):
            for node in graph.under(top, PICKED, DROPOUTS):
                if node.kind != "Softmax":
                    continue
                layer = f" by layer {node.module!r}" if node.used is not None else ""
                lines = [(node.used, "runs here"), (top.place, f"{top.call} applies softmax itself")]
                yield Finding(
                    static.blamed(trace, graph, node),
                    f"softmax is applied to the scores{layer}, and {top.call} applies softmax again",
                    "leave the softmax out: give the criterion the raw scores (logits)",
                    evidence={"shape": list(node.shape or ()), "function": top.call},
                    related=tuple(Related(place, text) for place, text in lines if place and place != node.place),
                    remedy={
                        "name": "skip-activation",
                        "call": node.call,
                        "module": node.module,
                        "lines": static.lines(node.place),
                    },
                )
