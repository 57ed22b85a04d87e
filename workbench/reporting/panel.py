"""The live panel of a search on a terminal: how far it is, what it has found, how quickly.

Pure: numbers in, lines out. Lines are made by hand and not by rich's tables, for they are made four times a second
beside the training.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.reporting import words
from workbench.study.metric import METRICS

if TYPE_CHECKING:
    from rich.text import Text

    from workbench.store.history import Row

LOUD = ("lr", "units")  # the hyperparameters that say most about a trial, where there is room for few
LEADERS = 5
SPARKS = 40  # columns of the sparkline, where there is room
BARS, ASCII_BARS = "▁▂▃▄▅▆▇█", "_.:-=+*#"
FLOOR = 1e-4  # an error below it is drawn as this one: its logarithm has no end

Part = tuple[str, str]  # text, style


@dataclass(frozen=True)
class Phase:
    """What goes on, how far it is, and since when or for how long."""

    text: str
    time: str = ""
    done: int = 0
    total: int = 1
    unit: str = ""


@dataclass
class Seen:
    """What is known of a search so far. Told thousands of times a second: each call costs microseconds."""

    study: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    best: Row | None = None
    leaders: list[tuple[tuple[float, ...], Row]] = field(default_factory=list)  # by merit
    course: list[float] = field(default_factory=list)  # the best so far, trial after trial; see `_height`
    running: int = 0  # trials in training
    epochs: int = 0  # trained by this command
    saved: int = 0  # epochs that pruning did not have to train
    planned: dict[int, int] = field(default_factory=dict)  # number -> epochs, of trials in training
    values: dict[str, Any] = field(default_factory=dict)  # of the first trial that had them
    vary: set[str] = field(default_factory=set)  # names of hyperparameters whose values differ

    def epoch(self, number: int, epochs: int, running: int) -> None:
        self.planned[number] = epochs
        self.running = running
        self.epochs += 1

    def trial(self, row: Row, counts: Mapping[str, int], best: Row | None) -> None:
        self.counts, self.best = counts, best
        planned = self.planned.pop(row.number, 0)
        self.running = len(self.planned)
        if row.state == "pruned" and row.duplicate_of is None:
            self.saved += max(planned - len(row.curve), 0)
        for name, value in row.point.items():
            if self.values.setdefault(name, value) != value:
                self.vary.add(name)
        for one in (row, best):
            self._rank(one)
        if best is not None and best.value is not None:
            self.course.append(_height(best))

    def _rank(self, row: Row | None) -> None:
        if row is None or row.value is None or row.state != "complete" or row.duplicate_of is not None:
            return
        if len(self.leaders) == LEADERS and -METRICS[row.metric].gain(row.value) > self.leaders[-1][0][0]:
            return
        if row.best is None or any(other.number == row.number for _, other in self.leaders):
            return
        insort(self.leaders, (row.merit, row), key=lambda one: one[0])
        del self.leaders[LEADERS:]


def draw(seen: Seen, phase: Phase, facts: Sequence[Part], width: int, height: int, *, plain: bool) -> Text:
    """The panel in so many columns and rows. `facts` are told in a line, the least important last; `plain`: in
    letters of ASCII alone."""
    from rich.text import Text

    lines = [ends([(seen.study, "bold"), (phase.text, "")], phase.time, width)]
    if phase.total > 1:
        lines.append(_bar(phase, width, plain=plain))
    if seen.best is not None:
        lines.append(_best(seen, seen.best, width, plain=plain))
    if told := _facts(facts, width):
        lines.append(told)
    room = height - len(lines) - 2  # the table's head, and the line of the cursor
    lines += _table([row for _, row in seen.leaders[: max(room, 0)]], seen.vary, width)
    text = Text("\n").join(fitted(line, width) for line in lines)
    text.no_wrap = True
    return text


def fitted(parts: Sequence[Part], width: int) -> Text:
    from rich.text import Text

    line = Text.assemble(*parts)
    line.truncate(width, overflow="ellipsis")
    return line


def ends(left: Sequence[Part], right: str, width: int) -> list[Part]:
    shown = [part for part in left if part[0]]
    used = sum(len(text) for text, _ in shown) + 2 * (len(shown) - 1)
    spaced = [piece for part in shown for piece in (part, ("  ", ""))][:-1]
    return [*spaced, (" " * max(width - used - len(right), 2), ""), (right, "dim")]


def _bar(phase: Phase, width: int, *, plain: bool) -> list[Part]:
    told = f" {phase.done}/{phase.total} {phase.unit}".rstrip()
    cells = max(width - len(told), 0)
    filled = round(min(phase.done / phase.total, 1.0) * cells)
    on, off = ("#", "-") if plain else ("━", "─")
    return [(on * filled, "cyan"), (off * (cells - filled), "dim"), (told, "bold")]


def _best(seen: Seen, best: Row, width: int, *, plain: bool) -> list[Part]:
    told = f"best {words.reached(best)}"
    who = f" trial {best.number}"
    cells = min(width - len(told) - len(who) - 1, SPARKS)
    spark = sparkline(seen.course, cells, ASCII_BARS if plain else BARS) if cells >= 8 else ""
    return [(told, "bold green"), (f" {spark}", "green"), (who, "dim")]


def _height(row: Row) -> float:
    """As `sparkline` takes it: of a metric that is an error, what it leaves of 1."""
    assert row.value is not None
    return 1.0 - row.value if METRICS[row.metric].minimize else row.value


def sparkline(values: Sequence[float], cells: int, bars: str = BARS) -> str:
    """Accuracies, at most 1, as a row of at most so many bars, from the lowest to the highest of them.

    By the logarithm of the error: from 97 to 98 % is as far as from 70 to 80 %.
    """
    if not values or cells < 1:
        return ""
    count = min(len(values), cells)
    picked = [values[(i + 1) * len(values) // count - 1] for i in range(count)]
    heights = [-math.log(max(1.0 - value, FLOOR)) for value in picked]
    low, high = min(heights), max(heights)
    if high == low:
        return bars[-1] * count
    return "".join(bars[round((height - low) / (high - low) * (len(bars) - 1))] for height in heights)


def _facts(facts: Sequence[Part], width: int) -> list[Part]:
    """As many as fit, from the left."""
    line: list[Part] = []
    used = 0
    for text, style in facts:
        if not text:
            continue
        if line and used + 2 + len(text) > width:
            break
        line += [(", ", "dim")] * bool(line) + [(text, style)]
        used += len(text) + 2 * (len(line) > 1)
    return line


def _table(leaders: Sequence[Row], vary: set[str], width: int) -> list[list[Part]]:
    """Trial, metric, epoch, and as many as fit of the hyperparameters that vary."""
    if not leaders:
        return []
    fixed = [["trial", leaders[0].metric, "epoch"]]
    for row in leaders:
        epoch = f"{row.best.epoch}/{len(row.curve)}" if row.best else words.MISSING
        fixed.append([str(row.number), words.reached(row), epoch])
    columns = [_column(cells, right=True) for cells in zip(*fixed, strict=True)]
    used = sum(len(column[0]) + 2 for column in columns)
    for name in by_loudness(dict.fromkeys(name for row in leaders for name in row.point if name in vary)):
        cells = [name, *(words.value(row.point.get(name)) for row in leaders)]
        column = _column(cells, right=False)
        if used + len(column[0]) > width:
            continue
        columns.append(column)
        used += len(column[0]) + 2
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    styles = ("dim", "green", *[""] * len(leaders))
    return [[(line, style)] for line, style in zip(lines, styles, strict=False)]


def by_loudness(names: Iterable[str]) -> list[str]:
    """The names, those that say most about a trial first."""
    return sorted(names, key=lambda name: LOUD.index(name) if name in LOUD else len(LOUD))


def _column(cells: Sequence[str], *, right: bool) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) if right else cell.ljust(width) for cell in cells]
