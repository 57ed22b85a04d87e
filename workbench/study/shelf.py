"""Which study files there are: the user's own in ./studies come before those shipped with the package.

Reads with tomllib alone and imports nothing slow, so that `workbench studies` lists at once.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.study.mistakes import Mistake, StudyFileError, did_you_mean

OWN = Path("studies")  # in the current folder


@dataclass(frozen=True)
class Summary:
    """One line of the list of studies. `error` says why a file cannot be read; the rest is then empty."""

    name: str
    path: str
    description: str = ""
    source: str = ""  # of the data
    task: str = ""
    family: str = ""
    searched: tuple[str, ...] = ()
    error: str | None = None


def resolve(name_or_path: str) -> Path:
    """The file: a path if it ends in .toml or has a separator, else ./studies/NAME.toml, else a shipped one."""
    separators = {"/", os.sep, os.altsep or "/"}
    if name_or_path.endswith(".toml") or any(one in name_or_path for one in separators):
        path = Path(name_or_path)
        if _holds(Path.is_dir, path):
            raise WorkbenchError(
                f"{path} is a folder, not a study file", hint=f"name a file in it: {path}/NAME.toml"
            )
        if not _holds(Path.is_file, path):
            raise WorkbenchError(
                f"{path}: there is no such file", hint="workbench studies lists the studies that have a name"
            )
        return path
    studies = available()
    if name_or_path not in studies:
        beside = Path(f"{name_or_path}.toml")
        if name_or_path and _holds(Path.is_file, beside):
            raise WorkbenchError(f"there is no study {name_or_path!r}", hint=f"did you mean the file {beside}?")
        near = did_you_mean(name_or_path, studies)
        listed = f"studies: {', '.join(studies)}; your own go to studies/NAME.toml, or give a path ending in .toml"
        raise WorkbenchError(f"there is no study {name_or_path!r}", hint=f"{near} ({listed})" if near else listed)
    return studies[name_or_path]


def shipped() -> list[Path]:
    """The files that come with the package: inside it when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "studies", package.parent / "studies"):
        if files := _toml_files(folder):
            return files
    return []


def available() -> dict[str, Path]:
    """File stem -> file, the user's own first; an own file hides the shipped one of the same name."""
    own = {path.stem: path for path in _toml_files(OWN)}
    return own | {path.stem: path for path in shipped() if path.stem not in own}


def summaries() -> list[Summary]:
    """What there is to run, a line each. A file that cannot be read is listed with its error."""
    return [_summary(name, path) for name, path in available().items()]


def read(path: Path) -> dict[str, Any]:
    """The file as a table; one mistake where it is not TOML."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkbenchError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        mistake = Mistake(
            f"line {line}", "this is not UTF-8 text", "save the file with the encoding UTF-8", str(path)
        )
        raise StudyFileError([mistake]) from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a ValueError that is no TOMLDecodeError: a huge number
        raise StudyFileError([_broken(error, str(path))]) from None


_AT = re.compile(r"(?P<what>.*) \(at (?:(?P<place>line \d+, column \d+)|end of document)\)", re.DOTALL)


def _broken(error: Exception, source: str) -> Mistake:
    if isinstance(error, RecursionError):
        return Mistake("(file)", "its values are nested too deeply", None, source)
    match = _AT.fullmatch(str(error))
    what = match["what"] if match else str(error)
    place = (match["place"] or "end of file") if match else "(file)"
    hint = 'TOML writes text in quotes ("mnist"), lists as [1, 2], tables as { int = [1, 3] }'
    return Mistake(place, f"not valid TOML: {what[:1].lower()}{what[1:]}", hint, source)


def _summary(name: str, path: Path) -> Summary:
    try:
        table = read(path)
    except WorkbenchError as error:
        return Summary(name, str(path), error=error.message)
    data, model, space = (_table(table.get(section)) for section in ("data", "model", "space"))
    return Summary(
        name,
        str(path),
        description=str(table.get("description", "")),
        source=str(data.get("source", "")),
        task=str(table.get("task", "")),
        family=str(model.get("family", "mlp")),
        searched=tuple(parameter for parameter, value in space.items() if isinstance(value, dict)),
    )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _toml_files(folder: Path) -> list[Path]:
    try:
        files = [path for path in folder.glob("*.toml") if path.is_file()]
        return sorted(files, key=lambda path: path.stem)
    except OSError:  # a folder that may not be read holds no studies for us
        return []


def _holds(test: Callable[[Path], bool], path: Path) -> bool:
    try:
        return test(path)
    except OSError:  # a name that is too long, a folder that may not be entered
        return False
