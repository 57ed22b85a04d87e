"""Prediction and target have different shapes, and the loss compares every one with every other.

What it does
------------
Looks at the shapes that mse_loss, l1_loss, smooth_l1_loss and huber_loss got, and at subtractions and products of a
prediction [N, 1] and a target [N] that a backward went through: the result has N x N numbers. Distances between all
pairs on purpose (both sides of one tensor, both learned, or of different lengths) are left alone.

Why is this bad
---------------
[N, 1] against [N] gives an N x N table in which every prediction is compared with every target. Its minimum is
the same answer for all inputs, the mean of the targets. The loss falls a little and stays there; the warning is
easily missed.

Example
-------
    loss = ((model(x) - y) ** 2).mean()

Use instead
-----------
    loss = ((model(x).squeeze(1) - y) ** 2).mean()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/broadcasting.html
Found in the wild: pytorch #16045, #16413, #19699, xlstm #4.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Elementwise, Place, Trace

COMPARING = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
Shape = tuple[int, ...]


@rule(severity="error", needs=("backwards",), early=True, proof=("reshape-target",))
def loss_broadcast(trace: Trace) -> Iterator[Finding]:
    """Criteria and arithmetic of the loss whose two sides are stretched against one another."""
    for call in trace.trained_losses:
        if call.name in COMPARING and _stretched(call.input.shape, call.target.shape):
            yield _finding(call.place, call.name, call.input.shape, call.target.shape)
    for operation in trace.elementwise:
        if operation.in_loss and not operation.comparison and _column_against_row(operation):
            prediction, target = operation.left, operation.right
            if operation.right_grad:
                prediction, target = target, prediction
            yield _finding(operation.place, operation.name, prediction, target)


def _stretched(one: Shape, other: Shape) -> bool:
    """Whether the two, broadcast, make more numbers than either has."""
    length = max(len(one), len(other))
    both = zip((1,) * (length - len(one)) + one, (1,) * (length - len(other)) + other, strict=True)
    result = 1
    for a, b in both:
        result *= max(a, b)
    return result > max(_numel(one), _numel(other))


def _column_against_row(operation: Elementwise) -> bool:
    """[N, 1] against [N], of which one side is learned and the other is not."""
    if operation.left_grad == operation.right_grad or operation.related:
        return False
    shorter, longer = sorted((operation.left, operation.right), key=len)
    return len(shorter) == 1 and len(longer) == 2 and longer == (shorter[0], 1)


def _finding(place: Place | None, name: str, prediction: Shape, target: Shape) -> Finding:
    line = "target.unsqueeze(1)" if len(prediction) > len(target) else "prediction.unsqueeze(1)"
    if prediction[-1:] == (1,) and len(prediction) == len(target) + 1:
        line = "prediction.squeeze(1)"
    count = max(_numel(prediction), _numel(target))
    return Finding(
        place,
        f"{name} got a prediction of shape {list(prediction)} and a target of shape {list(target)}: they are "
        f"broadcast, so that each of the {count} predictions is compared with every target",
        f"give both the same shape, for example {line}",
        evidence={"prediction": list(prediction), "target": list(target), "function": name},
        remedy={"name": "reshape-target"},
    )


def _numel(shape: Shape) -> int:
    total = 1
    for size in shape:
        total *= size
    return total
