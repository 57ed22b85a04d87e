"""Gradients of earlier steps are added to the new ones: nothing zeroes them.

What it does
------------
Watches every gradient from step to step. It is an error when the tensor that one `optimizer.step()` used up is
still there, not zeroed, at the next backward, which adds to it, and the next step uses the sum; in three steps
or more, for at least half of the parameters. Accumulating on purpose over several backward calls, and zeroing
afterwards, is fine; so is zeroing anywhere between step and backward.

Why is this bad
---------------
`backward` adds to `.grad`. Without zeroing, every step follows the sum of all gradients so far, not the present
one: a momentum of one that never forgets. The loss falls at first, then swings or runs away.

Example
-------
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()

Use instead
-----------
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
Found in the wild: alpaca_farm PR 58, LookSAM #3.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Place, Step, Trace

STEPS = 3  # at least; own choice: one leftover step is a warm-up, three are a habit
SHARE = 0.5  # of the parameters of a step


@rule(severity="error", needs=("steps",), early=True, proof=("zero-grad",))
def missing_zero_grad(trace: Trace) -> Iterator[Finding]:
    """Each optimizer whose steps use up gradients a second time."""
    by_optimizer: dict[int, list[Step]] = defaultdict(list)
    for step in trace.steps:
        by_optimizer[step.optimizer].append(step)
    for index, steps in by_optimizer.items():
        stale = [step for step in steps if step.consumed and step.stale >= SHARE * step.consumed]
        if len(stale) < STEPS or len(stale) < SHARE * (len(steps) - 1):
            continue
        name = "the optimizer" if index >= 0 else "your update"
        zero = "optimizer.zero_grad()" if index >= 0 else "p.grad = None for every parameter"
        before = _statement(trace, stale[0].place) if stale[0].place else ""
        backward = next((call for call in reversed(trace.backwards) if call.step == stale[0].index), None)
        related = (
            () if backward is None or backward.place is None else (Related(backward.place, "adds to .grad here"),)
        )
        named = next(static.uncalled(trace, "zero_grad"), None)
        if named is not None and stale[0].place is not None:
            related = (Related(stale[0].place, "the step that uses them again"), *related)
        yield Finding(
            named or stale[0].place,
            f"gradients are never zeroed: in {len(stale)} of {len(steps)} steps {name} used gradients that an "
            f"earlier step had already used, with the new ones added on top",
            f"write {zero} before the backward, or right after {before or 'the step'}",
            evidence={"steps": len(steps), "stale_steps": len(stale), "parameters": stale[0].consumed},
            related=related,
            remedy={"name": "zero-grad", "measure": ("learning", "leftover")},
        )


def _statement(trace: Trace, at: Place) -> str:
    """The statement on a line without its comment; "" where it is long."""
    statement = static.statement(trace, at)
    text = ast.unparse(statement) if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign) else ""
    return text if len(text) < 60 else ""
