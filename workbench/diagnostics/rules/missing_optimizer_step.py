"""Gradients are computed, an optimizer exists, and it never steps.

What it does
------------
Sees an optimizer whose parameters got gradients from at least three backward calls, which never stepped, and
whose parameters have not changed. A line that says `optimizer.step` without parentheses is named. Scripts that
update their parameters by hand, or never build an optimizer, are left alone.

Why is this bad
---------------
Without the step, no parameter moves: the loss stays where it began, but for noise.

Example
-------
    loss.backward()
    optimizer.step

Use instead
-----------
    loss.backward()
    optimizer.step()

Sources
-------
https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Place, Trace

BACKWARDS = 3  # at least; own choice: fewer may be a warm-up or an accumulation that was cut short


@rule(
    severity="error",
    needs=("backwards", "optimizers"),
    explains=("scheduler-misuse",),
    proof=("step-after-backward",),
)
def missing_optimizer_step(trace: Trace) -> Iterator[Finding]:
    """Optimizers that never step though their parameters have gradients."""
    for optimizer in trace.optimizers:
        if optimizer.steps or not _waits(trace, optimizer):
            continue
        bare = next(static.uncalled(trace, "step"), None)
        last = trace.backwards[-1].place
        waiting = _conditional_step(trace, last) if bare is None and last is not None else None
        place = bare or waiting or last
        related = [
            (optimizer.place, "made here"),
            (last if place is not last else None, "gradients are computed here"),
        ]
        count = len(trace.backwards)
        yield Finding(
            place,
            f"{optimizer.name} never steps: {count} backward calls, no parameter has changed",
            "write optimizer.step() with parentheses"
            if bare
            else "the condition on this line was never met: see what it waits for"
            if waiting
            else "call optimizer.step() after backward",
            evidence={"backwards": count, "parameters": len(optimizer.parameters)},
            related=tuple(Related(at, text) for at, text in related if at is not None),
            remedy={"name": "step-after-backward", "optimizer": optimizer.index, "measure": ("learning", "moved")},
        )


def _waits(trace: Trace, optimizer: Optimizer) -> bool:
    """Its parameters have gradients and have not moved, and there has been time enough."""
    own = [trace.parameters[index] for index in optimizer.parameters]
    later = [call for call in trace.backwards if call.connected]
    moved = any(parameter.changed for parameter in own)
    # One that a graph led to had a gradient, even if the loop's zero_grad came before anyone looked.
    given = any(parameter.got_grad or parameter.reached for parameter in own)
    return len(later) >= BACKWARDS and given and not moved


def _conditional_step(trace: Trace, backward: Place) -> Place | None:
    """`optimizer.step()` under a condition, in the loop or function of the backward."""
    around = static.loop_around(trace, backward) or static.function_around(trace, backward)
    for node in ast.walk(around) if around is not None else ():
        for call in ast.walk(node) if isinstance(node, ast.If) else ():
            name = static.dotted(call.func) if isinstance(call, ast.Call) else ""
            if name.endswith(".step") and "sched" not in name and isinstance(call, ast.Call) and not call.args:
                return Place(backward.path, call.lineno, backward.cell)
    return None
