"""Dropout over the network's own answers: some of the scores are set to zero before the loss sees them.

What it does
------------
Walks back from the criterion through the autograd graph: its input is the result of a dropout, or the sigmoid of
one. Dropout that a layer follows is none of its business, nor is one with p=0.

Why is this bad
---------------
A score of zero is an answer, too: with p=0.5 every second one is struck out, the right class's among them, and the
others are doubled. The loss cannot come down, and what the network learns is to live with it.

Example
-------
        return self.dropout(self.fc2(x))

Use instead
-----------
        return self.fc2(self.dropout(x))

Sources
-------
Srivastava et al. 2014, Dropout: a simple way to prevent neural networks from overfitting (input and hidden units).
https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import CRITERIA, DROPOUTS, VIEWS, Graph, Node, Trace

SQUASHING = VIEWS | {"Sigmoid"}


@rule(severity="warning", needs=("graphs",), proof=("skip-activation",))
def dropout_on_output(trace: Trace) -> Iterator[Finding]:
    """Dropouts directly under what compares answers with targets."""
    for graph in trace.graphs:
        for top, node in _struck_out(graph):
            if _idle(trace, node):
                continue
            lines = [(node.used, "runs here"), (top.place, "the loss is computed here")]
            yield Finding(
                static.blamed(trace, graph, node),
                f"dropout is applied to what {top.call or 'the criterion'} takes as the network's answer: some of "
                "it is set to zero at random",
                "leave it out, or put it before the last layer",
                evidence={"shape": list(node.shape or ()), "function": top.call},
                related=tuple(Related(at, text) for at, text in lines if at and not at.same_line(node.place)),
                remedy={
                    "name": "skip-activation",
                    "call": node.call,
                    "module": node.module,
                    "lines": static.lines(node.place),
                },
            )


def _struck_out(graph: Graph) -> Iterator[tuple[Node, Node]]:
    """(criterion, dropout) where nothing but a change of layout, or a sigmoid, lies between them."""
    losses = graph.find("NllLoss", "NllLoss2D")
    logs = [node for each in losses for node in graph.under(each) if node.kind == "LogSoftmax"]
    for top in (*logs, *graph.find(*CRITERIA)):
        through = SQUASHING if top.kind == "BinaryCrossEntropy" else VIEWS
        yield from ((top, node) for node in graph.under(top, through) if node.call in DROPOUTS)


def _idle(trace: Trace, node: Node) -> bool:
    """A layer with p=0, which strikes nothing out."""
    own = [each for each in trace.modules if node.module is not None and each.name == node.module]
    return any(each.settings.get("p") == 0 for each in own)
