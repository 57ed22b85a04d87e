"""Every metric of the leading trials, on the validation part at their best epoch.

Of the leaders alone: scikit-learn takes 40 ms for one network's ten classes, which is more than training many a
trial. What a leader's network says is kept when its trial ends, and is measured once, at the end of the command.
A trial that loses its place among the leaders is forgotten. A process that is killed leaves its leaders unmeasured.
Of a cross-validated trial each fold's network is measured on the part that it did not learn from; then the mean is
taken, for what two networks say has no common scale to rank all examples by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from torch import Tensor, nn

from workbench.data.splits import Part
from workbench.models import metrics
from workbench.store.history import Row
from workbench.study.space import Point
from workbench.study.spec import Task
from workbench.study.trial import Merit, Outcome
from workbench.tuning.final import outputs, rounded
from workbench.tuning.trainer import Trained

LEADERS = 10  # as many as a report names; see `reporting.page`

Built = Callable[[Point, Mapping[str, Tensor]], nn.Module]


class Leading:
    """The best completed trials so far, and what their networks say of the validation part."""

    def __init__(self, task: Task, parts: Sequence[Part], rows: Sequence[Row], build: Built) -> None:
        self._task, self._parts, self._build = task, parts, build  # a part for each fold
        sound = (row for row in rows if row.state == "complete" and row.duplicate_of is None and row.best)
        self._merits: list[tuple[Merit, int]] = sorted((row.merit, row.number) for row in sound)[:LEADERS]
        self._logits: dict[int, tuple[Outcome, list[Tensor]]] = {}

    def told(self, point: Point, trained: Trained) -> None:
        """A trial has ended."""
        outcome = trained.outcome
        networks = trained.folds or (() if trained.weights is None else (trained.weights,))
        if outcome.ended != "complete" or outcome.best is None or not networks:
            return
        mine = (outcome.merit, outcome.number)
        if len(self._merits) == LEADERS and mine > self._merits[-1]:
            return
        self._merits = sorted([*self._merits, mine])[:LEADERS]
        numbers = {number for _, number in self._merits}
        self._logits = {number: kept for number, kept in self._logits.items() if number in numbers}
        self._logits[outcome.number] = (
            outcome,
            [
                outputs(self._build(point, weights), part)
                for weights, part in zip(networks, self._parts, strict=True)
            ],
        )

    def measured(self, known: Mapping[str, Any] | None) -> dict[str, Any]:
        """{"validation": {number: metrics}}, those `known` of earlier commands that still lead included."""
        before = (known or {}).get("validation", {})
        found = {str(number): before[str(number)] for _, number in self._merits if str(number) in before}
        for number, (outcome, logits) in self._logits.items():
            if str(number) not in found:
                assert outcome.best is not None
                told = self._mean(logits)
                # What the curve says, to the last digit: the order of a sum is another one there.
                told |= {"accuracy": outcome.best.validation_accuracy, "log-loss": outcome.best.validation_loss}
                told |= {outcome.metric: outcome.best.objective}
                found[str(number)] = rounded(told)
        return {"validation": found}

    def _mean(self, logits: Sequence[Tensor]) -> dict[str, float]:
        """Over folds, of the metrics that each of them defines."""
        found = [
            metrics.score(self._task, one, part.y.cpu()) for one, part in zip(logits, self._parts, strict=True)
        ]
        return {name: fmean(one[name] for one in found) for name in found[0] if all(name in one for one in found)}
