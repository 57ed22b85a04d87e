"""Pictures drawn in another process: the same, or else drawn here; and no process is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.reporting import drawing, pictures
from workbench.store.history import to_jsonl


def drawn_beside(history):
    with drawing.beside() as begin:
        ends = begin(history, to_jsonl(history))
        return begin, ends()


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def test_pictures_of_another_process_are_those_of_this_one(two_cores, history, monkeypatch):
    expected = pictures.draw(history)
    monkeypatch.setattr(pictures, "draw", lambda _: pytest.fail("drawn here"))
    begin, drawn = drawn_beside(history)
    assert begin is not drawing.here
    assert drawn == expected
    assert drawn


def test_what_fails_there_is_drawn_here(two_cores, history, monkeypatch):
    monkeypatch.setattr(drawing, "CODE", "import sys; sys.exit(3)")
    begin, drawn = drawn_beside(history)
    assert begin is not drawing.here
    assert drawn == pictures.draw(history)


def test_where_no_second_core_or_no_process_can_be_had_nothing_is_started(two_cores, history, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert drawn_beside(history) == (drawing.here, pictures.draw(history))
    monkeypatch.undo()
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert drawn_beside(history)[0] is drawing.here


def test_an_error_meanwhile_takes_the_process_with_it(two_cores, history):
    def interrupted():
        with drawing.beside() as begin:
            begin(history, to_jsonl(history))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()


KILLED = """
import signal, subprocess
from workbench.reporting import drawing

class Told(subprocess.Popen):
    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        print(self.pid, flush=True)

subprocess.Popen = Told
drawing._cores = lambda: 2
with drawing.beside():
    signal.pause()
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
def test_no_process_outlives_a_command_that_was_killed():
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        child = int(command.stdout.readline())
        assert running(child)
        command.send_signal(signal.SIGKILL)
    until = time.monotonic() + 60
    while running(child) and time.monotonic() < until:
        time.sleep(0.1)
    assert not running(child)


def running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
