"""Gradients of several batches are added up, and the losses are not divided by their number.

What it does
------------
Looks at scripts that step every k-th batch (`if (i + 1) % k == 0`), whose steps each use k backward calls from
one line, and whose backward was called on the criterion's mean itself, undivided. It is a warning where that
changes the steps: with SGD, or where gradients are clipped. Adam and its kin hardly notice, and gradients that
are divided elsewhere are left alone.

Why is this bad
---------------
The sum of k mean gradients is k times as long as the gradient of one batch k times as large: the learning rate
is k times what it says, and changes when k does.

Example
-------
    loss.backward()

Use instead
-----------
    (loss / 4).backward()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-accumulation
Found in the wild: nanoGPT #168.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isclose

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Backward, Place, Step, Trace

STEPS = 3  # own choice
LENGTH = ("SGD", "ASGD")  # optimizers whose step is as long as the gradient


@rule(severity="warning", needs=("steps", "backwards"), explains=("lr-too-high",), proof=("average-gradients",))
def accumulation_not_scaled(trace: Trace) -> Iterator[Finding]:
    """Optimizers of which every step uses the same number of backward calls, two or more."""
    clipped = bool(trace.calls_of("clip_grad_norm_", "clip_grad_value_"))
    for optimizer in trace.optimizers:
        steps = [step for step in trace.steps if step.optimizer == optimizer.index and not step.closure]
        counts = [step.backwards for step in steps]
        k = max(counts, default=0)
        if len(steps) < STEPS or k < 2 or 4 * counts.count(k) < 3 * len(counts):
            continue
        if optimizer.name not in LENGTH and not clipped:
            continue
        place = _one_line(trace)
        if (
            place is None
            or not _every_kth(trace, steps[0], place)
            or not _undivided(trace)
            or _divided_later(trace)
        ):
            continue
        related = () if steps[0].place is None else (Related(steps[0].place, f"one step for {k} backward calls"),)
        yield Finding(
            place,
            f"each step of {optimizer.name} adds up the gradients of {k} mean losses, none of them divided: the "
            f"steps are {k} times as long as lr={optimizer.lr:g} says",
            f"write (loss / {k}).backward()",
            evidence={"backwards": k, "steps": len(steps)},
            related=related,
            remedy={"name": "average-gradients", "parts": k},
        )


def _one_line(trace: Trace) -> Place | None:
    """The line of all backward calls, if it is one."""
    places = {call.place for call in trace.backwards}
    return places.pop() if len(places) == 1 else None


def _every_kth(trace: Trace, step: Step, backward: Place) -> bool:
    """Whether the step stands under an `if` with a remainder, in the loop of the backward."""
    loop = static.loop_around(trace, backward)
    if loop is None or step.place is None or not loop.lineno < step.place.line <= (loop.end_lineno or 0):
        return False
    for node in ast.walk(loop):
        if not isinstance(node, ast.If) or not node.lineno <= step.place.line <= (node.end_lineno or 0):
            continue
        if any(isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod) for part in ast.walk(node.test)):
            return not node.lineno <= backward.line <= (node.end_lineno or 0)
    return False


def _undivided(trace: Trace) -> bool:
    """Whether the value that backward was called on is the criterion's mean, wherever both are known."""
    known = [call for call in trace.backwards if call.numbers and call.value is not None]
    return bool(known) and all(_is_mean(trace, call) for call in known)


def _is_mean(trace: Trace, call: Backward) -> bool:
    if len(call.numbers) != 1 or call.numbers[0] >= len(trace.losses):
        return False
    loss = trace.losses[call.numbers[0]]
    return (
        loss.reduction == "mean" and loss.value is not None and isclose(loss.value, call.value or 0.0, rel_tol=1e-4)
    )


def _divided_later(trace: Trace) -> bool:
    """Any arithmetic with `.grad` in the source, which may divide."""
    return any(node.attr == "grad" for _, node in static.nodes(trace, ast.Attribute))
