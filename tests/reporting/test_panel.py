"""The panel in a real pseudo-terminal, whose screen is put together here from the bytes that arrive."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from workbench.reporting import panel

SEARCH = """
import os, sys
from workbench.reporting.terminal import Progress
from workbench.store.history import Row
from workbench.study.trial import Epoch

def row(number, accuracy, state):
    curve = tuple(Epoch(e, 1.0, accuracy, 1 - accuracy, accuracy) for e in range(1, 3 if state == "pruned" else 6))
    point = {"depth": number % 3 + 1, "activation": "relu", "optimizer": "adam", "lr": 0.001 * (number + 1)}
    return Row(number, state, accuracy, point, curve, state, "", 0.3, 1000 + number, None, None, None)

counts, best = {"complete": 0, "pruned": 0, "failed": 0}, None
with Progress() as progress:
    progress.stage("looking for faults", 0, 1)
    os.read(GATE, 1)
    progress.begin(dict(counts), 12, "digits", None)
    for number in range(12):
        one = row(number, 0.5 + number / 25, "pruned" if number % 4 == 3 else "complete")
        for epoch in one.curve:
            progress.epoch_done(number, epoch, 5, 8)
        counts[one.state] += 1
        if one.state == "complete":
            best = one
        progress.trial_done(one, dict(counts), best)
        if number == 5:
            progress.message("6 trials could not be trained together: now one by one")
    os.read(GATE, 1)
    for run in range(4):
        progress.stage("confirming the leaders", run, 4)
    os.read(GATE, 1)
print("the ranking")
"""


@dataclass
class Terminal:
    """What a person sees, and the process behind it, which waits at the end of each stage."""

    process: subprocess.Popen[bytes]
    master: int
    gate: int
    columns: int
    received: bytes = b""

    def lines(self) -> list[str]:
        """The screen: as much of a terminal as the panel needs."""
        lines, x, y = [""], 0, 0
        text = self.received.decode("utf-8", "replace")
        for found in re.finditer(r"\x1b\[(\??)([0-9;]*)([A-Za-z])|[\r\n]|[^\x1b\r\n]", text):
            match found[0], found[3]:
                case "\r", _:
                    x = 0
                case "\n", _:
                    y += 1
                case _, "A":
                    y -= int(found[2] or 1)
                case _, "K":
                    lines[y] = "" if found[2] == "2" else lines[y][:x]
                case _, None:
                    if x == self.columns:
                        x, y = 0, y + 1
                    lines += [""] * (y + 1 - len(lines))
                    lines[y] = lines[y][:x].ljust(x) + found[0] + lines[y][x + 1 :]
                    x += 1
            lines += [""] * (y + 1 - len(lines))
        return [line.rstrip() for line in lines]

    def see(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """The screen as soon as this holds of it and nothing more arrives: a drawing comes in several pieces."""
        deadline = time.monotonic() + 60
        while self._more(within=0.05) or not holds(self.lines()):
            assert time.monotonic() < deadline, "\n".join(self.lines())
        return self.lines()

    def go(self, stages: int = 1) -> None:
        """So many stages may end."""
        os.write(self.gate, b"." * stages)

    def end(self) -> list[str]:
        """The screen when the process has ended."""
        while self._read():
            pass
        self.process.wait(60)
        return self.lines()

    def _more(self, within: float) -> bool:
        """Whether something arrived in so many seconds; it is read."""
        return bool(select.select([self.master], [], [], within)[0]) and self._read()

    def _read(self) -> bool:
        try:
            more = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.received += more
        return bool(more)


@contextmanager
def terminal(columns: int, rows: int = 24, **more: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    theirs, gate = os.pipe()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-c", SEARCH.replace("GATE", str(theirs))],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, pass_fds=[theirs],
        env=kept | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | more,
    ) as process:  # fmt: skip
        os.close(slave)
        os.close(theirs)
        try:
            yield Terminal(process, master, gate, columns)
        finally:
            process.kill()
            os.close(gate)
            os.close(master)


def flat(lines: list[str]) -> str:
    """Without the breaks that a narrow terminal makes."""
    return "".join("".join(lines).split())


def has(*words: str) -> Callable[[list[str]], bool]:
    return lambda lines: all(word in "\n".join(lines) for word in words)


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_the_panel_is_drawn_in_place_and_gives_way_to_one_line(columns: int) -> None:
    with terminal(columns) as seen:
        faults = seen.see(has("looking for faults", "0:0"))
        assert len(faults) == 1
        seen.go()
        lines = seen.see(has("12/12 trials", "search"))
        assert has("best 90.00 %", "trial 10", "9 epochs saved (15%)")(lines)
        message = "6 trials could not be trained together: now one by one"
        assert flat(lines).startswith(flat([message]))
        first = next(i for i, line in enumerate(lines) if line.startswith("digits  search"))
        assert first == -(-len(message) // columns)
        table = lines[first + 4 :]
        assert [line.split()[0] for line in table] == ["trial", "10", "9", "8", "6", "5"]
        assert table[0].split()[3:] == (["lr", "depth"])  # what varies
        assert max(map(len, lines)) <= columns
        seen.go()
        after = seen.see(has("confirming the leaders", "3/4"))
        assert has("best 90.00 %")(after)
        assert not has("search")(after)
        seen.go()
        left = [line for line in seen.end() if line]
    assert flat(left).startswith(flat([message, "12/12 trials  3 pruned  best 90.00 % (trial 10"]))
    assert left[-1] == "the ranking"
    assert seen.received.rindex(b"\x1b[?25h") > seen.received.rindex(b"\x1b[?25l")  # the cursor is back


def test_ctrl_c_leaves_a_clean_terminal() -> None:
    with terminal(80) as seen:
        seen.go(2)
        seen.see(has("confirming the leaders"))
        seen.process.send_signal(signal.SIGINT)
        left = seen.end()
    assert seen.received.rindex(b"\x1b[?25h") > seen.received.rindex(b"\x1b[?25l")
    assert left[1].startswith("12/12 trials")
    assert not has("confirming")(left)


def test_no_color_means_none() -> None:
    with terminal(80, NO_COLOR="1") as seen:
        seen.go(3)
        seen.end()
    assert not re.search(rb"\x1b\[[0-9;]*\b(3[0-9]|4[0-9]|9[0-9])\b[0-9;]*m", seen.received)


def test_a_low_terminal_gets_fewer_leaders_and_one_without_blocks_gets_letters() -> None:
    with terminal(80, rows=8, PYTHONIOENCODING="ascii") as seen:
        seen.go()
        lines = seen.see(has("12/12 trials", "search"))
        assert sum(re.match(r" +\d+ +\d", line) is not None for line in lines) == 2
        assert "#" * 60 in "\n".join(lines)
        assert seen.received.isascii()


# -- parts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "cells", "line"),
    [
        ([], 10, ""),
        ([0.5], 10, "█"),
        ([0.9, 0.99, 0.999], 10, "▁▅█"),  # a tenth of the errors each
        ([0.5] * 50 + [0.9] * 50, 4, "▁▁██"),
        ([0.1, 0.2, 0.3, 0.4, 1.0], 3, "▁▁█"),
        ([0.0, 1.0], 0, ""),
    ],
)
def test_a_sparkline_goes_by_the_logarithm_of_the_error(values: list[float], cells: int, line: str) -> None:
    assert panel.sparkline(values, cells) == line


def test_leaders_are_ranked_as_the_report_ranks_them(history) -> None:
    seen = panel.Seen()
    rows = [row for row in history.rows if row.state in ("complete", "pruned")]
    for row in reversed(rows):
        seen.trial(row, {}, None)
    from workbench.reporting.summary import ranking

    ranked = [place.row.number for place in ranking(history) if place.rank is not None]
    assert [row.number for _, row in seen.leaders] == ranked[: panel.LEADERS]


def test_being_told_costs_microseconds(history) -> None:
    rows = [replace(history.rows[0], number=number, value=number / 5000) for number in range(5000)]
    cost = []
    for _ in range(3):
        seen = panel.Seen()
        started = time.process_time()
        for row in rows:
            seen.epoch(row.number, 5, 8)
            seen.trial(row, {}, row)
        cost.append((time.process_time() - started) / len(rows))
    assert min(cost) < 40e-6  # of two calls; 11e-6 seen
