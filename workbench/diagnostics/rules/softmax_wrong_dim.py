"""A softmax runs over the examples of the batch in place of the classes (a wrong dim).

What it does
------------
Reads the dim of each softmax and log_softmax in the autograd graph. At the end of the network, the numbers that go
into the loss must sum to one over the classes; a softmax over dimension 0, or a log_softmax whose result is no
distribution of the classes that nll_loss picks from, does something else. Inside the network, a softmax over a
dimension that is as long as the batch, and as long as no other dimension, is a warning. Tables of similarities
[N, N] and layouts that put time first are fine.

Why is this bad
---------------
Examples of one batch compete with one another: each answer depends on what else was drawn, and the same example
gets another answer alone. Nothing crashes, and the loss often falls a little.

Example
-------
        return F.log_softmax(self.out(x), dim=0)

Use instead
-----------
        return F.log_softmax(self.out(x), dim=1)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
Found in the wild: euclidesdb #2, HRNet PR 271, MicrosoftDocs/pytorchfundamentals PR 21.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related, Severity
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import ARITHMETIC, CRITERIA, DROPOUTS, VIEWS, Graph, LossCall, Node, Place, Trace

HEAD = VIEWS | ARITHMETIC | CRITERIA | {"Log"}


@rule(severity="error", needs=("graphs",), early=True, proof=("softmax-over-classes",))
def softmax_wrong_dim(trace: Trace) -> Iterator[Finding]:
    """Softmaxes at the end, then those within."""
    losses = {_line(call.place): call for call in trace.trained_losses}
    for graph in trace.graphs:
        heads = {node.id for node in graph.under(graph.loss, HEAD, DROPOUTS)}
        calls = [call for node in graph.nodes[:50] if (call := losses.get(_line(node.place))) is not None]
        batch = _batch(trace, calls)
        for node in graph.find("Softmax", "LogSoftmax"):
            if node.shape is None or "dim" not in node.saved or node.call == "cross_entropy" or len(node.shape) < 2:
                continue
            dim = node.saved["dim"] % len(node.shape)
            if node.id in heads and (_over_batch(node, dim, batch) or _no_distribution(graph, node, calls)):
                yield _finding(node, dim, "error")
            elif node.id not in heads and batch and _over_batch(node, dim, batch):
                yield _finding(node, dim, "warning")


def _batch(trace: Trace, calls: list[LossCall]) -> int | None:
    """The number of examples: rows of the targets, else of the network's input."""
    for call in calls:
        if call.target.shape:
            return call.target.shape[0]
    sizes = {f.input.shape[0] for f in trace.forwards if f.backward and f.input is not None and f.input.shape}
    return sizes.pop() if len(sizes) == 1 else None


def _over_batch(node: Node, dim: int, batch: int | None) -> bool:
    """Over dimension 0, which alone is as long as the batch."""
    shape = node.shape or ()
    others = shape[1:]
    return dim == 0 and shape[0] == batch and batch > 1 and batch not in others and max(others) > 1


def _no_distribution(graph: Graph, node: Node, calls: list[LossCall]) -> bool:
    """nll_loss reads this log_softmax, and over its classes the probabilities do not sum to one."""
    if node.kind != "LogSoftmax":
        return False
    for top in graph.find("NllLoss", "NllLoss2D"):
        if node in graph.under(top, calls=frozenset()):
            inputs = [call.input for call in calls if _line(call.place) == _line(top.place)]
            return bool(inputs) and not any(facts.logs_sum_to_one for facts in inputs) and _wide(inputs[0].shape)
    return False


def _wide(shape: tuple[int, ...]) -> bool:
    return len(shape) > 1 and shape[1] > 1


def _finding(node: Node, dim: int, severity: Severity) -> Finding:
    shape = list(node.shape or ())
    size = shape[dim]
    over = f"the {size} examples of the batch" if dim == 0 else f"dimension {dim} ({size} long)"
    others = [other for other, length in enumerate(shape) if other and length > 1]
    to = 1 if len(shape) == 2 or not others else others[-1]  # [N, items, 1]: not over the one at the end
    right = f"dim={to if to == 1 or to < len(shape) - 1 else -1}"
    related = () if node.used is None or node.used == node.place else (Related(node.used, "runs here"),)
    return Finding(
        node.place,
        f"{node.call or node.kind} of shape {shape} runs over {over}, not over the classes"
        if severity == "error"
        else f"{node.call or node.kind} of shape {shape} runs over {over}: examples influence one another",
        f"give the dimension of the classes: {right}"
        if severity == "error"
        else f"give the dimension that is to sum to one, most often {right}",
        evidence={"shape": shape, "dim": dim},
        related=related,
        remedy={"name": "softmax-over-classes", "dim": to},
        severity=severity,
    )


def _line(place: Place | None) -> tuple[str, int | None, int] | None:
    return (place.path, place.cell, place.line) if place is not None else None
