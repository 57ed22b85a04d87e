"""Enqueued points beside what the search found: what the lesson did, and what there was to gain.

On the test part all of them learned from the same examples, the enqueued ones for all of their epochs; the
difference is that of two networks on the same test examples. Over seeds it is known where the repeats of both were
compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench import confidence
from workbench.reporting import summary, words
from workbench.store.history import History, Row
from workbench.study.metric import Metric

INTERVAL = "95 % interval"  # the columns of this name are those that a terminal goes without
EXPLAINED = (
    "Test: trained on training and validation part, the enqueued ones for all of their epochs. Beside the "
    "recommended: how far the test accuracy lies below or above that one's, on the same examples (A. Agresti and "
    "Y. Min, 2005)."
)


def head(history: History) -> list[str]:
    """What the columns of `table` are. The study's own metric of the test part, where that is not the accuracy."""
    told = [] if history.metric.name == "accuracy" else [f"test {history.metric.words}"]
    told += ["test accuracy", INTERVAL, "beside the recommended", INTERVAL, "parameters", "epochs"]
    return ["network", "trial", f"validation {history.metric.words}", *told]


def table(history: History) -> list[list[str]]:
    """A line for each, as `head` has it, and the recommended one last; nothing where no point was enqueued."""
    there, winner = summary.enqueued(history), summary.best(history)
    if not there:
        return []
    scored = summary.enqueued_scores(history)
    others = [row for row in there if winner is None or row.number != winner.number]
    metric = history.metric
    lines = [_line(row, row.enqueued or "", scored.get(row.number), metric) for row in others]
    if winner is None:
        return lines
    if winner.enqueued:
        drawn = [row for row in confidence.by_search(history) if not row.enqueued]
        lines += [_line(row, "the search's best", None, metric) for row in drawn[:1]]
    name = winner.enqueued or "the search's best"
    return [*lines, _line(winner, f"{name} (recommended)", summary.tested(history), metric)]


def _line(row: Row, name: str, score: dict[str, Any] | None, metric: Metric) -> list[str]:
    told = [words.percent(score["accuracy"]), _within(score["low"], score["high"])] if score else ["", ""]
    if metric.name != "accuracy":
        told.insert(0, words.measured(metric, summary.value(score, metric)) if score else "")
    beside = _beside(summary.behind(score)) if score and "only_enqueued" in score else ["", ""]
    epochs = str(score["epochs"] if score else len(row.curve) or "")
    value = words.measured(metric, row.value) if row.value is not None else row.state
    size = f"{row.parameters:,}" if row.parameters else ""
    return [name, str(row.number), value, *told, *beside, size, epochs]


def _beside(found: confidence.Interval) -> list[str]:
    """Behind or ahead by so much, and the interval of that."""
    if found.mean < 0:
        return [f"ahead by {words.points(-found.mean)} points", _within(-found.high, -found.low)]
    return [
        f"behind by {words.points(found.mean)} points" if found.mean else "level",
        _within(found.low, found.high),
    ]


def _within(low: float, high: float) -> str:
    return f"{words.points(low)} to {words.points(high)}"


def notes(history: History) -> Iterator[str]:
    """Why a point has no value, and what the repeats say of those that were compared."""
    for row in summary.enqueued(history):
        if row.state == "failed" or row.ended == "diverged":
            yield f"{row.enqueued} (trial {row.number}): {row.reason}."
    leaders = {leader.row.number: leader for leader in confidence.leaders(history)}
    taken = next((leader for leader in leaders.values() if leader.recommended), None)
    metric, examples = history.metric, summary.data(history).get("validation")
    for row in summary.enqueued(history) if metric.share and not metric.minimize else ():
        leader = leaders.get(row.number)
        if leader is None or taken is None or leader is taken:
            continue
        found = confidence.paired_difference(taken, leader, examples if metric.counted else None)
        if found is not None:
            yield (
                f"Over {words.count(len(leader.runs), 'paired seed')} the recommended one is "
                f"{words.points(found.mean)} points of validation {metric.words} above {row.enqueued} "
                f"(95 % interval {_within(found.low, found.high)})."
            )
