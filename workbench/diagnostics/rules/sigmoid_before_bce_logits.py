"""A sigmoid (or softmax, ReLU, tanh) feeds binary_cross_entropy_with_logits, which applies sigmoid itself.

What it does
------------
Walks back from the loss through the autograd graph: binary_cross_entropy_with_logits computed directly from the
result of an activation. Views, casts and dropout in between do not hide it; an activation that is used for
metrics only, or followed by a layer or arithmetic, is none of its business.

Why is this bad
---------------
The sigmoid of a number between 0 and 1 lies between 0.5 and 0.73: the network can never say "no", and never be
sure of a "yes". After ReLU or softmax it is the same on one side, and tanh allows 0.27 to 0.73. The loss cannot
come near zero, and thresholds at 0.5 give one class for all.

Example
-------
    nn.Sigmoid(),

Use instead
-----------
    nn.Linear(12, 1),

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html ("combines a Sigmoid layer")
Found in the wild: focal-loss-pytorch PR 5, glue-factory #89, GSCNN #62, daisyRec PR 15.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, PICKED, Trace

SQUEEZING = {
    "Sigmoid": "sigmoid", "Softmax": "softmax", "LogSoftmax": "log_softmax", "LogSigmoid": "logsigmoid",
    "Relu": "ReLU", "Tanh": "tanh", "Hardsigmoid": "hardsigmoid", "Hardtanh": "hardtanh", "Softplus": "softplus",
}  # fmt: skip


@rule(severity="error", needs=("graphs",), early=True, proof=("skip-activation",))
def sigmoid_before_bce_logits(trace: Trace) -> Iterator[Finding]:
    """Activations directly under a binary cross entropy that takes logits."""
    for graph in trace.graphs:
        for top in graph.find("BinaryCrossEntropyWithLogits"):
            for node in graph.under(top, PICKED, DROPOUTS):
                name = SQUEEZING.get(node.kind)
                if name is None:
                    continue
                lines = [(node.used, "runs here"), (top.place, f"{top.call} applies sigmoid itself")]
                yield Finding(
                    static.blamed(trace, graph, node),
                    f"{name} is applied to the scores, and {top.call} applies sigmoid to its result",
                    f"leave the {name} out: give the criterion the raw scores (logits), and apply sigmoid only "
                    "where a probability is read",
                    evidence={"activation": name, "shape": list(node.shape or ()), "function": top.call},
                    related=tuple(Related(at, text) for at, text in lines if at and at != node.place),
                    remedy={
                        "name": "skip-activation",
                        "call": node.call,
                        "module": node.module,
                        "lines": static.lines(node.place),
                    },
                )
