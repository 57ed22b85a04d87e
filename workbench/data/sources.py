"""Named sources of examples, and what happens where one cannot be had.

scikit-learn and torchvision are imported where they are needed: they cost more than a second each.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from workbench.data import image_files
from workbench.data.features import Feature, Impute
from workbench.data.image_files import DataMissing
from workbench.errors import WorkbenchError

__all__ = ["NAMES", "TASKS", "DataMissing", "Raw", "fetch"]

TASKS: dict[str, Literal["binary", "multiclass", "multilabel"]] = {
    "digits": "multiclass",
    "mnist": "multiclass",
    "fashion-mnist": "multiclass",
    "circles": "binary",
    "moons": "binary",
    "blobs": "multiclass",
    "iris": "multiclass",
    "wine": "multiclass",
    "breast-cancer": "binary",
    "multilabel": "multilabel",
}
NAMES = tuple(TASKS)
BYTE, SIXTEENTHS = 255, 16  # what is white in MNIST's files, and in scikit-learn's digits
LONGEST = 40  # letters of several classes' names put together
GARMENTS = (  # Xiao et al. 2017, table 2
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Raw:
    """Examples as their source gives them, all on the CPU; images as [N, 1, 28, 28] in [0, 1].

    y is [N] int64 for classes, [N] float32 of 0 and 1 for binary, [N, L] float32 of 0 and 1 for multilabel.
    """

    x: Tensor  # float32 [N, ...]; of a table float64 [N, columns], from which `features` makes inputs
    y: Tensor
    test_x: Tensor | None
    test_y: Tensor | None
    name: str
    stand_in: bool = False
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()  # their names, in order; empty: they have none but their numbers
    white: int | None = None  # images: the whole number that stands for 1.0 where they are kept as such
    stratified: bool = False  # few examples: the shuffle deals out each class evenly
    columns: tuple[Feature, ...] = ()  # of a table
    impute: Impute | None = None  # how its missing values are filled
    file_md5: str | None = None


def fetch(
    source: str,
    *,
    task: str,
    positive: Sequence[int | str] | None = None,
    root: Path | None = None,
    require: bool = False,
) -> Raw:
    """The examples of a registered source.

    `positive`: these classes, by number or name, are 1, and the others 0. Where MNIST is not to be had a stand-in
    comes back, or with `require` the error `DataMissing`.
    """
    if positive is None:
        return _read(source, task, root, require)
    if TASKS.get(source, "multiclass") != "multiclass":
        raise WorkbenchError(
            f'data.positive: "{source}" has no classes to put together: it is for task = "{TASKS[source]}"',
            hint=f'leave data.positive out, with task = "{TASKS[source]}"',
        )
    return told_apart(_read(source, "multiclass", root, require), positive)


def told_apart(raw: Raw, positive: Sequence[int | str]) -> Raw:
    """Classes as 1 (those in `positive`) and 0 (the others)."""
    count = 1 + max(int(y.max()) for y in (raw.y, raw.test_y) if y is not None)
    names = raw.classes or tuple(map(str, range(count)))
    ones = set()
    for one in positive:
        if str(one) in names:
            ones.add(names.index(str(one)))
        elif isinstance(one, int) and 0 <= one < count:
            ones.add(one)
        else:
            raise WorkbenchError(
                f"data.positive: there is no class {one!r} in {raw.name}",
                hint=f"its {len(names)} classes: {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}",
            )
    if len(ones) == len(names):
        raise WorkbenchError(
            f"data.positive names all {len(names)} classes of {raw.name}: every example would be 1",
            hint="name the classes that are to be told from the others",
        )
    members = torch.tensor(sorted(ones))
    y, test_y = (None if y is None else torch.isin(y, members).float() for y in (raw.y, raw.test_y))
    assert y is not None
    no, yes = (_together([name for i, name in enumerate(names) if (i in ones) is side]) for side in (False, True))
    return replace(raw, y=y, test_y=test_y, classes=(no, yes))


def _read(source: str, task: str, root: Path | None, require: bool) -> Raw:
    if source not in TASKS:
        near = difflib.get_close_matches(source.lower(), NAMES, 1)
        raise WorkbenchError(
            f'data.source = "{source}" is not a data set: there are {", ".join(NAMES)}',
            hint=f'did you mean "{near[0]}"?' if near else 'for data of your own write "file.py:function"',
        )
    if task != TASKS[source]:
        hint = f'write task = "{TASKS[source]}"'
        if task == "binary" and TASKS[source] == "multiclass":
            hint += ", or say under [data] which classes are 1: positive = [0]"
        raise WorkbenchError(
            f'data.source = "{source}" is for task = "{TASKS[source]}", but the study says task = "{task}"',
            hint=hint,
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
        case "iris" | "wine" | "breast-cancer":
            return _collected(source)
        case "multilabel":
            return Raw(*_several_labels(), None, None, name=source)
        case _:
            return Raw(*_points(source), None, None, name=source)


def _together(names: Sequence[str]) -> str:
    """ "0, 1 or 2"; of long lists the first and how many more."""
    if len(", ".join(names)) > LONGEST:
        return f"{names[0]} or {len(names) - 1} more"
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _digits() -> tuple[Tensor, Tensor]:
    """scikit-learn's 1,797 digits: x [1797, 1, 8, 8] in [0, 1]."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.from_numpy(x).float().div_(16).reshape(-1, 1, 8, 8), torch.from_numpy(y)


def _points(source: str) -> tuple[Tensor, Tensor]:
    """1,000 points of the plane, x [1000, 2]: two noisy circles, two half moons, or four overlapping blobs."""
    from sklearn.datasets import make_blobs, make_circles, make_moons

    if source == "blobs":
        x, y = make_blobs(1000, centers=4, cluster_std=1.5, random_state=42)
        return torch.from_numpy(x).float(), torch.from_numpy(y)
    if source == "circles":
        x, y = make_circles(1000, noise=0.03, random_state=42)
    else:
        x, y = make_moons(1000, noise=0.2, random_state=42)
    return torch.from_numpy(x).float(), torch.from_numpy(y).float()


def _collected(source: str) -> Raw:
    """The small tables that come with scikit-learn: x [150, 4], [178, 13] or [569, 30]."""
    from sklearn import datasets

    kept = {"iris": datasets.load_iris, "wine": datasets.load_wine, "breast-cancer": datasets.load_breast_cancer}
    found = kept[source]()
    y = torch.from_numpy(found.target).to(torch.float32 if source == "breast-cancer" else torch.int64)
    classes = tuple(map(str, found.target_names))
    x = torch.from_numpy(found.data).float()
    return Raw(x, y, None, None, name=source, classes=classes, stratified=True)


def _several_labels() -> tuple[Tensor, Tensor]:
    """1,000 rows of 20 counts, x [1000, 20], each with any of five labels, y [1000, 5], or with none."""
    from sklearn.datasets import make_multilabel_classification

    x, y = make_multilabel_classification(1000, n_features=20, n_classes=5, n_labels=2, random_state=42)
    return torch.from_numpy(x).float(), torch.from_numpy(y).float()


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
