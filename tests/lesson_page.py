"""A page of docs/lessons as a session: its files are written, its commands run, its outputs held against the page.

    python -m tests.lesson_page docs/lessons/1-*.md    # writes what the commands print today into the page

In a page, a fence "```python NAME" is a file, and a fence "```console" holds commands ("$ ...") and what they print
on stdout. A line "…" stands for any number of lines. Numbers may differ with the machine; words may not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ANYTHING = "…"
_FENCE = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"\d[\d,]*(\.\d+)?(e[-+]?\d+)?")


@dataclass
class Command:
    """A command of a page and the lines that it is said to print."""

    line: str
    shown: list[str] = field(default_factory=list)


@dataclass
class File:
    """A file that the reader is to write."""

    name: str
    text: str


def steps(page: str) -> list[Command | File]:
    """The files and commands of a page, in order."""
    found: list[Command | File] = []
    for language, name, body in _FENCE.findall(page):
        if language == "console":
            found += _commands(body)
        elif name:
            found.append(File(name, body))
    return found


def _commands(body: str) -> Iterator[Command]:
    command: Command | None = None
    for line in body.splitlines():
        if line.startswith("$ "):
            if command is not None:
                yield command
            command = Command(line.removeprefix("$ "))
        elif command is not None:
            command.shown.append(line)
    if command is not None:
        yield command


def run(command: Command, folder: Path) -> list[str]:
    """What it prints on stdout, as lines. AssertionError where it could not do its work: exit code 2 and above."""
    environment = os.environ | {"COLUMNS": "120", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        command.line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode < 2, f"$ {command.line}\n{done.stdout}{done.stderr}"
    return [line.rstrip() for line in done.stdout.splitlines()]


def aligned(shown: Sequence[str], printed: Sequence[str]) -> list[str] | None:
    """What is shown with each line as it was printed; None where the words differ."""
    if not shown:
        return None if printed else []
    if shown[0] == ANYTHING:
        for skipped in range(len(printed) + 1):
            rest = aligned(shown[1:], printed[skipped:])
            if rest is not None:
                return [ANYTHING, *rest]
        return None
    if not printed or masked(shown[0]) != masked(printed[0]):
        return None
    rest = aligned(shown[1:], printed[1:])
    return None if rest is None else [printed[0], *rest]


def masked(line: str) -> str:
    """The words of a line: numbers are all alike, and so is the space between columns."""
    return " ".join(_NUMBER.sub("0", line).split())


def write(path: Path) -> None:
    """The page with what its commands print today; `…` stays where the rest still fits."""
    text = path.read_text(encoding="utf-8")
    place = 0  # behind the last command
    with tempfile.TemporaryDirectory() as folder:
        for step in steps(text):
            if isinstance(step, File):
                (Path(folder) / step.name).write_text(step.text, encoding="utf-8")
                continue
            printed = run(step, Path(folder))
            before = "\n".join([f"$ {step.line}", *step.shown])
            after = "\n".join([f"$ {step.line}", *(aligned(step.shown, printed) or printed)])
            place = text.index(f"{before}\n", place)
            text = f"{text[:place]}{after}{text[place + len(before) :]}"
            place += len(after)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(name))
