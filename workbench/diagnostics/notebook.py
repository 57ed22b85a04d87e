"""A notebook as Python: its code cells in order, without magics and shell lines. Needs no Jupyter."""

from __future__ import annotations

import io
import json
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError

FORMAT = "a notebook is JSON with a list of cells (nbformat 4): save it anew in Jupyter"


@dataclass(frozen=True)
class Cell:
    """A code cell. Lines that are not Python are blank, so that the others keep their numbers."""

    number: int  # among all cells, the first is 1
    text: str


def cells(path: Path) -> tuple[list[Cell], list[str]]:
    """The code cells and what was left out of them ("cell 2, line 1: %matplotlib inline")."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        raw = notebook["cells"]
    except ValueError as error:
        raise WorkbenchError(f"{path} is not a notebook: it cannot be read as JSON: {error}", hint=FORMAT) from None
    except (KeyError, TypeError):
        raise WorkbenchError(f"{path} is not a notebook: it has no list of cells", hint=FORMAT) from None
    found, skipped = [], []
    for number, cell in enumerate(raw, start=1):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = _unindented("".join(source) if isinstance(source, list) else str(source))
        kept, left_out = _python_only(text)
        skipped += [f"cell {number}, line {line}: {what}" for line, what in left_out]
        found.append(Cell(number, kept))
    return found, skipped


def _unindented(text: str) -> str:
    """A cell may be indented as a whole: IPython takes the first line's indent away."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return "\n".join(line.removeprefix(indent) for line in text.splitlines()) if indent else text


ASSIGNED = re.compile(r"[\w.,\s\[\]]+=\s*[%!]")  # files = !ls


def _python_only(text: str) -> tuple[str, list[tuple[int, str]]]:
    lines, left_out = [], []
    whole_cell = text.lstrip().startswith("%%") and not text.lstrip().startswith(("%%time", "%%capture"))
    statement = ""  # what has been read of a statement that goes on
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip()
        if whole_cell or (not statement and _ipythons(bare)):
            if bare:
                left_out.append((number, bare))
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}pass" if indent and bare else "")
        else:
            lines.append(line)
            statement += f"{line if statement else bare}\n"
            statement = statement if _goes_on(statement) else ""
    return "\n".join(lines) + "\n", left_out


def _ipythons(line: str) -> bool:
    """A magic, a shell line, or a question; only where a statement begins: `%` also divides and formats."""
    asks = line.endswith("?") and not line.startswith("#")
    return asks or line.startswith(("%", "!", "?")) or ASSIGNED.match(line) is not None


def _goes_on(statement: str) -> bool:
    """Whether a bracket or a text in three quotes is open, or the line ends in a backslash."""
    if statement.endswith("\\\n"):
        return True
    try:
        for _ in tokenize.generate_tokens(io.StringIO(statement).readline):
            pass
    except tokenize.TokenError as error:
        return "multi-line" in str(error) or "triple-quoted" in str(error)
    except SyntaxError:  # of the user's: told where the cell runs
        return False
    return False
