"""The weight decay is so strong that it pulls the weights to zero, whatever the loss says.

What it does
------------
Looks at optimizers with a weight decay of 0.5 or more that is added to the gradient (SGD, Adam, RMSprop), or of 2
or more that is not (AdamW), where the loss of the script lost less than a third. The proof repeats the steps
without decay; if that does not help, the finding is dropped.

Why is this bad
---------------
Added to the gradient, a decay of 5 is a loss of 2.5 times the sum of all squared weights: next to it the script's
own loss counts for nothing, and the best network is one of zeros, which says the same for every input.

Example
-------
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=5)

Use instead
-----------
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, weight_decay=5e-4)

Sources
-------
Loshchilov and Hutter 2019, Decoupled weight decay regularization.
He et al. 2016, Deep residual learning for image recognition (0.0001); the thresholds are our own choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from statistics import median

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Trace

ADDED = 0.5  # a thousand times what is usual; own choice
APART = 2.0  # AdamW: 1 is in use for grokking; own choice
STEPS = 30  # at least
FALLEN = 0.67  # of the loss at the start; own choice


@rule(severity="error", needs=("optimizers",), proof=("no-decay",))
def weight_decay_too_high(trace: Trace) -> Iterator[Finding]:
    """Optimizers that were told to decay that much, where next to nothing was learned."""
    values = [each.value for each in trace.backwards if each.value is not None and isfinite(each.value)]
    part = max(1, len(values) // 5)
    if len(values) < STEPS or min(values) < 0 or median(values[-part:]) < FALLEN * median(values[:part]):
        return
    for optimizer in trace.optimizers:
        decay = optimizer.settings.get("weight_decay")
        if not isinstance(decay, int | float) or decay < _limit(optimizer) or optimizer.steps < STEPS:
            continue
        yield Finding(
            optimizer.place,
            f"{optimizer.name} has weight_decay={decay:g}, and the loss went from {median(values[:part]):.3g} to "
            f"{median(values[-part:]):.3g} in {len(values)} steps: the decay outweighs it",
            "use 1e-4 to 1e-2, or none",
            evidence={"weight_decay": float(decay)},
            remedy={"name": "no-decay", "optimizer": optimizer.index, "refutable": True},
        )


def _limit(optimizer: Optimizer) -> float:
    apart = optimizer.name == "AdamW" or optimizer.settings.get("decoupled_weight_decay") is True
    return APART if apart else ADDED
