"""The engine on real, small studies: budget, resume, duplicates, interruption, and the winner's weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch

from workbench import confidence
from workbench.cli.main import main
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
lr = { float = [1e-3, 1.0], log = true }
dropout = { float = [0.0, 0.3] }
epochs = 4
[budget]
trials = 12
[confirm]
top = 2
seeds = 2
"""


@dataclass
class Recorder:
    """An observer that remembers what it was told."""

    trials: list[Row] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    stages: list[str] = field(default_factory=list)
    epochs: int = 0
    after_epochs: int | None = None  # then raise what a signal would

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None:
        pass

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None:
        self.epochs += 1
        if self.epochs == self.after_epochs:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)  # the handler runs here at the latest

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        self.trials.append(row)

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None:
        self.stages.append(f"{text}: {done}/{total}")


def study(tmp_path: Path, text: str = STUDY, *overrides: str) -> StudySpec:
    path = tmp_path / "small.toml"
    path.write_text(text)
    return load(str(path), overrides)


def options(folder: Path, **more: object) -> engine.Options:
    folder.mkdir(exist_ok=True)
    return engine.Options(
        storage=str(folder / "j.journal"), out=folder / "reports", device="cpu", **{"engine": "serial", **more}
    )  # type: ignore[arg-type]


def told(rows: tuple[Row, ...]) -> list[tuple[object, ...]]:
    """What must be equal in two runs: all but times."""
    return [(r.number, r.state, r.value, r.point, r.curve, r.ended, r.duplicate_of) for r in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, engine.Ending]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with torch.random.fork_rng():
        return folder, engine.tune(study(folder), options(folder), Recorder())


def test_a_budget_is_spent_and_the_best_is_kept(undisturbed: tuple[Path, engine.Ending]) -> None:
    _, ending = undisturbed
    assert ending.why == "budget"
    assert [row.number for row in ending.history.rows] == list(range(12))
    states = {row.state for row in ending.history.rows}
    assert "complete" in states
    assert states <= {"complete", "pruned"}
    best = max(row.value or 0 for row in ending.history.rows if row.state == "complete")
    assert best > 0.8
    assert ending.history.facts["final"]["accuracy"] > 0.75
    assert len(ending.history.facts["openings"]) == 1


def test_the_weights_reproduce_the_stated_accuracies_exactly(undisturbed: tuple[Path, engine.Ending]) -> None:
    folder, ending = undisturbed
    spec = study(folder)
    about = json.loads((ending.folder / "best.json").read_text())
    data, sealed = splits.load(
        "digits", task="multiclass", train=400, validation=200, test=200, standardize=spec.data.standardize
    )
    net = rebuild(ending.folder / "best.json")
    loss, accuracy = evaluate(net, sealed.open(), "multiclass")
    assert accuracy == about["test"]["accuracy"]
    assert loss == pytest.approx(about["test"]["loss"], rel=1e-5)  # threads sum in another order
    stored = ending.history.facts["final"]
    assert {name: stored[name] for name in ("accuracy", "loss", "metrics")} == about["test"]
    assert about["trained_on"] == "training and validation part"
    assert about["epochs"] == about["epoch"] == stored["epochs"]
    taken = confidence.recommended(ending.history)
    assert taken is not None
    assert (about["trial"], about["point"]) == (taken.number, taken.point)
    assert about["validation"]["accuracy"] == taken.value, "that of the search"
    assert len(data.train) == 400


def test_the_evidence_is_of_the_one_opening(undisturbed: tuple[Path, engine.Ending]) -> None:
    _, ending = undisturbed
    told, score = ending.history.facts["evidence"], ending.history.facts["final"]
    assert told["trial"] == score["trial"]
    assert sum(map(sum, told["confusion"])) == score["examples"]
    right = sum(row[i] for i, row in enumerate(told["confusion"]))
    assert right / score["examples"] == score["accuracy"]
    assert len(told["mistakes"]) == min(25, score["examples"] - right)
    assert all(one["png"] for one in told["mistakes"])


def test_points_of_a_plane_have_the_leaders_boundaries_beside_the_winners(tmp_path: Path) -> None:
    text = STUDY.replace('"multiclass"', '"binary"').replace('"digits"', '"circles"')
    ending = engine.tune(study(tmp_path, text, "budget.trials=6"), options(tmp_path), Recorder())
    drawn = ending.history.facts["evidence"]["boundary"]["trials"]
    complete = {row.number for row in ending.history.rows if row.state == "complete" and row.duplicate_of is None}
    numbers = [one["trial"] for one in drawn]
    assert numbers[0] == ending.history.facts["final"]["trial"]
    assert set(numbers) <= complete
    assert len(set(numbers)) == len(numbers) == min(5, len(complete))


def test_the_same_command_again_has_nothing_left_to_do(undisturbed: tuple[Path, engine.Ending]) -> None:
    folder, before = undisturbed
    observer = Recorder()
    ending = engine.tune(study(folder), options(folder), observer)
    assert ending.why == "nothing left"
    assert observer.trials == []
    for fact in ("openings", "final", "confirm", "baselines"):
        assert ending.history.facts[fact] == before.history.facts[fact], "the test part was opened again"
    assert observer.stages == []


@pytest.mark.parametrize("after", [1, 6, 15])
def test_a_study_cut_short_by_a_signal_goes_on_as_if_it_had_not_been(
    undisturbed: tuple[Path, engine.Ending], tmp_path: Path, after: int
) -> None:
    spec = study(tmp_path)
    first = engine.tune(spec, options(tmp_path), Recorder(after_epochs=after))
    assert first.why == "interrupted"
    assert all(row.state != "running" for row in first.history.rows)
    assert sum(row.state in ("complete", "pruned") for row in first.history.rows) < 12
    second = engine.tune(spec, options(tmp_path), Recorder())
    assert told(second.history.rows) == told(undisturbed[1].history.rows)


def test_the_time_limit_gives_the_trial_back(tmp_path: Path) -> None:
    spec = study(tmp_path, STUDY, "budget.timeout=0.01s")
    ending = engine.tune(spec, options(tmp_path), Recorder())
    assert ending.why == "timeout"
    assert all(row.state == "waiting" for row in ending.history.rows)


def test_lost_weights_are_trained_again_to_the_same_numbers(tmp_path: Path) -> None:
    spec = study(tmp_path, STUDY, "budget.trials=3")
    folder = engine.tune(spec, options(tmp_path), Recorder()).folder
    about = json.loads((folder / "best.json").read_text())
    content = (folder / "best.pt").read_bytes()
    for damage in ((folder / "best.pt").unlink, lambda: (folder / "best.pt").write_bytes(content[:-9])):
        damage()
        observer = Recorder()
        engine.tune(spec, options(tmp_path), observer)
        assert "training it again" in observer.messages[0]
        assert json.loads((folder / "best.json").read_text())["sha256"] == about["sha256"]
        facts = trials.read(str(tmp_path / "j.journal"), "small").facts
        assert len(facts["openings"]) == 1, "the test part was opened for a network that was scored before"


def test_a_point_is_not_trained_twice(tmp_path: Path) -> None:
    text = (
        STUDY[: STUDY.index("[space]")]
        + "[space]\nlr = { choice = [0.01, 0.1] }\nepochs = 2\n[budget]\ntrials = 6\n"
    )
    observer = Recorder()
    ending = engine.tune(study(tmp_path, text, "search.pruner=none"), options(tmp_path), observer)
    assert len(ending.history.rows) == 6
    originals = [row for row in ending.history.rows if row.duplicate_of is None]
    assert len(originals) == 2
    assert observer.epochs == 2 * 2
    for row in ending.history.rows:
        if row.duplicate_of is not None:
            twin = ending.history.rows[row.duplicate_of]
            assert (row.value, row.curve, row.point) == (twin.value, twin.curve, twin.point)


def test_a_grid_ends_when_it_is_exhausted(tmp_path: Path) -> None:
    text = (
        STUDY[: STUDY.index("[space]")]
        + "[space]\nlr = { choice = [0.01, 0.1, 1.0] }\nepochs = 1\n[budget]\ntrials = 9\n"
    )
    ending = engine.tune(study(tmp_path, text, "search.sampler=grid"), options(tmp_path), Recorder())
    assert ending.why == "exhausted"
    assert sorted(row.point["lr"] for row in ending.history.rows) == [0.01, 0.1, 1.0]


def test_fresh_starts_a_generation_and_deletes_nothing(tmp_path: Path) -> None:
    spec = study(tmp_path, STUDY, "budget.trials=2")
    engine.tune(spec, options(tmp_path), Recorder())
    second = engine.tune(spec, options(tmp_path, fresh=True), Recorder())
    assert second.history.study == "small@2"
    assert len(second.history.rows) == 2
    first = trials.read(str(tmp_path / "j.journal"), "small", 1)
    assert told(first.rows) == told(second.history.rows), "the same seed leads to the same trials"


def test_a_changed_study_is_refused_with_the_difference(tmp_path: Path) -> None:
    engine.tune(study(tmp_path, STUDY, "budget.trials=1"), options(tmp_path), Recorder())
    with pytest.raises(WorkbenchError, match=r"space\.lr\.float: \[0\.001, 1\.0\] -> \[0\.001, 0\.5\]") as refused:
        engine.tune(study(tmp_path, STUDY, "space.lr.float=[1e-3,0.5]"), options(tmp_path), Recorder())
    assert "--fresh" in str(refused.value)


def test_a_batch_larger_than_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"batch_size: up to 512, but the training part has only 400"):
        engine.tune(study(tmp_path, STUDY, "space.batch_size.choice=[64,512]"), options(tmp_path), Recorder())
    first = '[[enqueue]]\nname = "all at once"\nbatch_size = 640\n'
    with pytest.raises(WorkbenchError, match=r"enqueue\.1\.batch_size: up to 640, but the training part has"):
        engine.tune(study(tmp_path, STUDY + first), options(tmp_path), Recorder())
    assert not (tmp_path / "j.journal").exists()


def test_a_network_that_always_fails_ends_the_study(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Sequential):\n"
        "    def forward(self, x):\n"
        "        if self.training:\n"
        "            raise RuntimeError('no training today')\n"
        "        return super().forward(x)\n"
        "def build(outputs):\n"
        "    return Net(nn.Flatten(), nn.Linear(64, outputs))\n"
    )
    head = STUDY[: STUDY.index("[space]")]
    text = head + '[model]\nfamily = "net.py:build"\n[space]\nlr = { float = [0.01, 0.1] }\nepochs = 1\n'
    ending = engine.tune(study(tmp_path, text), options(tmp_path), Recorder())
    assert ending.why == "failing"
    assert {row.state for row in ending.history.rows} == {"failed"}
    assert "no training today" in ending.history.rows[0].reason


def test_so_many_failures_end_the_study_with_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Sequential):\n"
        "    def forward(self, x):\n"
        "        if self.training and self.how != 'sound':\n"
        "            raise RuntimeError('no training today')\n"
        "        return super().forward(x)\n"
        "def build(outputs, how):\n"
        "    net = Net(nn.Flatten(), nn.Linear(64, outputs))\n"
        "    net.how = how\n"
        "    return net\n"
    )
    head = STUDY[: STUDY.index("[space]")]
    text = head + '[model]\nfamily = "net.py:build"\n[space]\nlr = 0.1\nepochs = 1\n'
    text += 'how = { choice = ["a", "b", "c", "d", "sound"] }\n[search]\nsampler = "grid"\n'
    (tmp_path / "small.toml").write_text(text + '[[enqueue]]\nname = "first"\nhow = "sound"\n')
    monkeypatch.chdir(tmp_path)
    command = "tune --study small.toml --trials 5 --device cpu --no-diagnose --quiet --max-failures 3"
    assert main(command.split()) == 1
    rows = trials.read(None, "small").rows
    assert [row.state for row in rows if row.state != "waiting"] == ["complete", *["failed"] * 3]
    said = capsys.readouterr().out
    assert "as many trials have failed as --max-failures allows" in said


@pytest.mark.timeout(600)
def test_ten_kills_lose_no_finished_trial(undisturbed: tuple[Path, engine.Ending], tmp_path: Path) -> None:
    reference = told(undisturbed[1].history.rows)
    study(tmp_path)
    journal = tmp_path / "j.journal"
    arguments = [
        "tune",
        "--study",
        "small.toml",
        "--storage",
        str(journal),
        "--device",
        "cpu",
        "--quiet",
        "--json",
        "--engine",
        "serial",
    ]
    command = [sys.executable, "-m", "workbench", *arguments]
    generator = torch.Generator().manual_seed(7)
    finished = 0
    for _ in range(10):
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        size = journal.stat().st_size if journal.exists() else 0
        while process.poll() is None and (not journal.exists() or journal.stat().st_size == size):
            time.sleep(0.01)  # until it has begun to write
        time.sleep(0.25 * torch.rand((), generator=generator).item())
        process.kill()
        process.wait()
        rows = trials.read(str(journal), "small").rows
        done = [entry for entry in told(rows) if entry[1] in ("complete", "pruned")]
        assert done == reference[: len(done)]
        assert len(done) >= finished, "a finished trial was lost"
        finished = len(done)
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["trials"]["total"] == 12
    assert told(trials.read(str(journal), "small").rows) == reference


class Late(Recorder):
    """Sends a signal while a trial is being told: what is told must stay told."""

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        super().trial_done(row, counts, best)
        if len(self.trials) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)


def test_a_signal_while_a_trial_is_told_ends_the_search_behind_it(
    undisturbed: tuple[Path, engine.Ending], tmp_path: Path
) -> None:
    spec = study(tmp_path)
    first = engine.tune(spec, options(tmp_path), Late())
    assert first.why == "interrupted"
    assert told(first.history.rows) == told(undisturbed[1].history.rows)[:2]
    second = engine.tune(spec, options(tmp_path), Recorder())
    assert told(second.history.rows) == told(undisturbed[1].history.rows)
