"""The learning rate is too low: healthy gradients, and next to no movement.

What it does
------------
Looks at how far each step moves the weights, as a share of their size. It is a warning when the median over the
recorded steps is below 0.00003, though the gradients are healthy, and the loss has fallen by less than 5 % in
50 steps or more. Rates that rise (a warm-up), loaded weights (fine-tuning), and networks that are good from the
start are left alone. The proof repeats the steps at a rate that moves weights by a healthy 0.3 %.

Why is this bad
---------------
Nothing is wrong but the time it takes: thousands of epochs for what a larger rate does in ten. It is easily
taken for a network that cannot learn.

Example
-------
optimizer = torch.optim.Adam(model.parameters(), lr=1e-7)

Use instead
-----------
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

Sources
-------
https://cs231n.github.io/neural-networks-3/ ("ratio of weights:updates", about 0.001)
https://karpathy.github.io/2019/04/25/recipe/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from math import isfinite, log
from statistics import fmean, median

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Trace

SLOW = 3e-5  # |change| / |weight| in a step; cs231n's 1e-3 and TheDeepChecker's 1e-4 are healthy; own choice
HEALTHY = 3e-3
FALLEN = 0.05  # of the loss; own choice
STEPS = 50
ALIVE = 1e-3  # |gradient| / |weight|, from change and rate, for optimizers that follow the gradient's size
SCALED = ("SGD", "ASGD")  # their step is the gradient times the rate
KNOWN = 0.8  # share right in the first batches: it has been trained before
GUESS = 0.7  # of the loss of a guess, ln(classes); own choice
LOADING = ("load_state_dict", "from_pretrained", "load_state_dict_from_url", "load_model")


@rule(severity="warning", needs=("steps", "optimizers"), aids=("learning_rate",), proof=("scale-lr",))
def lr_too_low(trace: Trace) -> Iterator[Finding]:
    """The one optimizer of a script whose weights stand still."""
    indexes = {step.optimizer for step in trace.steps}
    if len(indexes) != 1 or min(indexes) < 0 or len(trace.steps) < STEPS:
        return
    optimizer = trace.optimizers[indexes.pop()]
    ratio = _ratio(trace, optimizer)
    if ratio is None or not optimizer.lr or ratio >= SLOW or _rises(trace):
        return
    if optimizer.name in SCALED and ratio / optimizer.lr < ALIVE:
        return  # the gradient is what is small
    values = [value for value in trace.loss_curve() if isfinite(value)]
    part = max(1, len(values) // 5)
    start, end = fmean(values[:part]), fmean(values[-part:])
    if start <= 0 or end < (1 - FALLEN) * start or _trained_before(trace):
        return
    rate = float(f"{optimizer.lr * HEALTHY / ratio:.0e}")
    yield Finding(
        optimizer.place,
        f"the weights hardly move: {ratio:.1g} of their size in a step of {optimizer.name} at lr={optimizer.lr:g} "
        f"(healthy is about 0.001); the loss went from {start:.4g} to {end:.4g} in {len(values)} steps",
        f"raise it: lr={rate:g}{trace.said_of_rates()}",
        evidence={
            "lr": optimizer.lr,
            "update_ratio": ratio,
            "first": start,
            "last": end,
            "range_test": trace.suggested_rate,
        },
        remedy={"name": "scale-lr", "optimizer": optimizer.index, "factor": rate / optimizer.lr},
    )


def _ratio(trace: Trace, optimizer: Optimizer) -> float | None:
    """Median over the weights of their median step; None where one does not move at all."""
    own = [trace.parameters[index] for index in optimizer.parameters]
    ratios = [median(each.update_ratios) for each in own if len(each.shape) > 1 and each.update_ratios]
    return median(ratios) if ratios and median(ratios) > 0 else None


def _rises(trace: Trace) -> bool:
    rates = [max(step.lr) for step in trace.steps if step.lr]
    return any(later > earlier for earlier, later in pairwise(rates))


def _trained_before(trace: Trace) -> bool:
    if next(static.calls(trace, *LOADING), None) is not None:
        return True
    scored = [call for call in trace.trained_losses[:5] if call.correct is not None and call.target.numel]
    guesses = [call for call in scored if (call.value or 0.0) > GUESS * log(max(2, call.input.shape[-1]))]
    right = fmean((call.correct or 0) / call.target.numel for call in scored) if scored else 0.0
    return right > KNOWN and not guesses  # first weights may be right by chance, but are not sure of it
