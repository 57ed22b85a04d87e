"""The curves that grow in a terminal, and the lines where there is none."""

from __future__ import annotations

import io
import math

import pytest

from workbench.reporting.live_curves import LiveCurves, draw
from workbench.study.course import Course
from workbench.study.trial import Epoch


def falling(epochs):
    return [Epoch(n, 2.0 / n, 1 - 0.9 / n, 2.2 / n, 1 - 1.0 / n) for n in range(1, epochs + 1)]


def shown(curve, epochs, width=80, height=24, *, plain=False):
    return draw("rings, trial 3", curve, epochs, "0:05", width, height, plain=plain).plain.splitlines()


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 60), (60, 8), (30, 5)])
def test_it_fits_into_the_terminal(width, height, plain):
    for epochs in (0, 1, 7, 20):
        lines = shown(falling(epochs), 20, width, height, plain=plain)
        assert max(map(len, lines)) <= width
        assert len(lines) <= max(height - 1, 7)
        assert plain <= all(line.isascii() for line in lines[1:-1])


def test_a_curve_falls_from_the_upper_left_and_ends_where_the_training_is():
    lines = shown(falling(10), 20, plain=True)[2:-2]
    marks = [(line.index(letter), row) for row, line in enumerate(lines) for letter in line[8:38] if letter in "tv"]
    first, last = min(marks), max(marks)
    assert first == (8, 0)  # after the axis, at the top
    assert last[1] >= len(lines) - 2  # near the bottom
    reach = max(column for line in lines for column, letter in enumerate(line[:38]) if letter in "tv")
    assert reach == 8 + 29 * 9 // 19  # epoch 10 of 20: half of the way


@pytest.mark.parametrize("done", [5, 6, 40, 1499, 3000])
def test_a_long_training_soon_fills_nearly_half_of_the_width(done):
    lines = shown(falling(done), 3000)[2:-2]
    reach = max(column for line in lines for column, letter in enumerate(line[:38]) if letter > "\u2800")
    assert reach >= 8 + 13


def test_both_ends_of_the_axes_and_the_best_epoch_are_told():
    lines = shown(falling(10), 20, width=100)
    assert lines[0].startswith("rings, trial 3")
    assert lines[0].endswith("epoch 10/20, 0:05")
    assert lines[2].split()[0] == "2.20"
    assert lines[-1] == "training loss 0.200, 91.00 %; validation 0.220, 90.00 %; best 90.00 % in epoch 10"


def test_numbers_that_are_none_leave_a_gap():
    curve = falling(4)
    curve[2] = Epoch(3, math.inf, 0.5, math.nan, 0.5)
    lines = shown(curve, 4, plain=True)
    assert any("t" in line or "v" in line for line in lines[2:-2])


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_the_last_curves_stay(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    file, course = Terminal(), Course()
    with LiveCurves("rings", 3, file=file) as curves:
        curves.begin(course)
        for epoch in falling(3):
            course.curve.append(epoch)
            curves.epoch_done(course)
    text = file.getvalue()
    assert "epoch 3/3" in text
    assert "\x1b[" in text
    assert any(0x2800 < ord(letter) <= 0x28FF for letter in text)


def lines_of(epochs, curve, *, before=0, quiet=False):
    file, course = io.StringIO(), Course(curve[:before])
    with LiveCurves("rings", epochs, quiet=quiet, file=file) as curves:
        curves.begin(course)
        for epoch in curve[before:]:
            course.curve.append(epoch)
            curves.epoch_done(course)
    return file.getvalue().splitlines()


def test_without_a_terminal_there_are_about_ten_plain_lines():
    lines = lines_of(60, falling(60))
    assert [int(line.split("/")[0].split()[1]) for line in lines] == [1, 6, 12, 18, 24, 30, 36, 42, 48, 54, 60]
    assert lines[0] == "epoch  1/60: training loss 2.00, 10.00 %; validation 2.20, 0.00 %"
    assert [line[:9] for line in lines_of(3, falling(3), before=1)] == ["epoch 2/3", "epoch 3/3"]
    assert lines_of(3, falling(3), quiet=True) == []
