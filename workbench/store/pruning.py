"""Which trials are stopped early: the rules of Optuna's pruners, said of all trials that ended an epoch together.

Optuna asks trial after trial, and its successive halving compares each with those that were asked before: of nine
lanes in step, each new record is kept, so that what becomes of a lane depends on its place. Here everything that is
reported is known before anyone is judged, and a verdict follows from the reports alone. Of trials that come one by
one, it is Optuna's verdict to the letter (a test compares them).
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Callable
from itertools import islice

import numpy as np

REDUCTION = 3  # a third goes on at each rung (Li et al. 2018, section 3.6: 3 or 4)
STARTUP = 5  # complete trials before the median is asked

Bracket = Callable[[int], int]
"""Of a trial of this number: its first rung is after REDUCTION ** bracket epochs."""


class Reports:
    """What was reported so far of each trial after each epoch, as a number of which more is better.

    What a verdict compares with is kept sorted: sorting a rung anew for each of 10,000 trials takes longer than
    training them.
    """

    def __init__(self) -> None:
        self.after: defaultdict[int, dict[int, float]] = defaultdict(dict)  # epoch -> {number: gain}
        self._complete: dict[int, None] = {}  # in the order of their ends
        self._copied: set[int] = set()
        self._rungs: dict[int, defaultdict[int, list[float]]] = {}  # epoch -> {bracket: gains, the worst first}
        self._new: defaultdict[int, list[int]] = defaultdict(list)  # epoch -> numbers that are on no rung yet
        self._of_complete: dict[int, tuple[list[float], int]] = {}  # epoch -> gains; of the first so many

    def note(self, number: int, epoch: int, gain: float) -> None:
        there = self.after[epoch]
        before, there[number] = there.get(number), gain
        if before is None:
            self._new[epoch].append(number)
        elif before != gain:  # trained again with another result
            self._rank_anew(epoch)

    def completed(self, number: int) -> None:
        """This trial has come to its end."""
        self._complete.setdefault(number)

    def copied(self, number: int) -> None:
        """It has its curve from a trial of the same point: it never ran for a place."""
        self._copied.add(number)
        for epoch in [one for one in self._rungs if number in self.after[one]]:
            if number not in self._new[epoch]:
                self._rank_anew(epoch)

    def _rank_anew(self, epoch: int) -> None:
        self._rungs.pop(epoch, None)
        self._of_complete.pop(epoch, None)
        self._new[epoch] = list(self.after[epoch])

    @property
    def complete(self) -> int:
        """How many have come to their end."""
        return len(self._complete)

    def rung(self, epoch: int, bracket: Bracket, mine: int) -> list[float]:
        """The gains of my bracket's trials after this epoch, the worst first; copies aside."""
        brackets = self._rungs.setdefault(epoch, defaultdict(list))
        for number in self._new.pop(epoch, ()):
            if number not in self._copied:
                insort(brackets[bracket(number)], self.after[epoch][number])
        return brackets[mine]

    def of_complete(self, epoch: int) -> list[float]:
        """The gains of complete trials after this epoch, the worst first."""
        gains, seen = self._of_complete.get(epoch, ([], 0))
        for number in islice(reversed(self._complete), len(self._complete) - seen):
            if number in self.after[epoch]:
                insort(gains, self.after[epoch][number])
        self._of_complete[epoch] = gains, len(self._complete)
        return gains


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
        there = reports.rung(epoch, bracket, mine)
        return reports.after[epoch][number] < there[-max(1, len(there) // REDUCTION)]

    return rule


def median(reports: Reports, number: int, epoch: int) -> bool:
    """Stop a trial whose best epoch so far is worse than what half of the complete ones had by then."""
    if reports.complete < STARTUP:
        return False
    theirs = reports.of_complete(epoch)
    middle = theirs[(len(theirs) - 1) // 2 : len(theirs) // 2 + 1]
    best = max(reports.after[before][number] for before in range(1, epoch + 1) if number in reports.after[before])
    return bool(theirs) and best < float(np.percentile(middle, 50))


def _is_rung(epoch: int, first: int) -> bool:
    rung = first
    while rung < epoch:
        rung *= REDUCTION
    return rung == epoch
