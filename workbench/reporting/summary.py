"""What a history says: who ranks where, how many ended how, and how far the ranking can be trusted.

Pure functions. Only completed trials take a rank: what a pruned trial reached is that of a training cut short. The
confirmed leaders come first, by the mean of their repeats, the rest as the search has them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import confidence, same_folds
from workbench.confidence import Leader
from workbench.store.history import History, Row, once, strict
from workbench.study.metric import Metric, fitting

LISTED = 12  # categories of a column


@dataclass(frozen=True)
class Ranked:
    """A trial's place in the ranking; `rank` counts from 1, None where it takes no place."""

    rank: int | None
    state: str  # complete | pruned | diverged | failed
    row: Row
    leader: Leader | None = None  # what its repeats say, where it has any


@once
def ranking(history: History) -> Sequence[Ranked]:
    """Every ended trial: the completed ones best first, then those cut short, the best first, then the failed.

    A duplicate stands beside the trial whose outcome it repeats, without a rank of its own.
    """
    leaders = {leader.row.number: leader for leader in confidence.leaders(history)}
    standing = {number: place for place, number in enumerate(leaders)}
    last = len(standing)
    ended = [row for row in history.rows if row.state in _GROUPS]
    ranked = []
    rank = 0
    metric = history.metric
    for row in sorted(ended, key=lambda row: (standing.get(_original(row), last), _place(row, metric))):
        counts = row.state == "complete" and row.duplicate_of is None
        rank += counts
        ranked.append(Ranked(rank if counts else None, _state(row), row, leaders.get(row.number)))
    return ranked


def _original(row: Row) -> int:
    return row.number if row.duplicate_of is None else row.duplicate_of


_GROUPS = {"complete": 0, "pruned": 1, "failed": 2}


def _place(row: Row, metric: Metric) -> tuple[float, ...]:
    group = _GROUPS[row.state]
    if group == 0 and row.best is not None:
        return (group, *row.merit)
    return (group, -metric.gain(row.value), row.number)


def _state(row: Row) -> str:
    return "diverged" if row.ended == "diverged" else row.state


def best(history: History) -> Row | None:
    """The trial to take: the recommended one, which need not be of rank 1; see `confidence`."""
    return confidence.recommended(history)


def counts(history: History) -> dict[str, int]:
    """How many trials ended, and how. The diverged are among the pruned."""
    rows = history.rows
    ended = {state: sum(row.state == state for row in rows) for state in _GROUPS}
    return {
        "total": sum(ended.values()),
        **ended,
        "diverged": sum(_state(row) == "diverged" for row in rows),
        "duplicates": sum(row.duplicate_of is not None for row in rows),
    }


def data(history: History) -> dict[str, Any]:
    """What is known of the data; empty where no command got as far as loading it."""
    known: dict[str, Any] | None = history.facts.get("data")
    return known or {}


def folds(history: History) -> int | None:
    """Of a cross-validation; None where there is one validation part."""
    known: int | None = data(history).get("folds")
    return known


def parts(history: History) -> str:
    """How many examples are where: "96 training, 24 validation, 30 test", or "120 in 5 folds, 30 test"."""
    known, count = data(history), folds(history)
    if count:
        return f"{known['validation']:,} in {count} folds, {known['test']:,} test"
    return f"{known['train']:,} training, {known['validation']:,} validation, {known['test']:,} test"


def features(history: History) -> list[str]:
    """A line for each column of a table that the networks see; none for other data."""
    return [_feature(one) for one in data(history).get("features") or ()]


def _feature(known: Mapping[str, Any]) -> str:
    names = known["categories"]
    shown = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
    said = {"number": "number", "boolean": f"{' or '.join(names)}, as 0 or 1", "category": f"category: {shown}"}
    fill = known["fill"]
    filled = "" if fill is None else f"; missing: {fill:.6g}" if isinstance(fill, float) else f"; missing: {fill}"
    return f"{known['name']} ({said[known['kind']]}{filled})"


def tested(history: History) -> dict[str, Any] | None:
    """The score on the test part of the recommended network, if it was taken."""
    winner = best(history)
    score: dict[str, Any] | None = history.facts.get("final")
    if winner is None or score is None:
        return None
    said = (winner.number, confidence.epochs(history, winner))
    return score if (score["trial"], score["epochs"]) == said else None


def rivals(history: History) -> list[dict[str, Any]]:
    """The baselines that the recommended network is not certainly better than on the test part (McNemar's test)."""
    known = history.facts.get("baselines") if tested(history) else None
    return [
        one
        for one in known or ()
        if one["only_network"] <= one["only_baseline"]
        or confidence.mcnemar(one["only_network"], one["only_baseline"]) >= confidence.LEVEL
    ]


def enqueued(history: History) -> list[Row]:
    """The trials that the study file says are to come first, those that ended."""
    return [row for row in history.rows if row.enqueued and row.state in _GROUPS]


def enqueued_scores(history: History) -> dict[int, dict[str, Any]]:
    """What was scored of them on the test part, beside the recommended network, by trial."""
    known = history.facts.get("enqueued") if tested(history) else None
    return {one["trial"]: one for one in known or ()}


def behind(score: dict[str, Any]) -> confidence.Interval:
    """How far an enqueued network's test accuracy lies below the recommended one's."""
    return confidence.difference(score["only_network"], score["only_enqueued"], score["examples"])


def value(scored: Mapping[str, Any], metric: Metric) -> float | None:
    """What a network or a baseline has of a metric on the test part; None: not measured."""
    known = {"accuracy": scored.get("accuracy"), **(scored.get("metrics") or {})}
    return known.get(metric.name)


def every(history: History, measured: Mapping[str, float] | None) -> dict[str, float | None] | None:
    """All metrics of the task, None where one is not defined; None for all: not measured."""
    if not measured:
        return None
    return {name: measured.get(name) for name in fitting(history.spec["task"])}


def standard_error(accuracy: float, examples: int) -> float:
    """Of a share measured on so many independent examples: the binomial's sqrt(p (1 - p) / n)."""
    return math.sqrt(accuracy * (1 - accuracy) / examples)


@dataclass(frozen=True)
class Doubt:
    """How many of the ranked trials are within one standard error of the best one, itself included."""

    standard_error: float
    within: int
    ranked: int


def doubt(history: History) -> Doubt | None:
    """How finely the validation part can tell the trials apart; None where nothing was measured, or of a metric
    other than accuracy, whose error one run does not tell."""
    winner, examples = next(iter(confidence.by_search(history)), None), data(history).get("validation")
    if winner is None or winner.value is None or not examples or history.metric.name != "accuracy":
        return None
    error = standard_error(winner.value, examples)
    values = [ranked.row.value for ranked in ranking(history) if ranked.rank]
    within = sum(value is not None and winner.value - value <= error for value in values)
    return Doubt(error, within, len(values))


def result(history: History, *, seconds: Mapping[str, float], reports: Mapping[str, Path | str]) -> dict[str, Any]:
    """The object that `--json` prints. Strict JSON, as the store writes it."""
    winner, score, known, total = best(history), tested(history), data(history), counts(history)
    found = None
    if winner is not None:
        found = {
            "trial": winner.number,
            "value": winner.value,
            "folds": list(winner.folds) or None,
            "metrics": every(history, winner.metrics),
            "epoch": winner.best and winner.best.epoch,
            "params": winner.point,
            "parameters": winner.parameters,
            "confirmed": _confirmed(history),
            "test": score
            and {name: score[name] for name in ("accuracy", "low", "high", "loss", "examples")}
            | {"metrics": every(history, score.get("metrics"))},
        }
    table = {
        "study": history.study,
        "metric": history.metric.name,
        "better": history.metric.better,
        "dataset": known.get("name", history.spec["data"]["source"]),
        "stand_in": bool(known.get("stand_in", False)),
        "storage": history.facts.get("storage"),
        "trials": {name: total[name] for name in ("total", "complete", "pruned", "failed")},
        "best": found,
        "enqueued": _enqueued(history),
        "leaders": [leader_as_json(leader) for leader in confidence.leaders(history)],
        "baselines": history.facts.get("baselines") if score else None,
        "same_folds": same_folds.as_json(same_folds.compared(history)),
        "openings": len(history.facts.get("openings") or ()),
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
        "device": history.facts.get("device"),
        "engine": history.facts.get("engine"),
        "reports": {name: str(path) for name, path in reports.items()},
    }
    strict_table: dict[str, Any] = strict(table)
    return strict_table


def _enqueued(history: History) -> list[dict[str, Any]]:
    scored, told = enqueued_scores(history), []
    for row in enqueued(history):
        score = scored.get(row.number)
        lost = behind(score) if score else None
        about = {"name": row.enqueued, "trial": row.number, "state": row.state, "reason": row.reason}
        test = score and {name: score[name] for name in ("accuracy", "low", "high", "loss", "examples", "epochs")}
        told.append(
            {
                **about,
                "value": row.value,
                "parameters": row.parameters,
                "test": test,
                "behind": lost and {"mean": lost.mean, "low": lost.low, "high": lost.high},
            }
        )
    return told


def _confirmed(history: History) -> dict[str, Any] | None:
    """What the repeats say of the recommended trial; None: not confirmed, it is the search's best."""
    leaders = confidence.leaders(history)
    if not leaders:
        return None
    [taken] = [leader for leader in leaders if leader.recommended]
    tied = [one.row.number for one in leaders if one.tied_with_best and one is not taken]
    return {**leader_as_json(taken), "tied_with": tied}


def leader_as_json(leader: Leader) -> dict[str, Any]:
    found = leader.interval
    return {
        "trial": leader.row.number,
        "mean": found and found.mean,
        "low": found and found.low,
        "high": found and found.high,
        "runs": len(leader.runs),
        "fresh_runs": len(leader.fresh),
        "lost_runs": leader.lost + leader.fresh_lost,
        "tied_with_best": leader.tied_with_best,
        "recommended": leader.recommended,
    }
