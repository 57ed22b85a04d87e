"""Tables: what a file's columns hold, and the examples in them.

Types are guessed from the text of the cells; [data] features overrules a guess. What no network can learn from (row
numbers, names, a column that never changes) is left out and told; what would be bent silently (dates, decimal
commas, numbers with words between them, missing values) is an error that counts it and says the way out.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from workbench.data import csv_files
from workbench.data.csv_files import Text
from workbench.data.features import MISSING, Feature, Impute, Kind, is_number, number
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

Wish = Literal["number", "category", "drop"]
Target = str | Sequence[str]

FEW = 20  # rows below which nothing is said of a column from how many different values it has
OF_THEIR_OWN = 0.9  # share of different values from which text tells rows apart, not kinds of rows
MOST_CATEGORIES = 300  # inputs that one column may make
MOST_CLASSES = 1000
MIXED = 0.5  # share of numbers from which the words among them are taken for a mistake
LONGEST = 40  # letters of a cell in a message
LARGEST = torch.finfo(torch.float32).max
BOOLEANS = (("false", "true"), ("no", "yes"), ("f", "t"), ("n", "y"))
_ID = re.compile(r"(.*[\s_.-])?(id|uuid|guid|index|row ?names?|unnamed.*|column 1)", re.IGNORECASE)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ]\d{1,2}:\d{2}.*)?"  # 2026-11-21 19:30
    r"|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?"  # 21.11.26
    r"|\d{1,2}:\d{2}(:\d{2}.*)?"  # 19:30
)
_COMMA = re.compile(r"[+-]?[0-9]{1,3}([. ]?[0-9]{3})*,[0-9]+|[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_BARE = re.compile(r"[A-Za-z0-9_-]+")  # a key that TOML takes without quotes

Guess = Literal["number", "boolean", "category", "date", "mixed", "comma", "id", "constant", "empty"]
USED: tuple[Guess, ...] = ("number", "boolean", "category")
LEFT_OUT: Mapping[str, str] = {
    "id": "a different value in nearly each row",
    "constant": "the same value in each row",
    "empty": "no value at all",
}


@dataclass(frozen=True)
class Column:
    """What is known of a column. `guess`: USED, left out and told (LEFT_OUT), or refused (the others)."""

    name: str
    guess: Guess
    missing: int
    distinct: int  # of the values that are there
    example: str  # the first value, of "mixed" the first that is no number
    line: int  # where that stands


@dataclass(frozen=True)
class Look:
    """A table at first sight. `columns`: all but the target; `classes`: the target's, and how many rows each."""

    path: Path
    rows: int
    columns: tuple[Column, ...]
    classes: dict[str, int] | None
    md5: str


def look(path: Path, target: Target | None = None) -> Look:
    """What the file holds, nothing refused but a file that is no table, or a target that it lacks."""
    text = csv_files.read(path)
    targets = _targets(text, target) if target is not None else ()
    columns = tuple(_column(text, place) for place, name in enumerate(text.names) if name not in targets)
    classes = None
    if len(targets) == 1:
        labels = _cells(text, targets[0])
        classes = dict(Counter(_class_names([label for label in labels if label not in MISSING])))
        classes = {name: classes[name] for name in _in_order(classes)}
    return Look(path, len(text), columns, classes, text.md5)


def read(
    path: Path,
    *,
    task: str,
    target: Target | None,
    features: Mapping[str, Wish] | None = None,
    impute: Impute | None = None,
    name: str | None = None,
) -> Raw:
    """The examples of a table: x as codes, float64 [N, columns], which `features` says how to turn into inputs.

    y and classes as the task needs them: class names in their order, of multilabel the names of the columns.
    """
    text = csv_files.read(path)
    if target is None:
        raise WorkbenchError(
            f"{path}: data.target does not say which column holds the label",
            hint=f'add target = "..." under [data]; the columns: {_listed(text.names)}',
        )
    targets = _targets(text, target)
    wishes = dict(features or {})
    _check_wishes(text, targets, wishes)
    y, classes, notes = _labels(text, targets, target, task)
    columns = [_column(text, place) for place, each in enumerate(text.names) if each not in targets]
    used, left_out = _chosen(text, columns, wishes)
    _check_missing(text, used, impute)
    x = torch.stack([_codes(text, feature) for feature in used], 1)
    return Raw(
        x,
        y,
        None,
        None,
        name=path.name if name is None else name,
        notes=(*left_out, *notes),
        classes=classes,
        stratified=True,
        columns=tuple(used),
        impute=impute,
        file_md5=text.md5,
    )


# -- columns --------------------------------------------------------------------------------------------------


def _cells(text: Text, name: str) -> tuple[str, ...]:
    return text.cells[text.names.index(name)]


def _column(text: Text, place: int) -> Column:
    cells = text.cells[place]
    values = Counter(cell for cell in cells if cell not in MISSING)
    guess, example = _guess(text.names[place], values, len(cells))
    line = text.lines[cells.index(example)] if values else text.lines[0]
    return Column(text.names[place], guess, len(cells) - values.total(), len(values), _short(example), line)


def _guess(name: str, values: Counter[str], rows: int) -> tuple[Guess, str]:
    """What a column holds, by its values in the order of the file, and the value that shows it."""
    if not values:
        return "empty", ""
    first = next(iter(values))
    if len(values) == 1:
        return "constant", first
    numbers = {value for value in values if is_number(value)}
    if len(numbers) == len(values):
        return ("id" if _counts_rows(name, values, rows) else "number"), first
    guess: Guess = "category"
    if any({value.lower() for value in values} == set(pair) for pair in BOOLEANS):
        guess = "boolean"
    elif all(_DATE.fullmatch(value) for value in values):
        guess = "date"
    elif all(value in numbers or _COMMA.fullmatch(value) for value in values):
        guess = "comma"
    elif len(numbers) >= MIXED * len(values) and len(numbers) > 2:
        return "mixed", next(value for value in values if value not in numbers)
    elif rows >= FEW and len(values) >= OF_THEIR_OWN * rows:
        guess = "id"
    return guess, first


def _counts_rows(name: str, values: Counter[str], rows: int) -> bool:
    """Whether numbers are those of rows: each once, and one after the other, or under the name of an id."""
    if rows < FEW or len(values) < rows:
        return False
    numbers = sorted(number(value) for value in values)
    if not all(value.is_integer() for value in numbers):
        return False
    return numbers[-1] - numbers[0] == rows - 1 or _ID.fullmatch(name) is not None


def _check_wishes(text: Text, targets: Sequence[str], wishes: Mapping[str, Wish]) -> None:
    for name in wishes:
        if name in targets:
            raise WorkbenchError(
                f'data.features: "{name}" is the target of {text.path}', hint=f"drop {name} from data.features"
            )
        if name not in text.names:
            raise WorkbenchError(
                f'data.features: {text.path} has no column "{name}"',
                hint=_near(name, text.names),
            )


def _chosen(text: Text, columns: Sequence[Column], wishes: Mapping[str, Wish]) -> tuple[list[Feature], list[str]]:
    """The features, and what is told of columns left out unasked."""
    used: list[Feature] = []
    notes: list[str] = []
    for column in columns:
        wish = wishes.get(column.name)
        if wish == "drop":
            continue
        if wish is None and column.guess in LEFT_OUT:
            notes.append(_said_of_left_out(column))
            continue
        used.append(_feature(text, column, _kind(text, column, wish)))
    if not used:
        raise WorkbenchError(
            f"{text.path}: no column is left to learn from", hint="; ".join(notes) or "name fewer in data.features"
        )
    return used, notes


def _said_of_left_out(column: Column) -> str:
    told = f'Column "{column.name}" is left out: {LEFT_OUT[column.guess]}'
    if column.guess == "id":
        told += f' (first "{column.example}"); features = {_wish(column.name, "number")} or "category" keeps it'
    return f"{told}."


def _kind(text: Text, column: Column, wish: Wish | None) -> Kind:
    """How a column is taken, as wished or as guessed; WorkbenchError where neither will do."""
    where = f'{text.path}: column "{column.name}"'
    drop = f"features = {_wish(column.name, 'drop')} leaves it out"
    as_words = f"features = {_wish(column.name, 'category')} takes each value for a word"
    if wish == "number":
        cells = _cells(text, column.name)
        bad = next((row for row, cell in enumerate(cells) if cell not in MISSING and not is_number(cell)), None)
        if bad is not None:
            raise WorkbenchError(
                f'{where} is to be a number, but {text.place(bad)} says "{_short(cells[bad])}"',
                hint=f"mend that cell, or leave it empty; {as_words}",
            )
        return "number"
    if wish == "category" or column.guess in ("category", "boolean"):
        if column.distinct > MOST_CATEGORIES:
            raise WorkbenchError(
                f"{where} holds {column.distinct:,} different texts, and each would be an input",
                hint=drop,
            )
        return "boolean" if wish is None and column.guess == "boolean" else "category"
    if column.guess == "number":
        return "number"
    said, hint = {
        "date": ("holds dates or times", f"put what matters of it (year, month, age in days) into columns; {drop}"),
        "comma": (
            "holds numbers with commas in them",
            f"write 1234.5: a point and no comma (pandas' read_csv has decimal and thousands); {as_words}",
        ),
        "mixed": ("holds numbers with other words between them", f"write NA where nothing is known; {as_words}"),
    }[column.guess]
    raise WorkbenchError(f'{where} {said}: "{column.example}" in line {column.line}', hint=hint)


def _feature(text: Text, column: Column, kind: Kind) -> Feature:
    values = {cell for cell in _cells(text, column.name) if cell not in MISSING}
    if kind == "number":
        return Feature(column.name, kind)
    if kind == "boolean":
        pair = next(pair for pair in BOOLEANS if {value.lower() for value in values} == set(pair))
        return Feature(column.name, kind, pair)
    return Feature(column.name, kind, tuple(_in_order(values)))


def _codes(text: Text, feature: Feature) -> Tensor:
    """float64 [N]; nan where a value is missing."""
    known = {cell: feature.code(cell) for cell in set(_cells(text, feature.name))}
    codes = torch.tensor([known[cell] for cell in _cells(text, feature.name)], dtype=torch.float64)
    if feature.kind == "number" and (large := codes.abs() > LARGEST).any():
        row = int(large.nonzero()[0])
        cell = _short(_cells(text, feature.name)[row])
        raise WorkbenchError(
            f'{text.path} {text.place(row)}: "{feature.name}" is {cell}, which is too large for float32',
            hint="divide the column, or take its logarithm",
        )
    return codes


def _check_missing(text: Text, used: Sequence[Feature], impute: Impute | None) -> None:
    counts = {one.name: sum(cell in MISSING for cell in _cells(text, one.name)) for one in used}
    counts = {name: count for name, count in counts.items() if count}
    if not counts or impute is not None:
        return
    columns = [_cells(text, name) for name in counts]
    rows = sum(any(cell in MISSING for cell in row) for row in zip(*columns, strict=True))
    most = max(counts, key=lambda name: counts[name])
    listed = ", ".join(f"{name} {count:,}" for name, count in list(counts.items())[:10])
    raise WorkbenchError(
        f"{text.path}: {rows:,} of {len(text):,} rows lack values: {listed}{', ...' if len(counts) > 10 else ''}",
        hint='impute = "median" (or "most-frequent") under [data] fills them by the training part; '
        f"features = {_wish(most, 'drop')} leaves a column out",
    )


# -- labels ---------------------------------------------------------------------------------------------------


def _targets(text: Text, target: Target) -> tuple[str, ...]:
    targets = (target,) if isinstance(target, str) else tuple(target)
    for name in targets:
        if name not in text.names:
            raise WorkbenchError(
                f'data.target: {text.path} has no column "{name}"',
                hint=_near(name, text.names),
            )
    if len(targets) == len(text.names):
        raise WorkbenchError(
            f"{text.path} has no column besides the target", hint=f"its columns: {_listed(text.names)}"
        )
    return targets


def _labels(
    text: Text, targets: Sequence[str], target: Target, task: str
) -> tuple[Tensor, tuple[str, ...], list[str]]:
    """y, the names of the classes, and notes."""
    for name in targets:
        gaps = [row for row, cell in enumerate(_cells(text, name)) if cell in MISSING]
        if gaps:
            raise WorkbenchError(
                f'{text.path}: {len(gaps):,} of {len(text):,} rows have no label in "{name}", first '
                f"{text.place(gaps[0])}",
                hint="leave these rows out of the file",
            )
    if task == "multilabel":
        if isinstance(target, str):
            raise WorkbenchError(
                f'data.target = "{target}" is one column, and task = "multilabel" needs one for each label',
                hint='write target = ["first", "second"], columns of 0 and 1',
            )
        return torch.stack([_yes_or_no(text, name) for name in targets], 1), tuple(targets), []
    if len(targets) > 1:
        raise WorkbenchError(
            f'data.target names {len(targets)} columns, and task = "{task}" has one label',
            hint='write one of them, or task = "multilabel"',
        )
    return _classes(text, targets[0], task)


def _yes_or_no(text: Text, name: str) -> Tensor:
    """A label's column of 0 and 1, or of two words that mean it: float32 [N]."""
    cells = [cell.lower() for cell in _cells(text, name)]
    words = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0} | {
        word: float(value) for pair in BOOLEANS for value, word in enumerate(pair)
    }
    bad = next((row for row, cell in enumerate(cells) if cell not in words), None)
    if bad is not None:
        raise WorkbenchError(
            f'{text.path} {text.place(bad)}: the label "{name}" is "{_short(_cells(text, name)[bad])}"',
            hint="a label's column holds 0 and 1, or no and yes",
        )
    return torch.tensor([words[cell] for cell in cells])


def _classes(text: Text, name: str, task: str) -> tuple[Tensor, tuple[str, ...], list[str]]:
    cells = _cells(text, name)
    where = f'{text.path}: the target "{name}"'
    fractions = [row for row, cell in enumerate(cells) if is_number(cell) and not number(cell).is_integer()]
    if fractions:
        raise WorkbenchError(
            f"{where} holds {len(set(cells)):,} different values in {len(text):,} rows, fractions among them: "
            f"{cells[fractions[0]]} in {text.place(fractions[0])}",
            hint="a study tells classes apart: name another column, or make classes of these numbers in the file",
        )
    labels = _class_names(cells)
    counts = Counter(labels)
    names = _in_order(counts)
    listed = ", ".join(f"{one} {counts[one]:,}" for one in names[:10]) + (", ..." if len(names) > 10 else "")
    if len(names) > MOST_CLASSES or (len(names) > FEW and len(names) > len(text) / 2):
        raise WorkbenchError(
            f"{where} holds {len(names):,} different values in {len(text):,} rows: {listed}",
            hint="a study tells classes apart, each of several rows: name another column",
        )
    if len(names) == 1:
        raise WorkbenchError(
            f'{where} is "{names[0]}" in all {len(text):,} rows', hint="there is nothing to tell apart"
        )
    if task == "binary" and len(names) > 2:
        raise WorkbenchError(
            f'{where} holds {len(names):,} classes, and task = "binary" needs two: {listed}',
            hint=f'write task = "multiclass", or say which are 1: positive = ["{names[-1]}"]',
        )
    places = {one: place for place, one in enumerate(names)}
    y = torch.tensor([places[label] for label in labels])
    rare = [one for one in names if counts[one] < 3]
    notes = []
    if rare:
        shown = ", ".join(f"{one} {counts[one]}" for one in rare[:10])
        notes.append(f'Too few rows for each part to have one, of {len(rare)} class(es) of "{name}": {shown}.')
    return (y.float() if task == "binary" else y), tuple(names), notes


def _class_names(cells: Sequence[str]) -> list[str]:
    """Labels as they are written; whole numbers alike, however they are ("1" and "1.0")."""
    return [f"{number(cell):.0f}" if is_number(cell) else cell for cell in cells]


def _in_order(names: Mapping[str, int] | set[str]) -> list[str]:
    """Numbers by size, else by the alphabet."""
    if all(is_number(name) for name in names):
        return sorted(names, key=lambda name: (number(name), name))
    return sorted(names)


def _wish(name: str, wish: Wish) -> str:
    """{ id = "drop" }, as TOML has it."""
    return f'{{ {name if _BARE.fullmatch(name) else json.dumps(name)} = "{wish}" }}'


def _near(name: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, names, 1)
    return f'did you mean "{near[0]}"?' if near else f"its columns: {_listed(names)}"


def _short(cell: str) -> str:
    line = (cell.splitlines() or [""])[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
