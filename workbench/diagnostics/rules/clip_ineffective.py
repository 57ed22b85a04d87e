"""Gradients are clipped where it has no effect: before backward, after the step, or while they are scaled.

What it does
------------
Sees `clip_grad_norm_` and `clip_grad_value_` called, three times or more, when no backward has run since the
last optimizer step; and, in the source text, clipping in a script with a GradScaler that is not preceded by
`scaler.unscale_(optimizer)`. Clipping with an infinite limit, which only reads the norm, is left alone.

Why is this bad
---------------
Before backward there is nothing to clip, after the step it is too late, and gradients that are scaled by 65536
are all cut to nearly the same tiny step. Exploding gradients pass, and one thinks they cannot.

Example
-------
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    loss.backward()

Use instead
-----------
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)

Sources
-------
https://docs.pytorch.org/docs/stable/notes/amp_examples.html#gradient-clipping
Found in the wild: VGRNN #4, nano-world-model PR 22, transformers #1563.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import inf

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Call, Place, Trace

TIMES = 3  # own choice
CLIPS = ("clip_grad_norm_", "clip_grad_value_")


@rule(severity="warning", needs=("backwards",), proof=("clip-before-step",))
def clip_ineffective(trace: Trace) -> Iterator[Finding]:
    """Calls at the wrong time, then those on scaled gradients."""
    for call in trace.calls_of(*CLIPS):
        limit = call.detail.get("limit")
        if call.place is None or call.count < TIMES or limit is None or limit == inf:
            continue
        if call.backwards == 0:
            yield _wrong_time(trace, call)
        elif _scaled(trace, call):
            yield Finding(
                call.place,
                "the gradients are still scaled by the GradScaler when they are clipped",
                "call scaler.unscale_(optimizer) before clipping",
                evidence={"limit": limit},
            )


def _wrong_time(trace: Trace, call: Call) -> Finding:
    back = next((each.place for each in trace.backwards if each.place is not None), None)
    late = call.step > 0  # the first call came when a step had been made already
    return Finding(
        call.place,
        f"{call.name} runs {'after the step' if late else 'before backward'}: no gradient has been computed since "
        f"the last step when it is called ({call.count} calls)",
        "call it between loss.backward() and optimizer.step()",
        evidence={"calls": call.count, "limit": call.detail.get("limit")},
        remedy={
            "name": "clip-before-step",
            "call": call.name,
            "limit": call.detail.get("limit"),
            "measure": ("norms", "learning"),
        },
        related=() if back is None else (Related(back, "gradients are computed here"),),
    )


def _scaled_backwards(trace: Trace, at: Place) -> Iterator[ast.Call]:
    """`scaler.scale(loss).backward()` in the file or cell of a place."""
    for source, node in static.calls(trace, "backward"):
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        here = (source.path, source.cell) == (at.path, at.cell)
        if here and isinstance(inner, ast.Call) and static.dotted(inner.func).endswith(".scale"):
            yield node


def _scaled(trace: Trace, call: Call) -> bool:
    """A backward of a scaled loss, a scaler that is in use, and no unscale_ before the clipping."""
    makers = [node for _, node in static.calls(trace, "GradScaler")]
    off = any(
        k.arg == "enabled" and not (isinstance(k.value, ast.Constant) and k.value.value)
        for m in makers
        for k in m.keywords
    )
    if not makers or off or call.place is None:
        return False
    near = [
        node
        for node in _scaled_backwards(trace, call.place)
        if any(
            back.place and back.place.line == node.lineno and back.place.function == call.place.function
            for back in trace.backwards
        )
    ]
    if not near:
        return False
    unscaled = [node.lineno for source, node in static.calls(trace, "unscale_") if source.path == call.place.path]
    return not any(line < call.place.line for line in unscaled)
