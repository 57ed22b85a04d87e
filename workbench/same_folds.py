"""The recommended network beside simpler models on the same folds: a pure function of a history.

The network is scored by the confirmation's further runs, which had no part in choosing it, each with a division
into folds of its own, at the epoch that the earlier runs were best at. Simpler models are fitted to the same
training parts and scored on the same validation parts. What is left in the network's favour: its settings were
searched for on these examples, in another division; the simpler models have the defaults of their library.

The standard error is that of one division: of k folds it is sqrt(s^2 / k), the variance s^2 over folds pooled
over the divisions. More divisions of the same examples make a mean steadier, but show no other examples, so they
make the error no smaller (there is no exact one: Y. Bengio and Y. Grandvalet, No unbiased estimator of the variance
of k-fold cross-validation, 2004). That of a difference is over the differences fold by fold.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any, Literal

from workbench import confidence
from workbench.confidence import Leader
from workbench.store.history import History, once

Division = int
Folds = Mapping[Division, Sequence[float]]  # each division's folds: what was reached on each
Verdict = Literal["tie", "ahead", "behind"]

FACT = "same_folds"  # what is remembered of the simpler models: {"trial", "divisions", "models": [...]}


@dataclass(frozen=True)
class Model:
    """A simpler model on the folds that it had time for. `difference`: by how much the network is better."""

    name: str
    linear: bool
    mean: float
    error: float
    divisions: int
    difference: float
    difference_error: float
    note: str = ""

    @property
    def verdict(self) -> Verdict:
        """Of the network, by one standard error of the difference."""
        if abs(self.difference) <= self.difference_error:
            return "tie"
        return "ahead" if self.difference > 0 else "behind"


@dataclass(frozen=True)
class Comparison:
    """What the network reaches, and the models, the best first; those that there was no time for by name."""

    trial: int
    epoch: int  # that the network is scored at
    folds: int
    divisions: int
    lost: int  # runs that diverged or failed: they are not in the mean
    mean: float
    error: float
    models: tuple[Model, ...]
    missing: Mapping[str, str]  # model -> why it has no score


def network(history: History) -> tuple[Leader, int, Folds] | None:
    """The recommended network, the epoch that it is scored at, and its folds; None: nothing can be compared."""
    known = history.facts.get("confirm") or {"runs": []}
    leaders = confidence.leaders(history)
    taken = next((leader for leader in leaders if leader.recommended), None)
    if taken is None:
        return None
    first = known["seeds"] if len(leaders) > 1 else 0  # one alone was not chosen by its repeats
    runs = [run for run in known["runs"] if run["trial"] == taken.row.number and run["repeat"] >= first]
    found = {run["repeat"] + 1: run["folds"] for run in runs if run.get("folds")}
    epochs = {run["scored_at"] for run in runs if run.get("folds")}
    return (taken, epochs.pop(), found) if len(epochs) == 1 else None


@once
def compared(history: History) -> Comparison | None:
    """None: no folds, not confirmed, or stored by an earlier version."""
    ours, known = network(history), history.facts.get(FACT)
    if ours is None or not known:
        return None
    taken, epoch, reached = ours
    if known["trial"] != taken.row.number:
        return None
    theirs = [(one, {int(d): v for d, v in one["folds"].items() if int(d) in reached}) for one in known["models"]]
    sign = -1 if history.metric.minimize else 1
    models = [_model(one, folds, reached, sign) for one, folds in theirs if folds]
    return Comparison(
        trial=taken.row.number,
        epoch=epoch,
        folds=len(next(iter(reached.values()))),
        divisions=len(reached),
        lost=taken.fresh_lost if taken.fresh else taken.lost,
        mean=mean(reached),
        error=error(reached),
        models=tuple(sorted(models, key=lambda one: -sign * one.mean)),
        missing={one["name"]: one["note"] for one, folds in theirs if not folds},
    )


def _model(about: Mapping[str, Any], folds: Folds, network: Folds, sign: int) -> Model:
    gaps = {d: [sign * (a - b) for a, b in zip(network[d], found, strict=True)] for d, found in folds.items()}
    told = mean(folds), error(folds), len(folds), mean(gaps), error(gaps)
    return Model(about["name"], about["linear"], *told, about["note"])


def mean(folds: Folds) -> float:
    """Of all folds of all divisions."""
    return fmean(fmean(found) for found in folds.values())


def error(folds: Folds) -> float:
    """Standard error of one division's mean, see above."""
    return math.sqrt(fmean(variance(found) / len(found) for found in folds.values()))


def as_json(found: Comparison | None) -> dict[str, Any] | None:
    """For `--json`."""
    if found is None:
        return None
    return {
        "trial": found.trial,
        "epoch": found.epoch,
        "folds": found.folds,
        "divisions": found.divisions,
        "lost_runs": found.lost,
        "mean": found.mean,
        "standard_error": found.error,
        "models": [
            {
                "name": one.name,
                "linear": one.linear,
                "mean": one.mean,
                "standard_error": one.error,
                "divisions": one.divisions,
                "network_better_by": one.difference,
                "standard_error_of_the_difference": one.difference_error,
                "verdict": one.verdict,
            }
            for one in found.models
        ],
        "missing": dict(found.missing),
    }
