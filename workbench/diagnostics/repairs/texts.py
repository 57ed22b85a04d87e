"""Files as their lines, and what a repair changes of them: line by line, so that all else stays byte for byte.

A script keeps its encoding, byte order mark and line ends. Of a notebook only the `source` of a changed cell is
written anew; what Jupyter wrote around it, outputs too, is not parsed into values and back.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import tokenize
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.diagnostics.notebook import cells

BLANK = re.compile(r"[ \t\n\r]*")
SCANNER = json.JSONDecoder()


@dataclass(frozen=True)
class Change:
    """Lines first..last (counted from 0, last excluded) become others; first == last puts lines in."""

    first: int
    last: int
    lines: tuple[str, ...]

    def touches(self, other: Change) -> bool:
        """Whether the two cannot both be made."""
        if self.first == self.last or other.first == other.last:
            same = self.first == other.first and self.first == self.last and other.first == other.last
            inside = other.first < self.first < other.last or self.first < other.first < self.last
            return same or inside
        return max(self.first, other.first) < min(self.last, other.last)


def lines_of(text: str) -> list[str]:
    """The lines with their ends, which may be of any kind."""
    return list(io.StringIO(text, newline=""))


def changes(old: str, new: str) -> tuple[Change, ...]:
    """What differs, line by line."""
    one, other = lines_of(old), lines_of(new)
    codes = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return tuple(Change(i, j, tuple(other[k:m])) for tag, i, j, k, m in codes if tag != "equal")


def changed(text: str, made: Iterable[Change]) -> str:
    """The text with changes made."""
    lines = lines_of(text)
    for change in sorted(made, key=lambda each: (each.first, each.last), reverse=True):
        lines[change.first : change.last] = change.lines
    return "".join(lines)


def diff(old: str, new: str, name: str) -> str:
    """Unified; "" where nothing differs. `patch -p0` and `git apply -p0` take it."""
    ends, missing = ("\n", "\r"), "\n\\ No newline at end of file\n"
    shown = difflib.unified_diff(lines_of(old), lines_of(new), name, name)
    return "".join(line if line.endswith(ends) else line + missing for line in shown)


# -- scripts ---------------------------------------------------------------------------------------------------


def decoded(content: bytes) -> tuple[str, str]:
    """(text, encoding) by the file's own declaration, as Python reads it."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return content.decode(encoding), encoding


def as_recorded(content: bytes) -> str:
    """The text as a trace keeps it: lossy, with plain line ends."""
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", errors="replace").read()


# -- notebooks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CellText:
    """A cell as it stands in its notebook, and as the Python that ran: line by line the same, but for magics."""

    number: int
    raw: str
    python: str
    start: int  # where its `source` begins in the notebook's text
    end: int


def cell_texts(path: Path, text: str) -> dict[int, CellText]:
    """The code cells by their number."""
    spans = _spans(text)
    found = {}
    for cell in cells(path)[0]:
        start, end = spans[cell.number]
        source = json.loads(text[start:end])
        raw = "".join(source) if isinstance(source, list) else str(source)
        found[cell.number] = CellText(cell.number, raw, cell.text, start, end)
    return found


def cell_changed(cell: CellText, made: Iterable[Change]) -> str | None:
    """The raw source with changes made; None where one touches a line that is not Python."""
    raw, python = cell.raw.splitlines(), cell.python.splitlines()
    for change in sorted(made, key=lambda each: (each.first, each.last), reverse=True):
        if raw[change.first : change.last] != python[change.first : change.last]:
            return None
        raw[change.first : change.last] = [line.rstrip("\r\n") for line in change.lines]
    return "\n".join(raw) + ("\n" if cell.raw.endswith("\n") else "")


def notebook_changed(text: str, sources: dict[int, tuple[CellText, str]]) -> str:
    """The notebook's text with other sources for some cells, laid out as they were."""
    for cell, new in sorted(sources.values(), key=lambda pair: pair[0].start, reverse=True):
        text = text[: cell.start] + _as_json(text[cell.start : cell.end], new) + text[cell.end :]
    return text


def _as_json(old: str, new: str) -> str:
    plain = "\\u" in old  # whether letters beyond ASCII were escaped
    if not old.startswith("["):
        return json.dumps(new, ensure_ascii=plain)
    parts = [json.dumps(line, ensure_ascii=plain) for line in new.splitlines(keepends=True)]
    opening = re.match(r"\[([ \t\n\r]*)", old)
    closing = re.search(r"([ \t\n\r]*)\]$", old)
    before, after = opening[1] if opening else "", closing[1] if closing else ""
    between = "," + (before or " ")
    return f"[{before}{between.join(parts)}{after}]"


def _spans(text: str) -> dict[int, tuple[int, int]]:
    """Where each cell's `source` stands in the text of a notebook."""
    found = {}
    start, _ = _members(text, _past(text, 0))["cells"]
    at = _past(text, start + 1)
    number = 0
    while text[at] != "]":
        number += 1
        members = _members(text, at)
        if "source" in members:
            found[number] = members["source"]
        _, end = SCANNER.raw_decode(text, at)
        at = _past(text, end)
        at = _past(text, at + 1) if text[at] == "," else at
    return found


def _members(text: str, at: int) -> dict[str, tuple[int, int]]:
    """Where the values of an object stand."""
    found = {}
    at = _past(text, at + 1)
    while text[at] != "}":
        key, at = SCANNER.raw_decode(text, at)
        at = _past(text, _past(text, at) + 1)
        _, end = SCANNER.raw_decode(text, at)
        found[str(key)] = (at, end)
        at = _past(text, end)
        at = _past(text, at + 1) if text[at] == "," else at
    return found


def _past(text: str, at: int) -> int:
    found = BLANK.match(text, at)
    return found.end() if found is not None else at


def apart(made: Sequence[Change], new: Sequence[Change]) -> bool:
    """Whether new changes can be made beside those that are made already; equal ones need not be made again."""
    return not any(one.touches(other) for one in new for other in made if one != other)
