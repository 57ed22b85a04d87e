"""What is told while a diagnosis goes on: findings as they come, and a Ctrl-C that loses none."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.cli.diagnose_progress import Progress
from workbench.diagnostics.engine import Interrupted, diagnose, judge
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.request import Request
from workbench.diagnostics.rule import rules
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import Ended, Place, Trace

SLOW = """
import time
import torch
torch.manual_seed(0)
y = torch.arange(60) % 3
x = torch.randn(60, 8) + torch.nn.functional.one_hot(y, 8) * 3.0
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(8, 3)
    def forward(self, x):
        time.sleep(0.05)
        return self.layer(x).softmax(1)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(30):
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
"""


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


class Notes:
    """An observer that writes down what it is told, and presses Ctrl-C in a phase."""

    def __init__(self, stop: str = "") -> None:
        self.told: list[str] = []
        self.stop = stop

    def going_on(self, request: Request, trace: Trace | None) -> None:
        phase = self.phase(request, trace)
        if phase and self.told[-1:] != [phase]:
            self.told.append(phase)
        if self.stop and phase == self.stop:
            raise KeyboardInterrupt

    def phase(self, request: Request, trace: Trace | None) -> str:
        if request.mode == "bare":
            return "proof"
        if trace is None:
            return ""
        return "recording" if trace.ended.how == "killed" else "experiments"

    def found(self, findings: list[Finding]) -> None:
        self.told += [finding.rule for finding in findings if finding.rule not in self.told]

    def proving(self, findings: list[Finding]) -> None:
        assert findings

    def settled(self, findings: list[Finding]) -> None:
        self.told.append("settled")


def test_a_fault_of_the_graph_is_told_while_the_script_still_runs(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "train.py"
    path.write_text(SLOW, encoding="utf-8")
    notes = Notes()
    diagnose(path, runner=runner, observer=notes)
    assert notes.told == ["softmax-before-cross-entropy", "recording", "experiments", "proof", "settled"]


@pytest.mark.parametrize("phase", ["experiments", "proof"])
def test_what_is_known_survives_a_ctrl_c(phase: str, tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    path.write_text(SLOW, encoding="utf-8")
    with Runner() as runner, pytest.raises(Interrupted) as stopped:
        diagnose(path, runner=runner, observer=Notes(stop=phase))
    assert [finding.rule for finding in stopped.value.report.findings] == ["softmax-before-cross-entropy"]
    assert len(stopped.value.report.trace.steps) == 30


EARLY = [each for each in rules() if each.early]
FOLDERS = [Path(__file__).parent / "rules" / each.name.replace("-", "_") for each in EARLY]


@pytest.mark.parametrize("script", [path for folder in FOLDERS for path in sorted(folder.glob("*.py"))], ids=named)
def test_what_is_told_after_three_steps_stands_in_the_end(
    script: Path, diagnosed: Callable[..., Any], runner: Runner
) -> None:
    soon = judge(runner.run(script, steps=3, cwd=str(script.parent)).trace, EARLY)[0]
    end = judge(diagnosed(script)[0].trace, EARLY)[0]
    assert {(each.rule, each.place) for each in soon} <= {(each.rule, each.place) for each in end}


def going_on(progress: Progress, request: Request, steps: int, how: str = "killed") -> None:
    trace = Trace("train.py", Ended(how), 1.0, steps=(None,) * steps)  # type: ignore[arg-type]
    progress.going_on(request, trace)


def test_without_a_terminal_there_is_a_line_now_and_then() -> None:
    said = io.StringIO()
    record = Request("train.py", "folder", "here")
    repair = {"name": "shuffle"}
    finding = Finding(Place("train.py", 3), "", "", remedy=repair, rule="unshuffled-training-data")
    with Progress("train.py", file=said, every=0.0) as progress:
        progress.going_on(record, None)
        going_on(progress, record, 1)
        going_on(progress, record, 20, how="steps")
        progress.found([finding])
        progress.found([finding])
        progress.proving([finding])
        progress.going_on(Request("train.py", "folder", "here", mode="bare"), None)
        progress.going_on(Request("train.py", "folder", "here", mode="bare", remedies=(repair,)), None)
        progress.settled([])
    assert said.getvalue().splitlines() == [
        "train.py: running, no training step yet, 0 s",
        "train.py: running, 1 step seen, 0 s",
        "train.py: 20 steps seen, now experiments with the network, 0 s",
        "found: unshuffled-training-data  train.py:3",
        "trying the repairs ...",
        "train.py: the same steps again, to be compared with, 0 s",
        "train.py: trying repair 1 of 1, 0 s",
        "not confirmed: unshuffled-training-data  train.py:3",
    ]


@pytest.mark.parametrize("wishes", [{"quiet": True}, {"every": 3600.0}], ids=["quiet", "soon over"])
def test_nothing_is_said_to_who_wants_nothing_or_does_not_wait(wishes: dict[str, float]) -> None:
    said = io.StringIO()
    with Progress("train.py", file=said, **wishes) as progress:  # type: ignore[arg-type]
        progress.going_on(Request("train.py", "folder", "here"), None)
    assert said.getvalue() == ""


class Terminal(io.StringIO):
    """Someone watches."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_lives_and_findings_stand_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    said = Terminal()
    with Progress("train.py", file=said) as progress:
        going_on(progress, Request("train.py", "folder", "here"), 7)
        progress.found([Finding(Place("train.py", 3), "", "", rule="loss-broadcast")])
    assert "found: loss-broadcast  train.py:3\n" in said.getvalue()
    assert "train.py: running, 7 steps seen, 0 s" in said.getvalue()
    assert said.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # the cursor is back, the line is gone
