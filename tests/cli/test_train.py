"""`workbench train` as a user meets it, on points in the plane: ways to name a network, to stop and to go on."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from workbench.cli.main import main
from workbench.store import trials
from workbench.store.trials import StudyStore
from workbench.study.identity import identity
from workbench.study.load import load
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.tuning import examples, model_file
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

STUDY = """
name = "rings"
task = "binary"
[data]
source = "circles"
train = 200
validation = 100
[space]
depth = { int = [1, 2] }
units = { choice = [4, 8] }
optimizer = { choice = ["adam", "sgd"] }
momentum = { float = [0.0, 0.9], when = { optimizer = "sgd" } }
lr = { float = [1e-3, 1e-1], log = true }
epochs = 3
[budget]
trials = 4
[search]
sampler = "random"
pruner = "none"
"""
ENQUEUED = (
    STUDY.replace("rings", "lesson")
    + """
[[enqueue]]
name = "the lesson's network"
depth = 1
units = 5
optimizer = "sgd"
lr = 0.1
"""
)
FAILING = """
from torch import nn

def build(mood):
    if mood == "bad":
        raise ValueError("no such mood")
    return nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
"""
MOODY = """
name = "moody"
task = "binary"
[data]
source = "circles"
train = 200
validation = 100
[model]
family = "moody.py:build"
[space]
mood = { choice = ["good", "bad"] }
lr = 0.01
epochs = 1
[budget]
trials = 2
[search]
sampler = "grid"
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which three small studies have been run, one network at a time."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "moody.py").write_text(FAILING)
    for name, text in (("rings", STUDY), ("lesson", ENQUEUED), ("moody", MOODY)):
        (folder / f"{name}.toml").write_text(text)
        search(load(str(folder / f"{name}.toml")), str(folder / "workbench.journal"))
    return folder


def search(spec: StudySpec, storage: str) -> None:
    """What `tune` does for each trial, and no more of it."""
    data, _ = examples.load(spec, "cpu")
    store = StudyStore.open(storage, spec, identity=identity(spec))
    store.remember("data", data.info.as_dict())
    store.remember("engine", "serial")
    order = derive(spec.search.seed, "order")
    how = {"task": spec.task, "family": spec.model.family, "folder": spec.folder, "order_seed": order}
    trainer = SerialTrainer(**how, device="cpu")
    for _ in range(spec.budget.trials):
        [trial] = store.ask(1)
        lane = Lane(trial.number, trial.point, derive(spec.search.seed, "trial", trial.number))
        [trained] = trainer.train([lane], data, lambda _: ())
        store.tell([trained.outcome])
    store.flush()


@pytest.fixture
def here(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the current one."""
    folder = tmp_path / "here"
    shutil.copytree(searched, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    monkeypatch.setenv("WORKBENCH_DATA", str(folder / "data"))
    return folder


def train(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["train", *words, "--device", "cpu", "--quiet", "--json"]) == code
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def stored_curve(study: str, number: int) -> list[dict[str, Any]]:
    [row] = [row for row in trials.read(None, study).rows if row.number == number]
    return [vars(epoch) for epoch in row.curve]


def test_a_trial_s_curve_comes_out_again_and_is_drawn(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = train(capsys, "--study", "rings.toml", "--trial", "2")
    assert (told["study"], told["trial"], told["ended"], told["repeats"]) == ("rings", 2, "complete", True)
    assert told["curve"] == stored_curve("rings", 2)
    wanted = {"curves.png", "boundary.png", "confusion.png", "activations.png", "gradients.png"}
    assert set(told["pictures"]) == wanted
    folder = here / "reports" / "rings" / "train"
    assert {path.name for path in folder.iterdir()} == wanted
    for path in folder.iterdir():
        picture = Image.open(io.BytesIO(path.read_bytes()))
        assert min(picture.size) > 100
        assert len(picture.convert("RGB").getcolors(2**24)) > 10  # not an empty sheet


def test_another_seed_is_another_training(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = train(capsys, "--study", "rings.toml", "--trial", "2", "--seed", "5", "--out", "elsewhere")
    assert told["repeats"] is None
    assert told["curve"] != stored_curve("rings", 2)
    assert told["notes"][1] == "seed 5 in place of the study's 0"
    assert not (here / "reports").exists()
    assert (here / "elsewhere" / "curves.png").exists()


def test_without_a_word_it_is_the_enqueued_point_then_the_recommended_trial_then_the_middle(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = train(capsys, "--study", "lesson.toml")
    assert first["notes"][0] == "lesson: the study's first enqueued point: the lesson's network"
    assert first["curve"] == stored_curve("lesson", 0)

    history = trials.read(None, "rings")
    best = min((row for row in history.rows), key=lambda row: row.merit)
    recommended = train(capsys, "--study", "rings.toml")
    assert recommended["notes"][0] == f"rings: trial {best.number}, which is recommended of rings"
    assert (recommended["trial"], recommended["repeats"]) == (best.number, True)

    (here / "workbench.journal").unlink()
    middle = train(capsys, "--study", "rings.toml")
    assert middle["notes"][0].startswith("rings: the middle of the space: ")
    assert "workbench.journal" in middle["notes"][0]
    assert middle["point"] == {"depth": 1, "units": 4, "optimizer": "adam", "lr": pytest.approx(0.01), "epochs": 3}


def test_what_is_not_set_has_its_default_and_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--set", "space.lr=0.1", "--set", "space.optimizer=sgd", "--set", "data.train=150"]
    told = train(capsys, "--study", "rings.toml", *words, "--epochs", "2")
    assert told["point"] == {"depth": 2, "units": 64, "optimizer": "sgd", "momentum": 0.0, "lr": 0.1, "epochs": 2}
    assert told["notes"] == [
        "rings: the network that --set asks for",
        "set: optimizer = sgd, lr = 0.1",
        "from the study file: epochs = 3",
        "not set, so the default: depth = 2, units = 64, momentum = 0",
        "2 epochs in place of 3",
    ]
    again = train(capsys, "--study", "rings.toml", *words, "--epochs", "2", "--set", "space.units=64")
    assert again["curve"] == told["curve"]  # nothing of it is drawn


def test_a_word_of_one_s_own_function_has_no_default(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = train(capsys, "--study", "moody.toml", "--set", "space.lr=0.1")
    assert told["notes"][-1] == "not set and without a default, so the middle of the range: mood = good"


def test_a_study_s_loss_and_folds_are_those_of_its_trials(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train(capsys, "--study", "wine", "--set", "loss=nll", "--epochs", "1", "--save", "model.pt")
    _, _, course = model_file.read(Path("model.pt"))
    assert max(course.looks[-1].activations["output"].values) <= 0  # logarithms of probabilities
    folds = train(capsys, "--study", "iris", "--epochs", "1", "--set", 'data.validation="5-fold"')
    assert folds["notes"][-1] == "the first of 5 folds; the study's numbers are means over them all"


def test_going_on_from_a_file_is_training_without_a_break(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--study", "rings.toml", "--set", "space.optimizer=adam", "--set", "space.batch_norm=true"]
    whole = train(capsys, *words, "--epochs", "4", "--save", "whole.pt")
    half = train(capsys, *words, "--epochs", "2", "--save", "kept/half.pt")
    assert half["saved_epoch"] == 2
    rest = train(capsys, "--resume", "kept/half.pt", "--epochs", "4", "--save", "rest.pt")
    assert rest["notes"][0] == "rings: goes on from kept/half.pt, after epoch 2"
    assert rest["curve"] == whole["curve"]
    (_, one, _), (_, other, _) = (model_file.read(Path(name)) for name in ("whole.pt", "rest.pt"))
    for name, weight in one.weights.items():
        assert torch.equal(weight, other.weights[name])


def test_a_training_that_diverges_is_told_and_its_curves_are_drawn(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--set", "space.lr=1e5", "--set", "space.optimizer=sgd"]
    (here / "reports" / "rings" / "train").mkdir(parents=True)
    (here / "reports" / "rings" / "train" / "confusion.png").write_bytes(b"of a training before")
    told = train(capsys, "--study", "rings.toml", *words, "--save", "model.pt", code=1)
    assert told["ended"] == "diverged"
    assert told["reason"].startswith("training loss was ")
    assert set(told["pictures"]) == {path.name for path in (here / "reports" / "rings" / "train").iterdir()}
    assert "confusion.png" not in told["pictures"]
    assert told["saved_epoch"] is None
    assert not (here / "model.pt").exists()


def test_ctrl_c_keeps_what_is_there(here: Path) -> None:
    command = [sys.executable, "-m", "workbench", "train", "--study", "rings.toml", "--set", "space.epochs=100000"]
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [*command, "--save", "model.pt", "--device", "cpu"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env={**os.environ, "PYTHONPATH": root, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch "):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted after " in out
    _, state, course = model_file.read(here / "model.pt")
    assert state.epoch == len(course.curve) >= 1
    assert "--resume model.pt --save model.pt" in out
    assert (here / "reports" / "rings" / "train" / "boundary.png").exists()


BAD = {
    "no study": ([], "train needs a study"),
    "unknown study": (["--study", "ring"], "there is no study 'ring'"),
    "unknown trial": (["--study", "rings.toml", "--trial", "9"], "study rings has no trial 9"),
    "failed trial": (["--study", "moody.toml", "--trial", "FAILED"], "of moody failed: ValueError: no such mood"),
    "trial and set": (
        ["--study", "rings.toml", "--trial", "1", "--set", "space.lr=1"], "--trial 1 and --set exclude each other",
    ),
    "unknown word": (["--study", "rings.toml", "--set", "space.learn=1"], "--set: space.learn:"),
    "bad value": (["--study", "rings.toml", "--set", "space.lr=-1"], "--set: space.lr: must be a number above 0"),
    "idle word": (
        ["--study", "rings.toml", "--set", "space.optimizer=adam", "--set", "space.momentum=0.5"], "space.momentum",
    ),
    "a range": (["--study", "rings.toml", "--set", "space.lr.float=[1,2]"], "one network has one value"),
    "batch too large": (["--study", "rings.toml", "--set", "space.batch_size=999"], "space.batch_size: up to 999"),
    "own network fails": (["--study", "moody.toml", "--set", "space.mood=bad"], "moody.py:6: ValueError: no"),
    "out is a file": (["--study", "rings.toml", "--out", "moody.py"], "moody.py: this is a file"),
    "save is a folder": (["--study", "rings.toml", "--save", "."], "--save .: this is a folder"),
    "nothing to resume": (["--resume", "none.pt"], "none.pt: No such file or directory"),
    "not a model": (["--resume", "moody.py"], "moody.py: this is not a file that"),
    "another study": (
        ["--study", "moody.toml", "--resume", "model.pt"], "model.pt is of the study rings, not of moody",
    ),
    "a seed of its own": (["--resume", "model.pt", "--seed", "3"], "--resume and --seed exclude each other"),
    "nothing left": (["--resume", "model.pt"], "model.pt has 1 epochs behind it, and 1 were asked for"),
    "a schedule": (
        ["--resume", "cosine.pt", "--epochs", "3"], "learning rates are laid out over 1 epochs",
    ),
    "other data": (["--resume", "other.pt", "--epochs", "3"], "the data are not those that the training began"),
}  # fmt: skip


@pytest.fixture(scope="module")
def models(searched: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of one epoch: of a constant rate, of a cosine, and of data that are others now."""
    folder = tmp_path_factory.mktemp("models")
    words = ["--study", str(searched / "rings.toml"), "--epochs", "1", "--device", "cpu", "--quiet"]
    for name, extra in (("model", ""), ("cosine", "space.lr_schedule=cosine")):
        sets = ["--set", "space.lr=0.1", *(["--set", extra] if extra else [])]
        assert (
            main(["train", *words, *sets, "--save", str(folder / f"{name}.pt"), "--out", str(folder / "out")]) == 0
        )
    about, state, course = model_file.read(folder / "model.pt")
    model_file.write(folder / "other.pt", type(about)(**{**vars(about), "data": "0" * 32}), state, course)
    shutil.rmtree(folder / "out")
    return folder


@pytest.mark.parametrize(("words", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_message_and_nothing_is_written(
    words: list[str], said: str, here: Path, models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in models.iterdir():
        shutil.copy(path, here)
    before = sorted(here.rglob("*"))
    failed = [row.number for row in trials.read(None, "moody").rows if row.state == "failed"]
    words = [str(failed[0]) if word == "FAILED" else word for word in words]
    capsys.readouterr()
    assert main(["train", *words, "--device", "cpu"]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.splitlines()[-1].startswith(("workbench: error: ", "  hint: ", "    hint: ", "    "))
    assert told.out == ""
    assert sorted(here.rglob("*")) == before


def test_without_matplotlib_nothing_is_trained(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["train", "--study", "rings.toml", "--device", "cpu"]) == 2
    assert "matplotlib, which draws the pictures, is not installed" in capsys.readouterr().err
