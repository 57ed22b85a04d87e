"""`workbench export` and `workbench predict` as a user meets them, after a real search."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from workbench.cli.main import main
from workbench.models.family import rebuild, restore
from workbench.store import trials
from workbench.study.load import load
from workbench.tuning import examples
from workbench.tuning.serial_trainer import evaluate

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 300
validation = 150
[space]
units = { int = [8, 32], log = true }
lr = { float = [1e-4, 1], log = true }
dropout = 0.2
epochs = 4
[budget]
trials = 12
[search]
pruner = "median"
"""


@pytest.fixture(scope="module", params=["serial", "fused"])
def searched(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a small study has been run, by each engine."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "small.toml").write_text(STUDY)
    words = ["--storage", str(folder / "workbench.journal"), "--out", str(folder / "reports"), "--device", "cpu"]
    how = ["--engine", request.param, "--workers", "1", "--no-diagnose", "--quiet"]
    with torch.random.fork_rng():
        assert main(["tune", "--study", str(folder / "small.toml"), *words, *how]) == 0
    return folder


@pytest.fixture
def here(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the current one."""
    folder = tmp_path / "here"
    shutil.copytree(searched, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    return folder


def test_the_exported_network_has_the_study_s_test_accuracy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["export", "--study", "small", "--format", "python", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    path = here / told["files"]["python"]
    assert path == here / "reports" / "small" / "export" / "small_network.py"
    _, sealed = examples.load(load("small.toml"), "cpu")
    scope = {"__file__": str(path), "__name__": "small_network"}
    exec(path.read_text(), scope)
    with torch.random.fork_rng():
        labels = [int(label) for label, _ in scope["predict"](sealed._x)]  # as the source gives them
    right = sum(label == int(y) for label, y in zip(labels, sealed._y, strict=True))
    assert right / len(labels) == json.loads((here / "reports/small/best.json").read_text())["test"]["accuracy"]
    test = sealed.open()
    with torch.no_grad(), torch.random.fork_rng():
        assert torch.equal(scope["logits"](sealed._x), rebuild(here / "reports/small/best.json")(test.x))


def test_any_trial_is_trained_again_to_the_weights_that_it_had(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history = trials.read("workbench.journal", "small")
    best = json.loads((here / "reports/small/best.json").read_text())["trial"]
    ended = {row.ended for row in history.rows}
    serial = history.facts["engine"] == "serial"
    assert {"complete", "pruned"} <= ended or not serial, "all that start together are never compared"
    for state in ("complete", "pruned")[: 1 + serial]:
        row = next(
            row for row in history.rows if row.ended == state and row.number != best and row.duplicate_of is None
        )
        capsys.readouterr()
        words = ["--trial", str(row.number), "--format", "state-dict"]
        assert main(["export", "--study", "small.toml", *words]) == 0
        said = capsys.readouterr()
        assert f"trial {row.number} of small is trained again from its seed" in said.err
        assert "did not repeat" not in said.err
        weights = torch.load(here / f"reports/small/export/small_trial_{row.number}_network.pt", weights_only=True)
        data, _ = examples.load(load("small.toml"), "cpu")
        about = json.loads((here / "reports/small/best.json").read_text()) | {"point": row.point}
        loss, accuracy = evaluate(restore(about, weights), data.validation, "multiclass")
        assert row.best is not None
        assert accuracy == row.best.validation_accuracy
        assert loss == pytest.approx(row.best.validation_loss, rel=1e-5)  # threads sum in another order


def test_predict_answers_in_text_json_and_csv(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, _ = examples.load(load("small.toml"), "cpu")
    mean, deviation = data.info.mean, data.info.deviation
    assert mean is not None
    assert deviation is not None
    np.save("x.npy", (data.validation.x * deviation[0] + mean[0]).clamp(0, 1).numpy()[:20])
    np.save("one.npy", np.load("x.npy")[0])
    with torch.no_grad():
        expected = rebuild(here / "reports/small/best.json")(data.validation.x[:20]).argmax(1).tolist()
    capsys.readouterr()
    assert main(["predict", "--study", "small", "x.npy", "one.npy", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [int(one["label"]) for one in told["predictions"]] == [*expected, expected[0]]
    assert [(one["file"], one["row"]) for one in told["predictions"][-2:]] == [("x.npy", 19), ("one.npy", None)]
    assert all(len(one["top"]) == 3 and one["top"][0]["label"] == one["label"] for one in told["predictions"])
    assert main(["predict", "--study", "small", "x.npy", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [int(row["label"]) for row in rows] == expected
    assert all(sum(float(row[f"p_{c}"]) for c in range(10)) == pytest.approx(1, abs=1e-4) for row in rows)
    assert main(["predict", "--study", "small", "one.npy"]) == 0
    assert capsys.readouterr().out.startswith(f"one.npy  {expected[0]} ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("export --study smal", "did you mean small?"),
        ("export --study small@3", "holds the network of small, not of small@3"),
        ("export --study small --trial 77", "has no trial 77"),
        ("export --study other --trial 1", "there is no study 'other'"),
        ("export --study small --format onxx", "did you mean onnx?"),
        ("export --study small --format python --out small.toml", "small.toml: this is a file"),
        ("export --study small --reports nowhere", "nowhere/small: there is no such folder"),
        ("predict --study small nothing.png", "nothing.png: there is no such file"),
        ("predict --study small small.toml", ".toml files are not read here"),
        ("predict --study small --invert x.npy", "--invert is for pictures"),
    ],
)
def test_a_mistake_is_one_message_and_leaves_nothing(
    words: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("x.npy", np.zeros((8, 8)))
    before = sorted(map(str, here.rglob("*")))
    capsys.readouterr()
    assert main(words.split()) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert sorted(map(str, here.rglob("*"))) == before


def test_weights_that_are_gone_or_not_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here / "reports" / "small"
    content = (folder / "best.pt").read_bytes()
    (folder / "best.pt").write_bytes(content[:-10])
    assert main(["export", "--study", "small"]) == 2
    assert "best.pt is not the file that best.json was written with" in capsys.readouterr().err
    (folder / "best.pt").unlink()
    assert main(["predict", "--study", "small", "x.npy"]) == 2
    assert (
        "best.pt: No such file or directory\n  hint: workbench tune --study small puts" in capsys.readouterr().err
    )
    (folder / "best.pt").write_bytes(content)
    (folder / "best.json").write_text("{}")
    assert main(["export", "--study", "small"]) == 2
    assert "best.json: this is not what workbench wrote there" in capsys.readouterr().err
    assert not (folder / "export").exists()


def test_a_trial_that_led_to_no_network_says_why(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "--set",
        "space.lr=1e30",
        "--set",
        'space.optimizer="sgd"',
        "--trials",
        "1",
        "--no-diagnose",
        "--quiet",
    ]
    rename = (here / "small.toml").read_text().replace('"small"', '"wild"')
    (here / "wild.toml").write_text(rename)
    with torch.random.fork_rng():
        assert main(["tune", "--study", "wild.toml", *words, "--device", "cpu"]) == 1
    capsys.readouterr()
    assert main(["export", "--study", "wild", "--trial", "0"]) == 2
    assert "trial 0 of wild diverged: training loss was" in capsys.readouterr().err
    assert main(["export", "--study", "wild"]) == 2
    assert "reports/wild/best.json: No such file or directory" in capsys.readouterr().err
