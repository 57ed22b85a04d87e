"""What a study says to someone who knows how to read one: sentences, each with its number and what to do.

Every threshold errs on the side of silence: a verdict that is wrong costs a search.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from workbench.store.history import History

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Verdict:
    """One thing that the study says."""

    name: str  # of its kind: "edge-of-range"
    sentence: str
    advice: str
    changes: tuple[str, ...] = ()  # for `--set`


def read(history: History, shares: Shares) -> list[Verdict]:
    """All verdicts, the most useful first; none where there are too few trials to say anything.

    `shares`: the importances of `store.importance`.
    """
    return [verdict for look in _LOOKS for verdict in look(history, shares)]


def command(history: History, changes: Iterable[str]) -> str:
    """The command that searches anew with these changes: another space is another study, so `--fresh`."""
    given = iter(history.facts.get("command") or ["workbench", "tune", "--study", history.spec["name"]])
    kept: list[str] = []
    for word in given:
        if word == "--trials":
            next(given, None)
        elif word not in ("--fresh", "--json", "--quiet") and not word.startswith("--trials="):
            kept.append(word)
    return shlex.join([*kept, "--fresh", *(word for change in changes for word in ("--set", change))])


_LOOKS: tuple[Callable[[History, Shares], Iterable[Verdict]], ...] = ()
