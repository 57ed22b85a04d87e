"""A learning-rate scheduler is stepped too early, far too often, or never.

What it does
------------
Three mistakes: `scheduler.step()` before the first `optimizer.step()` (torch warns of it); StepLR, MultiStepLR
or ExponentialLR stepped after every batch instead of every epoch, so that the rate falls to 1 % of its start
within the first steps; and a scheduler that is made and never stepped. OneCycleLR, cosine and lambda schedules,
which are meant to be stepped per batch, and rates that fall slowly are left alone.

Why is this bad
---------------
The rate is not what the plan says: the first value is skipped, or the network stops learning within the first
epoch, or the rate stays where it was. The loss curve looks like a plateau.

Example
-------
        scheduler.step()

Use instead
-----------
    scheduler.step()

Sources
-------
https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
Found in the wild: NeuralRecon #51 and many others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Call, Place, Trace

PER_EPOCH = ("StepLR", "MultiStepLR", "ExponentialLR")
FALLEN = 0.01  # of the first rate; GradSnitch GS010
ROUNDED = 1.001  # 0.1 * 0.1 * 0.1 is more than 0.001
OFTEN = 0.9  # scheduler steps per optimizer step
EARLY = 0.5  # of the steps of a run that came to its end; own choice


@rule(severity="warning", needs=("steps",), proof=("schedule",))
def scheduler_misuse(trace: Trace) -> Iterator[Finding]:
    """Each of the three."""
    scaled = next(static.calls(trace, "GradScaler"), None) is not None  # skips its first steps: torch warns in vain
    for warned in trace.warnings:
        if "`lr_scheduler.step()` before `optimizer.step()`" in warned.message and not scaled:
            yield Finding(
                warned.place,
                "the scheduler steps before the optimizer: the first value of its plan is skipped",
                "call scheduler.step() after optimizer.step(), usually at the end of each epoch",
                remedy={"name": "schedule", "late": True, "measure": ("rates", "learning")},
            )
    for call in trace.calls_of("scheduler.step"):
        yield from _too_often(trace, call)
    for call in trace.calls_of("scheduler"):
        yield from _never(trace, call)


def _too_often(trace: Trace, call: Call) -> Iterator[Finding]:
    kind = call.detail.get("class")
    if kind not in PER_EPOCH or call.place is None or call.count < OFTEN * len(trace.steps):
        return
    stepped = next((step.place for step in trace.steps if step.place is not None), None)
    rates = [max(step.lr) for step in trace.steps if step.lr]
    low = next((number for number, rate in enumerate(rates) if rate <= ROUNDED * FALLEN * rates[0]), None)
    if stepped is None or low is None or not _per_batch(trace, call.place, stepped):
        return
    if trace.ended.how == "finished" and low > EARLY * len(rates):
        return
    yield Finding(
        call.place,
        f"{kind} is stepped after every batch: the rate fell from {rates[0]:g} to {rates[low]:.1g} "
        f"within {low} steps",
        "step it once an epoch, outside of the loop over batches; or give it a plan in batches",
        evidence={"class": kind, "first": rates[0], "steps": low, "later": rates[low]},
        related=(Related(stepped, "the optimizer steps here"),),
        remedy={"name": "schedule", "every": _batches(trace, call), "measure": ("rates", "learning")},
    )


def _per_batch(trace: Trace, at: Place, stepped: Place) -> bool:
    """Both stand in one loop, and that is a loop over batches: within another, or over a DataLoader of several."""
    loop = static.loop_around(trace, at)
    if loop is None and at.function and (at.path, at.function) == (stepped.path, stepped.function):
        passes = sum(loader.epochs for loader in trace.loaders)  # a method for one update
        return passes > 0 and len(trace.steps) > 2 * passes
    if loop is None or loop is not static.loop_around(trace, stepped):
        return False
    if static.loop_around(trace, Place(at.path, loop.lineno, at.cell)) is not None:
        return True
    passes = sum(loader.epochs for loader in trace.loaders)
    return passes > 0 and len(trace.steps) > 2 * passes


def _batches(trace: Trace, call: Call) -> int:
    """How many steps make an epoch, as far as it was seen."""
    passes = max((loader.epochs for loader in trace.loaders), default=0)
    return max(2, call.count // max(1, passes)) if passes else call.count + 1


def _never(trace: Trace, call: Call) -> Iterator[Finding]:
    """Made, given a name, and the name is never used for a step or handed on."""
    if call.place is None or any(
        each.detail == {"class": call.detail.get("class")} for each in trace.calls_of("scheduler.step")
    ):
        return
    statement = static.statement(trace, call.place)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return
    name = static.dotted(statement.targets[0]).rpartition(".")[2]
    if not name or _used(trace, name):
        return
    none = bool(trace.steps) and not any(rate for step in trace.steps for rate in step.lr)
    yield Finding(
        call.place,
        f"{call.detail.get('class')} is made and never stepped: the learning rate stays "
        + ("at 0, where its plan begins, and nothing is learned" if none else "as it is"),
        f"call {name}.step() at the end of each epoch, or leave the scheduler out",
        evidence={"class": call.detail.get("class")},
    )


def _used(trace: Trace, name: str) -> bool:
    """Whether a name, or an attribute of that name, is read for anything but a look at its state."""
    looks = ("get_last_lr", "get_lr", "state_dict", "last_epoch", "load_state_dict")
    idle: set[int] = set()
    for _, node in static.nodes(trace, ast.Attribute):
        if node.attr in looks:
            idle.add(id(node.value))
    for _, read in static.nodes(trace, ast.expr):
        if not isinstance(read, ast.Name | ast.Attribute) or not isinstance(read.ctx, ast.Load):
            continue
        if (read.id if isinstance(read, ast.Name) else read.attr) == name and id(read) not in idle:
            return True
    return False
