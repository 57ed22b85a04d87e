"""The face every trainer has: a cohort in, results epoch by epoch, lanes may leave and join, outcomes out.

Torch is needed here, Optuna is not: a trainer can be measured on a machine that has only torch.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

import torch

from workbench.data.splits import Splits
from workbench.study.metric import METRICS
from workbench.study.space import Point
from workbench.study.trial import Epoch, Outcome


@dataclass(frozen=True)
class Lane:
    """One trial of a cohort. `seed` rules initialization and dropout, so that company changes nothing.

    `order_seed` is that of its minibatches, for repeats that are to differ in it; None: the trainer's. Lanes with
    orders of their own ride together as others do, a little slower: only the first layer is less shared.
    """

    number: int
    point: Point
    seed: int
    order_seed: int | None = None
    division: int = 0  # of the data into folds, see `splits.Folds`
    fold: int | None = None  # that it is trained on; None: the data as they are
    scored_at: int | None = None  # the epoch that its folds are told of; None: the best of their mean
    kept_as: str = ""  # its trial's name among snapshots, that of all of its folds; none: it is not put down


@dataclass(frozen=True)
class Trained:
    """An outcome with the weights of its best epoch (a state_dict on the CPU; None where no epoch was sound).

    Of a cross-validated trial `weights` are those of the first fold, and `folds` has those of each.
    """

    outcome: Outcome
    weights: dict[str, torch.Tensor] | None
    folds: tuple[dict[str, torch.Tensor], ...] = ()


def examples_of(lane: Lane, data: Splits) -> Splits:
    """What a lane learns from."""
    if lane.fold is None:
        return data
    assert data.folds is not None
    return data.folds.fold(lane.fold, lane.division)


OnEpoch = Callable[[Mapping[int, Epoch]], Collection[int]]
"""Called when lanes have ended an epoch, with all that ended it together: {lane number: epoch} -> the numbers to
drop (pruned). A lane whose epoch diverged has left already. Folds of a cohort go in step: those that started
together end each epoch together."""

Refill = Callable[[int], Sequence[Lane]]
"""Called at an epoch's end, after `on_epoch` and after the outcomes of those that left: how many left -> lanes that
join at the next epoch, any number of them."""


Keep = Callable[[Mapping[int, Epoch]], Collection[int]]
"""Called with what `on_epoch` is about to hear -> whose weights are to be kept, for they are the best so far."""


class BestSoFar:
    """Whose epoch is the best of its training so far, by the study's metric; the first of equals.

    Folds of a trial, whose numbers follow one another, are it together: those whose mean is the best so far.
    """

    def __init__(self, metric: str, folds: int = 1) -> None:
        self._gain, self._folds = METRICS[metric].gain, folds
        self._best: defaultdict[int, float] = defaultdict(lambda: -math.inf)

    def __call__(self, epochs: Mapping[int, Epoch]) -> Collection[int]:
        trials: defaultdict[int, list[int]] = defaultdict(list)
        for number in sorted(epochs):
            trials[number // self._folds].append(number)
        kept: list[int] = []
        for trial, numbers in trials.items():
            gain = self._gain(fmean(epochs[number].objective for number in numbers))
            if len(numbers) == self._folds and gain > self._best[trial]:
                self._best[trial] = gain
                kept += numbers
        return kept


def nobody(_left: int) -> Sequence[Lane]:
    """The refill of a cohort that nobody joins."""
    return ()


class Trainer(Protocol):
    """Trains cohorts on one data set. The lanes of a cohort share `batch_size`."""

    metric: str  # that the best epoch of each lane goes by

    def train(
        self,
        cohort: Sequence[Lane],
        data: Splits,
        on_epoch: OnEpoch,
        refill: Refill = nobody,
        keep: Keep | None = None,  # None: each lane's best by itself
    ) -> Iterator[Trained]:
        """Train every lane and those that join; yield each as it ends. Its numbers do not depend on the others."""
        ...
