"""Gathers the repairs of a report, shows them as a diff, and writes them.

Never written: a file outside of the target's folder, an installed one, one that has changed since the run, or one
that may not be written. Changes of several findings that touch the same lines are not mixed: the more urgent
finding has them, and the other is told so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import atomic
from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.output import shown
from workbench.diagnostics.repairs import texts
from workbench.diagnostics.repairs.texts import CellText, Change
from workbench.diagnostics.trace import Trace
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.diagnostics.repairs.code import Code, Edit

INSTALLED = ("site-packages", "dist-packages")


@dataclass
class File:
    """A file as it was diagnosed: its bytes, and its text or cells."""

    path: Path
    content: bytes
    text: str
    encoding: str
    cells: dict[int, CellText] = field(default_factory=dict)

    def python(self, cell: int | None) -> str:
        """The code that ran."""
        return self.text if cell is None else self.cells[cell].python

    def elsewhere(self, cell: int | None) -> list[str]:
        """The code of the other cells."""
        return [each.python for number, each in self.cells.items() if number != cell]

    def changed(self, made: dict[int | None, list[Change]]) -> str:
        """The text with changes made."""
        if not self.cells:
            return texts.changed(self.text, made.get(None, ()))
        sources = {}
        for number, some in made.items():
            if number is not None:
                cell = self.cells[number]
                sources[number] = (cell, texts.cell_changed(cell, some) or cell.raw)
        return texts.notebook_changed(self.text, sources)


@dataclass(frozen=True)
class Repair:
    """What can be done about a finding as text; `why` where nothing can."""

    finding: Finding
    path: str = ""
    cell: int | None = None
    changes: tuple[Change, ...] = ()
    why: str = ""


@dataclass
class Plan:
    """The repairs of a report, in its order."""

    repairs: list[Repair]
    files: dict[str, File]

    def diff(self, repairs: Iterable[Repair] | None = None) -> str:
        """All of them, or some, as one unified diff. A notebook's is that of its cells' sources, to be read."""
        parts = []
        for (path, cell), made in _by_text(self.repairs if repairs is None else repairs).items():
            file = self.files[path]
            if cell is None:
                parts.append(texts.diff(file.text, texts.changed(file.text, made), shown(path)))
            else:
                old = file.cells[cell]
                new = texts.cell_changed(old, made) or old.raw
                parts.append(texts.diff(_ended(old.raw), _ended(new), f"{shown(path)}, cell {cell}"))
        return "".join(parts)

    def encoded(self) -> bytes:
        """The diff in the encoding of the files, where they have one in common that holds it."""
        text = self.diff()
        encodings = {self.files[repair.path].encoding for repair in self.repairs if repair.changes}
        encoding = encodings.pop() if len(encodings) == 1 else "utf-8"
        return text.encode("utf-8" if encoding == "utf-8-sig" else encoding, errors="replace")

    def write(self, repairs: Sequence[Repair]) -> None:
        """Make these repairs in their files, each file whole or not at all."""
        by_file: dict[str, dict[int | None, list[Change]]] = {}
        for (path, cell), made in _by_text(repairs).items():
            by_file.setdefault(path, {})[cell] = made
        new = {}
        for path, made_there in by_file.items():
            file = self.files[path]
            _writable(file)
            new[path] = file.changed(made_there).encode(file.encoding)
        for path, content in new.items():
            file = self.files[path]
            atomic.write(file.path, content, hint="free some space there; the file is as it was")

    def undo(self) -> None:
        """Every file as it was diagnosed."""
        for file in self.files.values():
            if file.path.read_bytes() != file.content:
                atomic.write(file.path, file.content, hint="its repairs are in the way: take them out by hand")


def _by_text(repairs: Iterable[Repair]) -> dict[tuple[str, int | None], list[Change]]:
    found: dict[tuple[str, int | None], list[Change]] = {}
    for repair in repairs:
        if repair.changes:
            made = found.setdefault((repair.path, repair.cell), [])
            made += [change for change in repair.changes if change not in made]
    return found


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _writable(file: File) -> None:
    path = file.path
    if path.read_bytes() != file.content:
        raise WorkbenchError(f"{shown(str(path))} has changed since it was diagnosed", hint="diagnose it again")
    if not os.access(path, os.W_OK) or not path.stat().st_mode & 0o222:
        raise WorkbenchError(
            f"{shown(str(path))} may not be written: it is read-only",
            hint=f"chmod u+w {shown(str(path))}, or take the repair from --diff",
        )


# -- making a plan ---------------------------------------------------------------------------------------------


def plan(report: Report, target: Path, *, only_proven: bool = False) -> Plan:
    """The repairs of all findings of a report, or of those that are proven. `target`: the file that was run."""
    made = Plan([], {})
    for finding in report.findings:
        if only_proven and finding.verdict != "proven":
            made.repairs.append(Repair(finding, why="it is not proven"))
        else:
            made.repairs.append(_repair(finding, report.trace, target.resolve(), made))
    return made


def _repair(finding: Finding, trace: Trace, target: Path, made: Plan) -> Repair:
    from libcst import ParserSyntaxError

    from workbench.diagnostics.repairs.code import Code, NoRepair

    place = finding.place
    try:
        repair = _known(finding)
        if place is None:
            raise NoRepair("it has no line")
        file = _file(place.path, trace, target, made)
        old = file.python(place.cell)
        code = Code(old, place.line, elsewhere=file.elsewhere(place.cell), trace=trace)
        changes = texts.changes(old, code.edited(repair(code, finding)))
    except NoRepair as reason:
        return Repair(finding, why=str(reason))
    except ParserSyntaxError:
        return Repair(finding, why="the file cannot be read as Python")
    before = _by_text(made.repairs).get((place.path, place.cell), [])
    if not changes:
        return Repair(finding, why="the line is right already")
    if not texts.apart(before, changes):
        return Repair(finding, why="another repair changes the same lines: make that first, and look again")
    if place.cell is not None and texts.cell_changed(file.cells[place.cell], changes) is None:
        return Repair(finding, why="a magic stands there")
    return Repair(finding, place.path, place.cell, changes)


def _known(finding: Finding) -> Callable[[Code, Finding], Edit]:
    """The repair of a rule, by the rule's name."""
    from workbench.diagnostics.repairs import activations, loop, makers, modes, shapes
    from workbench.diagnostics.repairs.code import NoRepair

    ideas = (activations, loop, makers, modes, shapes)
    known: dict[str, Callable[[Code, Finding], Edit]] = {}
    for idea in ideas:
        known |= idea.REPAIRS
    if finding.rule not in known:
        raise NoRepair("there is more than one way, and the choice is yours")
    return known[finding.rule]


def _file(path: str, trace: Trace, target: Path, made: Plan) -> File:
    """The file, if it is one that may be repaired and is as it was diagnosed."""
    from workbench.diagnostics.repairs.code import NoRepair

    if path in made.files:
        return made.files[path]
    real = Path(path).resolve()
    ours = Path(atomic.__file__).parent
    if not real.is_relative_to(target.parent) or any(part in INSTALLED for part in real.parts):
        raise NoRepair(f"{path} lies outside of {target.parent}")
    if real.is_relative_to(ours):
        raise NoRepair(f"{path} belongs to workbench")
    try:
        content = real.read_bytes()
    except OSError as error:
        raise NoRepair(f"{path} cannot be read any more: {error.strerror}") from None
    changed = WorkbenchError(f"{shown(path)} has changed since it was diagnosed", hint="diagnose it again")
    recorded = {source.cell: source.text for source in trace.sources if source.path == path}
    if real.suffix == ".ipynb":
        text = content.decode("utf-8")
        file = File(real, content, text, "utf-8", texts.cell_texts(real, text))
        if {number: cell.python for number, cell in file.cells.items()} != recorded:
            raise changed
    else:
        if recorded.get(None) != texts.as_recorded(content):
            raise changed
        file = File(real, content, *texts.decoded(content))
    made.files[path] = file
    return file
