"""What is wrong in a study file: all of it at once, each with its place and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.errors import WorkbenchError


@dataclass(frozen=True)
class Mistake:
    """One thing to mend. `path` is a key path (space.lr) or, in a file that is not TOML, a line and column."""

    path: str
    message: str
    hint: str | None = None
    source: str = ""  # the file, or the override that caused it

    def __str__(self) -> str:
        text = f"{self.source}: {self.path}: {self.message}"
        return text if self.hint is None else f"{text}\n    {self.hint}"


class StudyFileError(WorkbenchError):
    """A study file that cannot be used, with every mistake that was found in it."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = list(mistakes)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A question about the nearest known word, or None where nothing is near."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), names, n=1)
    return f"did you mean {names[near[0]]}?" if near else None
