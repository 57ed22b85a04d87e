"""A trial and how it ended, as plain values: what trainers, store and reports say to one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.study.metric import METRICS
from workbench.study.space import Point

Ended = Literal["complete", "pruned", "diverged", "failed"]


@dataclass(frozen=True)
class Trial:
    """A point being tried. `number` counts from 0 within a generation of a study."""

    number: int
    point: Point


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training part led to. Losses are means per example; accuracies are in [0, 1].

    Training loss and accuracy are those of the minibatches as they were trained on (in train mode, before
    each update; the loss with label smoothing, if any); validation is measured after the epoch, in eval mode.
    """

    epoch: int  # from 1
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    value: float | None = None  # the study's metric on the validation part; None: that is the accuracy

    @property
    def objective(self) -> float:
        """What the trial is judged by."""
        return self.validation_accuracy if self.value is None else self.value


@dataclass(frozen=True)
class Outcome:
    """How a trial ended. `curve` holds the epochs that were finished, diverged ones included."""

    number: int
    ended: Ended
    curve: tuple[Epoch, ...]
    seconds: float
    parameters: int  # count of trainable weights
    reason: str = ""  # why, where `ended` is not "complete"
    duplicate_of: int | None = None  # the trial of the same point whose outcome this is
    folds: tuple[float, ...] = ()  # of a cross-validation: each fold's metric at the best epoch of their mean,
    # or at the one that its lane asked for
    metric: str = "accuracy"  # that the study judges by

    @property
    def best(self) -> Epoch | None:
        """The best epoch, see `best_of`."""
        return best_of(self.curve, self.metric)

    @property
    def merit(self) -> Merit:
        """Its place among finished trials; only of one that ended an epoch."""
        assert self.best is not None
        return merit(self.best, self.parameters, self.number, self.metric)


Merit = tuple[float, float, int, int]


def best_of(curve: Sequence[Epoch], metric: str) -> Epoch | None:
    """The epoch that is best by the study's metric on the validation part; the earliest of equals. None of none."""
    gain = METRICS[metric].gain
    return max(curve, key=lambda epoch: (gain(epoch.objective), -epoch.epoch), default=None)


def merit(best: Epoch, parameters: int, number: int, metric: str) -> Merit:
    """Sort key of finished trials, the best first: the metric; among equals loss, then size, then age."""
    return (-METRICS[metric].gain(best.objective), best.validation_loss, parameters, number)
