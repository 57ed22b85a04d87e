"""workbench compare: studies or generations side by side, from what their storages remember. Needs no torch."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.store.history import History


def add_to(commands: Any) -> None:
    """The arguments of `workbench compare`."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare",
        help="put studies or generations side by side",
        description="Put studies side by side: what each found, how soon, and what was searched otherwise.",
    )
    parser.add_argument("studies", nargs="+", metavar="STUDY", help="a study, or one generation of it: mnist@2")
    parser.add_argument(
        "--storage", action="append", default=[], metavar="URL",
        help="where they are stored; may be repeated (default: $WORKBENCH_STORAGE, else workbench.journal)",
    )  # fmt: skip
    parser.add_argument("--html", metavar="FILE", help="write one page with the curves, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, compare, print."""
    from workbench.store.history import as_stored
    from workbench.store.storage import chosen

    found = histories(options.studies, options.storage or [chosen(None)])
    with as_stored(", ".join(label for label, _ in found)):
        return _compare(options, found)


def _compare(options: argparse.Namespace, found: list[tuple[str, History]]) -> int:
    import json
    from pathlib import Path

    from workbench import atomic
    from workbench.errors import WorkbenchError
    from workbench.reporting import terminal
    from workbench.reporting.comparing import text, values
    from workbench.store.importance import importances

    sides = [values.Side(label, history, importances(history)) for label, history in found]
    if all(side.best is None for side in sides):
        names = ", ".join(side.label for side in sides)
        raise WorkbenchError(f"{names}: no trial was completed", hint="workbench report --study NAME says why")
    if options.html:
        from workbench.reporting.comparing import html

        path = Path(options.html)
        if path.is_dir():
            raise WorkbenchError(f"--html {path} is a folder", hint=f"name a file: {path}/comparison.html")
        atomic.write(path, html.page(sides).encode(), hint="name another file with --html")
    if options.json:
        print(json.dumps(values.as_json(sides), allow_nan=False))  # noqa: T201 - the result
        return 0
    terminal.print_comparison(lambda width, plain: text.lines(sides, width, plain=plain), values.verdicts(sides))
    if options.html:
        print(f"page: {options.html}")  # noqa: T201
    return 0


def histories(names: Sequence[str], storages: Sequence[str | None]) -> list[tuple[str, History]]:
    """(label, study): each name in every storage that has it. A bare name beside NAME@2 is the first generation."""
    from workbench.errors import WorkbenchError
    from workbench.store import trials
    from workbench.store.storage import display
    from workbench.study.mistakes import did_you_mean

    there = {where: trials.names(where) for where in storages}
    known = sorted({name for stored in there.values() for name in stored})
    found: dict[str, History] = {}
    for name in names:
        base, at, generation = name.rpartition("@")
        numbered = bool(at) and generation.isdecimal()
        beside = any(other.startswith(f"{name}@") for other in names)
        holding = [
            where for where in storages if (base if numbered else name) in {_base(one) for one in there[where]}
        ]
        if not holding:
            places = ", ".join(display(where) for where in storages)
            raise WorkbenchError(
                f"there is no study {name!r} in {places}",
                hint=did_you_mean(name, known) or f"studies there: {', '.join(known) or 'none'}",
            )
        for where in holding:
            history = trials.read(where, name, 1 if beside and not numbered else None)
            label = history.study if len(storages) == 1 else f"{history.study} ({display(where)})"
            found.setdefault(label, history)
    if len(found) < 2:
        [label] = found
        others = [name for name in known if name != label]
        raise WorkbenchError(
            f"{label} alone cannot be compared",
            hint=f"name another one: {', '.join(others)}"
            if others
            else "workbench tune --fresh begins a second one",
        )
    return list(found.items())


def _base(stored: str) -> str:
    base, at, generation = stored.rpartition("@")
    return base if at and generation.isdecimal() else stored
