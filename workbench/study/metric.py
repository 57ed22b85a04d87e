"""The metrics that a study can be judged by: names, words, which way is better. `models.metrics` measures them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Metric:
    """One quantity of the validation or the test part."""

    name: str  # as study files say it
    words: str  # within a sentence
    minimize: bool = False
    share: bool = True  # in [0, 1], and told in percent
    counted: bool = False  # follows from counts of examples, so it moves in steps
    tasks: tuple[str, ...] = ()  # that have it; empty: all

    @property
    def title(self) -> str:
        """At the head of something."""
        return self.words[0].upper() + self.words[1:]

    @property
    def highest(self) -> float:
        """The most that it can be; the least is 0."""
        return 1.0 if self.share else math.inf

    @property
    def better(self) -> str:
        """ "higher" or "lower": which way is better."""
        return "lower" if self.minimize else "higher"

    def gain(self, value: float | None) -> float:
        """The value as a number of which more is better; nothing measured is worst."""
        if value is None or math.isnan(value):
            return -math.inf
        return -value if self.minimize else value


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", counted=True),
        Metric("balanced-accuracy", "balanced accuracy", counted=True),
        Metric("f1", "macro F1", counted=True),
        Metric("f1-micro", "micro F1", counted=True, tasks=("multilabel",)),
        Metric("roc-auc", "ROC AUC"),
        Metric("average-precision", "average precision"),
        Metric("log-loss", "log loss", minimize=True, share=False),
        Metric("calibration-error", "calibration error", minimize=True),
    )
}
PARAMETERS = "parameters"  # what a study may name as its second metric: the fewer the better


def objective(spec: Mapping[str, Any]) -> Metric:
    """What the trials of a study are judged by, from `StudySpec.resolved`; the first of two."""
    said = spec.get("metric", "accuracy")
    return METRICS[said if isinstance(said, str) else said[0]]


def by_size_too(spec: Mapping[str, Any]) -> bool:
    """Whether the study has two metrics: its own and the number of parameters."""
    return not isinstance(spec.get("metric", "accuracy"), str)


def fitting(task: str) -> list[str]:
    """The names of the metrics that a task has."""
    return [name for name, metric in METRICS.items() if not metric.tasks or task in metric.tasks]
