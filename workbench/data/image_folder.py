"""A folder of images -> examples: a folder for each class, as torchvision's ImageFolder reads it.

    pictures/cat/1.png                or    pictures/train/cat/1.png
    pictures/dog/2.jpg                      pictures/test/dog/2.jpg

Sizes and channels are read off the files' headers first, so that what does not fit is told before anything is
decoded: images that differ, files that are no images, and memory that there is not enough of.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from workbench.data import picture
from workbench.data.picture import BYTE, by
from workbench.data.sources import Raw
from workbench.data.splits import SHUFFLE_SEED
from workbench.errors import WorkbenchError

TRAIN, TEST = ("train", "training"), ("test", "testing")
HELD_OUT = ("val", "valid", "validation")
GREY = ("1", "L", "LA", "La", "F")  # modes of Pillow's; those that begin with I are grey, too
TURNED = (5, 6, 7, 8)  # orientations of EXIF in which width and height change places
SHOWN = 3  # files named in a message
COPIES = 2  # of all images at once: as they were read, and cut into parts
SPARED = 0.8  # of the memory that is free
LARGEST = 64  # pixels a side of images that are brought into one size, where nobody asks for more
MUCH = 1e9  # bytes that are worth a note

T = TypeVar("T")


@dataclass(frozen=True)
class _File:
    path: Path
    label: int


@dataclass(frozen=True)
class _Header:
    """What a file says of itself: width and height as it is seen, and whether it is grey."""

    file: _File
    size: tuple[int, int]
    grey: bool
    mode: str


def read(
    folder: Path,
    *,
    task: str | None,
    source: str,
    size: int | Sequence[int] | None = None,
    channels: int | None = None,
) -> Raw:
    """x float32 [N, C, H, W] in [0, 1] with its test part, if there is one. `size`: height and width, or both.

    No task: the one that the number of classes suits.
    """
    where = f'data.source = "{source}"'
    train, test, classes, notes = _found(folder, where)
    task = task or ("binary" if len(classes) == 2 else "multiclass")
    _suits(classes, task, folder, where)
    headers = _headers([*train, *test], folder, where)
    channels = channels or _channels(headers, folder, where)
    height, width = _size(headers, folder, where) if size is None else _both(size)
    total = len(headers) * channels * height * width * 4
    notes += _affordable(total, len(headers), (channels, height, width), where)
    x, bent = _decoded([header.file.path for header in headers], channels, (height, width), folder, where)
    y = torch.tensor([header.file.label for header in headers])
    y = y.float() if task == "binary" else y
    if task == "binary":
        notes.append(f'"{classes[0]}" is 0, "{classes[1]}" is 1')
    n = len(train)
    return Raw(
        x[:n],
        y[:n],
        x[n:] if test else None,
        y[n:] if test else None,
        name=source,
        notes=(*notes, *bent),
        classes=classes,
        white=BYTE,
    )


# -- which files there are ---------------------------------------------------------------------------------------


def _found(folder: Path, where: str) -> tuple[list[_File], list[_File], tuple[str, ...], list[str]]:
    """Files of the training and the test part, the classes, and what is to be said of them."""
    notes: list[str] = []
    inside = {each.name.lower(): each for each in _folders(folder)}
    parts = {*TRAIN, *TEST, *HELD_OUT}
    if not inside or not set(inside) <= parts or not set(inside) & set(TRAIN):
        files, classes = _classes([folder], folder, where, notes)
        return files, [], classes, notes
    held_out = [inside[name] for name in HELD_OUT if name in inside]
    files, classes = _classes([inside[name] for name in TRAIN if name in inside] + held_out, folder, where, notes)
    if held_out:
        notes.append(
            f"{held_out[0].name}/ counts as training images: the study's validation part is cut from all of them"
        )
    # A source with a test part of its own keeps its order, and this one would be class after class.
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(SHUFFLE_SEED))
    tested = [inside[name] for name in TEST if name in inside]
    if not tested:
        return files, [], classes, notes
    test, known = _classes(tested, folder, where, notes)
    if strange := [name for name in known if name not in classes]:
        raise WorkbenchError(
            f"{where}: {tested[0]} has the class {strange[0]}, which the training images have not",
            hint=f"their classes: {', '.join(classes)}",
        )
    test = [_File(one.path, classes.index(known[one.label])) for one in test]
    return [files[i] for i in order.tolist()], test, classes, notes


def _classes(
    roots: Sequence[Path], folder: Path, where: str, notes: list[str]
) -> tuple[list[_File], tuple[str, ...]]:
    """Every image in the class folders of these folders; classes in the order of their names."""
    classes = tuple(sorted({each.name for root in roots for each in _folders(root)}))
    loose = sum(picture.is_one(path) for root in roots for path in _files(root))
    layout = f"a folder for each class: {folder}/cat/1.png, {folder}/dog/2.png"
    if not classes:
        raise WorkbenchError(
            f"{where}: {roots[0]} has no folders in it, {f'but {loose:,} images' if loose else 'and no images'}",
            hint=layout,
        )
    files, others, empty = [], 0, []
    for label, name in enumerate(classes):
        inside = [path for root in roots for path in sorted((root / name).rglob("*")) if _is_file(path)]
        images = [_File(path, label) for path in inside if picture.is_one(path)]
        files += images
        others += len(inside) - len(images)
        empty += [] if images else [name]
    if empty:
        raise WorkbenchError(
            f"{where}: {len(empty):,} of the {len(classes):,} class folders in {roots[0]} hold no image: "
            f"{_listed(empty)}",
            hint=f"images end in {', '.join(picture.ENDINGS)}; remove the folders that are no classes",
        )
    if loose or others:
        notes.append(f"left out: {others:,} files that are no images, {loose:,} images outside the class folders")
    return files, classes


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _files(folder: Path) -> Iterable[Path]:
    return filter(_is_file, folder.iterdir())


def _is_file(path: Path) -> bool:
    return (
        path.is_file() and not path.name.startswith(".") and path.name.lower() not in ("thumbs.db", "desktop.ini")
    )


def form(folder: Path, source: str) -> tuple[tuple[int, int] | None, int | None]:
    """(height, width) and channels that its images need to be brought into; None where they agree already."""
    where = f'data.source = "{source}"'
    train, test, _, _ = _found(folder, where)
    headers = _headers([*train, *test], folder, where)
    sizes = [header.size for header in headers]
    greys = {header.grey for header in headers}
    side = min(LARGEST, *map(min, sizes))
    return None if len(set(sizes)) == 1 else (side, side), None if len(greys) == 1 else 3


def _suits(classes: Sequence[str], task: str, folder: Path, where: str) -> None:
    if len(classes) == 1:
        raise WorkbenchError(
            f"{where}: {folder} has images of one class, {classes[0]}: there is nothing to tell apart",
            hint=f"a folder for each class: {folder}/cat/1.png, {folder}/dog/2.png",
        )
    if task == "multilabel" or (task == "binary" and len(classes) != 2):
        raise WorkbenchError(
            f'{where}: an image is in one of {len(classes):,} classes: {_listed(classes)}; task = "{task}" '
            + ("tells two apart" if task == "binary" else "needs labels that do not exclude one another"),
            hint='write task = "multiclass"'
            + (f', or say under [data] which classes are 1: positive = ["{classes[0]}"]' * (task == "binary")),
        )


# -- what their headers say --------------------------------------------------------------------------------------


def _headers(files: Sequence[_File], folder: Path, where: str) -> list[_Header]:
    """Size and mode of each, undecoded. An error that counts and names the files that are no images."""
    import PIL.Image

    def header(file: _File) -> _Header | str:
        try:
            with PIL.Image.open(file.path) as image:
                width, height = image.size
                turned = image.getexif().get(0x0112) in TURNED
                grey = image.mode in GREY or image.mode.startswith("I")
                return _Header(file, (height, width) if turned else (width, height), grey, image.mode)
        except (OSError, SyntaxError, ValueError, PIL.Image.DecompressionBombError) as error:
            return picture.why(error, file.path)

    return _whole(header, files, [file.path for file in files], folder, where)


def _whole(
    one: Callable[..., T | str], items: Sequence[object], paths: Sequence[Path], folder: Path, where: str
) -> list[T]:
    """What becomes of each, or an error about all of those that a reason comes back for."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(one, items))
    broken = [(path, why) for path, why in zip(paths, results, strict=True) if isinstance(why, str)]
    if broken:
        said = [f"{path.relative_to(folder)} ({why})" for path, why in broken]
        raise WorkbenchError(
            f"{where}: {len(broken):,} of its {len(items):,} image files cannot be read: {_listed(said)}",
            hint="replace them, or take them out of the folder",
        )
    return [result for result in results if not isinstance(result, str)]


def _channels(headers: Sequence[_Header], folder: Path, where: str) -> int:
    """1 where all are grey, 3 where none is."""
    found = Counter(header.grey for header in headers)
    if len(found) == 1:
        return 1 if headers[0].grey else 3
    two = [next(header for header in headers if header.grey is grey) for grey in (True, False)]
    raise WorkbenchError(
        f"{where}: {found[True]:,} of its images are grey, {found[False]:,} are not: "
        + _listed([f"{each.file.path.relative_to(folder)} is {each.mode}" for each in two]),
        hint="write channels = 1 (all as grey) or channels = 3 (all as colour) under [data]",
    )


def _size(headers: Sequence[_Header], folder: Path, where: str) -> tuple[int, int]:
    """(height, width) that all have."""
    found = Counter(header.size for header in headers).most_common()
    (width, height), _ = found[0]
    if len(found) == 1:
        return height, width
    told = [f"{count:,} are {by(size)}" for size, count in found]
    two = [next(header for header in headers if header.size == size) for size, _ in found[:2]]
    smaller = width if width == height else [height, width]
    raise WorkbenchError(
        f"{where}: its images are of {len(found):,} sizes (width x height): {_listed(told)}; "
        + " and ".join(f"{each.file.path.relative_to(folder)} is {by(each.size)}" for each in two),
        hint=f"write size = {smaller} (or [height, width]) under [data]: they are then resized",
    )


def _both(size: int | Sequence[int]) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    return height, width


# -- memory ------------------------------------------------------------------------------------------------------


def _affordable(total: int, count: int, shape: Sequence[int], where: str) -> list[str]:
    """A note on much memory; an error where there is not enough."""
    said = f"{count:,} images of {by(shape)} take {_gigabytes(total)} as float32"
    free = _free_memory()
    if free is not None and COPIES * total > SPARED * free:
        half = max(8, int(shape[1] * (SPARED * free / (COPIES * total)) ** 0.5) // 8 * 8)
        raise WorkbenchError(
            f"{where}: {said}, {COPIES} times so much while they are divided, and {_gigabytes(free)} are free",
            hint=f"write size = {half} under [data], or take fewer images",
        )
    return [said] if total > MUCH else []


def _free_memory() -> int | None:
    """Bytes; where the system does not say it, all that there are; None where it says neither."""
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def _gigabytes(amount: float) -> str:
    return f"{amount / 1e9:,.1f} GB"


# -- pixels ------------------------------------------------------------------------------------------------------


def _decoded(
    paths: Sequence[Path], channels: int, size: tuple[int, int], folder: Path, where: str
) -> tuple[Tensor, list[str]]:
    """x float32 [N, C, H, W] in [0, 1], and how many images were changed in which way."""
    height, width = size
    x = np.empty((len(paths), channels, height, width), dtype=np.float32)

    def one(i: int) -> tuple[str, ...] | str:
        notes: list[str] = []
        try:
            image = picture.in_channels(picture.opened(paths[i]), channels, notes)
            resized = image.size != (width, height)
            np.divide(picture.pixels(picture.resized(image, (width, height), [])), BYTE, out=x[i], dtype=np.float32)
        except WorkbenchError as error:
            return error.message.removeprefix(f"{paths[i]}: this is not a whole picture: ")
        return (*notes, *[f"resized to {by((width, height))}"] * resized)

    told = Counter(note for notes in _whole(one, range(len(paths)), paths, folder, where) for note in notes)
    return torch.from_numpy(x), [f"{count:,} images: {note.removeprefix('it is ')}" for note, count in told.items()]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
