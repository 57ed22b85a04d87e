"""The network is trained on the first batch alone: each step begins a new pass, in the same order.

What it does
------------
Looks at DataLoaders that do not shuffle and hold more than one batch: every batch that was taken was the first of a
pass, and a backward went through it in five steps or more. Names the line with next(iter(loader)), or the loop that
breaks off after its first batch. Loaders that shuffle, those that are called validation or test data, and one
batch taken before the loop, as in a test whether the network can learn it by heart, are left alone.

Why is this bad
---------------
The loss falls as it should, and all the other examples are never seen: the network learns one batch by heart.

Example
-------
    inputs, targets = next(iter(loader))

Use instead
-----------
    for inputs, targets in loader:

Sources
-------
https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
https://docs.python.org/3/library/functions.html#iter (each call begins anew)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Forward, Loader, Place, Trace

STEPS = 5  # own choice: fewer may be a look at the data


@rule(severity="warning", needs=("loaders", "forwards"), proof=("walk-on",))
def one_batch_only(trace: Trace) -> Iterator[Finding]:
    """By the loader."""
    for number, loader in enumerate(trace.loaders):
        size, examples = loader.batch_size, loader.examples
        if loader.shuffled is not False or size is None or examples is None or examples <= size:
            continue
        fed = [each for each in trace.forwards if each.loader == number and _takes(each, size)]
        if loader.batches != loader.epochs or not any(STEPS <= each.calls <= loader.epochs for each in fed):
            continue
        for place, how in _first_only(trace):
            yield Finding(
                place,
                f"{how} begins a new pass and takes its first batch: {loader.epochs} passes over {examples} "
                f"examples began, and each ended after the same {size}",
                "go through the loader, `for inputs, targets in loader:`, and train in that loop; or shuffle=True",
                evidence={"passes": loader.epochs, "batch_size": size, "examples": examples},
                related=_made(loader, place),
                remedy={"name": "walk-on", "measure": ("evaluation", "examples")},
            )
            break


def _takes(forward: Forward, size: int) -> bool:
    """Whether a backward went through it, with batches as the loader gives them."""
    shape = forward.input.shape if forward.input is not None else ()
    return forward.backward and forward.grad and shape[:1] == (size,)


def _made(loader: Loader, place: Place) -> tuple[Related, ...]:
    if loader.place is None or loader.place.same_line(place):
        return ()
    return (Related(loader.place, "this loader, which does not shuffle"),)


def _first_only(trace: Trace) -> Iterator[tuple[Place, str]]:
    """Lines that take the first batch of a pass and no other, and what they do it with."""
    for source, call in static.calls(trace, "next"):
        inner = call.args[0] if call.args else None
        at = static.place(source, call)
        first = isinstance(inner, ast.Call) and static.dotted(inner.func) == "iter" and _repeated(trace, at)
        if first and not _other_data(trace, at, call):
            yield at, "next(iter(...))"
    for source, loop in static.nodes(trace, ast.For):
        at = static.place(source, loop)
        if isinstance(loop.body[-1], ast.Break) and _repeated(trace, at) and not _other_data(trace, at, loop.iter):
            yield at, "the loop that breaks off"


def _repeated(trace: Trace, at: Place) -> bool:
    return static.loop_around(trace, at) is not None or static.function_around(trace, at) is not None


def _other_data(trace: Trace, at: Place, read: ast.expr) -> bool:
    """Whether the line evaluates: under no_grad, or with data whose name says so."""
    names = (each for each in ast.walk(read) if isinstance(each, ast.Name | ast.Attribute))
    return static.evaluating(trace, at) or any(static.held_out(static.dotted(each)) for each in names)
