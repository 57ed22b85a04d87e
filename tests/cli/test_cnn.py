"""A convolutional network through each command that takes one: tune, predict, export, train --save and --resume."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from workbench.cli.main import main
from workbench.models.family import rebuild
from workbench.store import trials
from workbench.study.load import load
from workbench.tuning import examples, model_file

STUDY = """
name = "pictures"
task = "multiclass"
[data]
source = "digits"
train = 150
validation = 50
test = 50
[model]
family = "cnn"
[space]
blocks = 2
channels = { choice = [4, 6], per = "blocks" }
kernel = 3
padding = "same"
conv_dropout = 0.1
batch_norm = true
depth = 1
units = 16
lr = { float = [1e-2, 3e-2], log = true }
batch_size = 15
epochs = 3
[budget]
trials = 2
[search]
sampler = "random"
pruner = "none"
"""


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a small study of convolutions has been run."""
    folder = tmp_path_factory.mktemp("pictures")
    (folder / "pictures.toml").write_text(STUDY)
    where = ["--storage", str(folder / "workbench.journal"), "--out", str(folder / "reports"), "--device", "cpu"]
    how = ["--workers", "1", "--no-diagnose", "--no-confirm", "--quiet"]
    with torch.random.fork_rng():
        assert main(["tune", "--study", str(folder / "pictures.toml"), *where, *how]) == 0
    return folder


@pytest.fixture
def here(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the current one."""
    folder = tmp_path / "here"
    shutil.copytree(searched, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    with torch.random.fork_rng():
        assert main([*words, "--json"]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_predictions_are_those_of_the_network_that_is_kept(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, sealed = examples.load(load("pictures.toml"), "cpu")
    raw = (sealed._x[:7, 0] * 16).round().byte()  # as scikit-learn has them: 0 to 16
    np.save("seven.npy", raw.numpy())
    told = said(capsys, "predict", "--study", "pictures", "seven.npy")
    with torch.random.fork_rng(), torch.no_grad():
        sure = rebuild(here / "reports/pictures/best.json")(sealed.open().x[:7]).softmax(1)
    found = told["predictions"]
    assert [int(one["label"]) for one in found] == sure.argmax(1).tolist()
    assert [one["probability"] for one in found] == pytest.approx(sure.amax(1).tolist(), rel=1e-5)


def test_the_exported_files_say_what_the_network_says(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "export", "--study", "pictures", "--format", "python")
    _, sealed = examples.load(load("pictures.toml"), "cpu")
    path = here / told["files"]["python"]
    scope = {"__file__": str(path), "__name__": "pictures_network"}
    exec(path.read_text(), scope)
    with torch.random.fork_rng(), torch.no_grad():
        wanted = rebuild(here / "reports/pictures/best.json")(sealed.open().x)
        assert torch.equal(scope["logits"](sealed._x), wanted)
    assert "Conv2d" in path.read_text()
    right = [int(label) == int(y) for (label, _), y in zip(scope["predict"](sealed._x), sealed._y, strict=True)]
    assert np.mean(right) == json.loads((here / "reports/pictures/best.json").read_text())["test"]["accuracy"]


def test_a_trial_is_trained_again_to_the_weights_that_it_had(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in ("0", "1"):
        told = said(capsys, "export", "--study", "pictures", "--trial", number, "--format", "state-dict")
        assert "did not repeat" not in capsys.readouterr().err
        weights = torch.load(here / told["files"]["state-dict"], weights_only=True)
        assert any(value.ndim == 4 and value.is_contiguous() for value in weights.values())


def test_going_on_from_a_file_is_the_trial_without_a_break(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--device", "cpu", "--quiet"]
    begun = said(capsys, *words, "--study", "pictures.toml", "--trial", "0", "--epochs", "1", "--save", "begun.pt")
    assert begun["saved_epoch"] == 1
    rest = said(capsys, *words, "--resume", "begun.pt", "--epochs", "3", "--save", "rest.pt")
    assert rest["curve"] == [vars(epoch) for epoch in trials.read(None, "pictures").rows[0].curve]
    _, state, _ = model_file.read(Path("rest.pt"))
    assert any(weight.ndim == 4 for weight in state.weights.values())
    assert "curves.png" in rest["pictures"]
