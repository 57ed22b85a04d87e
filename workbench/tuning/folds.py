"""A trial of a cross-validated study is k lanes, one for each fold; here they become one trial again.

What stands above hears of trials alone: of their mean after each epoch, once all folds have ended it, and of one
outcome with the mean's curve. So pruning compares means at equal epochs, and the value is that of the best epoch of
the mean, the same for all folds. A trial whose fold diverges has diverged, and its other folds stop with it.

Folds have seeds of their own: the mean is also one over first weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from statistics import fmean
from typing import Any

from workbench.data.splits import Splits
from workbench.study.seeds import derive
from workbench.study.trial import Ended, Epoch, Outcome
from workbench.tuning.trainer import BestSoFar, Keep, Lane, OnEpoch, Refill, Trained, Trainer, nobody

FIRST = "training part of fold 1 of {}"  # what the weights of a trial were trained on
WORST_FIRST: tuple[Ended, ...] = ("failed", "diverged", "pruned", "complete")


class FoldTrainer:
    """Trains each lane on every fold of the data; where the data have none, it is the trainer within."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer, self.metric = trainer, trainer.metric

    def train(
        self,
        cohort: Sequence[Lane],
        data: Splits,
        on_epoch: OnEpoch,
        refill: Refill = nobody,
        keep: Keep | None = None,
    ) -> Iterator[Trained]:
        """Train every lane and those that join; yield each as the last of its folds has ended."""
        if data.folds is None:
            yield from self.trainer.train(cohort, data, on_epoch, refill, keep)
            return
        count = data.folds.count
        ended: defaultdict[int, dict[int, Trained]] = defaultdict(dict)  # trial -> fold -> what came out
        left = 0
        scored_at = {lane.number: lane.scored_at for lane in cohort}

        def judged(epochs: Mapping[int, Epoch]) -> Collection[int]:
            trials: defaultdict[int, list[Epoch]] = defaultdict(list)
            for number in sorted(epochs):
                trials[number // count].append(epochs[number])
            means = {trial: mean(found) for trial, found in trials.items() if len(found) == count}
            dropped = on_epoch(means) if means else ()
            return [n for n in epochs if n // count in dropped or n // count not in means]

        def joining(_folds: int) -> Sequence[Lane]:
            nonlocal left
            places, left = left, 0
            coming = refill(places) if places else ()
            scored_at.update({lane.number: lane.scored_at for lane in coming})
            return lanes_of(coming, count)

        keep = BestSoFar(self.metric, count)
        for trained in self.trainer.train(lanes_of(cohort, count), data, judged, joining, keep):
            trial, fold = divmod(trained.outcome.number, count)
            ended[trial][fold] = trained
            if len(ended[trial]) == count:
                found = ended.pop(trial)
                left += 1
                yield together(trial, [found[i] for i in range(count)], scored_at[trial])


def lanes_of(trials: Sequence[Lane], count: int) -> list[Lane]:
    """A lane for each fold of each trial. The folds of a trial have numbers of their own."""
    return [
        replace(lane, number=lane.number * count + i, seed=derive(lane.seed, "fold", i), fold=i)
        for lane in trials
        for i in range(count)
    ]


def mean(epochs: Sequence[Epoch]) -> Epoch:
    """Of all folds after the same epoch; folds are of one size but for an example."""
    names = [each.name for each in fields(Epoch) if each.name != "epoch"]
    measured = [name for name in names if getattr(epochs[0], name) is not None]
    means: dict[str, Any] = {name: fmean(getattr(epoch, name) for epoch in epochs) for name in measured}
    return replace(epochs[0], **means)


def together(trial: int, found: Sequence[Trained], scored_at: int | None = None) -> Trained:
    """A trial's outcome from those of its folds, and their weights.

    Each fold's metric is that of the epoch asked for, which a lane must have come to; else of the mean's best.
    """
    outcomes = [one.outcome for one in found]
    fold = min(range(len(found)), key=lambda i: WORST_FIRST.index(outcomes[i].ended))
    ended, reason = outcomes[fold].ended, outcomes[fold].reason
    if ended == "diverged":
        reason = f"fold {fold + 1} of {len(found)}: {reason}"
    outcome = Outcome(
        number=trial,
        ended=ended,
        curve=tuple(map(mean, zip(*(one.curve for one in outcomes), strict=False))),
        seconds=sum(one.seconds for one in outcomes),
        parameters=outcomes[fold].parameters,
        reason=reason,
        metric=outcomes[fold].metric,
    )
    if outcome.best is not None:
        place = (scored_at if scored_at and scored_at <= len(outcome.curve) else outcome.best.epoch) - 1
        outcome = replace(outcome, folds=tuple(one.curve[place].objective for one in outcomes))
    weights = tuple(one.weights for one in found if one.weights is not None)
    return Trained(outcome, found[0].weights, weights if len(weights) == len(found) else ())
