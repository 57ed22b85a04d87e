"""Named sources of examples, and what happens where one cannot be had.

scikit-learn and torchvision are imported where they are needed: they cost more than a second each.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from workbench.data import arrays, image_files
from workbench.data.image_files import DataMissing
from workbench.errors import WorkbenchError

__all__ = ["NAMES", "DataMissing", "Raw", "fetch"]

_TASKS = {
    "digits": "multiclass",
    "mnist": "multiclass",
    "fashion-mnist": "multiclass",
    "circles": "binary",
    "blobs": "multiclass",
}
NAMES = tuple(_TASKS)
BYTE, SIXTEENTHS = 255, 16  # what is white in MNIST's files, and in scikit-learn's digits
GARMENTS = (  # Xiao et al. 2017, table 2
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Raw:
    """Examples as their source gives them, all on the CPU; images as [N, 1, 28, 28] in [0, 1].

    y is [N] int64 for classes, [N] float32 of 0 and 1 for binary, [N, L] float32 of 0 and 1 for multilabel.
    """

    x: Tensor  # float32 [N, ...]
    y: Tensor
    test_x: Tensor | None
    test_y: Tensor | None
    name: str
    stand_in: bool = False
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()  # their names, in order; empty: they have none but their numbers
    white: int | None = None  # images: the whole number that stands for 1.0 where they are kept as such


def fetch(
    source: str,
    *,
    task: str,
    root: Path | None = None,
    require: bool = False,
    function: Callable[[], Any] | None = None,
) -> Raw:
    """The examples of a registered source, or of `function` where `source` is "file.py:function".

    Where MNIST is not to be had a stand-in comes back, or with `require` the error `DataMissing`.
    """
    if function is not None:
        return Raw(*arrays.from_function(function, task=task, source=source), name=source)
    if source not in _TASKS:
        near = difflib.get_close_matches(source.lower(), NAMES, 1)
        raise WorkbenchError(
            f'data.source = "{source}" is not a data set: there are {", ".join(NAMES)}',
            hint=f'did you mean "{near[0]}"?' if near else 'for data of your own write "file.py:function"',
        )
    if task != _TASKS[source]:
        raise WorkbenchError(
            f'data.source = "{source}" is for task = "{_TASKS[source]}", but the study says task = "{task}"',
            hint=f'write task = "{_TASKS[source]}", or relabel the examples in a function of your own',
        )
    match source:
        case "mnist":
            try:
                return Raw(*image_files.read("MNIST", root), name="mnist", white=BYTE)
            except DataMissing as missing:
                if require:
                    raise
                return _stand_in(missing)
        case "fashion-mnist":
            images = image_files.read("FashionMNIST", root)
            return Raw(*images, name="fashion-mnist", classes=GARMENTS, white=BYTE)
        case "digits":
            return Raw(*_digits(), None, None, name="digits", white=SIXTEENTHS)
        case _:
            return Raw(*_points(source), None, None, name=source)


def _digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 digits: x [1797, 1, 8, 8] in [0, 1]."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.from_numpy(x).float().div_(16).reshape(-1, 1, 8, 8), torch.from_numpy(y)


def _points(source: str) -> tuple[Tensor, Tensor]:
    """1,000 points of the plane, x [1000, 2]: two noisy circles, or four overlapping blobs."""
    from sklearn.datasets import make_blobs, make_circles

    if source == "circles":
        x, y = make_circles(1000, noise=0.03, random_state=42)
        return torch.from_numpy(x).float(), torch.from_numpy(y).float()
    x, y = make_blobs(1000, centers=4, cluster_std=1.5, random_state=42)
    return torch.from_numpy(x).float(), torch.from_numpy(y)


def _stand_in(missing: DataMissing) -> Raw:
    """scikit-learn's digits in MNIST's shape: enough to see a study run, and said to be no more than that."""
    x, y = _digits()
    x = F.interpolate(x, size=(28, 28), mode="bilinear")
    notes = (
        "These are NOT MNIST results. MNIST could not be had, so scikit-learn's 1,797 digits, resized to "
        "28×28, stand in for it.",
        f"{missing.message}. To run on MNIST, {missing.hint}.",
    )
    return Raw(x, y, None, None, name="digits at 28x28", stand_in=True, notes=notes, white=SIXTEENTHS)
