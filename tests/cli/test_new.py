"""`workbench new` as a user meets it: data in, a study file out that runs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from workbench.cli.main import main
from workbench.study.load import load
from workbench.tuning import examples


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    return tmp_path


def table(path: str = "my.csv", rows: int = 120, **columns: Any) -> None:
    """A CSV file with a measure, a colour and whatever else is given, each a function of the row."""
    made = {"measure": lambda i: i % 7 + 0.5, "colour": lambda i: ("red", "blue", "green")[i % 3]} | columns
    with Path(path).open("w", newline="") as file:
        rows_of = [[cell(i) for cell in made.values()] for i in range(rows)]
        csv.writer(file).writerows([list(made), *rows_of])


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is printed where all is well."""
    assert main(["new", *words]) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["new", *words]) == 2
    return capsys.readouterr().err


def test_a_table_with_everything_wrong_with_it_becomes_a_study_that_runs(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(
        id=lambda i: 1000 + i,
        age=lambda i: "" if i % 10 == 0 else 20 + i % 50,
        joined=lambda i: f"2024-01-{1 + i % 28:02d}",
        price=lambda i: "unknown" if i == 50 else 10 * (i % 12),
        same=lambda i: "x",
        bought=lambda i: "yes" if i % 7 > 3 else "no",
    )
    told = said(capsys, "shop", "--data", "my.csv", "--target", "bought")
    assert "rows      120\n" in told
    assert "classes   2: no (69), yes (51)\n" in told
    assert '12 in "age"' in told
    assert '"joined" holds dates ("2024-01-01"): left out' in told
    assert '"price" holds numbers and other words ("unknown"): taken for words' in told
    assert told.endswith("wrote shop.toml\nnext:\n  workbench tune --study shop.toml\n")
    spec = load("shop.toml")
    assert (spec.task, spec.data.target, spec.data.impute) == ("binary", "bought", "median")
    assert spec.data.features == {"joined": "drop", "price": "category"}
    quick = ["--trials", "2", "--device", "cpu", "--workers", "1", "--no-confirm", "--quiet", "--json"]
    with torch.random.fork_rng():
        assert main(["tune", "--study", "shop.toml", *quick, "--set", "space.epochs=5"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"]["total"] == 2


@pytest.mark.parametrize(
    ("label", "task"),
    [
        (lambda i: "yn"[i % 2], "binary"),
        (lambda i: i % 2, "binary"),
        (lambda i: 7 + i % 2, "binary"),
        (lambda i: i % 3, "multiclass"),
        (lambda i: i % 12 + 1, "multiclass"),
        (lambda i: ("low", "middle", "high")[i % 3], "multiclass"),
    ],
)
def test_the_task_follows_from_the_values_of_the_target(
    label: Any, task: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table(label=label)
    said(capsys, "mine", "--data", "my.csv", "--target", "label")
    spec = load("mine.toml")
    assert spec.task == task
    assert examples.load(spec, "cpu")[0].info.task == task


def test_several_targets_are_labels_that_do_not_exclude_one_another(capsys: pytest.CaptureFixture[str]) -> None:
    table(a=lambda i: i % 2, b=lambda i: int(i % 3 == 0))
    said(capsys, "mine", "--data", "my.csv", "--target", "a", "--target", "b")
    assert (load("mine.toml").task, load("mine.toml").data.target) == ("multilabel", ["a", "b"])


@pytest.mark.parametrize(
    ("label", "message", "hint"),
    [
        (lambda i: i * 1.37, '"label" has 120 different numbers in 120 rows: that is a measurement', "pandas.qcut"),
        (lambda i: (i % 9) / 10, '"label" has 9 different numbers', "regression is not supported"),
        (lambda i: 100 + i % 60, '"label" has 60 different numbers', "regression is not supported"),
        (lambda i: f"name {i}", '"label" has 120 different values in 120 rows: they are no classes', "--target"),
        (lambda i: "x", '"label" is x in every row', "nothing to tell apart"),
        (lambda i: "" if i == 3 else i % 2, '1 of 120 rows have no label in "label", first line 5', "leave"),
    ],
)
def test_a_target_that_holds_no_classes_is_told_with_the_way_out(
    label: Any, message: str, hint: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(label=label)
    told = refused(capsys, "mine", "--data", "my.csv", "--target", "label")
    assert message in told
    assert hint in told
    assert not (here / "mine.toml").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("mine --data my.csv", 'which of its 3 columns is the label?\n  hint: --target "label", or another of'),
        ("mine --data my.csv --target lable", 'has no column "lable"'),
        ("mine --data your.csv --target label", "your.csv: there is no such file"),
        ("mine --data my.csv --target label --task regression", "regression is not supported"),
        ("mine.toml --data my.csv --target label", "'mine.toml' is no name for a study"),
        ("../mine --data my.csv --target label", "'../mine' is no name for a study"),
        ("mine --data digits --target label", "--target is for tables, and digits is none"),
        ("mine --data digts", 'did you mean "digits"?'),
        ("there --data my.csv --target label", "there.toml is there already\n  hint: --force"),
        ("mine --data digits --task binary", 'is for task = "multiclass"'),
    ],
)
def test_a_mistake_is_one_message_and_writes_nothing(
    words: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table(label=lambda i: i % 2)
    (here / "there.toml").write_text("mine")
    assert message in refused(capsys, *words.split())
    assert sorted(path.name for path in here.iterdir()) == ["my.csv", "there.toml"]
    assert (here / "there.toml").read_text() == "mine"


def test_where_there_are_studies_the_file_goes_there_and_force_writes_over_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "studies").mkdir()
    (here / "data").mkdir()
    table("data/my.csv", label=lambda i: i % 2)
    for force in ([], ["--force"]):
        told = said(capsys, "mine", "--data", "data/my.csv", "--target", "label", *force)
        assert told.endswith("wrote studies/mine.toml\nnext:\n  workbench tune --study mine\n")
    assert load("mine").data.source == "../data/my.csv"
    assert examples.load(load("mine"), "cpu")[0].info.test == 24


def test_other_data_are_looked_at_too(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(0)
    np.savez("my.npz", x=generator.normal(size=(90, 5)), y=np.array(list("abc") * 30))
    (here / "my_data.py").write_text(
        "import numpy as np\ndef load():\n    x = np.random.default_rng(0).normal(size=(90, 5))\n"
        "    return x, (x[:, :3] > 0).astype(int)\n"
    )
    for i in range(40):
        (here / f"pictures/{'cat' if i % 2 else 'dog'}").mkdir(parents=True, exist_ok=True)
        size, mode = (20 + i % 3, 16), "RGB" if i % 5 else "L"
        PIL.Image.new(mode, size).save(here / f"pictures/{'cat' if i % 2 else 'dog'}/{i}.png")
    for source, task, shape, words in (
        ("my.npz", "multiclass", (5,), "classes   3: a (30), b (30), c (30)"),
        ("my_data.py:load", "multilabel", (5,), "labels    3: 0 ("),
        ("pictures", "binary", (3, 16, 16), "classes   2: cat (20), dog (20)"),
        ("digits", "multiclass", (1, 8, 8), "examples  1,797"),
    ):
        assert words in said(capsys, "mine", "--data", source, "--force")
        spec = load("mine.toml")
        info = examples.load(spec, "cpu")[0].info
        assert (spec.task, info.input_shape) == (task, shape)
        assert spec.data.validation == "5-fold"
