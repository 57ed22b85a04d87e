"""Python where a study file needs it: "file.py:function", imported from beside the study file.

A fault in the user's file is the user's to mend, so it is told with file and line, not as a traceback of ours.
The file is compiled here rather than by the import system: nothing is cached, an edit is seen at once.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.errors import WorkbenchError
from workbench.study.mistakes import did_you_mean

_REFERENCE = re.compile(r"(?P<file>.+\.py):(?P<function>[A-Za-z_][A-Za-z0-9_]*)")


def is_reference(text: str) -> bool:
    """Whether the text is meant as "file.py:function", well-formed or not."""
    return ":" in text or text.endswith(".py")


def locate(reference: str, folder: Path) -> tuple[Path, str]:
    """The file, which must be there, and the function's name."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        example = reference.partition(":")[0] if ".py" in reference else "file.py"
        raise WorkbenchError(
            f"{reference!r} does not name a function in a file",
            hint=f'write "{example}:function", as in "net.py:build"',
        )
    path = folder / match["file"]
    if not path.is_file():
        raise WorkbenchError(
            f"{path}: there is no such file",
            hint=f'"{reference}" is looked for in the folder of the study file, {folder}',
        )
    return path, match["function"]


def load_function(reference: str, folder: Path) -> Callable[..., Any]:
    """The function, from a fresh import of its file."""
    path, name = locate(reference, folder)
    module = _import(path)
    function = getattr(module, name, None)
    if function is None:
        defined = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        hint = did_you_mean(name, defined) or f"the file defines: {', '.join(defined) or 'no function'}"
        raise WorkbenchError(f"{path}: there is no function {name}", hint=hint)
    if not callable(function):
        raise WorkbenchError(f"{path}: {name} is not a function but {type(function).__name__}")
    return function  # type: ignore[no-any-return]


def digest(reference: str, folder: Path) -> str:
    """A hash of the file's code; comments and layout do not count, and neither do files it imports."""
    path, _ = locate(reference, folder)
    return hashlib.sha256(ast.dump(_parse(path)).encode()).hexdigest()


def blame(error: BaseException, path: Path) -> str:
    """Where in the user's file an exception came from, and what it says: "net.py:12: ValueError: no layers"."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}: {type(error).__name__}: {error.msg}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}:{lines[-1]}: {what}" if lines else f"{path}: {what}"


def _import(path: Path) -> ModuleType:
    code = compile(_parse(path), str(path), "exec", dont_inherit=True)
    name = f"workbench_user_{path.stem}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickle look their module up here
    try:
        with _importable(path.resolve().parent):
            exec(code, module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise WorkbenchError(
            f"{blame(error, path)} (while importing the file)", hint=f"see that it imports alone: python {path}"
        ) from error
    return module


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError, RecursionError, OSError) as error:
        raise WorkbenchError(blame(error, path)) from error


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let the file import its neighbours."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
