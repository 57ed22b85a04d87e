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
QUICKLY = ["--device", "cpu", "--workers", "1", "--no-confirm", "--no-diagnose", "--quiet", "--json"]


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


def test_a_csv_file_is_searched_and_its_network_asked_about_rows_in_any_order(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(0)
    y = generator.integers(2, size=200)
    age = 40 + 10 * (2 * y - 1) + generator.normal(scale=8, size=200)
    colours = np.array(["red", "blue"])[(y + (generator.random(200) < 0.1)) % 2]
    lines = [
        f"{i},{'' if i % 20 == 0 else f'{age[i]:.1f}'},{colours[i]},{['loses', 'wins'][y[i]]}" for i in range(200)
    ]
    Path("games.csv").write_text("\n".join(["id,age,colour,ends", *lines]) + "\n")
    data = 'source = "games.csv"\ntarget = "ends"'
    Path("own.toml").write_text(STUDY.format(task="binary", data=data))
    assert main(["tune", "--study", "own.toml", *QUICKLY]) == 2
    assert "10 of 200 rows lack values: age 10" in capsys.readouterr().err
    assert tuned("binary", f'{data}\nimpute = "median"', capsys) > 0.85

    report = Path("reports/own/report.md").read_text()
    assert "Columns of the table: age (number; missing: " in report
    assert "; colour (category: blue, red; missing: " in report
    assert "MD5 of the file: `" in report
    assert 'Column "id" is left out' in report
    assert "loses" in Path("reports/own/report.html").read_text()

    Path("new.csv").write_text("colour,more,age\nred,,20\nblue,,60\ngreen,,\n")
    assert main(["predict", "--study", "own", "new.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in told["predictions"]][:2] == ["loses", "wins"]
    assert "1 of 3 cells hold what the training part never did ('green')" in told["notes"][0]

    assert main(["export", "--study", "own", "--format", "python"]) == 0
    scope = {"__file__": str(Path("reports/own/export/own_network.py").resolve()), "__name__": "own_network"}
    exec(Path("reports/own/export/own_network.py").read_text(), scope)
    with torch.random.fork_rng():
        answers = scope["predict"](scope["read"]("new.csv"))  # type: ignore[operator]
    assert answers == [(one["label"], one["probability"]) for one in told["predictions"]]

    Path("games.csv").write_text(Path("games.csv").read_text().replace("red", "rot", 1))
    Path("own.toml").write_text(STUDY.format(task="binary", data=f'{data}\nimpute = "median"'))
    assert main(["tune", "--study", "own.toml", *QUICKLY]) == 2
    assert "data.md5" in capsys.readouterr().err
