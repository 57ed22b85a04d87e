"""What a study's numbers can be trusted to say: intervals, which leaders are tied, which one to take.

The leaders of a search are trained again with fresh seeds, repeat i of each with the same seed and the same
order of examples.

**Tied.** Two leaders are compared by Student's t test on the differences of their repeats. Which of them leads is
itself read off the same runs, so comparing the others with it would find differences where there are none (in 11 %
of studies of ten equal networks, five seeds each). All pairs are therefore tested, with Holm's correction
(S. Holm, A simple sequentially rejective multiple test procedure, 1979) over all k (k - 1) / 2 of them: the chance
that any leader is said to be behind, and is not, stays below 5 %, whichever leads, and with unequal noise, too.

**Recommended** is the smallest of the tied whose mean lies within one standard error of the highest (the rule of
L. Breiman et al., Classification and Regression Trees, 1984); the error is that of an accuracy on so many
validation examples, for a difference below it would not outlast other examples; of any other metric, which has no
such formula, it is that of the highest mean over its own seeds. Without this second condition a network that fails
with every other seed would be recommended: its noise keeps it tied with all.

**Interval.** The highest of several means is too high, and its interval misses the truth in 9 % of studies of five
equal networks, in 12 % of ten (the winner's curse). The recommended network is therefore trained as often once
more, and its interval (Student's t) is that of those runs alone, which had no part in choosing it (D. R. Cox, A
note on data-splitting for the evaluation of significance levels, 1975). The other leaders' are each for itself.

An accuracy is a count of examples: to each run's variance that of rounding to a whole example is added, step^2 / 12
(W. F. Sheppard, 1898), or five repeats that are equal by chance would pass for certainty. So it is for the other
metrics that follow from counts. "Highest" is the best: of a metric that is minimized, this is about its negative.
What the intervals are about: fresh seeds on this validation part, or in a cross-validation fresh seeds and
divisions of these examples. Other examples are another matter: the test part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean
from typing import Any

from workbench.store.history import History, Row, once
from workbench.study.metric import Metric

LEVEL = 0.05  # of being wrong, in every test; intervals are of 1 - LEVEL


@dataclass(frozen=True)
class Interval:
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Leader:
    """A leading trial after its repeats. `tied_with_best`: it cannot be told apart from the highest mean."""

    row: Row
    runs: tuple[float, ...]  # the metric in the repeats that all leaders have, by which they are compared
    lost: int  # of these repeats, how many diverged or failed: then it is neither compared nor recommended
    tied_with_best: bool
    recommended: bool
    fresh: tuple[float, ...] = ()  # of the further repeats of the recommended one, which its interval is from
    fresh_lost: int = 0
    interval: Interval | None = None  # None: of fewer than two runs

    @property
    def compared_mean(self) -> float:
        return fmean(self.runs) if self.runs else math.nan


@once
def by_search(history: History) -> Sequence[Row]:
    """The completed trials as the search ranks them, each point once."""
    rows = [row for row in history.rows if row.state == "complete" and row.duplicate_of is None and row.best]
    return sorted(rows, key=lambda row: row.merit)


def front(history: History) -> list[Row]:
    """The completed trials that no smaller or equal network equals or beats (V. Pareto), the best first."""
    gain, found = history.metric.gain, list[Row]()
    for row in sorted(by_search(history), key=lambda row: (-gain(row.value), row.parameters, row.number)):
        if not found or row.parameters < found[-1].parameters:
            found.append(row)
    return found


def candidates(history: History) -> Sequence[Row]:
    """Whom a confirmation looks at, the best first: of a study by size, too, the best of each size."""
    return front(history) if history.by_size_too else by_search(history)


def recommended(history: History) -> Row | None:
    """The trial to take: by its repeats, or where these are missing the search's best. None: nothing completed."""
    found = [leader.row for leader in leaders(history) if leader.recommended]
    return next(iter(found or by_search(history)), None)


@once
def leaders(history: History) -> Sequence[Leader]:
    """The leading trials by confirmed mean, those that lost runs behind. Empty: not confirmed."""
    known = history.facts.get("confirm")
    if not known:
        return []
    rows = candidates(history)[: known["top"]]
    runs = {(run["trial"], run["repeat"]): run for run in known["runs"]}
    seeds = known["seeds"]
    rounds = [i for i in range(seeds) if all((row.number, i) in runs for row in rows)]
    if not rows or len(rounds) < 2:
        return []
    examples, metric = (history.facts.get("data") or {}).get("validation"), history.metric
    step = 1 / examples if examples and metric.counted else 0.0
    found = []
    for row in rows:
        mine = [runs[row.number, i] for i in rounds]
        found.append(Leader(row, _sound(mine), len(mine) - len(_sound(mine)), False, False))
    found = _choose(found, step, examples, metric)
    ended = []
    for leader in found:
        further = [run for (trial, i), run in runs.items() if trial == leader.row.number and i >= seeds]
        if not leader.recommended:
            further = []
        fresh = _sound(further)
        told = interval(fresh if len(fresh) > 1 else leader.runs, step, metric.highest)
        ended.append(replace(leader, fresh=fresh, fresh_lost=len(further) - len(fresh), interval=told))
    return sorted(
        ended,
        key=lambda one: (
            one.lost,
            0.0 if one.interval is None else -metric.gain(one.interval.mean),
            one.row.parameters,
            -metric.gain(one.compared_mean),
        ),
    )


def reached(run: Mapping[str, Any]) -> float:
    """The metric of a repeat that was completed; databases of earlier versions know the accuracy alone."""
    return float(run["value"] if "value" in run else run["accuracy"])


def _sound(runs: Sequence[dict[str, Any]]) -> tuple[float, ...]:
    return tuple(reached(run) for run in runs if run["ended"] == "complete")


def _choose(found: Sequence[Leader], step: float, examples: int | None, metric: Metric) -> list[Leader]:
    """Who is tied and who is recommended."""

    def mean(leader: Leader) -> float:
        return metric.gain(leader.compared_mean)

    def size(leader: Leader) -> tuple[int, float]:
        return leader.row.parameters, -mean(leader)

    sound = sorted((leader for leader in found if not leader.lost), key=lambda one: (-mean(one), size(one)))
    unsound = sorted((leader for leader in found if leader.lost), key=lambda one: one.lost)
    if sound:
        runs = [[metric.gain(run) for run in leader.runs] for leader in sound]
        behind = compare(runs, step)
        sound = [replace(one, tied_with_best=not behind[i]) for i, one in enumerate(sound)]
        near = -math.inf
        if metric.name != "accuracy":
            near = mean(sound[0]) - _error(runs[0], step**2 / 12)
        elif examples:
            near = mean(sound[0]) - margin(mean(sound[0]), examples)
        taken = min((one for one in sound if one.tied_with_best and mean(one) >= near), key=size)
    else:
        taken = unsound[0]
    return [replace(one, recommended=one is taken) for one in (*sound, *unsound)]


def margin(accuracy: float, examples: int) -> float:
    """Standard error of an accuracy on so many examples, of A. Agresti and B. Coull (1998): not 0 where it is 1."""
    adjusted = (accuracy * examples + 2) / (examples + 4)
    return math.sqrt(adjusted * (1 - adjusted) / (examples + 4))


# -- the statistics ---------------------------------------------------------------------------------------


def compare(runs: Sequence[Sequence[float]], step: float = 0.0) -> list[bool]:
    """Which of these are certainly behind the one of the highest mean. runs[j][i]: repeat i of j; at least two."""
    best = max(range(len(runs)), key=lambda j: fmean(runs[j]))
    pairs = list(combinations(range(len(runs)), 2))
    adjusted = holm(_paired([(runs[a], runs[b]) for a, b in pairs], step))
    told_apart = {pair for pair, p in zip(pairs, adjusted, strict=True) if p < LEVEL}
    return [(min(j, best), max(j, best)) in told_apart for j in range(len(runs))]


def _paired(pairs: Sequence[tuple[Sequence[float], Sequence[float]]], step: float) -> list[float]:
    """p of Student's t test on the differences of each pair, two-sided."""
    from scipy.special import stdtr  # a tenth of a second

    found = []
    for one, other in pairs:
        differences = [a - b for a, b in zip(one, other, strict=True)]
        mean, error = fmean(differences), _error(differences, 2 * step**2 / 12)
        found.append(-abs(mean) / error if error else -math.inf if mean else 0.0)
    freedom = len(pairs[0][0]) - 1 if pairs else 1
    return [2 * float(p) for p in stdtr(freedom, found)]


def _error(values: Sequence[float], rounding: float) -> float:
    """Standard error of the mean."""
    mean = fmean(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return math.sqrt((variance + rounding) / len(values))


def holm(p: Sequence[float]) -> list[float]:
    """p values adjusted for being so many (Holm 1979)."""
    adjusted, highest = [0.0] * len(p), 0.0
    for place, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        highest = max(highest, min(1.0, (len(p) - place) * p[i]))
        adjusted[i] = highest
    return adjusted


def interval(values: Sequence[float], step: float = 0.0, highest: float = 1.0) -> Interval | None:
    """Of a mean: Student's t, within [0, highest]; None of fewer than two."""
    from scipy.special import stdtrit

    if len(values) < 2:
        return None
    half = float(stdtrit(len(values) - 1, 1 - LEVEL / 2)) * _error(values, step**2 / 12)
    mean = fmean(values)
    return Interval(mean, max(0.0, mean - half), min(highest, mean + half))


def wilson(accuracy: float, examples: int) -> Interval:
    """Of an accuracy measured once on so many examples (E. B. Wilson 1927); sound near 0 and 1, too."""
    z = 1.959964  # the normal distribution's 97.5 %
    spread = 1 + z**2 / examples
    centre = (accuracy + z**2 / (2 * examples)) / spread
    half = z / spread * math.sqrt(accuracy * (1 - accuracy) / examples + z**2 / (4 * examples**2))
    return Interval(accuracy, max(0.0, centre - half), min(1.0, centre + half))


def mcnemar(only_one: int, only_other: int) -> float:
    """p that two classifiers are as often right: counts of examples that one alone gets right; exact binomial."""
    from scipy.special import bdtr

    differing = only_one + only_other
    return min(1.0, 2 * float(bdtr(min(only_one, only_other), differing, 0.5))) if differing else 1.0


def difference(only_one: int, only_other: int, examples: int) -> Interval:
    """By how much one accuracy is above another on the same examples: counts that one alone gets right.

    A. Agresti and Y. Min, Simple improved confidence intervals for comparing matched proportions (2005): half an
    example is added to each of the four counts, so that it is sound where they hardly differ.
    """
    mean = (only_one - only_other) / examples
    one, other, n = only_one + 0.5, only_other + 0.5, examples + 2
    half = 1.959964 / n * math.sqrt(one + other - (one - other) ** 2 / n)
    centre = (one - other) / n
    return Interval(mean, centre - half, centre + half)


def paired_difference(one: Leader, other: Leader, examples: int | None) -> Interval | None:
    """Of the means of two leaders, over repeats with the same seeds: Student's t; None of fewer than two."""
    from scipy.special import stdtrit

    differences = [a - b for a, b in zip(one.runs, other.runs, strict=False)]
    if len(differences) < 2 or one.lost or other.lost:
        return None
    step = 1 / examples if examples else 0.0
    half = float(stdtrit(len(differences) - 1, 1 - LEVEL / 2)) * _error(differences, 2 * step**2 / 12)
    mean = fmean(differences)
    return Interval(mean, mean - half, mean + half)


def epochs(history: History, row: Row, before: float = math.inf) -> int:
    """For how long to train the final network: the middle of its runs' best epochs, the earlier of two.

    Of its repeats those `before` this one.
    """
    known = history.facts.get("confirm") or {"runs": []}
    mine = [run for run in known["runs"] if run["trial"] == row.number and run["ended"] == "complete"]
    found = [run["epoch"] for run in mine if run["repeat"] < before]
    assert row.best is not None
    found = sorted([*found, row.best.epoch])
    return int(found[(len(found) - 1) // 2])
