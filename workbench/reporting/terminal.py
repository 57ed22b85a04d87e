"""What a person at a terminal sees: progress on stderr, the ranking at the end, lists of studies.

On a terminal there is a live panel and colour, drawn by rich; in a pipe or a log file there are plain lines.
`workbench studies` must not wait for rich or pydantic, so this module imports both inside functions only.
"""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TextIO

from workbench.reporting import panel, words
from workbench.reporting.harmless import harmless, plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    from workbench.store.history import History, Row
    from workbench.study.shelf import Summary
    from workbench.study.trial import Epoch


class Progress:
    """Told how a search goes; says so on stderr: a live panel on a terminal, else a plain line now and then.

    Being told costs microseconds, for it happens thousands of times a second; a thread of rich's draws the panel.
    """

    def __init__(self, *, quiet: bool = False, file: TextIO | None = None, every: float = 5.0) -> None:
        self._quiet = quiet
        self._file = file or sys.stderr
        self._every = every  # seconds between two plain lines
        self._live: Live | None = None
        self._console: Console | None = None
        self._began: float | None = None
        self._ended: float | None = None
        self._staged = 0.0  # when what comes before the search began
        self._searched: float | None = None  # when the search was over
        self._said_at = -float("inf")
        self._study, self._total = "", 1
        self._timeout: float | None = None
        self._counts: dict[str, int] = {}
        self._here = 0  # trials ended by this command
        self._best: Row | None = None
        self._now = ""
        self._seen = panel.Seen()
        self._phase = panel.Phase("")  # beside the search

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None:
        """The search starts; `counts` are those of earlier commands, `timeout` is in seconds."""
        self._counts, self._total, self._study, self._timeout = counts, total, study, timeout
        self._seen, self._phase = panel.Seen(study, counts), panel.Phase("search", unit="trials")
        self._began = time.monotonic()
        done = _done(counts)
        if done:
            rest = "nothing is left to train" if done >= total else f"going on with the other {total - done}"
            self.message(f"{study}: {done} of {words.count(total, 'trial')} were done before, {rest}")
        self._show()

    def _show(self) -> None:
        """From now on there is a panel, where somebody watches."""
        if self._quiet or self._live is not None or not is_terminal(self._file):
            return
        from rich.live import Live

        self._console = console_of(plain(self._file))
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=4,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        self._live.start()

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int = 1) -> None:
        """A trial has come one epoch further; so many are in training."""
        self._seen.epoch(number, epochs, running)
        if running > 1:
            self._now = f"{running} in training"
        else:
            accuracy = words.percent(epoch.validation_accuracy)
            which = "" if epoch.value is None else "accuracy "
            self._now = f"trial {number}: epoch {epoch.epoch}/{epochs}, {which}{accuracy}"
        self._say_now_and_then()

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        """A trial has ended."""
        self._counts, self._best, self._now = counts, best, ""
        self._seen.trial(row, counts, best)
        self._here += 1
        self._say_now_and_then(at_once=self._here == 1)

    def stage(self, text: str, done: int, total: int) -> None:
        """What is done before the search or after it."""
        self._phase = panel.Phase(text, done=done, total=total)
        if self._began is None:
            self._staged = time.monotonic()
            self._show()
            return
        self._searched = self._searched or time.monotonic()
        self._now = f"{text}: {done}/{total}" if total > 1 else text
        self._say_now_and_then(at_once=done == 0)

    def message(self, text: str) -> None:
        """A line of its own, above the live one."""
        if self._quiet:
            return
        if self._live is not None:
            from rich.text import Text

            self._live.console.print(Text(harmless(text)), soft_wrap=True)
        else:
            say(self._file, text)

    def end(self) -> None:
        """The last line. Harmless when called twice, or before anything began."""
        watched = self._live is not None
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._began is None or self._ended is not None or self._quiet:
            return
        self._ended, self._now = time.monotonic(), ""
        if not self._here:
            return
        if watched and self._console is not None:
            self._console.print(self._last_line())
        else:
            say(self._file, self._line())

    # -- the plain line -----------------------------------------------------------------------------------

    def _say_now_and_then(self, *, at_once: bool = False) -> None:
        if self._quiet or self._live is not None or self._began is None:
            return
        now = time.monotonic()
        if at_once or now - max(self._said_at, self._began) >= self._every:
            self._said_at = now
            say(self._file, self._line())

    def _line(self) -> str:
        return f"{self._study}: " + ", ".join(text for text, _ in self._parts(details=3))

    # -- on a terminal ------------------------------------------------------------------------------------

    def _render(self) -> Text:
        console, seen = self._console, self._seen
        assert console is not None
        share = f" ({seen.saved / (seen.epochs + seen.saved):.0%})" if seen.saved else ""
        pruned, failed = seen.counts.get("pruned", 0), seen.counts.get("failed", 0)
        facts = [
            (self._pace(), ""),
            (f"{failed} failed" if failed else "", "red"),
            (self._now if self._searched is None else "", "dim"),
            (f"{pruned} pruned" if pruned else "", "dim"),
            (f"{words.count(seen.saved, 'epoch')} saved{share}" if seen.saved else "", "dim"),
        ]
        plain = console.options.ascii_only
        return panel.draw(seen, self._current(), facts, console.width, console.height, plain=plain)

    def _current(self) -> panel.Phase:
        if self._began is None:
            return replace(self._phase, time=words.clock(time.monotonic() - self._staged))
        if self._searched is None:
            return replace(self._phase, time=self._time(), done=_done(self._counts), total=self._total)
        return replace(self._phase, time=words.clock(time.monotonic() - self._began))

    def _last_line(self) -> Text:
        """As much as fits into the terminal's width; what matters least is left out first."""
        from rich.text import Text

        assert self._console is not None
        line = Text()
        for details in (3, 2, 1, 0):
            line = Text("  ", no_wrap=True, overflow="ellipsis").join(
                [Text(text, style) for text, style in self._parts(details=details)]
            )
            if line.cell_len <= self._console.width:
                break
        return line

    # -- what both say ------------------------------------------------------------------------------------

    def _parts(self, *, details: int) -> list[panel.Part]:
        """(text, style), from left to right; `details` is how many of the best trial's values are told."""
        pruned, failed = self._counts.get("pruned", 0), self._counts.get("failed", 0)
        parts = [
            (f"{_done(self._counts)}/{self._total} trials", "bold"),
            (f"{pruned} pruned", "dim"),
            (f"{failed} failed" if failed else "", "red"),
            (self._best_so_far(details), "green"),
            (self._pace(), "dim"),
            (self._time(), "dim"),
            (self._now, "dim"),
        ]
        return [part for part in parts if part[0]]

    def _elapsed(self) -> float:
        assert self._began is not None
        return (self._ended or time.monotonic()) - self._began

    def _pace(self) -> str:
        if self._began is None:
            return ""
        searching = (self._searched or self._ended or time.monotonic()) - self._began
        return f"{_rate(self._here / searching * 60)}/min" if self._here and searching else ""

    def _best_so_far(self, details: int) -> str:
        if self._best is None:
            return ""
        point = self._best.point
        names = sorted(panel.by_loudness(point), key=lambda name: name not in self._seen.vary)[:details]
        told = f": {_told(point, names)}" if names else ""
        return f"best {words.reached(self._best)} (trial {self._best.number}{told})"

    def _time(self) -> str:
        elapsed = self._elapsed()
        if self._ended is not None:
            return f"in {words.duration(elapsed)}"
        if self._searched is not None:
            return ""
        ends = [] if self._timeout is None else [self._timeout - elapsed]
        if self._here:
            ends.append((self._total - _done(self._counts)) * elapsed / self._here)
        return f"{words.clock(min(ends))} left" if ends else ""


def _done(counts: Mapping[str, int]) -> int:
    return sum(counts.get(state, 0) for state in ("complete", "pruned", "failed"))


def _rate(per_minute: float) -> str:
    return f"{per_minute:.1f}" if per_minute < 10 else f"{per_minute:.0f}"


# -- the end of a command ---------------------------------------------------------------------------------

WHY = {
    "budget": "",
    "report": "",
    "nothing left": "Every trial of the budget was done before: nothing was trained.",
    "timeout": "The time is up. The same command goes on from here.",
    "exhausted": "Every point of the space has been tried.",
    "elsewhere": "Other hosts go on with this study, or finish it: the final network and the test part are theirs.",
    "failing": "Stopped: every trial so far has failed.",
    "failures": "Stopped: as many trials have failed as --max-failures allows. The same command goes on from here.",
    "interrupted": "Interrupted. The same command goes on from here.",
}


def print_ending(
    history: History, why: str, paths: Mapping[str, Path], *, again: str | None, file: TextIO | None = None
) -> None:
    """The ranked table, what to think of it, where the reports are, and what to type next.

    `why` the command ended is a key of WHY; `again` is the command that runs the study, None after `report`.
    """
    from workbench.reporting import page

    out = file or sys.stdout
    banner(page.banner(history), out)
    say(out, "\n" + _wrapped(f"{history.study}: {page.tally(history)}", out) + "\n")
    _print_ranking(history, out)
    _print_enqueued(history, out)
    for line in (*page.verdict(history), *page.doubts(history, "+/-"), WHY[why]):
        if line:
            say(out, _wrapped(line, out))
    _print_verdicts(history, out)
    folder = paths["report"].parent
    say(out, "\n" + _wrapped(f"reports in {folder}: {', '.join(path.name for path in paths.values())}", out, "  "))
    say(out, "next:")
    for command, what in _next(history, paths, again):
        say(out, f"  {command}\n      {what}")


VERDICTS = 3  # at the end of a command; all of them are in the reports


def _print_verdicts(history: History, file: TextIO) -> None:
    from workbench.reporting import reading
    from workbench.store.importance import importances

    verdicts = reading.read(history, importances(history))
    if verdicts:
        say(file, "\nwhat the study says:")
    for verdict in verdicts[:VERDICTS]:
        sets = "".join(f" --set {shlex.quote(change)}" for change in verdict.changes)
        say(file, _wrapped(f"- {verdict.sentence} {verdict.advice}{sets}", file, "  "))
    if len(verdicts) > VERDICTS:
        say(file, f"  ({len(verdicts) - VERDICTS} more in the reports)")


def _next(history: History, paths: Mapping[str, Path], again: str | None) -> Iterable[tuple[str, str]]:
    from workbench.reporting import page, summary

    if again is not None:
        more = max(history.spec["budget"]["trials"], summary.counts(history)["total"]) * 2
        yield f"{again} --trials {more}", f"goes on, up to {more} trials in all"
    yield page.dashboard(history, paths["report"].parent), "shows every trial in the browser"
    if again is not None:
        yield page.report(history, paths["report"].parent), "writes the reports again, without training"


def print_comparison(table: Callable[[int | None, bool], Sequence[str]], said: Sequence[str]) -> None:
    """Studies side by side, then what it says. `table(width, plain)`: its lines; plain: in ASCII."""
    out = sys.stdout
    try:
        plain = "\u2588".encode(out.encoding or "utf-8") == b""
    except UnicodeEncodeError:
        plain = True
    head, *rest = table(_width(out), plain)
    _styled(out, head, "bold")
    for line in rest:
        say(out, line)
    for line in said:
        say(out, _wrapped(line, out))


def banner(lines: Sequence[str], file: TextIO) -> None:
    """A warning that cannot be overlooked; nothing where there are no lines."""
    if not lines:
        return
    if is_terminal(file):
        from rich.panel import Panel
        from rich.text import Text

        console_of(file).print(Panel.fit(Text("\n".join(lines)), border_style="bold yellow"))
    else:
        say(file, "\n".join(f"!! {line}" for line in lines))


COLUMNS = ("rank", "trial", "accuracy", "confirmed", "loss", "epoch", "parameters", "seconds")
MEASURE = 2  # the column of the study's metric
CONFIRMED = 3  # the column that is left out where nothing was confirmed
SPARED = (7, 5, 6, 4)  # columns that a narrow terminal goes without, the first to go first


def _print_ranking(history: History, file: TextIO) -> None:
    """One line a trial. What does not fit is left to ranking.csv; in a pipe everything fits."""
    from workbench.reporting import page, summary

    leaders = page.leaders(history)
    if not leaders:
        return
    names = words.searched(history.spec["space"])
    columns = [history.metric.name if i == MEASURE else name for i, name in enumerate(COLUMNS)]
    table = [(columns, names), *((cells, page.values(place.row, names)) for place, cells in leaders)]
    width = _width(file)
    unknown = () if any(place.leader for place, _ in leaders) else (CONFIRMED,)
    for gone in range(len(SPARED) + 1):
        shown = [i for i in range(len(COLUMNS)) if i not in (*unknown, *SPARED[:gone])]
        lines = _aligned([[*(cells[i] for i in shown), *values] for cells, values in table], right=len(shown))
        if width is None or max(map(len, lines)) <= width:
            break
    else:
        points = ["hyperparameters", *(_told(place.row.point, names) for place, _ in leaders)]
        table_again = [[*(cells[i] for i in shown), told] for (cells, _), told in zip(table, points, strict=True)]
        lines = _aligned(table_again, right=len(shown))
        indent = " " * lines[0].index("hyperparameters")
        lines = [_wrapped(line, file, indent) for line in lines]
    for line, style in zip(lines, ("bold", "green", *[""] * len(leaders)), strict=False):
        _styled(file, line, style)
    more = sum(place.rank is not None for place in summary.ranking(history)) - len(leaders)
    missing = [COLUMNS[i] for i in sorted(SPARED[:gone])]
    if not unknown:
        say(file, f"({page.LEGEND})")
    if folds := page.folds_told(history):
        say(file, f"({folds})")
    if told := ", ".join([*([words.count(more, "more trial")] if more else []), *missing]):
        say(file, f"(in ranking.csv: {told})")
    say(file, "")


def _print_enqueued(history: History, file: TextIO) -> None:
    """What the study file said is to be tried first, beside what the search found."""
    from workbench.reporting import enqueued

    if not (lines := enqueued.table(history)):
        return
    names = enqueued.head(history)
    shown = [i for i, name in enumerate(names) if name != enqueued.INTERVAL]
    head, *rest = _aligned([[line[i] for i in shown] for line in (names, *lines)])
    _styled(file, head, "bold")
    for line in rest:
        say(file, line)
    for note in enqueued.notes(history):
        say(file, _wrapped(note, file))
    say(file, "")


def _told(point: Mapping[str, Any], names: Iterable[str]) -> str:
    return " ".join(f"{name}={words.value(point[name])}" for name in names if name in point)


# -- studies, told without rich and pydantic --------------------------------------------------------------


def studies_table(summaries: Sequence[Summary], file: TextIO | None = None) -> None:
    """One line a study: name, data, task, model, and the names that are searched."""
    out = file or sys.stdout
    sound = [one for one in summaries if one.error is None]
    rows = [[one.name, one.source, one.task, one.family, ", ".join(one.searched)] for one in sound]
    lines = _aligned([["study", "data", "task", "model", "searched"], *rows])
    indent = " " * lines[0].index("searched")
    for line in lines:
        say(out, _wrapped(line, out, indent=indent))
    for broken in (one for one in summaries if one.error is not None):
        say(out, _wrapped(f"{broken.name}: cannot be read: {broken.error}", out, indent="  "))
    say(out, "\nworkbench studies STUDY       shows one in full\nworkbench tune --study STUDY  runs it")


def study_page(resolved: Mapping[str, Any], file: TextIO | None = None) -> None:
    """A study in full, defaults filled in, as a study file that says the same."""
    from workbench.study import toml
    from workbench.study.vocabulary import left_out

    out = file or sys.stdout
    for key, value in resolved.items():
        if not isinstance(value, Mapping) and key != "enqueue":
            say(out, f"{toml.key(key)} = {toml.inline(value)}")
    for key, table in resolved.items():
        if isinstance(table, Mapping):
            say(out, f"\n[{key}]")
            for name, value in table.items():
                say(out, f"{toml.key(name)} = {toml.inline(value)}")
        if key == "space":
            family, task = resolved.get("model", {}).get("family", "mlp"), resolved.get("task", "")
            for name, value in left_out(table, family, task).items():
                say(out, f"# {name} = {toml.inline(value)}, the default")
        for point in table if key == "enqueue" else ():
            say(out, "\n[[enqueue]]")
            for name, value in point.items():
                say(out, f"{toml.key(name)} = {toml.inline(value)}")


# -- lines ------------------------------------------------------------------------------------------------


def is_terminal(file: TextIO) -> bool:
    """Whether someone watches, on a terminal that can move its cursor."""
    return file.isatty() and os.environ.get("TERM") != "dumb"


def console_of(file: TextIO) -> Console:
    from rich.console import Console

    return Console(file=file, force_terminal=True, highlight=False)


def _styled(file: TextIO, text: str, style: str) -> None:
    if style and is_terminal(file):
        from rich.text import Text

        console_of(file).print(Text(text, style), soft_wrap=True)
    else:
        say(file, text)


def _width(file: TextIO) -> int | None:
    """The terminal's columns; None in a pipe, where lines may be as long as they like."""
    if not file.isatty():
        return None
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        try:
            return os.get_terminal_size(file.fileno()).columns or None
        except OSError:
            return None


def _wrapped(text: str, file: TextIO, indent: str = "") -> str:
    width = _width(file)
    if width is None or width < len(indent) + 20:
        return text
    return textwrap.fill(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _aligned(rows: Sequence[Sequence[str]], *, right: int = 0) -> list[str]:
    """The rows as lines of even columns; the first `right` columns are numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if i < right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def say(file: TextIO, text: str) -> None:
    """Print, whatever the encoding: a name it cannot write is no reason to lose the rest."""
    encoding = file.encoding or "utf-8"
    file.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    file.flush()
