"""Predictions and labels have different shapes in a comparison, which compares every one with every other.

What it does
------------
Looks at comparisons for equality of [N, 1] against [N], N being the size of a batch of the network's: the result
has N x N answers. Comparisons whose line spreads a side on purpose ([:, None], unsqueeze), of a tensor with itself,
and tables of another form (one-hot encoding, top-k, overlaps of boxes) are left alone.

Why is this bad
---------------
Each prediction is compared with the labels of all examples. The mean hardly depends on the predictions, and the
sum divided by N is an "accuracy" above one. The network may be fine; the number is not.

Example
-------
    right = (net(x).argmax(1, keepdim=True) == y).sum()

Use instead
-----------
    right = (net(x).argmax(1) == y).sum()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/broadcasting.html
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

NAMES = ("eq", "ne", "isclose")
ON_PURPOSE = ("None", "unsqueeze", "view(-1, 1)", "reshape(-1, 1)", "newaxis", "arange")


@rule(severity="warning", needs=("forwards",), proof=("reshape-target",))
def metric_broadcast(trace: Trace) -> Iterator[Finding]:
    """Comparisons of a column with a row of the same length."""
    sizes = {call.output.shape[0] for call in trace.forwards if call.output is not None and call.output.shape}
    sizes |= {call.input.shape[0] for call in trace.losses if call.input.shape}
    for operation in trace.elementwise:
        row, column = sorted((operation.left, operation.right), key=len)
        if not operation.comparison or operation.name not in NAMES or operation.related:
            continue
        if len(row) != 1 or column != (row[0], 1) or row[0] not in sizes or operation.place is None:
            continue
        if any(word in trace.line(operation.place) for word in ON_PURPOSE):
            continue
        side = "left" if operation.left == column else "right"
        yield Finding(
            operation.place,
            f"shapes {list(operation.left)} and {list(operation.right)} are compared: the result is "
            f"{row[0]} x {row[0]}, each prediction against the label of every example",
            f"give both one shape: drop keepdim=True, or add .squeeze(1) to the {side} side",
            remedy={"name": "reshape-target", "metric": True, "measure": ("metric",)},
            evidence={"left": list(operation.left), "right": list(operation.right), "count": operation.count},
        )
