"""The learning rate is too high: the loss runs away, or jumps up and never comes back.

What it does
------------
Looks at the training loss of scripts with one optimizer. It is an error when the loss ends at more than three
times its first value, or overflows after it had grown so far, or leaps to five times the first value and ends
where it began, or where one answer to everything would be; and the weights moved by a tenth of their size or more
in single steps. It is one, too, when the loss never fell and weights moved by more than their own size at once.
Scripts in which gradients pile up unzeroed, losses below zero, and several optimizers (GANs) are left alone. The
proof repeats the steps at a tenth of the rate or less; if that does not help, the finding is dropped.

Why is this bad
---------------
Each step jumps over the minimum and lands farther away. The numbers overflow, or all ReLU units end on their
flat side, from where nothing brings them back.

Example
-------
optimizer = torch.optim.SGD(model.parameters(), lr=20.0)

Use instead
-----------
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)

Sources
-------
https://cs231n.github.io/neural-networks-3/ ("ratio of weights:updates", about 0.001)
https://docs.pytorch.org/docs/stable/optim.html
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isfinite
from statistics import median
from typing import Any

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Place, Trace

GROWN = 3.0  # times the first loss; own choice, as in non-finite
LEAPT = 5.0  # own choice
RETURNED = 0.9  # of the first loss; own choice
MOVED = (
    0.1  # share of a weight's size in one step: 100 times what is healthy (cs231n); TheDeepChecker's upper bound
)
BY_HAND = 100.0  # times the first loss, where the steps' size is not known; own choice
THROWN = 1.0  # a weight's whole size in one step; own choice
LOSSES = 10  # at least
TENTH = 0.1001  # with room for rounding
HEALTHY = 0.01  # a generous share of a weight's size for one step
TARGETED = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


@rule(severity="error", needs=("steps",), aids=("learning_rate",), proof=("scale-lr",))
def lr_too_high(trace: Trace) -> Iterator[Finding]:
    """The one optimizer of a script whose loss diverges."""
    indexes = {step.optimizer for step in trace.steps}
    stale = sum(step.consumed > 0 and 2 * step.stale >= step.consumed for step in trace.steps)
    if len(indexes) != 1 or (stale > 2 and 2 * stale > len(trace.steps)):
        return
    index = indexes.pop()
    told = _ran_away(trace, by_hand=index < 0)
    thrown = told is None and index >= 0
    told = _stayed(trace) if thrown else told
    if told is None:
        return
    if index < 0:
        place = trace.steps[-1].place
        yield Finding(place, f"{told}: the steps are too long", "divide the learning rate by 10, or by 100")
        return
    optimizer = trace.optimizers[index]
    ratios = _ratios(trace, optimizer)
    if not ratios or median(ratios) < (THROWN if thrown else MOVED) or optimizer.lr is None:
        return
    moved = median(ratios)
    share = f"{100 * moved:.0f} %" if moved < BY_HAND else "many times"
    factor = min(0.1, max(1e-4, HEALTHY / _first_ratio(trace, optimizer)))
    factor = float(f"{factor:.0e}")
    yield Finding(
        optimizer.place,
        f"{told}; at lr={optimizer.lr:g} single steps of {optimizer.name} moved weights by {share} "
        "of their size (healthy is about 0.1 %)",
        f"lower it: lr={optimizer.lr * factor:.1g}{trace.said_of_rates()}",
        evidence={
            "lr": optimizer.lr,
            "update_ratio": moved if isfinite(moved) else None,
            "range_test": trace.suggested_rate,
        },
        remedy=_slower(index, optimizer.lr, factor),
    )


def _slower(index: int, rate: float, factor: float) -> dict[str, Any]:
    """A tenth of the rate, or less; Adam's steps shrink by themselves, and a cautious rate may come to nothing."""
    milder = [each for each in (10 * factor, 100 * factor) if each <= TENTH]
    remedy = {"name": "scale-lr", "optimizer": index, "refutable": True}
    others = [{**remedy, "factor": each, "change": f"lr={rate * each:.1g}"} for each in milder]
    return {**remedy, "factor": factor, "or": others}


def _ran_away(trace: Trace, *, by_hand: bool) -> str | None:
    """What the loss did, in words."""
    places: list[Place | None] = [call.place for call in trace.backwards if call.value is not None]
    if not places:
        return None
    main = max(set(places), key=places.count)
    values = [call.value for call in trace.backwards if call.place == main and call.value is not None]
    finite = [value for value in values if isfinite(value)]
    if not finite or values[0] != finite[0] or min(finite) < 0:
        return None
    first = max(finite[0], 1e-12)
    if not isfinite(values[-1]):
        grew = max(finite) > GROWN * first and len(finite) > 1
        return f"the loss grew from {first:.3g} to {max(finite):.3g} and beyond all numbers" if grew else None
    if len(values) < LOSSES or len(finite) < len(values):
        return None
    last = median(values[-max(1, len(values) // 4) :])
    told = f"the loss went from {first:.3g} to {last:.3g} in {len(values)} steps"
    if by_hand:
        return told if last > BY_HAND * first else None
    if last > GROWN * first:
        return told if last > GROWN * _of_nothing(trace) else None
    learned = last <= RETURNED * min(first, _of_mean(trace))
    leapt = max(values[1:]) > LEAPT * first and not learned and len(values) >= 3 * LOSSES
    return f"{told}, with {max(values):.3g} on the way" if leapt else None


def _stayed(trace: Trace) -> str | None:
    """The loss is at the end about what it was at the beginning, in words: batch norm may keep it from growing."""
    values = [call.value for call in trace.backwards if call.value is not None]
    if len(values) < 3 * LOSSES or not all(isfinite(value) and value > 0 for value in values):
        return None
    first, last = values[0], median(values[-(len(values) // 4) :])
    told = f"the loss went from {first:.3g} to {last:.3g} in {len(values)} steps"
    return told if last > RETURNED * min(first, _of_mean(trace)) else None


def _of_nothing(trace: Trace) -> float:
    """For squared errors: the loss of answering 0 to everything. A learner of moving targets stays below."""
    sizes = [
        call.target.mean**2 + (call.target.std or 0.0) ** 2
        for call in trace.trained_losses
        if call.name in TARGETED and call.target.mean is not None and call.reduction == "mean"
    ]
    return max(sizes, default=0.0)


def _of_mean(trace: Trace) -> float:
    """For squared errors: the loss of one answer to everything, below which a network begins to learn."""
    spreads = [
        call.target.std**2
        for call in trace.trained_losses
        if call.name == "mse_loss" and call.target.std is not None and call.reduction == "mean"
    ]
    return median(spreads) if spreads else inf


def _ratios(trace: Trace, optimizer: Optimizer) -> list[float]:
    """For each weight its largest |change| / |weight| in a step; biases, which may begin at zero, do not count."""
    own = [trace.parameters[index] for index in optimizer.parameters]
    weights = [each for each in own if len(each.shape) > 1 and not each.zero] or own
    return [max(each.update_ratios) for each in weights if each.update_ratios]


def _first_ratio(trace: Trace, optimizer: Optimizer) -> float:
    own = [trace.parameters[index] for index in optimizer.parameters]
    firsts = [each.update_ratios[0] for each in own if len(each.shape) > 1 and each.update_ratios]
    first = median(firsts) if firsts else HEALTHY
    return first if isfinite(first) and first > 0 else 1.0
