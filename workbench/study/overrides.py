"""`--set space.lr.float=[1e-4,1e-2]`: one key of the file replaced from the command line.

The value is TOML; what is not TOML and does not look like it is taken as text, so that
`search.sampler=random` needs no quotes. What results is checked as if the file had said it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from workbench.errors import WorkbenchError

_KINDS = ("int", "float", "choice")
_ONLY_OF_RANGES = ("log", "step")


def apply(table: dict[str, Any], overrides: Sequence[str]) -> None:
    """Change the table in place, one override after the other."""
    for override in overrides:
        keys, value = split(override)
        if keys[0] == "enqueue" and len(keys) == 3:
            _enqueued(table.get("enqueue"), keys[1], override)[keys[2]] = value
            continue
        inner = table
        for depth, name in enumerate(keys[:-1]):
            below = inner.setdefault(name, {})
            if not isinstance(below, dict):
                if keys[0] != "space" or depth != 1 or keys[2] not in (*_KINDS, *_ONLY_OF_RANGES, "per", "when"):
                    where = ".".join(keys[: depth + 1])
                    raise WorkbenchError(
                        f"--set {override}: {where} is a plain value, not a table",
                        hint=f"write --set {where}=VALUE",
                    )
                below = inner[name] = {}  # a fixed parameter becomes a searched one
            inner = below
        if keys[0] == "space" and len(keys) == 3 and keys[2] in _KINDS and keys[2] not in inner:
            _drop_other_kind(inner, keys[2])
        inner[keys[-1]] = value


def _enqueued(points: Any, place: str, override: str) -> dict[str, Any]:
    """The table of [[enqueue]] at this place, counted from 1."""
    count = len(points) if isinstance(points, list) else 0
    if place.isdecimal() and 0 < int(place) <= count and isinstance(points[int(place) - 1], dict):
        return points[int(place) - 1]  # type: ignore[no-any-return]
    raise WorkbenchError(
        f"--set {override}: there is no enqueue.{place}",
        hint=f"the study has {count} enqueued points, counted from 1: --set enqueue.1.lr=0.1" if count else None,
    )


def split(override: str) -> tuple[list[str], Any]:
    """ "space.lr=0.1" -> (["space", "lr"], 0.1)."""
    path, equals, text = override.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not equals or not all(keys) or not text.strip():
        raise WorkbenchError(
            f"--set {override}: this is not KEY=VALUE",
            hint="for instance --set space.lr.float='[1e-4,1e-2]' or --set budget.trials=20",
        )
    return keys, _value(text.strip(), override)


def _value(text: str, override: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
        if list(table) == ["value"]:
            return table["value"]
    except (ValueError, RecursionError):
        pass
    if text[0] in "[{\"'":
        raise WorkbenchError(
            f"--set {override}: the value is not valid TOML",
            hint="""text inside lists and tables needs quotes: --set 'space.activation.choice=["relu", "tanh"]'""",
        )
    return text


def _drop_other_kind(parameter: dict[str, Any], kind: str) -> None:
    """What stays when a parameter becomes one of another kind: `per` and `when`, and `log` between ranges."""
    from_range_to_range = kind != "choice" and "choice" not in parameter
    for name in (*_KINDS, "step", *(() if from_range_to_range else ("log",))):
        parameter.pop(name, None)
