"""All that is remembered of a study, as frozen rows, and the text file that holds it without a database.

JSON has no word for NaN and infinity, which losses can be: NaN is written as null, infinity as "inf".
"""

from __future__ import annotations

import json
import math
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cached_property, wraps
from pathlib import Path
from statistics import stdev
from typing import Any, TypeVar, cast

from workbench.errors import WorkbenchError
from workbench.store import integrity
from workbench.study.metric import Metric, by_size_too, objective
from workbench.study.space import Point
from workbench.study.trial import Ended, Epoch, Merit, best_of, merit

Columns = dict[str, list[Any]]  # a curve by its fields: {"epoch": [1, 2], "train_loss": [0.9, 0.7], ...}

MEASURED = [each.name for each in fields(Epoch) if each.name not in ("epoch", "value")]


@dataclass(frozen=True)
class Row:
    """One trial as it is stored; `value` is the study's metric at the `best` epoch, as in `Outcome`."""

    number: int
    state: str  # "complete" | "pruned" | "failed" | "running" | "waiting"
    value: float | None  # on the validation part, of a pruned trial too
    point: Point
    curve: tuple[Epoch, ...]
    ended: Ended | None
    reason: str
    seconds: float
    parameters: int
    duplicate_of: int | None
    started: str | None  # ISO 8601, UTC
    finished: str | None
    enqueued: str | None = None  # its name, of a point that the study file says is to be tried first
    outside: bool = False  # such a point that the space could not have given: it says nothing of the space
    folds: tuple[float, ...] = ()  # each fold's metric at the best epoch, whose mean is the value
    metric: str = "accuracy"  # that the study judges by
    metrics: Mapping[str, float] = field(default_factory=dict)  # of leading trials: all, at the best epoch

    @cached_property
    def best(self) -> Epoch | None:
        return best_of(self.curve, self.metric)

    @property
    def spread(self) -> float | None:
        """Standard deviation of the metric over folds; None of a trial that was not cross-validated."""
        return stdev(self.folds) if len(self.folds) > 1 else None

    @cached_property
    def merit(self) -> Merit:
        """Its place among finished trials, see `trial.merit`; only of one that ended an epoch."""
        assert self.best is not None
        return merit(self.best, self.parameters, self.number, self.metric)


@dataclass(frozen=True)
class History:
    """A generation of a study: "mnist" is the first, "mnist@2" the second."""

    study: str
    generation: int
    spec: dict[str, Any]  # StudySpec.resolved()
    facts: dict[str, Any]  # what the engine told the store to remember
    rows: tuple[Row, ...]

    @property
    def metric(self) -> Metric:
        """What trials are judged by."""
        return objective(self.spec)

    @property
    def by_size_too(self) -> bool:
        """Whether there are two metrics, the other being the number of parameters."""
        return by_size_too(self.spec)


Known = TypeVar("Known")


def once(look: Callable[[History], Known]) -> Callable[[History], Known]:
    """What follows from a history, kept with it: a page of 10,000 trials asks for the ranking thirty times."""
    name = f"{look.__module__}.{look.__qualname__}"

    @wraps(look)
    def known(history: History) -> Known:
        kept = vars(history)  # as `cached_property` does
        if name not in kept:
            kept[name] = look(history)
        return cast("Known", kept[name])

    return known


@contextmanager
def as_stored(study: str) -> Iterator[None]:
    """What reading a study's rows and facts stumbles over inside is the fault of what is stored: a WorkbenchError.

    A storage is data, which others may have written to: facts have no schema that would be checked beforehand.
    """
    try:
        yield
    except WorkbenchError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise WorkbenchError(
            f"study {study}: what is stored of it is not what workbench writes there ({said}; "
            f"{Path(frame.filename).name}:{frame.lineno})",
            hint="put back a copy of the storage, or begin anew: workbench tune --fresh",
        ) from error


def strict(value: Any) -> Any:
    """The value as JSON can hold it: NaN as None, infinities as "inf" and "-inf", at any depth."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, Mapping):
        return {str(name): strict(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [strict(one) for one in value]
    return value


def to_columns(curve: Sequence[Epoch]) -> Columns:
    """The curve as one list for each quantity: short to store, and ready to be drawn."""
    columns: Columns = {"epoch": [epoch.epoch for epoch in curve]}
    for name in MEASURED:
        values = [float(getattr(epoch, name)) for epoch in curve]
        columns[name] = values if all(map(math.isfinite, values)) else strict(values)
    if any(epoch.value is not None for epoch in curve):
        columns["value"] = [strict(epoch.value) for epoch in curve]
    return columns


def from_columns(columns: Columns) -> tuple[Epoch, ...]:
    """The inverse of `to_columns`."""
    names = [*MEASURED, *(["value"] if "value" in columns else [])]
    measured = [[math.nan if one is None else float(one) for one in columns[name]] for name in names]
    return tuple(Epoch(*each) for each in zip(columns["epoch"], *measured, strict=True))


def to_jsonl(history: History) -> str:
    """A line about the study, then one a row."""
    header = {name: getattr(history, name) for name in ("study", "generation", "spec", "facts")}
    return "".join(_line(one) for one in (header | {"trials": len(history.rows)}, *map(_row_to_json, history.rows)))


def from_jsonl(text: str) -> History:
    """The inverse of `to_jsonl`. WorkbenchError where the text is something else, or was cut off."""
    try:
        header, *rows = [_checked(json.loads(line)) for line in text.splitlines()]
        if header.pop("trials") != len(rows):
            raise ValueError("rows are missing")
        return History(**header, rows=tuple(_row_from_json(row) for row in rows))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WorkbenchError(
            f"this is not a whole history.jsonl: {error}", hint="write it anew: workbench report --study NAME"
        ) from error


def _line(value: dict[str, Any]) -> str:
    """Most lines hold no number that JSON lacks: to look for one first takes longer than all else."""
    try:
        return integrity.line(value, allow_nan=False)
    except (ValueError, TypeError):
        return integrity.line(strict(value))


def _checked(table: dict[str, Any]) -> dict[str, Any]:
    return integrity.check_line(table, table.keys())  # of an earlier version there are no checksums


def _row_to_json(row: Row) -> dict[str, Any]:
    said = {each.name: getattr(row, each.name) for each in fields(Row)} | {"curve": to_columns(row.curve)}
    if row.metric == "accuracy":
        del said["metric"]
    if not row.metrics:
        del said["metrics"]
    return said


def _row_from_json(table: dict[str, Any]) -> Row:
    more = {"curve": from_columns(table["curve"]), "folds": tuple(table.get("folds", ()))}
    return Row(**table | more)
