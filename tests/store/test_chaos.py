"""Two hosts, as processes, on a real PostgreSQL: what is left of a study whose hosts and server keep failing."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from workbench.store import hosts, trials

SILENCE = "4"  # seconds after which a host is dead
EVERY = 1.0  # seconds from one fault to the next


class Command:
    """A host that is started again whenever it ends badly, as a supervisor does."""

    def __init__(self, words: list[str], state: Path) -> None:
        self.words = [sys.executable, str(Path(__file__).with_name("host.py")), *words]
        self.environment = os.environ | {hosts.SILENCE: SILENCE, "XDG_STATE_HOME": str(state)}
        self.log = state.with_suffix(".log")
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        with self.log.open("a") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log, env=self.environment)

    def over(self) -> bool:
        code = self.process.poll()
        assert code in (None, 0, 2, -signal.SIGKILL), self.log.read_text()
        if code:  # 2: the server was away when it started
            self.start()
        return code == 0

    @property
    def joined(self) -> bool:
        return "joined" in self.log.read_text()

    def send(self, what: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(what)


@pytest.fixture
def tidy() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize(("pruner", "total", "faults"), [("none", 200, 8), ("halving", 60, 4)])
def test_nothing_is_lost_and_nothing_counted_twice(
    pruner: str, total: int, faults: int, postgresql: str, servers: Any, fake: ModuleType, tidy: ExitStack,
    tmp_path: Path,
) -> None:  # fmt: skip
    where = servers.a_database(postgresql)
    hold = tmp_path / "hold"
    hold.touch()
    two = [Command([where, str(total), pruner, str(hold)], tmp_path / name) for name in ("first", "second")]
    for command in two:
        tidy.callback(command.process.wait)
        tidy.callback(lambda command=command: command.send(signal.SIGKILL))
    fault, injected = itertools.cycle(["kill", "cut", "stop", "gone"]), 0
    while not all(command.joined for command in two):
        time.sleep(0.05)
    again = time.monotonic() + EVERY
    while sum(command.over() for command in two) < len(two):
        time.sleep(0.05)
        if injected == faults:
            hold.unlink(missing_ok=True)
            continue
        if time.monotonic() < again:
            continue
        victim = two[injected // 4 % 2]
        match next(fault):
            case "kill":
                victim.send(signal.SIGKILL)
            case "cut":
                servers.cut(where)
            case "stop":  # for longer than it is waited for
                victim.send(signal.SIGSTOP)
                time.sleep(1.5 * float(SILENCE))
                victim.send(signal.SIGCONT)
            case "gone":
                with servers.gone(where):
                    time.sleep(2 * EVERY)
        injected += 1
        again = time.monotonic() + EVERY
    assert injected == faults, "the study was over too soon"
    history = trials.read(where, "fake")
    assert [row.number for row in history.rows] == list(range(total))
    assert {row.state for row in history.rows} <= {"complete", "pruned"}
    assert history.facts["ends"] >= 1
    if pruner == "none":
        alone = fake.open_store("alone.journal", fake.spec(sampler="random", pruner=pruner))
        for row, trial in zip(history.rows, alone.ask(total), strict=True):
            curve = tuple(fake.epoch_of(trial, epoch) for epoch in range(1, fake.EPOCHS + 1))
            assert (row.point, row.curve) == (trial.point, curve)
