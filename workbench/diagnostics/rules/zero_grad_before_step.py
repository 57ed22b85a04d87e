"""The gradients are zeroed between backward and step: the step has nothing to follow.

What it does
------------
Looks at the gradients that each step finds. It is an error when, in two steps or more and in most of them, an
optimizer finds none, or only zeros, though a backward left some since its last step: `zero_grad`, `p.grad = None`
or `p.grad.zero_()` ran after it; so, too, where a closure zeroes what it has just computed, and nothing moves.
Zeroing before the backward, or after the step, is fine.

Why is this bad
---------------
What backward computed is thrown away. No parameter moves (or only by weight decay), and the loss stays where it
began.

Example
-------
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()

Use instead
-----------
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
Found in the wild: apache/submarine ce535fc.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Step, Trace

STEPS = 2  # at least; own choice: one may be a warm-up
SHARE = 0.5  # of an optimizer's detailed steps


@rule(severity="error", needs=("steps",), early=True, proof=("zero-after-step",))
def zero_grad_before_step(trace: Trace) -> Iterator[Finding]:
    """Optimizers whose steps find what zero_grad left."""
    for optimizer in trace.optimizers:
        steps = [step for step in trace.steps if step.optimizer == optimizer.index and step.detailed]
        empty = [step for step in steps if _emptied(step)]
        if len(empty) < STEPS or len(empty) < SHARE * len(steps):
            continue
        step = empty[0]
        related = () if step.place is None else (Related(step.place, "the step that finds no gradient"),)
        yield Finding(
            optimizer.zero_place or step.place,
            f"the gradients are zeroed between backward and step: in {len(empty)} of {len(steps)} steps looked at, "
            f"{optimizer.name} found none in {len(optimizer.parameters)} parameters",
            "zero them before the backward, or after the step",
            evidence={"steps": len(steps), "empty_steps": len(empty)},
            related=related if optimizer.zero_place is not None else (),
            remedy={"name": "zero-after-step", "measure": ("learning", "moved")},
        )


def _emptied(step: Step) -> bool:
    """Nothing to consume though a backward ran, because of a zero_grad after it."""
    return step.backwards > 0 and step.emptied
