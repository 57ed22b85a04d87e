"""Examples in one .npz file of NumPy's. Nothing in it is ever run: pickled objects are refused."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from workbench.data.checking import checked, named
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

HINT = (
    'its arrays are x and y, and where there is more test_x, test_y, classes: numpy.savez("my.npz", x=x, y=y, '
    'classes=["cat", "dog"])'
)


def read(path: Path, *, task: str | None, source: str) -> Raw:
    """x and y of the file, with what else it holds. No task: the one that its labels suit."""
    where = f'data.source = "{source}"'
    return checked(named(_arrays(path), f"{where}: {path}", HINT), task=task, where=where, name=source)


def _arrays(path: Path) -> dict[str, Any]:
    """Every array by its name. WorkbenchError where the file is not whole, or one needs pickle."""
    try:
        if not zipfile.is_zipfile(path):
            raise WorkbenchError(f"{path}: this is not a whole .npz file", hint=f"write it again; {HINT}")
        with np.load(path, allow_pickle=False) as file:
            return {name: _one(path, file, name) for name in file.files}
    except OSError as error:
        raise WorkbenchError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError, SyntaxError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise WorkbenchError(
            f"{path}: this is not a whole .npz file: {str(error).splitlines()[0]}", hint=f"write it again; {HINT}"
        ) from error


def _one(path: Path, file: Any, name: str) -> Any:
    try:
        return file[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise WorkbenchError(
            f'{path}: "{name}" holds Python objects, which are not read: a pickle can run any code',
            hint=f"save plain arrays: {name}.astype(float), or {name}.astype(str) for text",
        ) from error
