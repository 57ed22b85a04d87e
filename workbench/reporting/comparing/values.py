"""What is compared, as values. What was reached on different examples is put side by side, and never subtracted.

**Better.** The recommended networks of two studies are compared by the repeats that neither was chosen by (the
runs of `confidence` that its interval is from): the difference of their means with a 95 % interval by Welch's
t (B. L. Welch 1947), for their noise may differ; of more than two studies with Bonferroni's correction.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from statistics import fmean, variance
from typing import Any

from workbench import confidence
from workbench.confidence import LEVEL, Interval, Leader
from workbench.reporting import summary, words
from workbench.store.history import History, Row, strict
from workbench.study.metric import Metric

Steps = list[tuple[float, float]]  # (how far, the best on the validation part from there on)


@dataclass(frozen=True)
class Side:
    """One study. `shares`: of `store.importance.importances`."""

    label: str
    history: History
    shares: Mapping[str, float]

    @property
    def best(self) -> Row | None:
        return summary.best(self.history)

    @property
    def leader(self) -> Leader | None:
        """What fresh seeds said of its best trial; None where they were not asked."""
        return next((one for one in confidence.leaders(self.history) if one.recommended), None)

    @property
    def interval(self) -> Interval | None:
        """Of its best trial's metric on the validation part, over seeds."""
        return None if self.leader is None else self.leader.interval

    @property
    def test(self) -> dict[str, Any] | None:
        return summary.tested(self.history)

    @property
    def data(self) -> dict[str, Any]:
        return summary.data(self.history)

    @property
    def metric(self) -> Metric:
        return self.history.metric

    def by_trials(self) -> Steps:
        """The best so far after so many ended trials."""
        ended = sorted((row for row in self.history.rows if row.state in _ENDED), key=lambda row: row.number)
        return _best_so_far([(float(i), row) for i, row in enumerate(ended, 1)], self.metric)

    def by_seconds(self) -> Steps:
        """The best so far after so many seconds of training: breaks between two commands do not count."""
        ended = [row for row in self.history.rows if row.state in _ENDED and row.started and row.finished]
        spans = [(_moment(row.started), _moment(row.finished)) for row in ended]
        busy = _merged(spans)
        timed = [(_elapsed(busy, end), row) for (_, end), row in zip(spans, ended, strict=True)]
        return _best_so_far(sorted(timed, key=lambda pair: pair[0]), self.metric)


_ENDED = ("complete", "pruned", "failed")


def _best_so_far(rows: Sequence[tuple[float, Row]], metric: Metric) -> Steps:
    steps = Steps()
    for place, row in rows:
        better = not steps or metric.gain(row.value) > metric.gain(steps[-1][1])
        if row.state == "complete" and row.value is not None and better:
            steps.append((place, row.value))
    return [*steps, (rows[-1][0], steps[-1][1])] if steps else []


def _moment(iso: str | None) -> float:
    assert iso is not None
    return datetime.fromisoformat(iso).timestamp()


def _merged(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The times in which any trial was under way."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _elapsed(busy: Sequence[tuple[float, float]], moment: float) -> float:
    return sum(min(end, moment) - start for start, end in busy if start < moment)


# -- whether they can be compared, and who is better ----------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """By how much the first one's mean is better than the second one's, whichever way is better."""

    first: str
    second: str
    interval: Interval

    @property
    def sure(self) -> bool:
        return self.interval.low > 0 or self.interval.high < 0


def obstacles(sides: Sequence[Side]) -> list[str]:
    """Why these numbers say nothing about one another; else nothing."""
    found = []
    for what, values in (
        ("metrics", [side.metric.name for side in sides]),
        ("tasks", [side.history.spec.get("task") for side in sides]),
    ):
        if len(set(values)) > 1:
            told = ", ".join(f"{side.label}: {value}" for side, value in zip(sides, values, strict=True))
            found.append(f"The {what} differ ({told}): their numbers cannot be compared.")
    digests = [side.data.get("md5") for side in sides]
    if len(set(digests)) > 1:
        told = ", ".join(_data_told(side) for side in sides)
        measure = sides[0].metric.words
        found.append(f"The data differ ({told}): {_an(measure)} {measure} on other examples is another quantity.")
    elif digests[0] is None:
        found.append("Nothing is known of the data: no command got as far as loading them.")
    return found


def _data_told(side: Side) -> str:
    known = side.data
    if not known:
        return f"{side.label}: unknown"
    folds = known.get("folds")
    examples = f"{known['train']:,} + {known['validation']:,}"
    if folds:
        examples = f"{known['validation']:,} in {folds} folds"
    return f"{side.label}: {known['name']}, {examples}, md5 {known['md5'][:8]}"


def differences(sides: Sequence[Side]) -> list[Difference]:
    """Every pair of confirmed studies on the same data, the better one first."""
    if obstacles(sides):
        return []
    known = [(side, independent(side)) for side in sides]
    confirmed = [(side, runs) for side, runs in known if len(runs) > 1]
    pairs = list(combinations(confirmed, 2))
    examples = sides[0].data.get("validation")
    metric = sides[0].metric
    step = 1 / examples if examples and metric.counted else 0.0
    found = []
    for pair in pairs:
        ordered = sorted(pair, key=lambda known: -metric.gain(fmean(known[1])))
        (better, runs), (worse, others) = ((side, [metric.gain(run) for run in own]) for side, own in ordered)
        found.append(Difference(better.label, worse.label, welch(runs, others, step, LEVEL / len(pairs))))
    return found


def independent(side: Side) -> tuple[float, ...]:
    """Runs that had no part in choosing: the fresh ones, or those of a study that had one leader alone."""
    leader = side.leader
    if leader is None:
        return ()
    alone = len(confidence.leaders(side.history)) == 1
    return leader.fresh or (leader.runs if alone else ())


def welch(one: Sequence[float], other: Sequence[float], step: float, level: float = LEVEL) -> Interval:
    """Mean of `one` less that of `other`, with an interval of 1 - level: Welch's t, Satterthwaite's freedom.

    To each variance that of rounding to `step` is added, as in `confidence`.
    """
    from scipy.special import stdtrit  # a tenth of a second

    parts = [((variance(runs) + step**2 / 12) / len(runs), len(runs) - 1) for runs in (one, other)]
    total = sum(part for part, _ in parts)
    mean = fmean(one) - fmean(other)
    if total == 0:
        return Interval(mean, mean, mean)
    freedom = total**2 / sum(part**2 / n for part, n in parts)
    half = float(stdtrit(freedom, 1 - level / 2)) * math.sqrt(total)
    return Interval(mean, mean - half, mean + half)


def verdicts(sides: Sequence[Side]) -> list[str]:
    """What the comparison says, in sentences."""
    said = obstacles(sides)
    metric = sides[0].metric
    for one in differences(sides):
        mean, beyond = words.apart(metric, one.interval.mean), "below" if metric.minimize else "above"
        interval = words.bounds(metric, one.interval.low, one.interval.high)
        told = f"{one.first} is {mean} {beyond} {one.second} over fresh seeds (95 % interval {interval})"
        said.append(f"{told}: better." if one.sure else f"{told}: they cannot be told apart.")
    if not obstacles(sides):
        said += [f"{side.label}: {_flattered(side)}" for side in sides if side.best and len(independent(side)) < 2]
    said += [f"{side.label} has no completed trial." for side in sides if side.best is None]
    return said


def _flattered(side: Side) -> str:
    """Why what it reached on the validation part is compared with nobody's."""
    how = "the repeats of its best trial are those that it was chosen by" if side.leader else "it was not confirmed"
    return f"{how}, and the best of many flatters. {_tests(side)} are the fairer comparison."


def _tests(side: Side) -> str:
    return "Test accuracies" if side.metric.name == "accuracy" else "Test parts"


def _an(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


# -- by name --------------------------------------------------------------------------------------------------


def shares(sides: Sequence[Side]) -> dict[str, list[float | None]]:
    """Each hyperparameter's importance in each study, the most important first; None where it has none."""
    names = {name for side in sides for name in side.shares}
    ordered = sorted(names, key=lambda name: (-max(side.shares.get(name, 0.0) for side in sides), name))
    return {name: [side.shares.get(name) for side in sides] for name in ordered}


def ranges(sides: Sequence[Side]) -> dict[str, list[str]]:
    """The hyperparameters whose values the studies do not share, in words."""
    spaces = [side.history.spec["space"] for side in sides]
    names = dict.fromkeys(name for space in spaces for name in space)
    told = {name: [_range(space, name) for space in spaces] for name in names}
    return {name: values for name, values in told.items() if len(set(values)) > 1}


def _range(space: Mapping[str, Any], name: str) -> str:
    return words.parameter(space[name]) if name in space else "not searched"


def settings(sides: Sequence[Side]) -> dict[str, list[str]]:
    """What else the studies do not share: model, sampler, pruner, seed, epochs of budget."""
    found = {"model": [side.history.spec["model"]["family"] for side in sides]}
    for name in ("sampler", "pruner", "seed"):
        found[name] = [str(side.history.spec["search"].get(name, words.MISSING)) for side in sides]
    return {name: values for name, values in found.items() if len(set(values)) > 1}


# -- as JSON --------------------------------------------------------------------------------------------------


def as_json(sides: Sequence[Side]) -> dict[str, Any]:
    """All of it, as strict JSON."""
    table = {
        "comparable": not obstacles(sides),
        "verdicts": verdicts(sides),
        "differences": [
            {"first": one.first, "second": one.second, **_interval(one.interval), "sure": one.sure}
            for one in differences(sides)
        ],
        "ranges": ranges(sides),
        "settings": settings(sides),
        "importances": shares(sides),
        "studies": [_side(side) for side in sides],
    }
    strict_table: dict[str, Any] = strict(table)
    return strict_table


def _interval(interval: Interval) -> dict[str, float]:
    return {"mean": interval.mean, "low": interval.low, "high": interval.high}


def _side(side: Side) -> dict[str, Any]:
    row, interval, score, counts = side.best, side.interval, side.test, summary.counts(side.history)
    best = None
    if row is not None:
        best = {
            "trial": row.number,
            "validation": row.value,
            "confirmed": interval and _interval(interval),
            "parameters": row.parameters,
            "params": row.point,
            "test": score and {name: score[name] for name in ("accuracy", "low", "high", "examples")},
        }
    return {
        "label": side.label,
        "study": side.history.study,
        "storage": side.history.facts.get("storage"),
        "dataset": side.data.get("name"),
        "md5": side.data.get("md5"),
        "metric": side.history.spec.get("metric"),
        "trials": {name: counts[name] for name in ("total", "complete", "pruned", "failed")},
        "seconds": side.history.facts.get("seconds"),
        "best": best,
        "best_so_far": {"trials": side.by_trials(), "seconds": side.by_seconds()},
    }
