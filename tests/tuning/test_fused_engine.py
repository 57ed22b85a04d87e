"""What holds of the engine holds of fused trials, too: budget, resume, signals, kills, the winner's weights."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench import confidence
from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.models.family import rebuild
from workbench.store import trials
from workbench.store.history import Row
from workbench.study.load import load
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch
from workbench.tuning import engine
from workbench.tuning.serial_trainer import evaluate

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 400
validation = 200
test = 200
[space]
depth = { int = [1, 2] }
units = { int = [8, 32], log = true, per = "depth" }
optimizer = { choice = ["sgd", "adam"] }
momentum = { float = [0.0, 0.95], when = { optimizer = "sgd" } }
lr = { float = [1e-3, 0.05], log = true }
batch_size = { choice = [32, 64] }
epochs = 4
[budget]
trials = 24
[search]
sampler = "random"
"""


@dataclass
class Recorder:
    """An observer that remembers what it was told."""

    trials: list[Row] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    stop_after: int | None = None  # trials; then a signal arrives

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None:
        pass

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None:
        pass

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        self.trials.append(row)
        if len(self.trials) == self.stop_after:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None: ...


def study(folder: Path, *overrides: str, text: str = STUDY) -> StudySpec:
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(text)
    return load(str(folder / "small.toml"), overrides)


def tune(folder: Path, *overrides: str, observer: Recorder | None = None, **more: object) -> engine.Ending:
    more = {"engine": "fused", "workers": 2, "storage": str(folder / "j.journal"), **more}
    spec = study(folder, *overrides)
    options = engine.Options(out=folder / "reports", device="cpu", **more)  # type: ignore[arg-type]
    return engine.tune(spec, options, observer or Recorder())


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, engine.Ending]:
    """In two workers, nothing pruned."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, tune(folder, "search.pruner=none")


def test_a_budget_is_spent_and_the_seconds_are_accounted_for(whole: tuple[Path, engine.Ending]) -> None:
    _, ending = whole
    assert ending.why == "budget"
    assert [row.number for row in ending.history.rows] == list(range(24))
    assert [row.state for row in ending.history.rows] == ["complete"] * 24
    assert ending.history.facts["engine"].startswith("fused, about ")
    assert ending.history.facts["engine"].endswith(" in each of 2 workers")
    assert ending.seconds.keys() == {"total", "train", "ask", "store"}
    assert 0 < ending.seconds["ask"] < ending.seconds["total"]
    assert 0 < ending.seconds["store"] < ending.seconds["total"]
    trials = sum(row.seconds for row in ending.history.rows)
    assert trials - 0.1 < ending.seconds["train"] < 2 * ending.seconds["total"], "confirming counts, too"


def test_the_points_are_those_of_the_serial_engine_and_so_are_the_curves(
    whole: tuple[Path, engine.Ending], tmp_path: Path
) -> None:
    """float32, sums in another order: a validation example may fall on the other side."""
    serial = tune(tmp_path, "search.pruner=none", "budget.trials=8", engine="serial")
    for mine, theirs in zip(whole[1].history.rows, serial.history.rows, strict=False):
        assert mine.point == theirs.point
        assert mine.parameters == theirs.parameters
        assert [e.train_loss for e in mine.curve] == pytest.approx([e.train_loss for e in theirs.curve], rel=1e-3)
        assert mine.value == pytest.approx(theirs.value, abs=0.015)


def test_in_one_process_the_study_is_the_same(whole: tuple[Path, engine.Ending], tmp_path: Path) -> None:
    """A lane's numbers do not depend on its company, and points drawn at random not on who had ended."""
    one = tune(tmp_path, "search.pruner=none", workers=1)
    assert [(r.number, r.point, r.curve) for r in one.history.rows] == [
        (r.number, r.point, r.curve) for r in whole[1].history.rows
    ]


def test_the_weights_reproduce_the_stated_accuracies(whole: tuple[Path, engine.Ending]) -> None:
    _, ending = whole
    about = json.loads((ending.folder / "best.json").read_text())
    taken = confidence.recommended(ending.history)
    assert taken is not None
    assert (about["trial"], about["validation"]["accuracy"]) == (taken.number, taken.value)
    _, sealed = splits.load("digits", task="multiclass", train=400, validation=200, test=200, standardize=True)
    net = rebuild(ending.folder / "best.json")
    assert evaluate(net, sealed.open(), "multiclass")[1] == about["test"]["accuracy"]


def test_lost_weights_are_trained_again_to_the_same_numbers(whole: tuple[Path, engine.Ending]) -> None:
    folder, ending = whole
    about = json.loads((ending.folder / "best.json").read_text())
    (ending.folder / "best.pt").unlink()
    observer = Recorder()
    again = tune(folder, "search.pruner=none", observer=observer)
    assert again.why == "nothing left"
    assert observer.trials == []
    assert len(observer.messages) == 1, "the curve was another one"
    assert "training it again" in observer.messages[0]
    assert json.loads((ending.folder / "best.json").read_text())["validation"] == about["validation"]


def test_a_signal_gives_back_what_was_in_training_and_the_rest_completes_the_budget(
    whole: tuple[Path, engine.Ending], tmp_path: Path
) -> None:
    first = tune(tmp_path, "search.pruner=none", observer=Recorder(stop_after=5))
    assert first.why == "interrupted"
    states = [row.state for row in first.history.rows]
    assert states.count("complete") >= 5
    assert set(states) <= {"complete", "waiting"}
    second = tune(tmp_path, "search.pruner=none")
    assert second.why == "budget"
    assert [(r.number, r.state, r.point, r.curve) for r in second.history.rows] == [
        (r.number, r.state, r.point, r.curve) for r in whole[1].history.rows
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for children in /proc")
def test_a_worker_that_is_killed_costs_no_trial(whole: tuple[Path, engine.Ending], tmp_path: Path) -> None:
    """Its cohort is trained again by another, under the same numbers and seeds, and so to the same curves."""

    class Killer(Recorder):
        def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
            super().trial_done(row, counts, best)
            if len(self.trials) == 3:
                one = multiprocessing.active_children()[0]
                assert one.name.startswith("workbench worker")
                one.kill()

    observer = Killer()
    ending = tune(tmp_path, "search.pruner=none", observer=observer)
    assert ending.why == "budget"
    assert [(r.number, r.state, r.point, r.curve) for r in ending.history.rows] == [
        (r.number, r.state, r.point, r.curve) for r in whole[1].history.rows
    ]
    assert len(observer.messages) <= 1, "nothing is said of a process that trained nothing just then"
    assert all("its process was ended by SIGKILL" in message for message in observer.messages)


def test_the_time_limit_gives_the_trials_back(tmp_path: Path) -> None:
    ending = tune(tmp_path, "budget.timeout=0.01s")
    assert ending.why == "timeout"
    assert all(row.state == "waiting" for row in ending.history.rows)


def test_with_pruning_and_a_sampler_that_learns_the_budget_is_met(tmp_path: Path) -> None:
    ending = tune(tmp_path, "search.sampler=tpe", "search.pruner=hyperband", "budget.trials=40")
    states = [row.state for row in ending.history.rows]
    assert len(states) == 40, ending.why
    assert set(states) == {"complete", "pruned"}
    pruned = [row for row in ending.history.rows if row.state == "pruned"]
    assert all(len(row.curve) < 4 for row in pruned)


def test_own_networks_are_trained_one_at_a_time_with_a_line_that_says_why(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "def build(outputs):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(64, outputs))\n"
    )
    head = STUDY[: STUDY.index("[space]")]
    text = head + '[model]\nfamily = "net.py:build"\n[space]\nlr = { float = [0.01, 0.1] }\nepochs = 1\n'
    spec, observer = study(tmp_path, "budget.trials=2", text=text), Recorder()
    options = engine.Options(storage=str(tmp_path / "j.journal"), out=tmp_path / "reports", device="cpu")
    assert engine.tune(spec, options, observer).history.facts["engine"] == "serial"
    assert observer.messages == [
        "one trial at a time, for net.py:build is your own network: only the mlp family can be fused"
    ]
    with pytest.raises(WorkbenchError, match="cannot be fused"):
        engine.tune(spec, engine.Options(engine="fused", out=tmp_path), Recorder())


CNN = (
    STUDY[: STUDY.index("[space]")]
    + """
[model]
family = "cnn"
[space]
blocks = 2
channels = { choice = [2, 4], per = "blocks" }
padding = "same"
conv_dropout = 0.1
units = 8
lr = { float = [1e-3, 0.05], log = true }
epochs = 1
[budget]
trials = 4
[search]
sampler = "random"
pruner = "none"
[confirm]
top = 2
seeds = 2
"""
)


@pytest.mark.timeout(600)
def test_convolutions_are_searched_in_a_process_for_each_core_and_are_what_one_process_finds(
    tmp_path: Path,
) -> None:
    endings = []
    for name, workers in (("alone", 1), ("together", 2)):
        spec, observer = study(tmp_path / name, text=CNN), Recorder()
        options = engine.Options(
            storage=str(tmp_path / name / "j.journal"), out=tmp_path / name, device="cpu", workers=workers
        )
        endings.append(engine.tune(spec, options, observer))
        assert observer.messages[0].endswith("for its family is cnn: only the mlp family can be fused")
    alone, together = (ending.history for ending in endings)
    assert alone.facts["engine"] == "serial"
    assert together.facts["engine"] == "serial, one trial at a time in each of 2 workers"
    assert [row.number for row in alone.rows] == [row.number for row in together.rows] == [0, 1, 2, 3]
    for mine, theirs in zip(alone.rows, together.rows, strict=True):
        assert mine.point == theirs.point
        losses = [[epoch.train_loss for epoch in row.curve] for row in (mine, theirs)]
        assert losses[0] == pytest.approx(losses[1], rel=1e-4)  # equal most times: sums follow from where data lie
    assert len(together.facts["confirm"]["runs"]) == 6
    weights = sum(weight.numel() for weight in rebuild(tmp_path / "together" / "small" / "best.json").parameters())
    assert weights in {row.parameters for row in together.rows}
    with pytest.raises(WorkbenchError, match="its family is cnn"):
        engine.tune(spec, engine.Options(engine="fused", out=tmp_path), Recorder())


@pytest.mark.timeout(600)
def test_kills_lose_nothing_that_was_on_disk_and_the_budget_is_met(
    whole: tuple[Path, engine.Ending], tmp_path: Path
) -> None:
    study(tmp_path)
    journal = tmp_path / "j.journal"
    arguments = ["tune", "--study", "small.toml", "--storage", str(journal), "--device", "cpu", "--quiet", "--json"]
    arguments += ["--engine", "fused", "--workers", "2", "--pruner", "none", "--no-diagnose"]
    command = [sys.executable, "-m", "workbench", *arguments]
    reference = [(r.number, r.point, r.curve) for r in whole[1].history.rows]
    finished: set[int] = set()
    for _ in range(2):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        size = journal.stat().st_size if journal.exists() else 0
        while process.poll() is None and (not journal.exists() or journal.stat().st_size < size + 4000):
            time.sleep(0.01)  # until it has begun to write trials
        process.kill()
        process.wait()
        rows = trials.read(str(journal), "small").rows
        done = {row.number for row in rows if row.state == "complete"}
        assert done >= finished, "a finished trial was lost"
        assert all((r.number, r.point, r.curve) == reference[r.number] for r in rows if r.number in done)
        finished = done
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["trials"]["total"] == 24
    assert [(r.number, r.point, r.curve) for r in trials.read(str(journal), "small").rows] == reference
