"""What a target does in its process - crash, hang, exit, fork, print, eat memory - is a result, not our end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.diagnostics.child import alarm
from workbench.diagnostics.engine import diagnose
from workbench.diagnostics.recorder.session import Stop
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.unseen import unseen
from workbench.errors import WorkbenchError

TRAINING = """
import torch
torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
def train(steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
"""

WITHIN = """
import torch.multiprocessing as processes
if __name__ == "__main__":
    workers = [processes.Process(target=train, args=(3,)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
"""

CANNOT = {
    "a syntax error": ("x = (\n", "line 1: SyntaxError: '(' was never closed\n"),
    "needs an argument": ("import sys\nprint(sys.argv[1])\n", "need arguments? they follow --"),
    "says why it leaves": ("import sys\nsys.exit('no data here')\n", "\n    no data here"),
    "asks for a password": ("import getpass\ngetpass.getpass()\n", "waits for input"),
    "opens a window": ("import tkinter\nraise tkinter.TclError('no display')\n", "it opens a window"),
    "looks for a file": ("open('nowhere.csv')\n", "start workbench where you would start the script"),
    "fills the memory with tensors": (
        "import torch\na = [torch.empty(10**9) for _ in range(9)]\n",
        "more memory than it may have",
    ),
    "trains in other processes": (
        TRAINING + WITHIN,
        "trains nothing itself: it started 2 processes at line 19 to run train",
    ),
    "crashes after its training": (
        TRAINING + "train(4)\nnothing\n",
        "crashed after 4 steps of training, in which no fault",
    ),
    "a missing module": ("import no_such_module_here\n", "install what it imports"),
    "waits for input": ("input('name? ')\n", "waits for input"),
    "leaves at once": ("import sys\nsys.exit(3)\n", "exit code 3"),
    "kills itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", "signal 11"),
    "never trains": ("import torch\nprint(torch.ones(3).sum())\n", "never called backward"),
    "no torch at all": ("print(1)\n", "never called backward"),
    "runs for ever": ("while True: pass\n", "did not come to train within"),
    "catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass\n",
        "seconds",
    ),
    "prints for ever": ("while True: print('x' * 10000)\n", "did not come to train within"),
    "eats memory": ("a = []\nwhile True: a.append(bytearray(3 * 10**9))\n", "MemoryError"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_looked_at_ends_in_one_clear_message(name: str, tmp_path: Path, runner: Runner) -> None:
    text, told = CANNOT[name]
    path = tmp_path / "train.py"
    path.write_text(text, encoding="utf-8")
    problem = unseen(diagnose(path, seconds=2.0, memory=2500, runner=runner))
    assert problem is not None
    assert problem.hint
    assert told in str(problem)
    assert len(str(problem)) < 3000
    assert "workbench/diagnostics" not in str(problem)


MISBEHAVES = {
    "deletes its folder": "import shutil, os\nshutil.rmtree(os.getcwd())\ntrain(3)\n",
    "is killed while it trains": "import os, signal\ntrain(6)\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "shows a picture": (
        "import matplotlib\nmatplotlib.use('TkAgg')\nfrom matplotlib import pyplot\n"
        "pyplot.plot([1, 2])\npyplot.show(block=True)\ntrain(4)\n"
    ),
    "forks": "import os\nif os.fork() == 0:\n    os._exit(0)\ntrain(4)\n",
    "swallows exceptions": "try:\n    train(10**9)\nexcept Exception:\n    print('swallowed')\n",
    "has loader workers": (
        "from torch.utils.data import DataLoader, TensorDataset\n"
        "for a, b in DataLoader(TensorDataset(x, y), batch_size=16, num_workers=2):\n    train(1)\n"
    ),
}


@pytest.mark.parametrize("name", MISBEHAVES)
def test_what_trained_before_it_misbehaved_is_judged(
    name: str, tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own" / "train.py"
    path.parent.mkdir()
    path.write_text(TRAINING + MISBEHAVES[name], encoding="utf-8")
    monkeypatch.chdir(path.parent)
    report = diagnose(path, runner=runner)
    assert unseen(report) is None
    assert report.findings == ()
    assert len(report.trace.steps) >= 3


COASTS = """
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(x, y)
for epoch in range(3):
    net.train()
    for a, b in DataLoader(data, batch_size=1):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(a), b).backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        for a, b in DataLoader(data, batch_size=16):
            net(a)
torch.save(net.state_dict(), "net.pt")
"""


def test_after_the_steps_asked_for_the_evaluation_is_still_seen_and_nothing_is_saved(
    tmp_path: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "train.py"
    path.write_text(TRAINING + COASTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    trace = diagnose(path, steps=10, runner=runner).trace
    assert trace.ended.how == "steps"
    assert len(trace.steps) == len(trace.backwards) == 10
    assert [forward.training for forward in trace.forwards if not forward.grad] == [False]
    assert not (tmp_path / "net.pt").exists()


FAILED = {
    "cells": [{"cell_type": "code", "source": text} for text in ("%time\nx = 1", "x = 2\nnothing + 1", "x = 3")]
}
NOTEBOOKS = {
    "a failed cell": (FAILED, "cell 2, line 2: NameError: name 'nothing' is not defined"),
    "no training": ({"cells": FAILED["cells"][:1]}, "never called backward"),
    "no cells": ({"worksheets": []}, "it has no list of cells"),
    "no notebook": ([], "it has no list of cells"),
}


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_that_cannot_be_looked_at_ends_in_one_clear_message(
    name: str, tmp_path: Path, runner: Runner
) -> None:
    notebook, told = NOTEBOOKS[name]
    path = tmp_path / "lesson.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    try:
        problem = unseen(diagnose(path, seconds=2.0, runner=runner))
    except WorkbenchError as mistake:
        problem = mistake
    assert problem is not None
    assert problem.hint
    assert told in str(problem)


def test_the_alarm_that_rings_again_stops_the_script_alone() -> None:
    def script() -> None:
        time.sleep(5.0)

    with alarm(0.0, script):
        with pytest.raises(Stop):
            script()
        time.sleep(1.3)  # what the script left behind is being freed: the second ring comes here


def test_a_network_that_is_traced_for_a_picture_is_seen_before_and_after(tmp_path: Path, runner: Runner) -> None:
    path = tmp_path / "train.py"
    ending = "train(3)\ntraced = torch.jit.trace(net, x)\nprint(traced(x).shape)\ntrain(3)\n"
    path.write_text(TRAINING + ending, encoding="utf-8")
    report = diagnose(path, prove=False, runner=runner)
    assert report.findings == ()
    assert len(report.trace.steps) == 6
    assert "64, 2" in report.stdout


def alive(pid: int) -> bool:
    """Whether a process is there and more than a name in a table."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def eventually(what: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes to hold."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks /proc who is alive")
def test_no_run_outlives_the_process_that_asked_for_it(tmp_path: Path) -> None:
    said = tmp_path / "pid"
    path = tmp_path / "train.py"
    path.write_text(
        f"import os, time\nopen({str(said)!r}, 'w').write(str(os.getpid()) + '.')\ntime.sleep(600)\n",
        encoding="utf-8",
    )
    parent = subprocess.Popen([sys.executable, "-m", "workbench", "diagnose", str(path)], env={**os.environ})
    assert eventually(lambda: said.exists() and said.read_text().endswith("."))
    run = int(said.read_text().rstrip("."))
    assert alive(run)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not alive(run), 10.0)
