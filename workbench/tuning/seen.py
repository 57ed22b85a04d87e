"""What a new study has to know of its data: how much there is, of what kind, and which task its labels suit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.data import arrays, checking, image_folder, npz, sources, tables
from workbench.data.features import is_number
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError
from workbench.study import source, user_code
from workbench.study.draft import Facts
from workbench.study.toml import inline

MOST_CLASSES = 50  # different numbers in a table's target that are still taken for classes
MOST_WORDS = 50  # different values of a column of numbers with words between them that are still taken for words
SHOWN = 10  # classes and columns in a list
REFUSED = {"date": "dates", "comma": "numbers with commas in them", "mixed": "numbers and other words"}


@dataclass(frozen=True)
class Seen:
    """What a study is written from, and what is told of it: pairs of a word and what there is."""

    facts: Facts
    told: tuple[tuple[str, str], ...]


def see(wanted: str, folder: Path, target: Sequence[str] = (), task: str | None = None) -> Seen:
    """Look at a source, written as in a study file in `folder`. WorkbenchError where no study can be made of it."""
    kind = source.kind(wanted)
    if target and kind != "table":
        raise WorkbenchError(f"--target is for tables, and {wanted} is none", hint="leave it out")
    if kind == "table":
        return _table(source.locate(wanted, folder), wanted, target, task)
    size = channels = None
    if kind == "images":
        size, channels = image_folder.form(source.locate(wanted, folder), wanted)
    return _examples(_read(kind, wanted, folder, task, size, channels), wanted, size, channels)


def _read(
    kind: source.Kind,
    wanted: str,
    folder: Path,
    task: str | None,
    size: tuple[int, int] | None,
    channels: int | None,
) -> Raw:
    match kind:
        case "function":
            return arrays.from_function(user_code.load_function(wanted, folder), task=task, source=wanted)
        case "arrays":
            return npz.read(source.locate(wanted, folder), task=task, source=wanted)
        case "images":
            path = source.locate(wanted, folder)
            return image_folder.read(path, task=task, source=wanted, size=size, channels=channels)
        case _:
            return sources.fetch(wanted, task=task or sources.TASKS.get(wanted, "multiclass"), require=True)


def _examples(raw: Raw, wanted: str, size: tuple[int, int] | None, channels: int | None) -> Seen:
    task = checking.task_of(raw.y)
    shape = tuple(raw.x.shape[1:])
    counts = _counts(raw, task)
    facts = Facts(
        source=wanted,
        task=task,
        rows=len(raw.x),
        shape=shape,
        features=math.prod(shape),
        classes=len(counts),
        rarest=len(raw.x) if task == "multilabel" else min(counts.values()),
        test_rows=None if raw.test_x is None else len(raw.test_x),
        size=size,
        channels=channels,
    )
    rows = f"{len(raw.x):,}" + (f", and {facts.test_rows:,} in a test part of its own" if facts.test_rows else "")
    what = "images of " if len(shape) > 1 else "features: "
    told = [
        ("examples", rows),
        ("inputs", f"{what}{'x'.join(map(str, shape))}"),
        ("labels" if task == "multilabel" else "classes", _listed_counts(counts)),
    ]
    return Seen(facts, tuple(told))


def _counts(raw: Raw, task: str) -> dict[str, int]:
    """How many examples each class or label has, the test part included."""
    parts = [y for y in (raw.y, raw.test_y) if y is not None]
    if task == "multilabel":
        totals = [int(sum(y[:, i].sum() for y in parts)) for i in range(raw.y.shape[1])]
    else:
        found = Counter(label for y in parts for label in y.long().tolist())
        totals = [found[label] for label in range(max(found) + 1)]
    names = raw.classes or tuple(map(str, range(len(totals))))
    return dict(zip(names, totals, strict=True))


# -- tables ------------------------------------------------------------------------------------------------------


def _table(path: Path, wanted: str, target: Sequence[str], task: str | None) -> Seen:
    if not target:
        raise _no_target(path)
    look = tables.look(path, target[0] if len(target) == 1 else list(target))
    guessed = "multilabel" if len(target) > 1 else _task(look, target[0])
    wishes = {name: wish for column in look.columns if (name := column.name) and (wish := _wish(column))}
    used = [one for one in look.columns if one.guess in tables.USED and wishes.get(one.name) != "drop"]
    used += [one for one in look.columns if wishes.get(one.name) == "category"]
    gaps = {column.name: column.missing for column in used if column.missing}
    facts = Facts(
        source=wanted,
        task=task or guessed,
        rows=look.rows,
        shape=(len(used),),
        features=len(used),
        classes=len(look.classes or target),
        rarest=min(look.classes.values()) if look.classes else look.rows,
        target=tuple(target),
        missing=sum(gaps.values()),
        columns=tuple(sorted(wishes.items())),
    )
    numbers = sum(column.guess == "number" for column in used)
    told = [
        ("rows", f"{look.rows:,}"),
        ("features", f"{len(used):,}: {numbers:,} numbers, {len(used) - numbers:,} categories"),
        ("classes", _listed_counts(look.classes) if look.classes else ", ".join(target)),
        ("missing", _gaps(gaps)),
    ]
    for column in look.columns:
        if column.name in wishes:
            how = "left out" if wishes[column.name] == "drop" else "taken for words"
            told.append(("column", f'"{column.name}" holds {_said(column)} ("{column.example}"): {how}'))
        elif column.guess in tables.LEFT_OUT:
            told.append(("column", f'"{column.name}" has {tables.LEFT_OUT[column.guess]}: left out'))
    return Seen(facts, tuple(told))


def _no_target(path: Path) -> WorkbenchError:
    columns = tables.look(path).columns
    few = [column for column in columns if 1 < column.distinct <= MOST_CLASSES]
    names = [column.name for column in (few or columns)]
    return WorkbenchError(
        f"{path}: which of its {len(columns):,} columns is the label?",
        hint=f"--target {inline(names[-1])}, or another of {', '.join(map(inline, names[-SHOWN:]))}",
    )


def _task(look: tables.Look, target: str) -> str:
    """Two values are binary, few are classes; many numbers, or fractions, are no classes at all."""
    assert look.classes is not None
    label = next(column for column in tables.look(look.path).columns if column.name == target)
    where = f'{look.path}: "{target}"'
    if label.distinct < 2:
        raise WorkbenchError(
            f"{where} is {label.example or 'missing'} in every row",
            hint="there is nothing to tell apart: see that --target names the label",
        )
    fractions = len(look.classes) < label.distinct  # whole numbers alone keep their names
    if (
        is_number(label.example)
        and label.guess in ("number", "id")
        and (fractions or label.distinct > MOST_CLASSES)
    ):
        raise WorkbenchError(
            f"{where} has {label.distinct:,} different numbers in {look.rows:,} rows: that is a measurement, and "
            "regression is not supported",
            hint="put classes of it into a column of their own, such as low, middle and high: pandas.qcut(y, 3)",
        )
    if label.distinct > look.rows / 2:
        raise WorkbenchError(
            f"{where} has {label.distinct:,} different values in {look.rows:,} rows: they are no classes",
            hint="see that --target names the label",
        )
    return "binary" if label.distinct == 2 else "multiclass"


def _wish(column: tables.Column) -> str | None:
    """What is to be written of a column that would be refused as it is."""
    if column.guess == "mixed" and column.distinct <= MOST_WORDS:
        return "category"
    if column.guess in REFUSED or (column.guess == "category" and column.distinct > tables.MOST_CATEGORIES):
        return "drop"
    return None


def _said(column: tables.Column) -> str:
    return REFUSED.get(column.guess, f"{column.distinct:,} different words")


def _gaps(gaps: dict[str, int]) -> str:
    if not gaps:
        return "nothing"
    listed = ", ".join(f'{count:,} in "{name}"' for name, count in list(gaps.items())[:SHOWN])
    more = f", and {len(gaps) - SHOWN:,} more columns" if len(gaps) > SHOWN else ""
    return f"{listed}{more}: filled with the training part's median, of categories the commonest"


def _listed_counts(counts: dict[str, int]) -> str:
    listed = ", ".join(f"{name} ({count:,})" for name, count in list(counts.items())[:SHOWN])
    return f"{len(counts):,}: {listed}" + (", ..." if len(counts) > SHOWN else "")
