"""A log_softmax feeds cross_entropy, which applies log_softmax itself: harmless, but one is too much.

What it does
------------
Walks back from the loss through the autograd graph: a log-softmax computed directly from the result of another.
log_softmax with nll_loss is right, and is not touched.

Why is this bad
---------------
log_softmax of a log_softmax is the same numbers, so that nothing is lost but time. But a reader takes the outputs
for scores, and a change of one of the two lines later makes a real fault of it.

Example
-------
        return F.log_softmax(self.out(x), dim=1)

Use instead
-----------
    loss = F.nll_loss(net(x), y)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html
Found in the wild: pytorch/examples PR 719, nebula #15.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import PICKED, Trace


@rule(severity="warning", needs=("graphs",), early=True, proof=("skip-activation",))
def log_softmax_before_cross_entropy(trace: Trace) -> Iterator[Finding]:
    """LogSoftmax nodes directly under the one of cross_entropy."""
    for graph in trace.graphs:
        for top in graph.find("LogSoftmax"):
            if top.call != "cross_entropy":
                continue
            for node in graph.under(top, PICKED):
                if node.kind != "LogSoftmax":
                    continue
                lines = [(node.used, "runs here"), (top.place, "cross_entropy applies log_softmax itself")]
                yield Finding(
                    node.place,
                    f"{node.module or 'the result'} is a log_softmax, and cross_entropy applies log_softmax again",
                    "leave the log_softmax out, or use nll_loss (nn.NLLLoss) in place of cross_entropy",
                    remedy={"name": "skip-activation", "call": node.call, "module": node.module},
                    evidence={"shape": list(node.shape or ()), "function": top.call},
                    related=tuple(Related(at, text) for at, text in lines if at and at != node.place),
                )
