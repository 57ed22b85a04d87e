"""Studies side by side: what is said of them, and what is not said where nothing can be."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.cli.main import main
from workbench.reporting.comparing import html, text, values
from workbench.reporting.comparing.values import Side
from workbench.store.history import History

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "digits"
train = 300
validation = 150
[space]
units = { int = [8, 32], log = true }
lr = { float = [1e-3, 1e-1], log = true }
epochs = 2
[budget]
trials = 3
[confirm]
top = 1
seeds = 2
"""


def confirmed(history: History, accuracies: list[float]) -> History:
    """The history whose best trial alone was repeated, with these results."""
    runs = [
        {
            "trial": 8,
            "repeat": i,
            "seed": i,
            "ended": "complete",
            "epoch": 2,
            "accuracy": one,
            "loss": 0.3,
            "seconds": 1,
        }
        for i, one in enumerate(accuracies)
    ]
    rows = tuple(row for row in history.rows if row.number in (0, 4, 5, 8))
    rows = tuple(replace(row, value=0.95) if row.number == 8 else row for row in rows)
    facts = {**history.facts, "confirm": {"top": 1, "seeds": len(accuracies), "runs": runs}}
    return replace(history, rows=rows, facts=facts)


def sides(*histories: History) -> list[Side]:
    return [
        Side(name, history, {"lr": 0.75, "depth": 0.25}) for name, history in zip("abc", histories, strict=False)
    ]


def test_a_sure_difference_is_told_from_one_that_is_noise(history: History) -> None:
    high = confirmed(history, [0.951, 0.955, 0.949, 0.953, 0.952])
    low = confirmed(history, [0.931, 0.934, 0.929, 0.936, 0.930])
    near = confirmed(history, [0.940, 0.966, 0.951, 0.933, 0.968])
    [one] = values.differences(sides(low, high))
    assert (one.first, one.second, one.sure) == ("b", "a", True)
    assert one.interval.mean == pytest.approx(0.02)
    [other] = values.differences(sides(high, near))
    assert not other.sure
    assert values.verdicts(sides(low, high))[0].startswith("b is 2.00 points above a over fresh seeds")
    assert "they cannot be told apart" in values.verdicts(sides(high, near))[0]


def test_the_interval_of_a_difference_covers_the_truth_as_often_as_it_says() -> None:
    """Five runs each, standard deviations 1 and 3, true difference 2: 2,000 times."""
    drawn = random.Random(0)
    covered = 0
    for _ in range(2000):
        one = [drawn.gauss(2, 1) for _ in range(5)]
        other = [drawn.gauss(0, 3) for _ in range(5)]
        found = values.welch(one, other, 0.0)
        covered += found.low <= 2 <= found.high
    assert 0.93 <= covered / 2000 <= 0.97


def test_studies_on_other_data_or_of_another_metric_are_shown_and_not_ranked(history: History) -> None:
    runs = [0.951, 0.955, 0.949]
    elsewhere = confirmed(history, runs)
    elsewhere = replace(elsewhere, facts={**elsewhere.facts, "data": {**history.facts["data"], "md5": "f" * 32}})
    pair = sides(confirmed(history, runs), elsewhere)
    assert values.differences(pair) == []
    [said] = values.verdicts(pair)
    assert said.startswith("The data differ (a: mnist, 4,096 + 1,024, md5 01234567, b: mnist")
    assert values.as_json(pair)["comparable"] is False
    other = replace(history, spec={**history.spec, "metric": "log-loss"})
    assert "The metrics differ (a: accuracy, b: log-loss)" in values.verdicts(sides(history, other))[0]


def test_the_best_so_far_leaves_out_pruned_trials_and_breaks(history: History) -> None:
    first, second, third = history.rows[0], history.rows[1], history.rows[3]
    rows = (
        replace(first, started="2026-11-21T09:00:00+00:00", finished="2026-11-21T09:00:10+00:00"),
        replace(third, number=1, started="2026-11-21T09:00:00+00:00", finished="2026-11-21T09:00:12+00:00"),
        replace(second, number=2, started="2026-11-22T09:00:00+00:00", finished="2026-11-22T09:00:05+00:00"),
    )
    side = Side("a", replace(history, rows=rows), {})
    assert side.by_trials() == [(1, 0.85), (3, 0.92), (3, 0.92)]
    assert side.by_seconds() == [(10, 0.85), (17, 0.92), (17, 0.92)]  # a day lies between them


def test_a_sparkline_ends_where_its_study_ends() -> None:
    line = text.sparkline([(1, 0.5), (6, 0.9), (12, 0.9)], 24, 0.5, 0.9)
    assert line == "▁" * 5 + "█" * 7
    assert text.sparkline([(1, 0.5), (6, 0.9), (12, 0.9)], 24, 0.5, 0.9, plain=True) == "_" * 5 + "@" * 7
    assert text.sparkline([], 24, 0, 1) == "-"


def test_columns_that_do_not_fit_come_below(history: History) -> None:
    three = sides(history, history, history)
    wide, narrow = text.lines(three, None), text.lines(three, 60)
    assert sum(line.startswith("data ") for line in wide) == 1
    assert sum(line.startswith("data ") for line in narrow) > 1
    assert max(map(len, narrow)) <= 60


def test_the_page_escapes_names_and_says_what_differs(history: History) -> None:
    spec = {**history.spec, "space": {**history.spec["space"], "lr": 0.1, "<b>": {"int": [1, 2]}}}
    page = html.page([*sides(history), Side("<script>x", replace(history, spec=spec), {})])
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    assert "0.001 to 0.1, log" in page
    assert "0.1 (fixed)" in page
    assert "not searched" in page
    assert "http://" not in page.split('id="plotly"')[0]


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations in workbench.journal, one more of the same name in other.journal."""
    folder = tmp_path_factory.mktemp("searched")
    (folder / "small.toml").write_text(STUDY)
    run = ["tune", "--study", "small.toml", "--no-diagnose", "--quiet", "--device", "cpu", "--engine", "serial"]
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.delenv("WORKBENCH_STORAGE", raising=False)
        for more in (
            [],
            ["--fresh", "--set", "space.lr.float=[1e-4,1e-2]"],
            ["--storage", "other.journal", "--seed", "1", "--no-confirm"],
        ):
            with torch.random.fork_rng():
                assert main([*run, *more]) == 0
    return folder


@pytest.fixture
def here(searched: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the current one."""
    folder = tmp_path / "here"
    shutil.copytree(searched, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)
    return folder


def test_compare_prints_a_table_an_object_and_a_page(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["compare", "small", "small@2", "--html", "c.html"]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split() == ["small", "small@2"]
    assert "0.0001 to 0.01, log" in said
    assert "over fresh seeds (95 % interval" in " ".join(said.split())
    assert (here / "c.html").read_text().startswith("<!doctype html>")
    assert main(["compare", "small", "small@2", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in told["studies"]] == ["small", "small@2"]
    assert told["comparable"]
    assert len(told["differences"]) == 1
    summary = json.loads(
        (here / "reports/small/summary.json").read_text()
    )  # written last by the other storage's run
    assert told["studies"][0]["md5"] == summary["facts"]["data"]["md5"]
    assert (
        main(["compare", "small@1", "--storage", "workbench.journal", "--storage", "other.journal", "--json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in told["studies"]] == ["small (workbench.journal)", "small (other.journal)"]


def test_compare_loads_no_torch(here: Path) -> None:
    code = (
        "import sys; from workbench.cli.main import main\n"
        "code = main(['compare', 'small', 'small@2', '--html', 'c.html', '--json'])\n"
        "assert 'torch' not in sys.modules, 'torch'; raise SystemExit(code)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=here, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["smal", "small@2"], "there is no study 'smal' in workbench.journal", "did you mean small?"),
        (["small", "small@7"], "has no generation 7", "there are: 1, 2"),
        (["small"], "small@2 alone cannot be compared", "name another one: small"),
        (["small", "small@2", "--html", "."], "--html . is a folder", "./comparison.html"),
        (["small", "small@2", "--html", "small.toml/c"], "small.toml/c: cannot be written", "another file"),
        (["small", "small@2", "--storage", "none.journal"], "none.journal", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_one_message(
    words: list[str], message: str, hint: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["compare", *words]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert hint in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_studies_that_completed_nothing_cannot_be_compared(nothing_completed: History, history: History) -> None:
    assert "b has no completed trial." in values.verdicts(sides(history, nothing_completed))
    assert any("-" in line for line in text.lines(sides(history, nothing_completed), None))
