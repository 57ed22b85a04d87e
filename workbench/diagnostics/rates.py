"""Which learning rate to begin with: the range test.

Source: L. N. Smith, Cyclical Learning Rates for Training Neural Networks (2015, arXiv:1506.01186), section 3.3, in
the form that became common: the rate grows by the same factor at every minibatch, from one at which nothing happens
to one at which the loss runs away. Below a certain rate the loss stands still, then it falls, then it diverges.

The suggestion is the rate at which the smoothed loss falls fastest per factor, and at most a tenth of the rate at
which the loss is lowest: there steps are already too long for a whole training. One run of at most `STEPS` steps
that ends with the divergence, or with the time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 100
LOW, HIGH = 1e-6, 10.0
SMOOTH = 0.8  # weight of what was before, in the moving average; own choice
DIVERGED = 4.0  # times the lowest loss; as is common
FALLEN = 0.95  # of the first loss: above it the test shows nothing; own choice
ENOUGH = 20  # steps, below which nothing is said


@dataclass(frozen=True)
class Range:
    """The rates and the smoothed losses there, and what follows from them."""

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float | None = None
    diverges: float | None = None  # the rate at which the loss ran away; None where it never did


def range_test(optimizer: torch.optim.Optimizer, batches: Iterator[Callable[[], Tensor]], seconds: float) -> Range:
    """Train with growing rates. `batches` yields what computes the loss of one minibatch each."""
    factor = (HIGH / LOW) ** (1 / (STEPS - 1))
    rates: list[float] = []
    losses: list[float] = []
    average = 0.0
    until = time.monotonic() + seconds
    for number, look in zip(range(STEPS), batches, strict=False):
        for group in optimizer.param_groups:
            group["lr"] = LOW * factor**number
        optimizer.zero_grad()
        loss = look()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        average = SMOOTH * average + (1 - SMOOTH) * float(loss.detach())
        smooth = average / (1 - SMOOTH ** (number + 1))
        if not math.isfinite(smooth) or (losses and smooth > DIVERGED * min(losses)):
            return _read(rates, losses, LOW * factor**number)
        rates.append(LOW * factor**number)
        losses.append(smooth)
        if time.monotonic() > until:
            break
    return _read(rates, losses, None)


def _read(rates: list[float], losses: list[float], diverges: float | None) -> Range:
    """The rate to suggest, where the loss fell at all."""
    seen = tuple(rates), tuple(losses)
    if len(losses) < ENOUGH or not min(losses) < FALLEN * losses[0]:
        return Range(*seen, None, diverges)
    lowest = losses.index(min(losses))
    slopes = [losses[at + 1] - losses[at - 1] for at in range(1, lowest)]
    steepest = rates[1 + slopes.index(min(slopes))] if slopes else rates[lowest]
    suggestion = min(steepest, rates[lowest] / 10)
    return Range(*seen, float(f"{suggestion:.0e}"), diverges)
