"""What a person sees while one network learns: curves that grow on a terminal, elsewhere a line now and then.

`draw` is pure: numbers in, lines out. Curves are of braille dots, eight to a letter; where a terminal has no
braille, or no colours to tell two curves apart by, of the letters t and v.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TextIO

from workbench.reporting import panel, words
from workbench.reporting.harmless import plain
from workbench.reporting.terminal import console_of, is_terminal, say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from workbench.study.course import Course
    from workbench.study.trial import Epoch

LINES = 10  # without a terminal: about so many, evenly over the epochs
EVERY = 20.0  # seconds after which there is one in any case
ROWS = 12  # of a chart, at most
AXIS = 8  # columns for the numbers beside a chart
STEEP = 20  # a loss that falls or rises by this factor is drawn by its logarithm
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a braille letter, by column and row
STYLES, LETTERS = ("cyan", "yellow"), "tv"  # of training and validation


class LiveCurves:
    """Told of each epoch; says so on stderr. A thread of rich's draws, four times a second."""

    def __init__(self, title: str, epochs: int, *, quiet: bool = False, file: TextIO | None = None) -> None:
        self._title, self._epochs, self._quiet = title, epochs, quiet
        self._file = file or sys.stderr
        self._curve: tuple[Epoch, ...] = ()
        self._before = 0  # epochs of an earlier command
        self._began = self._said_at = time.monotonic()
        self._live: Live | None = None
        self._console: Console | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def begin(self, course: Course) -> None:
        """The training starts, or goes on from the end of this course."""
        self._curve, self._before = tuple(course.curve), len(course.curve)
        self._began = time.monotonic()
        if self._quiet or not is_terminal(self._file):
            return
        from rich.live import Live

        self._console = console_of(plain(self._file))
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=4,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._live.start()

    def epoch_done(self, course: Course) -> None:
        """The last epoch of the course has ended."""
        self._curve = tuple(course.curve)
        if self._quiet or self._live is not None:
            return
        now, epoch = time.monotonic(), self._curve[-1]
        due = epoch.epoch % math.ceil(self._epochs / LINES) == 0 or epoch.epoch in (1, self._epochs)
        if due or now - self._said_at >= EVERY:
            self._said_at = now
            left = f", {self._left()} left" if epoch.epoch < self._epochs and now - self._began > EVERY else ""
            say(self._file, f"epoch {epoch.epoch:>{len(str(self._epochs))}}/{self._epochs}: {_told(epoch)}{left}")

    def _left(self) -> str:
        here = len(self._curve) - self._before
        seconds = (time.monotonic() - self._began) / max(1, here) * (self._epochs - len(self._curve))
        return words.clock(seconds)

    def _render(self) -> Text:
        console = self._console
        assert console is not None
        left = f"{self._left()} left" if self._before < len(self._curve) < self._epochs else ""
        plain = console.options.ascii_only or console.color_system is None
        return draw(self._title, self._curve, self._epochs, left, console.width, console.height, plain=plain)


def draw(
    title: str, curve: Sequence[Epoch], epochs: int, left: str, width: int, height: int, *, plain: bool
) -> Text:
    """The curves in so many columns and rows; `left` is the time that is. `plain`: in letters of ASCII alone."""
    from rich.text import Text

    at = f"epoch {len(curve)}/{epochs}" + (f", {left}" if left else "")
    lines: list[list[panel.Part]] = [panel.ends([(title, "bold")], at, width)]
    shown = _shown(len(curve), epochs)
    columns, rows = max(12, (width - 3) // 2), max(3, min(ROWS, height - 6))
    charts = [_chart(quantity, curve, shown, columns, rows, plain=plain) for quantity in ("loss", "accuracy")]
    lines += [[*one, ("   ", ""), *other] for one, other in zip(*charts, strict=True)]
    mark = [f"{letter} " if plain else "━ " for letter in LETTERS]
    lines.append([(f"{mark[0]}training  ", STYLES[0]), (f"{mark[1]}validation", STYLES[1])])
    if curve:
        best = max(curve, key=lambda epoch: (epoch.validation_accuracy, -epoch.epoch))
        told = f"; best {words.percent(best.validation_accuracy)} in epoch {best.epoch}"
        lines.append([(_told(curve[-1]) + told, "")])
    text = Text("\n").join(panel.fitted(line, width) for line in lines)
    text.no_wrap = True
    return text


def _shown(done: int, epochs: int) -> int:
    """How many epochs the charts have room for: nearly half full soon, however many are to come."""
    while epochs > max(10, 2 * done):
        epochs = math.ceil(epochs / 2)
    return epochs


def _told(epoch: Epoch) -> str:
    return (
        f"training loss {words.loss(epoch.train_loss)}, {words.percent(epoch.train_accuracy)}; "
        f"validation {words.loss(epoch.validation_loss)}, {words.percent(epoch.validation_accuracy)}"
    )


@dataclass(frozen=True)
class _Scale:
    """A quantity's values as heights in [0, 1]."""

    low: float
    high: float
    log: bool

    def share(self, value: float) -> float:
        if self.high == self.low:
            return 0.5
        low, high, at = (math.log(each) if self.log else each for each in (self.low, self.high, value))
        return (at - low) / (high - low)


def _scale(quantity: str, values: Sequence[float]) -> _Scale:
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    return _Scale(low, high, quantity == "loss" and 0 < STEEP * low < high)


def _chart(
    quantity: str, curve: Sequence[Epoch], epochs: int, columns: int, rows: int, *, plain: bool
) -> list[list[panel.Part]]:
    """Lines of the same width: the quantity's name, then rows of the chart with the highest and lowest value."""
    parts = [[getattr(epoch, f"{part}_{quantity}") for epoch in curve] for part in ("train", "validation")]
    scale = _scale(quantity, [value for part in parts for value in part])
    across, up = (1, 1) if plain else (2, 4)
    cells: dict[tuple[int, int], tuple[int, int]] = {}  # column, row -> dots, which curve
    wide = columns - AXIS
    for which, values in enumerate(parts):
        for x, y in _dots(values, scale, epochs, wide * across, rows * up):
            place = x // across, rows - 1 - y // up
            before, _ = cells.get(place, (0, 0))
            cells[place] = before | DOTS[x % across][up - 1 - y % up], which
    told = words.percent if quantity == "accuracy" else words.loss
    ends = {0: told(scale.high), rows - 1: told(scale.low)} if curve else {}
    lines: list[list[panel.Part]] = [[(f"{'':{AXIS}}{quantity}".ljust(columns)[:columns], "dim")]]
    for row in range(rows):
        line: list[panel.Part] = [(f"{ends.get(row, ''):>{AXIS - 1}} ", "dim")]
        for column in range(wide):
            dots, which = cells.get((column, row), (0, 0))
            letter = (LETTERS[which] if plain else chr(0x2800 + dots)) if dots else " "
            line.append((letter, STYLES[which] if dots else ""))
        lines.append(line)
    return lines


def _dots(values: Sequence[float], scale: _Scale, epochs: int, wide: int, high: int) -> list[tuple[int, int]]:
    """The curve as dots of a raster, y upwards: straight lines from epoch to epoch, without gaps."""
    found: list[tuple[int, int]] = []
    before: int | None = None
    for x in range(wide):
        at = x / max(1, wide - 1) * (epochs - 1)
        index = int(at)
        following = min(index + 1, len(values) - 1)
        if at > len(values) - 1:
            break
        value = values[index] + (at - index) * (values[following] - values[index])
        if not math.isfinite(value):
            before = None
            continue
        y = round(scale.share(value) * (high - 1))
        first, last = (y, y) if before is None or before == y else (min(before + 1, y), max(before - 1, y))
        found += [(x, each) for each in range(first, last + 1)]
        before = y
    return found
