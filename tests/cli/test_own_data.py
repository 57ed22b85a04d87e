"""Data of a user's own, from the study file to a prediction."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from workbench.cli.main import main

STUDY = """
name = "own"
task = "{task}"
[data]
{data}
[space]
depth = 1
units = {{ int = [8, 16] }}
lr = 0.01
batch_size = 8
epochs = 8
[budget]
trials = 2
"""
QUICKLY = ["--device", "cpu", "--processes", "1", "--no-confirm", "--no-diagnose", "--quiet", "--json"]


def tuned(task: str, data: str, capsys: pytest.CaptureFixture[str]) -> float:
    """Test accuracy of the study own.toml."""
    Path("own.toml").write_text(STUDY.format(task=task, data=data))
    with torch.random.fork_rng():
        assert main(["tune", "--study", "own.toml", *QUICKLY]) == 0
    accuracy: float = json.loads(capsys.readouterr().out)["best"]["test"]["accuracy"]
    return accuracy


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    return tmp_path


def striped(path: Path, *, upright: bool, side: int) -> None:
    """A picture of two halves, one beside or above the other, in a size of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.zeros((side, side), dtype=np.uint8)
    rows[:, side // 2 :] = 250
    PIL.Image.fromarray(rows if upright else rows.T).save(path)


def test_a_folder_of_images_is_searched_and_its_network_asked_about_pictures_of_any_size(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(30):
        striped(here / f"pictures/upright/{i}.png", upright=True, side=8 + 2 * (i % 3))
        striped(here / f"pictures/lying/{i}.png", upright=False, side=8 + 2 * (i % 3))
    assert tuned("binary", 'source = "pictures/"\nsize = 8', capsys) == 1
    striped(here / "new.png", upright=True, side=40)
    assert main(["predict", "--study", "own", "new.png"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("new.png  upright ")
    assert told.err == "new.png: resized from 40x40 to 8x8 pixels\n"


def test_an_npz_file_is_searched_and_its_network_answers_with_the_names_of_its_classes(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(0)
    y = generator.integers(3, size=150)
    x = generator.normal(size=(150, 2)) + 8 * np.eye(3)[y][:, :2]
    np.savez("my.npz", x=x, y=np.array(["ant", "bee", "cat"])[y])
    assert tuned("multiclass", 'source = "my.npz"', capsys) > 0.9
    np.save("new.npy", np.array([[0.0, 8.0]]))
    assert main(["predict", "--study", "own", "new.npy"]) == 0
    assert "bee" in capsys.readouterr().out.split("(")[0]
