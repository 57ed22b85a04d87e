"""A trial and how it ended, as plain values: what trainers, store and reports say to one another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    folds: tuple[float, ...] = ()  # of a cross-validation: each fold's accuracy at the best epoch of their mean

    @property
    def best(self) -> Epoch | None:
        """The epoch of highest validation accuracy; the earliest of equals. None before the first."""
        return max(self.curve, key=lambda e: (e.validation_accuracy, -e.epoch), default=None)


def merit(best: Epoch, parameters: int, number: int) -> tuple[float, float, int, int]:
    """Sort key of finished trials, the best first: accuracy; among equals loss, then size, then age."""
    return (-best.validation_accuracy, best.validation_loss, parameters, number)
