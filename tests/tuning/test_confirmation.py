"""Leaders trained again with fresh seeds: paired, resumable, the same numbers however they were trained."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from workbench import confidence
from workbench.store import trials
from workbench.store.history import History
from workbench.study.load import load
from workbench.study.seeds import derive
from workbench.tuning import engine

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 300
validation = 150
test = 150
[space]
units = { int = [4, 24] }
lr = { float = [1e-3, 3e-2], log = true }
batch_size = { choice = [32, 64] }
epochs = 3
[budget]
trials = 5
[search]
sampler = "random"
pruner = "none"
[confirm]
top = 3
seeds = 3
"""
RUNS = 3 * 3 + 3  # each leader thrice, the recommended one thrice more


class Watcher:
    """An observer that sends this process a signal when so many repeats are done."""

    def __init__(self, after: int | None = None) -> None:
        self.after, self.seen, self.stages = after, 0, list[str]()

    def begin(self, *_: object) -> None: ...
    def epoch_done(self, *_: object) -> None: ...
    def trial_done(self, *_: object) -> None: ...
    def message(self, text: str) -> None: ...

    def stage(self, text: str, done: int, total: int) -> None:
        begins = self.stages[-1:] != [text]
        self.stages.append(text)
        if text.startswith("confirming") and not begins:
            self.seen += 1
            if self.seen == self.after:
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(1)


def tune(folder: Path, *overrides: str, watcher: Watcher | None = None, **more: Any) -> History:
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(STUDY)
    given = {"storage": str(folder / "j.journal"), "out": folder / "reports", "device": "cpu", "engine": "serial"}
    options = engine.Options(**given | more)
    return engine.tune(load(str(folder / "small.toml"), overrides), options, watcher or Watcher()).history


def told(history: History) -> list[tuple[Any, ...]]:
    """The repeats without their times."""
    return [tuple(run[name] for name in run if name != "seconds") for run in history.facts["confirm"]["runs"]]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return folder, tune(folder)


def test_every_leader_has_the_same_fresh_seeds_and_the_recommended_one_as_many_more(
    undisturbed: tuple[Path, History],
) -> None:
    _, history = undisturbed
    runs = history.facts["confirm"]["runs"]
    leading = [row.number for row in confidence.by_search(history)[:3]]
    taken = confidence.recommended(history)
    assert taken is not None
    wanted = [(number, i) for number in leading for i in range(3)] + [(taken.number, i) for i in (3, 4, 5)]
    assert sorted((run["trial"], run["repeat"]) for run in runs) == sorted(wanted)
    assert all(run["seed"] == derive(0, "confirm", run["repeat"]) for run in runs)
    assert len({run["accuracy"] for run in runs}) > 1
    assert all(len(leader.runs) == 3 for leader in confidence.leaders(history))


@pytest.mark.parametrize("where", ["j.journal", "sqlite:///{}/j.db"])
@pytest.mark.parametrize("after", [1, 5, 10])
def test_a_confirmation_cut_short_by_a_signal_goes_on_with_what_is_missing(
    undisturbed: tuple[Path, History], tmp_path: Path, after: int, where: str
) -> None:
    storage = where.format(tmp_path) if "{" in where else str(tmp_path / where)
    first = tune(tmp_path, watcher=Watcher(after), storage=storage)
    assert len(first.facts["confirm"]["runs"]) == after, "a finished run was lost"
    assert "final" not in first.facts
    watcher = Watcher()
    second = tune(tmp_path, watcher=watcher, storage=storage)
    assert watcher.seen == RUNS - after
    assert told(second) == told(undisturbed[1])
    for fact in ("accuracy", "trial", "epochs"):
        assert second.facts["final"][fact] == undisturbed[1].facts["final"][fact]
    assert len(second.facts["openings"]) == 1


def test_a_kill_loses_no_finished_run(undisturbed: tuple[Path, History], tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(STUDY)
    journal = tmp_path / "j.journal"
    command = [sys.executable, "-m", "workbench", "tune", "--study", "small.toml", "--storage", str(journal)]
    command += ["--device", "cpu", "--engine", "serial", "--quiet", "--json", "--no-diagnose"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and (not journal.exists() or '"repeat"' not in journal.read_text()):
        time.sleep(0.005)
    process.kill()
    process.wait()
    reference = told(undisturbed[1])
    before = trials.read(str(journal), "small")
    assert set(told(before)) <= set(reference)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    after = trials.read(str(journal), "small")
    assert told(after) == reference
    times = {(run["trial"], run["repeat"]): run["seconds"] for run in after.facts["confirm"]["runs"]}
    for run in before.facts["confirm"]["runs"]:
        assert times[run["trial"], run["repeat"]] == run["seconds"], "it was trained again"
    assert json.loads(done.stdout)["best"]["test"]["accuracy"] == undisturbed[1].facts["final"]["accuracy"]


def test_the_same_command_again_trains_nothing_and_opens_nothing(undisturbed: tuple[Path, History]) -> None:
    folder, before = undisturbed
    watcher = Watcher()
    again = tune(folder, watcher=watcher)
    assert watcher.stages == []
    assert again.facts["openings"] == before.facts["openings"]
    assert again.facts["final"] == before.facts["final"]


def test_fused_repeats_are_those_of_the_serial_trainer(undisturbed: tuple[Path, History], tmp_path: Path) -> None:
    fused = tune(tmp_path, engine="fused", workers=2)
    mine = {(run["trial"], run["repeat"]): run["accuracy"] for run in fused.facts["confirm"]["runs"]}
    theirs = {(run["trial"], run["repeat"]): run["accuracy"] for run in undisturbed[1].facts["confirm"]["runs"]}
    assert mine.keys() >= {key for key in theirs if key[1] < 3}
    for key, accuracy in theirs.items():
        if key in mine:
            assert mine[key] == pytest.approx(accuracy, abs=2 / 150)  # rounding may turn an example


def test_workers_change_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = tune(tmp_path / "one", engine="fused", workers=1)
    monkeypatch.setattr("workbench.tuning.confirmation.WORTH_WORKERS", 0.0)
    two = tune(tmp_path / "two", engine="fused", workers=2)
    assert told(one) == told(two)


def test_after_more_trials_only_new_leaders_are_trained(tmp_path: Path) -> None:
    first = tune(tmp_path)
    watcher = Watcher()
    second = tune(tmp_path, "budget.trials=14", watcher=watcher)
    new = {row.number for row in confidence.by_search(second)[:3]} - {row.number for row in first.rows}
    assert new, "another study is needed for this test"
    known = set(told(first))
    trained = [run for run in told(second) if run not in known]
    assert watcher.seen == len(trained)
    assert {run[0] for run in trained if run[1] < 3} == new
    assert known <= set(told(second)), "a former leader's runs may be wanted again"


def test_more_seeds_add_to_those_there_are(tmp_path: Path) -> None:
    first = tune(tmp_path, "confirm.seeds=2")
    second = tune(tmp_path, "confirm.seeds=3")
    assert set(told(first)) <= set(told(second))
    assert second.facts["confirm"]["seeds"] == 3


def test_without_confirmation_the_best_of_the_search_is_trained_finally(tmp_path: Path) -> None:
    history = tune(tmp_path, confirm=False)
    assert "confirm" not in history.facts
    assert history.facts["final"]["trial"] == confidence.by_search(history)[0].number
    assert len(history.facts["openings"]) == 1


def test_another_recommended_network_is_a_second_opening(tmp_path: Path) -> None:
    first = tune(tmp_path, confirm=False)
    second = tune(tmp_path, "budget.trials=14", confirm=False)
    assert second.facts["final"]["trial"] != first.facts["final"]["trial"], "another study is needed for this test"
    assert [one["trial"] for one in second.facts["openings"]] == [
        one.facts["final"]["trial"] for one in (first, second)
    ]


def test_the_time_limit_leaves_repeats_out_and_the_next_command_goes_on(
    undisturbed: tuple[Path, History], tmp_path: Path
) -> None:
    (tmp_path / "small.toml").write_text(STUDY)
    tune(tmp_path, confirm=False)
    spec = load(str(tmp_path / "small.toml"), ["budget.timeout=0.01s"])
    options = engine.Options(storage=str(tmp_path / "j.journal"), out=tmp_path / "reports", device="cpu")
    ending = engine.tune(spec, options, Watcher())
    assert ending.why == "timeout"
    assert ending.history.facts["confirm"]["runs"] == []
    assert told(tune(tmp_path)) == told(undisturbed[1])


@pytest.mark.parametrize(("ahead", "share"), [(0.0, 0.9), (12.0, 0.88), (20.0, 0.8), (60.0, 0.65)])
def test_repeats_end_early_enough_for_the_final_trainings_and_not_before_65_percent(
    ahead: float, share: float
) -> None:
    assert engine.repeats_end(100.0, ahead) == pytest.approx(share)


DIVERGING = """
import torch
from torch import nn

class Net(nn.Sequential):
    def forward(self, x):
        out = super().forward(x)
        if self.training and torch.initial_seed() in {seeds}:
            {what}
        return out

def build(units, outputs):
    return Net(nn.Flatten(), nn.Linear(64, units), nn.ReLU(), nn.Linear(units, outputs))
"""


@pytest.mark.parametrize(("what", "ended"), [("out = out * float('nan')", "diverged"), ("1 / 0", "failed")])
def test_a_repeat_that_does_not_end_well_is_remembered_and_told(tmp_path: Path, what: str, ended: str) -> None:
    seed = derive(0, "confirm", 1)
    (tmp_path / "net.py").write_text(DIVERGING.format(seeds={seed}, what=what))
    text = STUDY.replace("[space]", '[model]\nfamily = "net.py:build"\n[space]')
    (tmp_path / "own.toml").write_text(text)
    options = engine.Options(storage=str(tmp_path / "j.journal"), out=tmp_path / "reports", device="cpu")
    history = engine.tune(load(str(tmp_path / "own.toml")), options, Watcher()).history
    runs = history.facts["confirm"]["runs"]
    assert {run["ended"] for run in runs if run["repeat"] == 1} == {ended}
    assert {run["ended"] for run in runs if run["repeat"] != 1} == {"complete"}
    leaders = confidence.leaders(history)
    assert [leader.lost for leader in leaders] == [1, 1, 1]
    assert not any(leader.tied_with_best for leader in leaders)
    assert sum(leader.recommended for leader in leaders) == 1
    assert history.facts["final"]["accuracy"] > 0.5


def test_a_final_training_that_always_diverges_opens_nothing(tmp_path: Path) -> None:
    seeds = {derive(0, "final", number) for number in range(3)}
    (tmp_path / "net.py").write_text(DIVERGING.format(seeds=seeds, what="out = out * float('nan')"))
    (tmp_path / "own.toml").write_text(STUDY.replace("[space]", '[model]\nfamily = "net.py:build"\n[space]'))
    options = engine.Options(storage=str(tmp_path / "j.journal"), out=tmp_path / "reports", device="cpu")
    history = engine.tune(load(str(tmp_path / "own.toml")), options, Watcher()).history
    assert "openings" not in history.facts
    assert "final" not in history.facts


def test_where_nothing_was_completed_nothing_is_confirmed(tmp_path: Path) -> None:
    history = tune(tmp_path, "space.lr=1e30")
    assert not any(row.state == "complete" for row in history.rows)
    assert not {"confirm", "final", "openings"} & set(history.facts)
