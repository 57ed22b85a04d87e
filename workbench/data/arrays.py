"""What a user's function returned -> examples: arrays, tables, dicts or torch Datasets in, checked tensors out.

torch's generator is the same whenever the function is called, and as before afterwards: random transforms of a
Dataset give the same examples in every run.
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset

from workbench.data import picture
from workbench.data.checking import Given, checked, named, said, tensor
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

RETURN = (
    'return (x, y), (x, y, test_x, test_y), {"x": x, "y": y}, a torch Dataset, or (training Dataset, test Dataset)'
)
READ_TWICE = 8  # items of a Dataset: whether they change


def from_function(function: Callable[[], Any], *, task: str | None, source: str) -> Raw:
    """What the function of a study's data.source returned, checked. No task: the one that its labels suit."""
    where = f'data.source = "{source}"'
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            given = _given(function(), where)
    except WorkbenchError:
        raise
    except (Exception, SystemExit) as error:  # a user's code may raise anything
        raise WorkbenchError(
            f"{where} raised {type(error).__name__}: {error}{_raised_at(error, function)}",
            hint=f"it is called without arguments and must {RETURN}",
        ) from error
    return checked(given, task=task, where=where, name=source)


def _given(returned: Any, where: str) -> Given:
    """What the function returned, by its parts."""
    if isinstance(returned, Dataset):
        return _dataset(returned, where)
    if isinstance(returned, Mapping):
        hint = f'its keys are "x", "y", and where there is more "test_x", "test_y", "classes"{_of_bunch(returned)}'
        return named(returned, f"{where} returned a {type(returned).__name__} that", hint)
    if isinstance(returned, tuple | list):
        if len(returned) == 2 and all(map(_is_pair, returned)):
            returned = (*returned[0], *returned[1])  # as Keras gives its sets
        datasets = [isinstance(one, Dataset) for one in returned]
        if len(returned) == 2 and all(datasets):
            return _both(*(_dataset(one, f"{where}{part}") for one, part in zip(returned, PARTS, strict=True)))
        if len(returned) in (2, 4) and not any(map(_no_array, returned)):
            _refuse_other_order(returned, where)
            return Given(*returned)
    raise WorkbenchError(f"{where} returned {_told(returned)}", hint=_way_out(returned))


PARTS = ("", ": test part")


def _is_pair(value: Any) -> bool:
    """A tuple of two arrays, each with rows."""
    return isinstance(value, tuple) and len(value) == 2 and all(len(getattr(one, "shape", ())) > 0 for one in value)


def _no_array(value: Any) -> bool:
    return isinstance(value, Dataset | DataLoader | Mapping)


def _refuse_other_order(four: Sequence[Any], where: str) -> None:
    """x, test_x, y, test_y, as scikit-learn's train_test_split returns them."""
    shapes = [tuple(getattr(one, "shape", ())) for one in four]
    if len(four) == 4 and len(shapes[0]) > 1 and all(shapes):
        x, second, third, last = shapes
        if (
            second[1:] == x[1:]
            and third[:1] == x[:1] != second[:1]
            and len(third) < len(x)
            and last[0] == second[0]
        ):
            raise WorkbenchError(
                f"{where} returned {_told(four)}: x, test_x, y, test_y, in the order of train_test_split",
                hint="return (x, y, test_x, test_y)",
            )


def _told(returned: Any) -> str:
    """What it is, with the shapes and dtypes of what is in it."""
    if returned is None:
        return "NoneType, as functions without a return do"
    if not isinstance(returned, tuple | list):
        return said(returned)
    listed = ", ".join(map(said, returned[:6])) or "nothing"
    more = f" and {len(returned) - 6:,} more" if len(returned) > 6 else ""
    return f"a {type(returned).__name__} of {listed}{more}"


def _way_out(returned: Any) -> str:
    """What to return instead, as far as it can be guessed."""
    several = returned if isinstance(returned, tuple | list) else [returned]
    if several and all(isinstance(one, DataLoader) for one in several):
        return "return what they load from, loader.dataset: minibatches are made here"
    if len(several) == 3 and all(isinstance(one, Dataset) for one in several):
        return (
            "return (training Dataset, test Dataset): the validation part is cut from the training part "
            "(data.validation); torch.utils.data.ConcatDataset([training, validation]) joins two"
        )
    if len(several) == 6:
        return (
            "return (x, y, test_x, test_y): the validation part is cut from x and y (data.validation); "
            "numpy.concatenate joins the two"
        )
    if len(several) == 1 and hasattr(returned, "columns"):
        return 'return the label apart: (frame.drop(columns="label"), frame["label"])'
    return f"it must {RETURN}"


def _of_bunch(returned: Mapping[Any, Any]) -> str:
    """scikit-learn's own sets."""
    return "; return (it.data, it.target)" if {"data", "target"} <= set(returned) else ""


# -- Datasets ----------------------------------------------------------------------------------------------------


def _both(train: Given, test: Given) -> Given:
    notes = dict.fromkeys((*train.notes, *test.notes))
    return Given(train.x, train.y, test.x, test.y, train.classes, train.white, tuple(notes))


def _dataset(dataset: Dataset[Any], where: str) -> Given:
    """Every item read, once: [N, ...] features and [N, ...] labels."""
    if isinstance(dataset, IterableDataset) or not hasattr(dataset, "__len__"):
        raise WorkbenchError(
            f"{where}: {type(dataset).__name__} has no length", hint="the Dataset needs __len__ and __getitem__"
        )
    xs: list[Tensor] = []
    ys: list[Any] = []
    white = None
    for i in range(len(dataset)):
        x, y = _pair(dataset[i], i, where)
        if (pixels := _pixels(x)) is not None:
            x, white = pixels, picture.BYTE
        x = tensor(x, f"{where}: x of item {i}")
        y = y if isinstance(y, str) else tensor(y, f"{where}: y of item {i}")
        for name, value, first in (("x", x, xs[:1]), ("y", y, ys[:1])):
            if first and getattr(value, "shape", None) != getattr(first[0], "shape", None):
                raise WorkbenchError(
                    f"{where}: {name} of item {i} is {said(value)}, that of item 0 is {said(first[0])}",
                    hint="all items must have one shape"
                    + (": torchvision.transforms.Resize((32, 32)) gives images one" if white else ""),
                )
        xs.append(x)
        ys.append(y)
    if not xs:
        raise WorkbenchError(f"{where}: the Dataset is empty")
    labels = ys if isinstance(ys[0], str) else torch.stack(ys)
    notes = (_CHANGING,) if _changes(dataset, xs) else ()
    return Given(torch.stack(xs), labels, classes=_classes(dataset, labels), white=white, notes=notes)


_CHANGING = (
    "An item of the Dataset is another each time that it is read (a random transform?): each was read once, and "
    "all epochs see it as it was then."
)


def _pair(item: Any, i: int, where: str) -> Sequence[Any]:
    if isinstance(item, tuple | list) and len(item) == 2:
        return item
    told = f"{said(item)} of {', '.join(map(str, item))}" if isinstance(item, Mapping) else _told(item)
    raise WorkbenchError(f"{where}: item {i} of the Dataset is {told}", hint="each item must be a pair (x, y)")


def _pixels(x: Any) -> Tensor | None:
    """A picture of Pillow's as float32 [1 or 3, H, W] in [0, 1]; None where it is no such picture."""
    pillow = sys.modules.get("PIL.Image")  # who has a picture has loaded it
    if pillow is None or not isinstance(x, pillow.Image):
        return None
    pixels = picture.pixels(picture.in_channels(x, 1 if x.mode in ("1", "L") else 3, []))
    return torch.from_numpy(np.ascontiguousarray(pixels)).float().div_(picture.BYTE)


def _changes(dataset: Any, xs: Sequence[Tensor]) -> bool:
    """Whether one of the first items is not what it was."""
    for i, x in enumerate(xs[:READ_TWICE]):
        again = dataset[i][0]
        pixels = _pixels(again)
        if not torch.equal(tensor(again, "x") if pixels is None else pixels, x):
            return True
    return False


def _classes(dataset: Any, y: Any) -> list[str] | None:
    """The names that torchvision's Datasets carry, where they are names of the labels."""
    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    names = getattr(dataset, "classes", None)
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        return None
    count = len(names) if isinstance(y, list) else int(y.max()) + 1
    return list(names) if len(names) == count and (not isinstance(y, list) or set(y) <= set(names)) else None


def _raised_at(error: BaseException, function: Callable[[], Any]) -> str:
    """The last line of the user's own file that the error came through."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
