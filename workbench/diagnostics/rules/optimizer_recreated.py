"""A new optimizer is made over the same parameters again and again: its momentum is lost each time.

What it does
------------
Sees three optimizers or more made on one line over the very same parameters, at the same learning rate, each
used before the next is made. New networks (k-fold), rates that differ from one to the next, scripts that put
saved weights back, and SGD without momentum, which has nothing to lose, are left alone.

Why is this bad
---------------
Adam's averages and SGD's momentum begin at zero each time; Adam's first steps are its least informed ones, and
a scheduler that holds the first optimizer has no effect on the later ones.

Example
-------
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

Use instead
-----------
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

Sources
-------
https://docs.pytorch.org/docs/stable/optim.html#constructing-it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Place, Trace

TIMES = 3  # own choice: two are two stages
RESETS = ("load_state_dict", "reset_parameters", "deepcopy")


@rule(severity="warning", needs=("optimizers",), proof=("keep-optimizer",))
def optimizer_recreated(trace: Trace) -> Iterator[Finding]:
    """By the line that makes them."""
    if next(static.calls(trace, *RESETS), None) is not None:
        return
    lines: dict[tuple[Place | None, tuple[int, ...]], list[Optimizer]] = defaultdict(list)
    for optimizer in trace.optimizers:
        plain = optimizer.name == "SGD" and not optimizer.settings.get("momentum")
        if optimizer.steps and not plain and optimizer.parameters:
            lines[optimizer.place, optimizer.parameters].append(optimizer)
    for (place, parameters), made in lines.items():
        if len(made) < TIMES or place is None or len({optimizer.lr for optimizer in made}) > 1:
            continue
        steps = sum(optimizer.steps for optimizer in made) / len(made)
        loop = static.loop_around(trace, place)
        related = () if loop is None else (Related(Place(place.path, loop.lineno, place.cell), "in this loop"),)
        yield Finding(
            place,
            f"{len(made)} {made[0].name} optimizers were made here over the same {len(parameters)} parameters, one "
            f"every {steps:.0f} steps: what the last one had learned of the gradients is lost",
            "make the optimizer once, before the loop",
            evidence={"optimizers": len(made), "steps_each": steps},
            related=related,
            remedy={"name": "keep-optimizer"},
        )
