"""Python where a study file needs it: "file.py:function", imported from beside the study file.

A fault in the user's file is the user's to mend, so it is told with file and line, not as a traceback of ours.
The file is compiled here rather than by the import system: nothing is cached, an edit is seen at once.

It is code that we run, so who names it matters. A study file may name any file but those of Python itself and of
installed packages, for `os.py:system` with a hyperparameter called `command` is a shell. What is found in a
checkpoint or a storage is data: it may name only what a study file has named before, on this machine, by this user.
"""

from __future__ import annotations

import ast
import hashlib
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import platformdirs

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
    if _of_an_installation(path):
        raise WorkbenchError(
            f"{reference!r} names a file of Python or of an installed package, which is not run",
            hint="write a function of your own that calls what you need, in a file beside the study file",
        )
    if not _holds(path):
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
    origin = getattr(getattr(function, "func", function), "__module__", None) or "builtins"  # func: of a partial
    if origin.partition(".")[0] in {*sys.stdlib_module_names, "posix", "nt"}:
        raise WorkbenchError(
            f"{path}: {name} is not a function of this file but one of Python's own ({origin})",
            hint="write a function around it that names its arguments",
        )
    return function  # type: ignore[no-any-return]


def _of_an_installation(path: Path) -> bool:
    """Whether the file belongs to a Python, this one or another, or to a package that is installed."""
    where = path.resolve()
    folders = (where, path.absolute())
    if any({"site-packages", "dist-packages"} & set(folder.parts) for folder in folders):
        return True
    return any(_holds(folder / "os.py") and _holds(folder / "subprocess.py") for folder in where.parents)


def _holds(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or has a 0 in it
        return False


# -- who may name it ------------------------------------------------------------------------------------------

_named: set[str] = set()  # by the study files of this process; what cannot be noted in a file is known here


def named_by_a_study_file(references: Iterable[str], folder: Path) -> None:
    """From now on a checkpoint or a storage may name these files, too."""
    for reference in references:
        path = str(locate(reference, folder)[0].resolve())
        _named.add(path)
        with suppress(OSError):
            _note(path).parent.mkdir(parents=True, exist_ok=True)
            _note(path).touch()


def check_named(references: Iterable[str], folder: Path, by: str) -> None:
    """WorkbenchError unless study files have named these files before; `by` is what names them now."""
    for reference in references:
        path = str(locate(reference, folder)[0].resolve())
        if path not in _named and not _holds(_note(path)):
            raise WorkbenchError(
                f"{by} names the code {path}, which no study file has named here so far: it is not run",
                hint="read that file; if you trust it, give the path of a study file that names it: "
                "--study PATH/NAME.toml",
            )


def _note(path: str) -> Path:
    return platformdirs.user_state_path("workbench") / "code" / hashlib.sha256(path.encode()).hexdigest()[:32]


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
