"""Features and labels of any library as tensors that suit a study's task, or what is wrong with them.

What would fail only later, or worse, would not fail at all, is refused here with shapes and dtypes: lengths that
differ, features that are not finite, labels that do not suit the task. A class in the middle that never occurs is
refused, too: it is an output that nothing trains, and most often a sign of labels that count something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

MOST_CLASSES = 100  # different whole numbers that are still taken for labels with gaps
SHOWN = 5  # names in a message, of how many there ever are
NAMES = {  # of arrays in a dict or a file, in any case of letters -> ours
    "x": "x", "x_train": "x", "train_x": "x",
    "y": "y", "y_train": "y", "train_y": "y",
    "x_test": "test_x", "test_x": "test_x",
    "y_test": "test_y", "test_y": "test_y",
    "classes": "classes",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Given:
    """What a source gave, not yet checked; None where it gave no such thing."""

    x: Any
    y: Any
    test_x: Any = None
    test_y: Any = None
    classes: Any = None
    white: int | None = None
    notes: tuple[str, ...] = ()


def checked(given: Given, *, task: str | None, where: str, name: str) -> Raw:
    """The examples as tensors. `where` begins every message, `name` is the data's; no task: what y suits."""
    task = task or _suited(given.y, f"{where}: y")
    test = given.test_x is not None or given.test_y is not None
    labels = {"y": given.y, **({"test_y": given.test_y} if test else {})}
    labels, classes, notes = _numbered(labels, given.classes, task, where)
    x, y = _part(given.x, labels["y"], task, where, "")
    parts, test_x, test_y = [y], None, None
    if test:
        test_x, test_y = _part(given.test_x, labels["test_y"], task, where, "test_")
        for what, ours, theirs in (("x", x, test_x), ("y", y, test_y)):
            if ours.shape[1:] != theirs.shape[1:]:
                raise WorkbenchError(
                    f"{where}: {what} is {said(ours)}, but test_{what} is {said(theirs)}",
                    hint="all but the first number must agree: examples have one shape",
                )
        parts.append(test_y)
    _check_classes(torch.cat(parts), task, f"{where}: y")
    if classes:
        _check_names(classes, torch.cat(parts), task, where)
    notes = (*notes, *_constant(x, where))
    return Raw(x, y, test_x, test_y, name=name, notes=(*given.notes, *notes), classes=classes, white=given.white)


def task_of(y: Tensor) -> str:
    """The task that labels were brought into the form of."""
    return "multilabel" if y.ndim == 2 else "binary" if y.is_floating_point() else "multiclass"


def _suited(y: Any, what: str) -> str:
    """Labels of 0 and 1, or two texts, are binary; several columns that may be 1 together are multilabel."""
    text = _text(y, what)
    if text is not None:
        return "binary" if len(set(text)) == 2 else "multiclass"
    values = tensor(y, what)
    if values.ndim == 2 and values.shape[1] > 1:
        return "multiclass" if bool((values.sum(1) == 1).all()) else "multilabel"
    return "binary" if torch.unique(values).tolist() == [0, 1] else "multiclass"


def named(arrays: Mapping[str, Any], where: str, hint: str) -> Given:
    """Arrays by their names: x and y, perhaps test_x and test_y (or x_test, y_test), and classes."""
    found: dict[str, str] = {}
    unknown = [name for name in arrays if str(name).lower() not in NAMES]
    for name in arrays:
        ours = NAMES.get(str(name).lower())
        if ours in found:
            raise WorkbenchError(f'{where} has both "{found[ours]}" and "{name}"', hint="leave one of them out")
        if ours is not None:
            found[ours] = name
    if unknown or not {"x", "y"} <= set(found):
        listed = ", ".join(f'"{name}" ({said(value)})' for name, value in arrays.items()) or "nothing"
        raise WorkbenchError(f"{where} holds {listed}", hint=hint)
    return Given(**{ours: arrays[name] for ours, name in found.items()})


def said(value: Any) -> str:
    """ "float32 [60000, 784]" where there is a shape, otherwise the type."""
    if not hasattr(value, "shape"):
        return type(value).__name__
    kind = str(value.dtype).removeprefix("torch.") if hasattr(value, "dtype") else type(value).__name__
    return f"{kind} {list(value.shape)}"


# -- numbers of any library --------------------------------------------------------------------------------------


def tensor(value: Any, what: str) -> Tensor:
    """Numbers of any library as a tensor on the CPU, still of their own type."""
    if isinstance(value, Tensor):
        if value.is_complex() or value.layout is not torch.strided:
            raise WorkbenchError(f"{what} is {said(value)}", hint="it must be a dense array of real numbers")
        return value.detach().cpu()
    if _is_frame(value):
        value = _of_frame(value, what)
    elif hasattr(value, "to_numpy"):  # a column of pandas or polars
        value = _cells(value)
    if isinstance(value, list | tuple) and value and isinstance(value[0], Tensor):
        value = [one.detach().cpu().numpy() if isinstance(one, Tensor) else one for one in value]
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise WorkbenchError(f"{what}: {error}", hint="all rows must have one length") from error
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise WorkbenchError(
            f"{what} is {said(array)}" + ("" if isinstance(value, np.ndarray) else f" made of {said(value)}"),
            hint="it must hold plain numbers; text can be the labels, or columns of a CSV file: "
            'data.source = "my.csv" turns them into numbers',
        )
    return torch.from_numpy(
        array.astype(array.dtype.newbyteorder("="), order="C")
    )  # a copy: torch wants it writable


def _is_frame(value: Any) -> bool:
    """Whether this is a table of pandas or polars, of which neither need be installed."""
    return hasattr(value, "columns") and hasattr(value, "dtypes") and hasattr(value, "to_numpy")


def _columns(frame: Any) -> Iterator[tuple[str, Any]]:
    for i, name in enumerate(frame.columns):
        yield str(name), frame.iloc[:, i] if hasattr(frame, "iloc") else frame[:, i]


def _cells(column: Any) -> NDArray[Any]:
    """A column's values; what is missing among numbers is nan."""
    array: NDArray[Any] = column.to_numpy()
    if array.dtype == object and getattr(getattr(column, "dtype", None), "kind", "O") in "biuf":
        array = column.to_numpy(dtype="float64", na_value=np.nan)  # pandas' own types with gaps
    return array


def _of_frame(frame: Any, what: str) -> NDArray[Any]:
    """A table of numbers. Its other columns, and its gaps, are told by name."""
    columns = {name: _cells(column) for name, column in _columns(frame)}
    others = {name: cells for name, cells in columns.items() if cells.dtype.kind not in "biuf"}
    if others:
        listed = ", ".join(f'"{name}" ({_held(cells)})' for name, cells in list(others.items())[:SHOWN])
        more = f" and {len(others) - SHOWN:,} more" if len(others) > SHOWN else ""
        raise WorkbenchError(
            f"{what} is {said(frame)}, and {len(others):,} of its {len(frame.columns):,} columns hold no numbers: "
            f"{listed}{more}",
            hint='save the table as CSV and write data.source = "my.csv" with target = "...", which encodes such '
            "columns; or encode them yourself: pandas.get_dummies(x, dtype=float)",
        )
    gaps = {name: int(np.isnan(cells).sum()) for name, cells in columns.items() if cells.dtype.kind == "f"}
    if gaps := {name: count for name, count in gaps.items() if count}:
        listed = ", ".join(f'{count:,} in "{name}"' for name, count in list(gaps.items())[:SHOWN])
        more = f" and {len(gaps) - SHOWN:,} more columns" if len(gaps) > SHOWN else ""
        raise WorkbenchError(
            f"{what} is {said(frame)}, and {sum(gaps.values()):,} of its values are missing: {listed}{more}",
            hint='fill them: x.fillna(x.median()); or save the table as CSV and write data.source = "my.csv" with '
            'impute = "median"',
        )
    if len(columns) < len(frame.columns):
        raise WorkbenchError(f"{what} is {said(frame)}, with two columns of one name", hint="rename one of them")
    return np.column_stack([*columns.values()]) if columns else np.empty((len(frame), 0))


def _held(cells: NDArray[Any]) -> str:
    """Some of what a column holds: "red", "green", ..."""
    found = list(dict.fromkeys(map(str, cells[:1000].tolist())))
    return ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")


# -- names of classes --------------------------------------------------------------------------------------------


def _constant(x: Tensor, where: str) -> tuple[str, ...]:
    """A note on columns of [N, D] that never change; an error where nothing does."""
    still = (x == x[0]).flatten(1).all(0)
    if still.all():
        raise WorkbenchError(
            f"{where}: x is {said(x)}, and every row is the same", hint="there is nothing to learn from"
        )
    if x.ndim != 2 or not still.any():
        return ()
    places = still.nonzero().flatten().tolist()
    more = f" and {len(places) - SHOWN:,} more" if len(places) > SHOWN else ""
    listed = ", ".join(map(str, places[:SHOWN]))
    return (f"{len(places):,} of {x.shape[1]:,} columns of x never change, and say nothing: {listed}{more}.",)


def _numbered(
    labels: Mapping[str, Any], given: Any, task: str, where: str
) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Labels that are text as numbers; the classes' names, in order, if they have any; notes."""
    classes = _names(given, where)
    if not classes and task == "multilabel" and _is_frame(labels["y"]):
        classes = tuple(map(str, labels["y"].columns))
    texts = {what: text for what, y in labels.items() if (text := _text(y, f"{where}: {what}")) is not None}
    if not texts or task == "multilabel":
        return dict(labels), classes, ()
    if len(texts) < len(labels):
        told = ", ".join(f"{what} is {said(y)}" for what, y in labels.items())
        raise WorkbenchError(f"{where}: one part's labels are text, the other's are not: {told}")
    occurring = sorted({label for text in texts.values() for label in text})
    if classes and (strange := [label for label in occurring if label not in classes]):
        raise WorkbenchError(
            f"{where}: y holds {_listed(strange)}, which classes leaves out: {_listed(classes)}",
            hint="name every class that occurs",
        )
    names = classes or tuple(occurring)
    if task == "binary" and len(names) > 2:
        raise WorkbenchError(
            f'{where}: y holds {len(names):,} classes: {_listed(names)}, and task = "binary" tells two apart',
            hint=f'write task = "multiclass", or say under [data] which classes are 1: positive = ["{names[0]}"]',
        )
    numbers = {name: i for i, name in enumerate(names)}
    notes = (f'"{names[0]}" is 0, "{names[1]}" is 1',) if task == "binary" and len(names) == 2 else ()
    return {what: np.array([numbers[label] for label in text]) for what, text in texts.items()}, names, notes


def _text(y: Any, what: str) -> list[str] | None:
    """Labels that are text, [N]; None where they are not."""
    if isinstance(y, Tensor) or _is_frame(y):
        return None if isinstance(y, Tensor) or len(y.columns) != 1 else _text(next(_columns(y))[1], what)
    try:
        array = _cells(y) if hasattr(y, "to_numpy") else np.asarray(y)
    except ValueError:
        return None
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "UTSO":
        return None
    cells = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in array.tolist()]
    strings = [isinstance(one, str) for one in cells]
    if not any(strings):
        return None
    if not all(strings):
        row = strings.index(False)
        raise WorkbenchError(
            f"{what} is {said(array)}, and {strings.count(False):,} of its labels are no text: first "
            f"{cells[row]!r} in row {row:,} (counted from 0)",
            hint="leave out the rows without a label",
        )
    return cells


def _names(classes: Any, where: str) -> tuple[str, ...]:
    """The classes' names as they were given."""
    if classes is None:
        return ()
    names = tuple(map(str, classes.tolist() if hasattr(classes, "tolist") else classes))
    if len(set(names)) < len(names):
        raise WorkbenchError(f"{where}: classes names one twice: {_listed(names)}", hint="name each class once")
    return names


def _check_names(classes: Sequence[str], y: Tensor, task: str, where: str) -> None:
    """A name for each class or label."""
    count = {"binary": 2, "multilabel": y.shape[-1]}.get(task, int(y.max()) + 1)
    if len(classes) != count:
        raise WorkbenchError(
            f"{where}: classes has {len(classes):,} names ({_listed(classes)}), and y has {count:,} "
            f"{'labels' if task == 'multilabel' else 'classes'}",
            hint="name each of them, in order",
        )


def _listed(names: Sequence[str]) -> str:
    more = f", ... ({len(names):,} in all)" if len(names) > 2 * SHOWN else ""
    return ", ".join(f'"{name}"' for name in names[: 2 * SHOWN]) + more


# -- what suits the task -----------------------------------------------------------------------------------------


def _part(x: Any, y: Any, task: str, where: str, prefix: str) -> tuple[Tensor, Tensor]:
    """Features and labels of one part, each checked, and of one length."""
    x, y = tensor(x, f"{where}: {prefix}x"), tensor(y, f"{where}: {prefix}y")
    if x.numel() == 0:
        raise WorkbenchError(f"{where}: {prefix}x is empty: {said(x)}")
    if x.ndim < 2:
        raise WorkbenchError(
            f"{where}: {prefix}x is {said(x)}, it needs a row per example",
            hint="write x.reshape(-1, 1) where an example is one number",
        )
    if y.ndim == 0 or len(x) != len(y):
        raise WorkbenchError(
            f"{where}: {prefix}x and {prefix}y differ in length: {said(x)} and {said(y)}",
            hint="there must be one label, or one row of labels, for each example",
        )
    x = x.to(torch.float32)
    _refuse_where(
        ~torch.isfinite(x),
        x,
        f"{where}: {prefix}x",
        "not finite (as float32)",
        "remove these rows, or fill the gaps",
    )
    return x, _labels(y, task, f"{where}: {prefix}y")


def _labels(y: Tensor, task: str, what: str) -> Tensor:
    """[N] int64 classes; [N] float32 of 0 and 1 for binary; [N, L] float32 of 0 and 1 for multilabel."""
    if not y.is_floating_point():
        y = y.to(torch.int64)  # torch cannot compare all of the unsigned types
    if task != "multilabel" and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != (2 if task == "multilabel" else 1) or y.numel() == 0:
        raise WorkbenchError(
            f"{what} is {said(y)}",
            hint="task = multilabel needs one column of 0 and 1 for each label, [N, L]"
            if task == "multilabel"
            else f"task = {task} needs one label per example, [N]; y.argmax(1) turns one-hot rows into labels",
        )
    fractions = (y != y.round()) | (y.abs() >= 2**53)  # inf among them
    if task == "multiclass":
        _refuse_where(fractions, y, what, "not whole numbers", _whole(fractions, y))
        _refuse_where(y < 0, y, what, "below 0", "labels must be 0, 1, 2, ...")
        return y.to(torch.int64)
    bad = (y != 0) & (y != 1)
    _refuse_where(bad, y, what, "neither 0 nor 1", _zero_and_one(y, fractions, task) if bad.any() else "")
    return y.to(torch.float32)


_MEASURED = (
    "these look like measurements, and regression is not supported: cut them into classes, "
    "y = numpy.digitize(y, [low, high])"
)


def _whole(fractions: Tensor, y: Tensor) -> str:
    """The way out for targets that are no whole numbers."""
    if 2 * int(fractions.sum()) > len(y):
        return _MEASURED
    return "labels must be 0, 1, 2, ..."


def _zero_and_one(y: Tensor, fractions: Tensor, task: str) -> str:
    """The way out for labels that are not 0 and 1."""
    hint = "labels must be 0 and 1"
    if task != "binary":
        return hint
    found = torch.unique(y)
    if found.tolist() == [1, 2]:
        return f"{hint}: write y - 1"
    if found.tolist() == [-1, 1]:
        return f"{hint}: write (y + 1) / 2"
    if fractions.any():
        return f"{hint}; probabilities or measurements become labels by a threshold: y > 0.5"
    if len(found) > 2:
        return (
            f'{hint}, and there are {len(found):,} different ones: write task = "multiclass", or say under [data] '
            f"which are 1: positive = [{int(found[0])}]"
        )
    return f"{hint}: write y == {int(found[-1])}"


def _refuse_where(bad: Tensor, values: Tensor, what: str, fault: str, hint: str) -> None:
    """An error with the count, and with the first row (from 0), where any of `bad` [N, ...] is true."""
    if not bad.any():
        return
    row = int(bad.flatten(1).any(1).nonzero()[0]) if bad.ndim > 1 else int(bad.nonzero()[0])
    value = values[row][bad[row]].flatten()[0].item()
    raise WorkbenchError(
        f"{what} is {said(values)}, and {int(bad.sum()):,} of its values are {fault}: "
        f"first {value:g} in row {row:,} (counted from 0)",
        hint=hint,
    )


def _check_classes(y: Tensor, task: str, what: str) -> None:
    """Labels of all parts together: more than one class, and none left out."""
    if task == "multilabel":
        return
    found = torch.unique(y).to(torch.int64)
    low, high = int(found[0]), int(found[-1])
    if len(found) == 1:
        raise WorkbenchError(
            f"{what}: every label is {low}", hint="there is nothing to tell apart: check the labels"
        )
    gaps = high + 1 - len(found)
    if task == "multiclass" and gaps:
        absent = next(label for label in range(high) if label >= len(found) or int(found[label]) != label)
        hint = "number the classes that occur from 0: y = numpy.unique(y, return_inverse=True)[1]"
        if low == gaps == 1:
            hint = "labels count from 0: write y - 1"
        elif len(found) > max(MOST_CLASSES, len(y) // 10):
            hint = _MEASURED
        raise WorkbenchError(
            f"{what}: labels run from {low} to {high}, but {gaps:,} of the classes 0 to {high} never occur, "
            f"first {absent}",
            hint=hint,
        )
