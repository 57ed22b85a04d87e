"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from workbench.errors import WorkbenchError

OUT = "free some space there, or name another folder with --out; finished trials are safe"


def write(path: Path, content: bytes, *, hint: str = OUT) -> None:
    """Put `content` at `path` in one step, its folder made if need be; what was there stays until then.

    A file that was there keeps its permissions. WorkbenchError with `hint` where that fails.
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise WorkbenchError(
            f"{path}: cannot be written: {error.strerror}",
            hint=hint,
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Prove that the folder can be made and written to, before hours of training depend on it. Leaves nothing."""
    for each in (folder, *folder.parents):
        if each.exists() and not each.is_dir():
            raise WorkbenchError(
                f"{each}: this is a file, and the reports need a folder of that name",
                hint="move it away, or name another folder with --out",
            )
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
        finally:
            for each in missing:
                with contextlib.suppress(FileNotFoundError):
                    each.rmdir()
    except OSError as error:
        raise WorkbenchError(
            f"{folder}: reports cannot be written there: {error.strerror}",
            hint="name a folder that you may write to with --out",
        ) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
