"""Examples of a user's: pictures, .npy, CSV -> float32 [N, *input_shape] as the data's own source would give them.

What a file says is never bent in silence: each change (a picture resized, whole numbers divided) is a note, and
what does not fit is an error with the shape that it has and the shape that it needs.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from workbench.data import csv_files, picture
from workbench.data.csv_files import Text
from workbench.data.features import UNKNOWN, Feature, encoded
from workbench.data.picture import BYTE, why
from workbench.errors import WorkbenchError
from workbench.exporting.network import Network
from workbench.study.mistakes import did_you_mean
from workbench.study.source import TABLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURES = picture.ENDINGS
LABELS = ("label", "class", "target", "y")  # what a column that is no feature is called
BRIGHT = 0.5  # of corners: above it the background is light


@dataclass(frozen=True, eq=False)
class Examples:
    """What a file holds. `single`: one example, not a batch of one."""

    path: Path
    x: Tensor  # float32 [N, *input_shape], not standardized
    single: bool
    notes: tuple[str, ...]


def read(path: Path, network: Network, *, invert: bool = False) -> Examples:
    """The examples in a file. WorkbenchError where it cannot be read, or does not fit the network.

    `invert` turns light and dark in a picture.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        raise WorkbenchError(f"{path} is a folder", hint=f"name files: {path}/*.png")
    if not path.exists():
        raise WorkbenchError(f"{path}: there is no such file")
    known = (*PICTURES, ".npy", *(TABLES if network.features else (".csv",)))
    if suffix not in known:
        raise WorkbenchError(
            f"{path}: {f'{suffix} files are' if suffix else 'files without an ending are'} not read here",
            hint=f"give {', '.join(known[:-1])} or {known[-1]}",
        )
    if invert and suffix not in PICTURES:
        raise WorkbenchError(
            f"--invert is for pictures, and {path} is none", hint="write 1 - x to the file instead"
        )
    notes: list[str] = []
    try:
        if suffix in PICTURES:
            array, single = _picture(path, network, invert, notes), True
        elif suffix == ".npy":
            array, single = _numpy(path, network, notes)
        elif network.features:
            return Examples(path, _table(path, network, notes), False, tuple(notes))
        else:
            array, single = _csv(path, network, notes), False
    except OSError as error:
        raise WorkbenchError(f"{path}: cannot be read: {error.strerror or error}") from error
    return Examples(path, torch.from_numpy(np.ascontiguousarray(array, np.float32)), single, tuple(notes))


# -- pictures -----------------------------------------------------------------------------------------------


def _picture(path: Path, network: Network, invert: bool, notes: list[str]) -> NDArray[np.float32]:
    """[1, *input_shape] from 0 to 1."""
    shape = network.input_shape
    channels = shape[0] if len(shape) == 3 else 1
    if len(shape) not in (2, 3) or channels not in (1, 3):
        raise WorkbenchError(
            f"{path} is a picture, but an example of {network.about['study']} is {_listed(shape)}",
            hint="give .npy or .csv",
        )
    image = picture.resized(
        picture.in_channels(picture.opened(path), channels, notes), (shape[-1], shape[-2]), notes
    )
    x = np.asarray(image, dtype=np.float32) / np.float32(BYTE)
    if invert:
        x = np.float32(1) - x
    if network.white is None:
        notes.append(
            "its bytes were divided by 255: see that the function that gives the study's data does so, too"
        )
    elif not network.photographs and _background(x) > BRIGHT:
        notes.append(
            "its corners are light, and the pictures that this network was trained on are light on dark: "
            + ("leave --invert out" if invert else "--invert turns it")
        )
    return x.transpose(2, 0, 1)[None] if channels == 3 else x.reshape(1, *shape)


def _background(x: NDArray[np.float32]) -> float:
    """The middle of the brightness of the four corners."""
    grey = x if x.ndim == 2 else x.mean(axis=2)
    side = max(1, min(grey.shape) // 10)
    corners = [grey[:side, :side], grey[:side, -side:], grey[-side:, :side], grey[-side:, -side:]]
    return float(np.median([corner.mean() for corner in corners]))


# -- arrays and tables --------------------------------------------------------------------------------------


def _numpy(path: Path, network: Network, notes: list[str]) -> tuple[NDArray[Any], bool]:
    """[N, *input_shape], and whether it was one example alone."""
    try:
        array = np.load(path, allow_pickle=False)
        assert isinstance(array, np.ndarray)
    except (ValueError, EOFError, AssertionError, SyntaxError) as error:
        raise WorkbenchError(f"{path}: this is not one array: {why(error, path)}") from error
    if array.dtype.kind not in "biuf":
        raise WorkbenchError(
            f"{path} holds {array.dtype} {_listed(array.shape)}", hint="it must hold plain numbers"
        )
    if array.size == 0:
        raise WorkbenchError(f"{path} holds no example: {array.dtype} {_listed(array.shape)}")
    wanted = network.input_shape
    plain = tuple(n for n in wanted if n != 1)
    as_it_is = {wanted, plain, (math.prod(wanted),)}  # of one example: without channels of one, or as one row
    if array.shape in as_it_is or array.shape[1:] in as_it_is:
        single = array.shape == wanted or array.shape[1:] not in as_it_is
        shaped = array.reshape((1 if single else len(array), *wanted))
        if array.shape not in (wanted, shaped.shape):
            notes.append(f"{_listed(array.shape)} is taken as {_listed(shaped.shape)}")
        return _scaled(shaped, path, network, notes), single
    last = len(wanted) == 3 and array.shape[-3:] == (*wanted[1:], wanted[0])
    raise WorkbenchError(
        f"{path} holds {array.dtype} {_listed(array.shape)}, but an example of {network.about['study']} is "
        f"{_listed(wanted)}",
        hint=f"channels come first: x.transpose({'0, 3, 1, 2' if array.ndim == 4 else '2, 0, 1'})"
        if last
        else f"save one example, or a batch: [N, {', '.join(map(str, wanted))}]",
    )


def _table(path: Path, network: Network, notes: list[str]) -> Tensor:
    """float32 [N, D] from the columns that the study's table had, in any order; others are not looked at."""
    text, features = csv_files.read(path), network.features
    lacking = [feature.name for feature in features if feature.name not in text.names]
    if lacking:
        raise WorkbenchError(
            f"{path} lacks {', '.join(map(repr, lacking[:10]))}, which {network.about['study']} learned from",
            hint=did_you_mean(lacking[0], text.names) or f"its columns: {', '.join(text.names[:20])}",
        )
    codes = [_codes(text, feature, notes) for feature in features]
    x = encoded(torch.stack(codes, 1), features, features)
    if not torch.isfinite(x).all():
        row, place = (int(one) for one in (~torch.isfinite(x)).nonzero()[0])
        names = [feature.name for feature in features for _ in range(feature.width)]
        raise WorkbenchError(f"{path} {text.place(row)}: {names[place]!r} is too large for float32")
    return x


def _codes(text: Text, feature: Feature, notes: list[str]) -> Tensor:
    """float64 [N]: a column as its feature takes it. What the training part never held is told."""
    codes: list[float] = []
    unknown: list[str] = []
    for row, cell in enumerate(text.cells[text.names.index(feature.name)]):
        where = f"{text.path} {text.place(row)}, column {feature.name!r}"
        try:
            codes.append(feature.code(cell))
        except ValueError:
            raise WorkbenchError(
                f"{where}: {cell!r} is not a number", hint="mend that cell, or leave the row out"
            ) from None
        if math.isnan(codes[-1]) and feature.fill is None:
            raise WorkbenchError(
                f"{where}: there is nothing, and the study filled no gaps",
                hint='leave the row out, or run the study with impute = "median" under [data]',
            )
        if codes[-1] == UNKNOWN:
            unknown.append(cell)
    if unknown:
        listed = ", ".join(map(repr, dict.fromkeys(unknown[:3])))
        notes.append(
            f"column {feature.name!r}: {len(unknown):,} of {len(text):,} cells hold what the training part never "
            f"did ({listed}): its inputs are 0 there"
        )
    return torch.tensor(codes, dtype=torch.float64)


def _csv(path: Path, network: Network, notes: list[str]) -> NDArray[Any]:
    """[N, *input_shape]: a row an example, a column a feature (of a picture: row by row)."""
    header, rows = _rows(path)
    wanted = math.prod(network.input_shape)
    width = len(rows[0][1])
    dropped = [i for i, name in enumerate(header) if name.strip().lower() in LABELS]
    if width == wanted + 1 and len(dropped) == 1:
        notes.append(f'the column "{header[dropped[0]].strip()}" is left out: it is no feature')
        rows = [
            (line, [*cells[: dropped[0]], *cells[dropped[0] + 1 :]]) for line, cells in rows if len(cells) == width
        ]
    elif width != wanted:
        raise WorkbenchError(
            f"{path} has {width:,} columns, but an example of {network.about['study']} has {wanted:,} numbers",
            hint="leave out what is no feature (a target, an index)"
            if width > wanted
            else "each row is one example",
        )
    values = np.array([_row(path, line, cells, wanted) for line, cells in rows], dtype=np.float64)
    return _scaled(values.reshape(len(values), *network.input_shape), path, network, notes)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, if there is one, and every other line that is not empty, with its number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WorkbenchError(f"{path}: this is not UTF-8 text", hint="save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(text.splitlines(), delimiter=delimiter)
    try:
        rows = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise WorkbenchError(f"{path} line {reader.line_num}: {error}") from error
    has_header = bool(rows) and any(cell.strip() and _number(cell) is None for cell in rows[0][1])
    header = rows.pop(0)[1] if has_header else []
    if not rows:
        raise WorkbenchError(f"{path} holds no example", hint="a line an example, a column a feature")
    return header, rows


def _row(path: Path, line: int, cells: list[str], wanted: int) -> list[float]:
    if len(cells) != wanted:
        raise WorkbenchError(f"{path} line {line}: {len(cells):,} columns, where the first row has {wanted:,}")
    numbers = [_number(cell) for cell in cells]
    for column, (cell, number) in enumerate(zip(cells, numbers, strict=True), 1):
        if number is None or not math.isfinite(number):
            said = f"{cell!r} is not a number" if cell.strip() else "there is nothing"
            raise WorkbenchError(
                f"{path} line {line}, column {column}: {said}", hint="fill the gap, or leave the row out"
            )
    return [number for number in numbers if number is not None]


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _scaled(array: NDArray[Any], path: Path, network: Network, notes: list[str]) -> NDArray[np.float32]:
    """The values in the units of the study's data; images were there from 0 to 1."""
    x = array.astype(np.float32)
    if not np.isfinite(x).all():
        raise WorkbenchError(f"{path}: {int((~np.isfinite(x)).sum()):,} of its values are not finite (as float32)")
    if network.white is None:
        return x
    low, high = float(x.min()), float(x.max())
    if array.dtype != np.uint8 and low >= 0 and high <= 1:
        return x
    if low < 0 or high > BYTE or not np.array_equal(x, x.round()):
        raise WorkbenchError(
            f"{path}: values from {low:g} to {high:g}, but this network learned from pictures of 0 to 1",
            hint=f"divide by what stands for white, or save whole numbers from 0 to {network.white}; "
            f"do not standardize: that is done here",
        )
    white = network.white if high <= network.white else BYTE
    notes.append(f"whole numbers: divided by {white}")
    return x / np.float32(white)


def _listed(shape: Sequence[int]) -> str:
    return f"[{', '.join(map(str, shape))}]"
