"""From a stack to the line of the user's own code: the innermost frame of a file that is not installed."""

from __future__ import annotations

import contextlib
import functools
import os
import re
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
    if path.startswith("<ipython-input-"):
        return True
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
    """A place, with a notebook's cell taken out of the file name, or asked of the IPython that we run in."""
    file, _, cell = path.partition(CELL)
    number = int(cell) if cell else _count(path)
    if number is not None and not cell:
        file = _session()
    name = "" if function == "<module>" else function
    return Place(file, line, number, name)


def _count(path: str) -> int | None:
    """The number in brackets beside the cell of a running notebook that has been compiled under this file name."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return None
    found = shell.compile.format_code_name(path)  # ("Cell", "In[7]")
    digits = re.search(r"\d+", found[1]) if found is not None else None
    return int(digits[0]) if digits is not None else None


def _session() -> str:
    """The name of the running notebook, as far as Jupyter tells it."""
    name = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    return name if name.endswith(".ipynb") else "notebook"


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


def renew() -> None:
    """Ask anew for the numbers of cells: one that is run again in a running notebook has another."""
    _place.cache_clear()


def inside(function: str) -> bool:
    """Whether a function of that name, not the user's, runs between the user's line and here."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not _users_code(frame.f_code):
        if frame.f_code.co_name == function:
            return True
        frame = frame.f_back
    return False


def here() -> Place | None:
    """Where the user's code stands now."""
    frame = frame_of_user(sys._getframe(1))
    return (
        _place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) if frame is not None else _stand_in
    )


def making() -> Place | None:
    """Where something is made: where a lambda makes it, the line that calls that."""
    return next((place for place in stack(4) if place.function != "<lambda>"), None) or here()


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
