"""Which trials are stopped early: the rules of Optuna's pruners, said of all trials that ended an epoch together.

Optuna asks trial after trial, and its successive halving compares each with those that were asked before: of nine
lanes in step, each new record is kept, so that what becomes of a lane depends on its place. Here everything that is
reported is known before anyone is judged, and a verdict follows from the reports alone. Of trials that come one by
one, it is Optuna's verdict to the letter (a test compares them).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np

REDUCTION = 3  # a third goes on at each rung (Li et al. 2018, section 3.6: 3 or 4)
STARTUP = 5  # complete trials before the median is asked

Bracket = Callable[[int], int]
"""Of a trial of this number: its first rung is after REDUCTION ** bracket epochs."""


class Reports:
    """What was reported so far of each trial after each epoch, as a number of which more is better."""

    def __init__(self) -> None:
        self.after: defaultdict[int, dict[int, float]] = defaultdict(dict)  # epoch -> {number: gain}
        self.complete: set[int] = set()
        self.copied: set[int] = set()  # from a trial of the same point: they never ran for a place

    def note(self, number: int, epoch: int, gain: float) -> None:
        self.after[epoch][number] = gain


Rule = Callable[[Reports, int, int], bool]
"""(all reports, a trial's number, an epoch that it has reported) -> stop it."""


def none(_reports: Reports, _number: int, _epoch: int) -> bool:
    """Every trial goes to its end."""
    return False


def halving(bracket: Bracket) -> Rule:
    """Successive halving without waiting (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning").

    At a rung, after 1, 3, 9, … epochs, a trial goes on if it is in the best third of all that have come there; as
    long as there are fewer than three, if it is the best.
    """

    def rule(reports: Reports, number: int, epoch: int) -> bool:
        mine = bracket(number)
        if not _is_rung(epoch, REDUCTION**mine):
            return False
        there = sorted(
            value
            for other, value in reports.after[epoch].items()
            if bracket(other) == mine and other not in reports.copied
        )
        return reports.after[epoch][number] < there[-max(1, len(there) // REDUCTION)]

    return rule


def median(reports: Reports, number: int, epoch: int) -> bool:
    """Stop a trial whose best epoch so far is worse than what half of the complete ones had by then."""
    if len(reports.complete) < STARTUP:
        return False
    theirs = [value for other, value in reports.after[epoch].items() if other in reports.complete]
    best = max(reports.after[before][number] for before in range(1, epoch + 1) if number in reports.after[before])
    return bool(theirs) and best < float(np.percentile(theirs, 50))


def _is_rung(epoch: int, first: int) -> bool:
    rung = first
    while rung < epoch:
        rung *= REDUCTION
    return rung == epoch
