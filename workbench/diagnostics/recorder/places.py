"""From a stack to the line of the user's own code: the innermost frame of a file that is not installed."""

from __future__ import annotations

import contextlib
import functools
import site
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType

import workbench
from workbench.diagnostics.trace import Place

CELL = "#cell="  # a notebook's cell is compiled under the file name PATH#cell=N


def _library_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {sysconfig.get_path(name) for name in names} | set(site.getsitepackages())
    folders |= {site.getusersitepackages(), str(Path(workbench.__file__).parent)}
    folders |= {str(Path(sys.base_prefix) / "lib"), str(Path(sys.prefix) / "lib")}
    return tuple(folder.rstrip("/") + "/" for folder in folders if folder)


LIBRARIES = _library_folders()


@functools.cache
def is_users(path: str) -> bool:
    """Whether a file belongs to the user: not generated, not installed, not ours."""
    if path.startswith("<") or "/site-packages/" in path or "/dist-packages/" in path:
        return False
    return not path.startswith(LIBRARIES)


_users: dict[str, bool] = {}  # by file name: code objects of equal text are equal, wherever they stand
_stand_in: Place | None = None
_outermost: CodeType | None = None


@contextlib.contextmanager
def standing_in(place: Place | None, outermost: CodeType) -> Iterator[None]:
    """While code of ours trains a network of the user's: `place` stands for it, and callers of it do not count."""
    global _stand_in, _outermost
    before = _stand_in, _outermost
    _stand_in, _outermost = place, outermost
    try:
        yield
    finally:
        _stand_in, _outermost = before


def _users_code(code: CodeType) -> bool:
    known = _users.get(code.co_filename)
    if known is None:
        known = _users[code.co_filename] = is_users(code.co_filename)
    return known


def of_line(path: str, line: int, function: str) -> Place:
    """A place, with a notebook's cell taken out of the file name."""
    path, _, cell = path.partition(CELL)
    name = "" if function == "<module>" else function
    return Place(path, line, int(cell) if cell else None, name)


def frame_of_user(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the user's, at or outside `frame`."""
    while frame is not None and not _users_code(frame.f_code):
        if frame.f_code is _outermost:
            return None
        frame = frame.f_back
    return frame


@functools.lru_cache(maxsize=20_000)
def _place(path: str, line: int, function: str) -> Place:
    return of_line(path, line, function)


def here() -> Place | None:
    """Where the user's code stands now."""
    frame = frame_of_user(sys._getframe(1))
    return (
        _place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) if frame is not None else _stand_in
    )


def stack(most: int = 12) -> tuple[Place, ...]:
    """The user's lines that lead here, innermost first."""
    found: list[Place] = []
    frame = frame_of_user(sys._getframe(1))
    while frame is not None and len(found) < most:
        found.append(_place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame_of_user(frame.f_back)
    return tuple(found)


def of_traceback(traceback: TracebackType | None) -> Place | None:
    """The innermost line of the user's that an exception passed through."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if _users_code(code):
            place = _place(code.co_filename, traceback.tb_lineno, code.co_name)
        traceback = traceback.tb_next
    return place


def files_seen() -> list[str]:
    """The user's files whose code has been met."""
    return sorted(file for file, users in _users.items() if users)
