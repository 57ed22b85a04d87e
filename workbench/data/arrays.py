"""Examples from a user's own function: arrays or torch Datasets in, checked tensors out.

What would fail only later, or worse, would not fail at all, is refused here with shapes and dtypes: lengths that
differ, features that are not finite, labels that do not suit the task. A class in the middle that never occurs is
refused, too: it is an output that nothing trains, and most often a sign of labels that count something else.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset, IterableDataset

from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

RETURN = "return (x, y), (x, y, test_x, test_y), a torch Dataset, or (training Dataset, test Dataset)"


def from_function(function: Callable[[], Any], *, task: str, source: str) -> Raw:
    """What the function of a study's data.source returned, checked."""
    where = f'data.source = "{source}"'
    try:
        x, y, test_x, test_y = _four(function(), where)
    except WorkbenchError:
        raise
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        raise WorkbenchError(
            f"{where} raised {type(error).__name__}: {error}{_raised_at(error, function)}",
            hint=f"it is called without arguments and must {RETURN}",
        ) from error
    x, y = _part(x, y, task, where, "")
    parts = [y]
    if test_x is not None or test_y is not None:
        test_x, test_y = _part(test_x, test_y, task, where, "test_")
        for name, ours, theirs in (("x", x, test_x), ("y", y, test_y)):
            if ours.shape[1:] != theirs.shape[1:]:
                raise WorkbenchError(
                    f"{where}: {name} is {_said(ours)}, but test_{name} is {_said(theirs)}",
                    hint="all but the first number must agree: examples have one shape",
                )
        parts.append(test_y)
    _check_classes(torch.cat(parts), task, f"{where}: y")
    return Raw(x, y, test_x, test_y, name=source)


def _four(returned: Any, where: str) -> tuple[Any, Any, Any, Any]:
    """What the function returned as x, y, test_x, test_y, not yet checked."""
    if isinstance(returned, Dataset):
        return (*_items(returned, where), None, None)
    if isinstance(returned, tuple | list):
        datasets = [isinstance(one, Dataset) for one in returned]
        if len(returned) == 2 and all(datasets):
            return (*_items(returned[0], where), *_items(returned[1], f"{where}: test part"))
        if len(returned) == 2 and not any(datasets):
            return (returned[0], returned[1], None, None)
        if len(returned) == 4 and not any(datasets):
            return (returned[0], returned[1], returned[2], returned[3])
        found = (
            f"a {type(returned).__name__} of {', '.join(type(one).__name__ for one in returned[:5]) or 'nothing'}"
        )
        found += f" and {len(returned) - 5:,} more" if len(returned) > 5 else ""
    else:
        found = f"{type(returned).__name__}" + (", as functions without a return do" if returned is None else "")
    raise WorkbenchError(f"{where} returned {found}", hint=f"it must {RETURN}")


def _items(dataset: Dataset[Any], where: str) -> tuple[Tensor, Tensor]:
    """Every item read, once: [N, ...] features and [N, ...] labels."""
    if isinstance(dataset, IterableDataset) or not hasattr(dataset, "__len__"):
        raise WorkbenchError(
            f"{where}: {type(dataset).__name__} has no length", hint="the Dataset needs __len__ and __getitem__"
        )
    columns: tuple[list[Tensor], list[Tensor]] = ([], [])
    for i in range(len(dataset)):
        item = dataset[i]
        if not (isinstance(item, tuple | list) and len(item) == 2):
            raise WorkbenchError(
                f"{where}: item {i} of the Dataset is {_said(item)}", hint="each item must be a pair (x, y)"
            )
        for name, value, column in zip("xy", item, columns, strict=True):
            column.append(_tensor(value, f"{where}: {name} of item {i}"))
            if column[-1].shape != column[0].shape:
                raise WorkbenchError(
                    f"{where}: {name} of item {i} is {_said(column[-1])}, that of item 0 is {_said(column[0])}",
                    hint="all items must have one shape",
                )
    if not columns[0]:
        raise WorkbenchError(f"{where}: the Dataset is empty")
    return torch.stack(columns[0]), torch.stack(columns[1])


def _raised_at(error: BaseException, function: Callable[[], Any]) -> str:
    """The last line of the user's own file that the error came through."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""


def _tensor(value: Any, what: str) -> Tensor:
    """Numbers of any library as a tensor on the CPU, still of their own type."""
    if isinstance(value, Tensor):
        if value.is_complex() or value.layout is not torch.strided:
            raise WorkbenchError(f"{what} is {_said(value)}", hint="it must be a dense array of real numbers")
        return value.detach().cpu()
    if hasattr(value, "to_numpy"):  # pandas, polars
        value = value.to_numpy()
    if isinstance(value, list | tuple) and value and isinstance(value[0], Tensor):
        value = [one.detach().cpu().numpy() if isinstance(one, Tensor) else one for one in value]
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise WorkbenchError(f"{what}: {error}", hint="all rows must have one length") from error
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise WorkbenchError(
            f"{what} is {_said(array)}" + ("" if isinstance(value, np.ndarray) else f" made of {_said(value)}"),
            hint="it must hold plain numbers; for names, numpy.unique(y, return_inverse=True)[1] numbers them",
        )
    return torch.from_numpy(
        array.astype(array.dtype.newbyteorder("="), order="C")
    )  # a copy: torch wants it writable


def _part(x: Any, y: Any, task: str, where: str, prefix: str) -> tuple[Tensor, Tensor]:
    """Features and labels of one part, each checked, and of one length."""
    x, y = _tensor(x, f"{where}: {prefix}x"), _tensor(y, f"{where}: {prefix}y")
    if x.numel() == 0:
        raise WorkbenchError(f"{where}: {prefix}x is empty: {_said(x)}")
    if x.ndim < 2:
        raise WorkbenchError(
            f"{where}: {prefix}x is {_said(x)}, it needs a row per example",
            hint="write x.reshape(-1, 1) where an example is one number",
        )
    if y.ndim == 0 or len(x) != len(y):
        raise WorkbenchError(
            f"{where}: {prefix}x and {prefix}y differ in length: {_said(x)} and {_said(y)}",
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
            f"{what} is {_said(y)}",
            hint="task = multilabel needs one column of 0 and 1 for each label, [N, L]"
            if task == "multilabel"
            else f"task = {task} needs one label per example, [N]; y.argmax(1) turns one-hot rows into labels",
        )
    if task == "multiclass":
        fractions = (y != y.round()) | (y.abs() >= 2**53)  # inf among them
        _refuse_where(fractions, y, what, "not whole numbers", "labels must be 0, 1, 2, ...")
        _refuse_where(y < 0, y, what, "below 0", "labels must be 0, 1, 2, ...")
        return y.to(torch.int64)
    hint = "labels must be 0 and 1"
    if task == "binary" and (two := torch.unique(y).tolist()) in ([1, 2], [-1, 1]):
        hint += ": write y - 1" if two == [1, 2] else ": write (y + 1) / 2"
    _refuse_where((y != 0) & (y != 1), y, what, "neither 0 nor 1", hint)
    return y.to(torch.float32)


def _refuse_where(bad: Tensor, values: Tensor, what: str, fault: str, hint: str) -> None:
    """An error with the count, and with the first row (from 0), where any of `bad` [N, ...] is true."""
    if not bad.any():
        return
    row = int(bad.flatten(1).any(1).nonzero()[0]) if bad.ndim > 1 else int(bad.nonzero()[0])
    value = values[row][bad[row]].flatten()[0].item()
    raise WorkbenchError(
        f"{what} is {_said(values)}, and {int(bad.sum()):,} of its values are {fault}: "
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
        one_based = low == gaps == 1
        raise WorkbenchError(
            f"{what}: labels run from {low} to {high}, but {gaps:,} of the classes 0 to {high} never occur, "
            f"first {absent}",
            hint="labels count from 0: write y - 1"
            if one_based
            else "number the classes that occur from 0: y = numpy.unique(y, return_inverse=True)[1]",
        )


def _said(value: Any) -> str:
    """ "float32 [60000, 784]" where there is a shape, otherwise the type."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
    return type(value).__name__
