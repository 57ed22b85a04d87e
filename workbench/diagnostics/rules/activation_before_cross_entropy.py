"""An activation (ReLU, sigmoid, tanh, ...) squeezes the scores before cross_entropy.

What it does
------------
Walks back from the loss through the autograd graph: the log-softmax of cross_entropy (or of log_softmax with
nll_loss) computed directly from the result of an activation. Hidden activations, and those followed by any
arithmetic, are fine. Leaky ReLU and ELU keep the order of scores, and only warn; so does the state of an RNN
that is taken for the scores.

Why is this bad
---------------
Cross entropy needs scores that can be any number. After ReLU a class can only be voted for, never against, and
its gradient dies where the score is negative; after sigmoid or tanh the scores are so close together that no
answer can be certain: with ten classes and a sigmoid the loss cannot fall below 1.46.

Example
-------
        return torch.relu(self.out(x))

Use instead
-----------
        return self.out(x)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html ("unnormalized logits")
Found in the wild: ReLU before CrossEntropyLoss in the official tutorial, pytorch/tutorials PR 1644.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related, Severity
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, PICKED, Graph, Node, Place, Trace

SQUEEZING = {
    "Relu": "ReLU", "Sigmoid": "sigmoid", "Tanh": "tanh", "Gelu": "GELU", "Silu": "SiLU", "Hardtanh": "hardtanh",
    "Softplus": "softplus", "Mish": "Mish", "Hardsigmoid": "hardsigmoid", "Hardswish": "hardswish",
}  # fmt: skip
BENDING = {"LeakyRelu": "leaky ReLU", "Elu": "ELU", "Celu": "CELU"}


@rule(severity="error", needs=("graphs",), early=True, proof=("skip-activation",))
def activation_before_cross_entropy(trace: Trace) -> Iterator[Finding]:
    """Activations directly under the log-softmax of a classification loss."""
    for graph in trace.graphs:
        for top in graph.find("LogSoftmax"):
            if not _of_classification(graph, top):
                continue
            for node in graph.under(top, PICKED, DROPOUTS):
                if node.kind in SQUEEZING or node.kind in BENDING:
                    yield _finding(static.blamed(trace, graph, node), node, top)


def _of_classification(graph: Graph, top: Node) -> bool:
    if top.call == "cross_entropy":
        return True
    return any(top in graph.under(loss) for loss in graph.find("NllLoss", "NllLoss2D"))


def _finding(place: Place | None, node: Node, top: Node) -> Finding:
    if (node.call or "").startswith("rnn_"):
        return _hidden_state(node, top)
    name = SQUEEZING.get(node.kind) or BENDING[node.kind]
    severity: Severity = "error" if node.kind in SQUEEZING else "warning"
    lines = [(node.used, "runs here"), (top.place, f"{top.call} needs raw scores")]
    return Finding(
        place,
        f"{name} is applied to the scores before {top.call}, which needs raw scores of any sign and size",
        f"leave the {name} after the last layer out",
        evidence={"activation": name, "shape": list(node.shape or ()), "function": top.call},
        related=tuple(Related(place, text) for place, text in lines if place and place != node.place),
        remedy={
            "name": "skip-activation",
            "call": node.call,
            "module": node.module,
            "lines": static.lines(node.place),
        },
        severity=severity,
    )


def _hidden_state(node: Node, top: Node) -> Finding:
    """No activation of the user's, and a small network may learn so: the scores stay within its range."""
    name = SQUEEZING[node.kind]
    return Finding(
        node.place,
        f"the hidden state of an RNN, which ends in {name}, is the scores of {top.call}: no answer can be certain",
        "put a nn.Linear(hidden_size, classes) behind the RNN",
        evidence={"activation": name, "shape": list(node.shape or ()), "function": top.call},
        related=(Related(top.place, f"{top.call} needs raw scores"),) if top.place else (),
        severity="warning",
    )
