"""Weights are changed in place while torch records it, and the script crashes.

What it does
------------
Explains the crash "a leaf Variable that requires grad is being used in an in-place operation": an update by hand,
or a first value, is written into a tensor with requires_grad outside of torch.no_grad().

Why is this bad
---------------
The script stops there. What is learned is the beginning of the graph; changed in place, it would have a past of its
own, and backward would no longer reach it.

Example
-------
    weight -= 0.1 * weight.grad

Use instead
-----------
    with torch.no_grad():
        weight -= 0.1 * weight.grad

Sources
-------
https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd
https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

LEAF = "leaf Variable that requires grad"
IN_PLACE = "in-place operation"


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def in_place_on_leaf(trace: Trace) -> Iterator[Finding]:
    """The crash, and the line that needs no_grad."""
    crash = trace.crash
    if crash is None or crash.place is None or LEAF not in crash.message or IN_PLACE not in crash.message:
        return
    found = static.statement(trace, crash.place)
    target = found.target if isinstance(found, ast.AugAssign) else None
    name = ast.unparse(target) if target is not None else "a tensor that requires a gradient"
    yield Finding(
        crash.place,
        f"{name} is changed in place while gradients are recorded",
        "put the line under `with torch.no_grad():`, or let an optimizer make the step",
        evidence={"exception": crash.type, "steps": len(trace.steps)},
    )
