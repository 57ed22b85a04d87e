"""backward is called on a number that was wrapped anew: the loss is not connected to the network.

What it does
------------
Sees a backward on a tensor without history (made by torch.tensor(..., requires_grad=True), or switched on by
requires_grad_), after which no parameter has a gradient; and the crash where it was not switched on. The line on
which the loss left the graph is named: item, detach, .data, torch.tensor.

Why is this bad
---------------
backward stops at the new tensor at once, and no parameter ever gets a gradient. The step changes nothing and
nothing crashes: the loss only moves because the batches differ.

Example
-------
    loss = torch.tensor(criterion(net(x), y).item(), requires_grad=True)

Use instead
-----------
    loss = criterion(net(x), y)

Sources
-------
https://docs.pytorch.org/docs/stable/notes/autograd.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from math import isclose

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Cut, Place, Trace

NO_GRAPH = "does not require grad and does not have a grad_fn"
COPYING = ("item", "data", "detach", "tensor", "numpy", "tolist", "float")


@rule(severity="error", needs=("optimizers",), explains=("no-gradient",), proof=("keep-graph",))
def loss_not_connected(trace: Trace) -> Iterator[Finding]:
    """A backward on a leaf, or on a number without a graph."""
    crash = trace.crash is not None and NO_GRAPH in trace.crash.message
    wrapped = _wrapped(trace)
    loose = [call for call in trace.backwards if not call.connected or wrapped is not None]
    if trace.crash is not None and crash:
        backward, seen = trace.crash.place, "backward stops: the loss has no graph"
    elif loose and len(loose) == len(trace.backwards) and not any(step.consumed for step in trace.steps):
        backward = loose[0].place
        seen = f"in {len(loose)} backward calls no parameter got a gradient"
    else:
        return
    value = loose[0].value if loose else None
    cuts = [cut for cut in trace.cuts if cut.parameters]
    scalars = [cut for cut in cuts if cut.shape in ((), (1,)) and cut.name in COPYING]
    if wrapped is not None:
        scalars = [cut for cut in scalars if not _after(cut.place, backward)]
    lines = [asdict(cut.place) for cut in cuts if cut.place is not None]
    scalars.sort(key=lambda cut: not _equal(cut, value))
    earlier = (
        [cut for cut in cuts if cut.name != "no_grad" and cut.count >= min(3, len(loose))] if not crash else []
    )
    cut = next(iter([*scalars, *earlier]), None)
    if cut is None and (crash or cuts):
        return  # the graph ends before the loss: no-gradient
    place = cut.place if cut is not None else wrapped or backward
    what = (
        f"{cut.name} takes the loss out of the graph" if cut is not None else "the loss is a tensor without history"
    )
    yield Finding(
        place,
        f"{what}: {seen}",
        "call backward on the very result of the criterion; item and detach are for printing",
        evidence={"function": cut.name if cut is not None else None, "backwards": len(loose), "loss": value},
        related=_also(backward, place),
        remedy={"name": "keep-graph", "measure": ("learning", "moved"), "lines": lines},
    )


def _wrapped(trace: Trace) -> Place | None:
    """Where the numbers were wrapped anew, if all graphs end in tensors that no optimizer holds, made in a loop.

    Or made on the same line for several graphs, as in a function that is called in a loop.
    """
    leaves = [
        trace.parameters[node.leaf] for graph in trace.graphs for node in graph.nodes if node.leaf is not None
    ]
    if not leaves or any(leaf.owner is not None or leaf.optimizers or leaf.born is None for leaf in leaves):
        return None
    born = leaves[0].born
    again = born is not None and len({leaf.index for leaf in leaves if leaf.born == born}) > 1
    return born if born is not None and (again or static.loop_around(trace, born) is not None) else None


def _after(place: Place | None, backward: Place | None) -> bool:
    """It stands behind the backward, as what is printed does."""
    if place is None or backward is None:
        return False
    same = (place.path, place.cell, place.function) == (backward.path, backward.cell, backward.function)
    return same and place.line > backward.line


def _equal(cut: Cut, value: float | None) -> bool:
    return value is not None and cut.value is not None and isclose(cut.value, value, rel_tol=1e-4)


def _also(backward: Place | None, place: Place | None) -> tuple[Related, ...]:
    same = backward is None or backward.same_line(place)
    return () if same or backward is None else (Related(backward, "backward is called here"),)
