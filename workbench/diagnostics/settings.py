"""What `[tool.workbench]` in a project's pyproject.toml says about diagnoses; the command line wins over it.

The file is the nearest one, at or above the target (else the current folder), that has such a table. Files are
not merged.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.study.mistakes import did_you_mean


@dataclass(frozen=True)
class Settings:
    """The keys of the table, with what holds where nothing is said."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    steps: int = 200
    seconds: float = 60.0
    strict: bool = False


def settings(
    target: Path | None,
    *,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    steps: int | None = None,
    seconds: float | None = None,
    strict: bool | None = None,
) -> Settings:
    """The project's settings, with what the command says in their place.

    Rules selected in the command take the place of both lists of the file: what is asked for is looked for.
    """
    kept = read(target)
    given: dict[str, Any] = {"steps": steps, "seconds": seconds, "strict": strict}
    given["ignore"] = tuple(ignore) or (() if select else None)
    given["select"] = tuple(select) or None
    return replace(kept, **{name: value for name, value in given.items() if value is not None})


def read(target: Path | None) -> Settings:
    """The nearest `[tool.workbench]`, checked; the defaults where there is none."""
    start = target.absolute().parent if target is not None else Path.cwd()
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            tool = _toml(path).get("tool", {})
            if "workbench" in tool:
                return _checked(path, tool["workbench"])
    return Settings()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise WorkbenchError(f"{path} cannot be read: {error}", hint="mend it, it is a TOML file") from None


def _checked(path: Path, table: Any) -> Settings:
    known = [field.name for field in fields(Settings)]
    if not isinstance(table, dict):
        raise WorkbenchError(
            f"{path}: tool.workbench is not a table", hint="write [tool.workbench] and keys below it"
        )
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
            raise WorkbenchError(f"{path}: tool.workbench has no key {key!r}", hint=hint)
    values = dict(table)
    for key, value in table.items():
        wrong = WANTED[key][1](value)
        if wrong:
            raise WorkbenchError(f"{path}: tool.workbench.{key} must be {WANTED[key][0]}, got {value!r}")
        if isinstance(value, list):
            values[key] = tuple(value)
    return Settings(**values)


def _no_names(value: Any) -> bool:
    return not (isinstance(value, list) and all(isinstance(name, str) for name in value))


def _no_count(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int) or value < 1


def _no_seconds(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf")


WANTED = {
    "select": ("a list of rules' names", _no_names),
    "ignore": ("a list of rules' names", _no_names),
    "steps": ("a whole number of at least 1", _no_count),
    "seconds": ("a number above 0", _no_seconds),
    "strict": ("true or false", lambda value: not isinstance(value, bool)),
}
