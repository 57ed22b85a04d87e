"""MNIST and Fashion-MNIST as files: where they lie, whether they are whole, and how they get there.

A root holds DATASET/raw/ with four files in MNIST's format, unpacked or as .gz. What is there is verified by
md5 and never overwritten. What is missing is unpacked or downloaded beside its place and then renamed, so that a
killed run leaves no file that looks complete. Whether the network can be had is asked in daemon threads with one
deadline for all: a name server or a server that never answers would otherwise hold up the run for minutes.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import http.client
import os
import queue
import shutil
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from torch import Tensor

from workbench.errors import WorkbenchError

PATIENCE = 4.0  # seconds for any mirror to prove itself: with all imports, 9 from the command to the answer
STALLED = 15.0  # seconds without a byte after which a download is given up


class DataMissing(WorkbenchError):  # noqa: N818 - reads as what is the matter
    """The files are neither in their folder nor to be had from the network."""


@dataclass(frozen=True)
class _File:
    name: str
    md5: str
    gz_md5: str  # as torchvision publishes it

    @property
    def gz(self) -> str:
        return f"{self.name}.gz"


_TRAIN_X, _TRAIN_Y = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
_TEST_X, _TEST_Y = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

FILES: dict[str, tuple[_File, ...]] = {  # by the name of torchvision's class, which is the folder's, too
    "MNIST": (
        _File(_TRAIN_X, "6bbc9ace898e44ae57da46a324031adb", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        _File(_TRAIN_Y, "a25bea736e30d166cdddb491f175f624", "d53e105ee54ea40749a09fcbcd1e9432"),
        _File(_TEST_X, "2646ac647ad5339dbf082846283269ea", "9fb629c4189551a2d022fa330f9573f3"),
        _File(_TEST_Y, "27ae3e4e09519cfbb04c329615203637", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "FashionMNIST": (
        _File(_TRAIN_X, "f4a8712d7a061bf5bd6d2ca38dc4d50a", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        _File(_TRAIN_Y, "9018921c3c673c538a1fc5bad174d6f9", "25c81989df183df01b3e8a0aad5dffbe"),
        _File(_TEST_X, "8181f5470baa50b63fa0f6fddb340f0a", "bef4ecab320f06d8554ea6380940ec79"),
        _File(_TEST_Y, "15d484375f8d13e6eb1aabb0c3f46965", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
}


def read(dataset: str, root: Path | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x float32 [60000, 1, 28, 28] in [0, 1] and y int64 [60000], then both of the 10,000 test images."""
    home = obtain(dataset, root)
    import torchvision.datasets

    parts: list[Tensor] = []
    for train in (True, False):
        images = getattr(torchvision.datasets, dataset)(str(home), train=train, download=False)
        parts += [images.data.unsqueeze(1).float().div_(255), images.targets]
    x, y, test_x, test_y = parts
    return x, y, test_x, test_y


def obtain(dataset: str, root: Path | None) -> Path:
    """A root with the four files of `dataset` unpacked and verified. `DataMissing` where there is none."""
    home = _home(root)
    try:
        return _obtain(dataset, home)
    except OSError as error:
        place = error.filename2 or error.filename or home
        raise WorkbenchError(
            f"cannot read or write {place}: {error.strerror or error}",
            hint="set WORKBENCH_DATA to a folder for image data that you may read and write",
        ) from error


def there(dataset: str) -> bool:
    """Whether its files lie, packed or not, where they are looked for without a root of a study's own."""
    raw = _home() / dataset / "raw"
    return all((raw / file.name).is_file() or (raw / file.gz).is_file() for file in FILES[dataset])


def whole(dataset: str) -> Path | None:
    """The folder that holds all its files, packed or not, each verified; None where one is missing."""
    raw = _home() / dataset / "raw"
    files = FILES[dataset]
    if all(_sound(raw / file.name, file.md5) or _sound(raw / file.gz, file.gz_md5) for file in files):
        return raw
    return None


def _home(root: Path | None = None) -> Path:
    """The root to look in: what the environment names, else a study's own, else the cache."""
    named = os.environ.get("WORKBENCH_DATA")
    return Path(named).expanduser() if named else root.expanduser() if root else _cache()


def _cache() -> Path:
    return platformdirs.user_cache_path("workbench", appauthor=False) / "data"


def _obtain(dataset: str, root: Path) -> Path:
    raw = root / dataset / "raw"
    files = FILES[dataset]
    unpacked = all((raw / file.name).is_file() for file in files)
    home = root if unpacked or _writable(raw) else _cache()  # a shared, read-only folder is copied from
    place = home / dataset / "raw"
    missing = [file for file in files if not _settle(file, raw, place)]
    if missing:
        _download(dataset, missing, raw, place)
        for file in missing:
            _settle(file, place, place)
    return home


def _writable(folder: Path) -> bool:
    """Whether files may be made there, or in the nearest folder above that exists."""
    try:
        while not folder.exists():
            folder = folder.parent
        if not folder.stat().st_mode & 0o222:
            return False  # marked read-only: root could write all the same, and must not
        with tempfile.TemporaryFile(dir=folder):  # os.access would be wrong on some network drives
            return True
    except OSError:
        return False


def _settle(file: _File, raw: Path, place: Path) -> bool:
    """Have the file unpacked in `place`, if need be from what lies in `raw`. False where it lies nowhere."""
    if _sound(place / file.name, file.md5):
        return True
    for folder in dict.fromkeys((raw, place)):
        if _sound(folder / file.name, file.md5):
            with _appearing(place / file.name) as path:
                shutil.copyfile(folder / file.name, path)
            return True
        if _sound(folder / file.gz, file.gz_md5):
            with (
                _appearing(place / file.name) as path,
                gzip.open(folder / file.gz) as packed,
                path.open("wb") as out,
            ):
                shutil.copyfileobj(packed, out, 1 << 20)
            return True
    return False


def _sound(path: Path, md5: str) -> bool:
    """Whether the file is there; an error where it is not the one that was published."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        raise WorkbenchError(
            f"{path}: truncated or damaged: {path.stat().st_size:,} bytes with md5 {found}, expected md5 {md5}",
            hint="delete it and run again",
        )
    return True


@contextlib.contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A path to write to. What was written there becomes `target` at once, and only if nothing went wrong."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".workbench-", dir=target.parent) as folder:
        path = Path(folder) / target.name
        yield path
        path.replace(target)


def _download(dataset: str, missing: Sequence[_File], raw: Path, place: Path) -> None:
    """Fetch the .gz files into `place` from a mirror that has proved itself."""
    import torchvision.datasets
    from torchvision.datasets.utils import download_url

    def missing_for(reason: str) -> DataMissing:
        names = ", ".join(file.gz for file in FILES[dataset])
        return DataMissing(
            f"{dataset} is not in {raw} ({len(missing)} of its {len(FILES[dataset])} files missing), and {reason}",
            hint=f"put {names} into {raw}, or set WORKBENCH_DATA to one that has them in {dataset}/raw",
        )

    mirror = _first_to_deliver(getattr(torchvision.datasets, dataset).mirrors, FILES[dataset][-1])
    if mirror is None:
        raise missing_for(f"no server delivered it within {PATIENCE:g} s")
    for file in missing:
        with _appearing(place / file.gz) as path:
            try:
                with _impatience(), _bars_for_people_only():
                    download_url(mirror + file.gz, str(path.parent), filename=path.name, md5=file.gz_md5)
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                    raise  # the disk's fault, not the network's
                raise missing_for(f"downloading {mirror}{file.gz} failed: {error}") from error


def _first_to_deliver(mirrors: Sequence[str], file: _File) -> str | None:
    """The mirror that first sends this small file as published (a hotel's login page is an answer, too)."""
    from torchvision.datasets.utils import USER_AGENT

    answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def ask(mirror: str) -> None:
        content = b""
        try:
            request = urllib.request.Request(mirror + file.gz, headers={"User-Agent": USER_AGENT})
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                content = response.read(1 << 20)
        except Exception:  # noqa: BLE001 - whatever it was, this mirror does not deliver
            pass
        right = hashlib.md5(content, usedforsecurity=False).hexdigest() == file.gz_md5
        answers.put(mirror if right else None)

    for mirror in mirrors:
        threading.Thread(target=ask, args=(mirror,), daemon=True).start()
    deadline = time.monotonic() + PATIENCE
    for _ in mirrors:
        try:
            answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return None
        if answer is not None:
            return answer
    return None


@contextlib.contextmanager
def _impatience() -> Iterator[None]:
    """torchvision opens its connections without a timeout: give them one, so that a stalled download ends."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(STALLED)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextlib.contextmanager
def _bars_for_people_only() -> Iterator[None]:
    """torchvision draws its progress on stderr: in a log that is a line per kilobyte."""
    if sys.stderr.isatty():
        yield
        return
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stderr(nowhere):
        yield
