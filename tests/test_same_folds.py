"""The network and simpler models on the same folds: the numbers of a made-up study, by hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from workbench import same_folds
from workbench.reporting import beside, page, summary
from workbench.reporting.html import sections
from workbench.store.history import History, Row
from workbench.study.trial import Epoch

SEEDS = 2
NETWORK = {3: [0.90, 0.94, 0.92], 4: [0.93, 0.91, 0.95]}  # division -> folds; the third and fourth repeat
NEAR = {"3": [0.91, 0.92, 0.93], "4": [0.95, 0.90, 0.97]}
DATA = {"name": "moons", "task": "binary", "stand_in": False, "input_shape": [2], "outputs": 1, "train": 200,
        "validation": 300, "test": 50, "mean": None, "deviation": None, "md5": "0", "notes": [],
        "folds": 3}  # fmt: skip
FAR = {"3": [0.80, 0.80, 0.81]}


def run(trial: int, repeat: int, **more: Any) -> dict[str, Any]:
    return {"trial": trial, "repeat": repeat, "ended": "complete", "epoch": 7, "accuracy": 0.93, **more}


def model(name: str, folds: dict[str, list[float]], note: str = "") -> dict[str, Any]:
    return {"name": name, "linear": False, "folds": folds, "seconds": 1.0, "note": note}


def study(models: list[dict[str, Any]], metric: str = "accuracy", **facts: Any) -> History:
    rows = tuple(
        Row(number, "complete", 0.9, {}, (Epoch(1, 0.1, 0.9, 0.1, 0.9),), "complete", "", 1.0, 9, None, None, None)
        for number in (0, 1)
    )
    runs = [run(number, i) for number in (0, 1) for i in range(SEEDS)]
    runs += [run(0, i, scored_at=5, folds=NETWORK[i + 1]) for i in (2, 3)]
    spec = {
        "name": "made-up",
        "task": "binary",
        "metric": metric,
        "data": {"source": "moons"},
        "model": {"family": "mlp"},
        "space": {},
        "budget": {"trials": 2},
        "search": {"sampler": "tpe", "pruner": "none", "seed": 0},
    }
    known = {"confirm": {"top": 2, "seeds": SEEDS, "runs": runs}, "data": DATA}
    known["same_folds"] = {"trial": 0, "divisions": [3, 4], "models": models}
    return History("made-up", 1, spec, known | facts, rows)


def deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def test_means_and_standard_errors_are_those_of_the_runs_that_had_no_part_in_the_choice() -> None:
    found = same_folds.compared(study([model("far", FAR), model("near", NEAR)]))
    assert found is not None
    assert (found.trial, found.epoch, found.folds, found.divisions, found.lost) == (0, 5, 3, 2, 0)
    assert found.mean == pytest.approx(sum(NETWORK[3] + NETWORK[4]) / 6)
    pooled = (deviation(NETWORK[3]) ** 2 + deviation(NETWORK[4]) ** 2) / 2
    assert found.error == pytest.approx(math.sqrt(pooled / 3))
    near, far = found.models
    assert (near.name, near.divisions, far.name, far.divisions) == ("near", 2, "far", 1)
    gaps = [[a - b for a, b in zip(NETWORK[d], NEAR[str(d)], strict=True)] for d in (3, 4)]
    assert near.difference == pytest.approx(sum(gaps[0] + gaps[1]) / 6)
    pooled = (deviation(gaps[0]) ** 2 + deviation(gaps[1]) ** 2) / 2
    assert near.difference_error == pytest.approx(math.sqrt(pooled / 3))
    assert far.difference == pytest.approx(0.92 - 2.41 / 3), "of the division that both have"


@pytest.mark.parametrize(("by", "verdict"), [(0.0, "tie"), (0.009, "tie"), (0.011, "behind"), (-0.011, "ahead")])
def test_one_standard_error_of_the_difference_parts_a_tie_from_the_rest(by: float, verdict: str) -> None:
    noise = 0.01 * math.sqrt(3)  # of each division: a standard error of one point
    folds = {str(d): [NETWORK[d][i] + by + (i - 1) * noise for i in range(3)] for d in (3, 4)}
    history = study([model("other", folds)])
    found = same_folds.compared(history)
    assert found is not None
    assert found.models[0].difference_error == pytest.approx(0.01)
    assert found.models[0].verdict == verdict
    [said] = beside.sentence(history)
    assert ("a tie within one standard error" in said) == (verdict == "tie")


def test_of_a_metric_that_is_minimized_less_is_better() -> None:
    found = same_folds.compared(study([model("near", NEAR), model("far", FAR)], "log-loss"))
    assert found is not None
    assert [one.name for one in found.models] == ["far", "near"]
    assert found.models[0].verdict == "behind"
    assert found.models[0].difference < 0


@pytest.mark.parametrize(
    "facts",
    [
        {"same_folds": None},
        {"same_folds": {"trial": 1, "divisions": [3, 4], "models": [model("near", NEAR)]}},
        {"confirm": {"top": 2, "seeds": SEEDS, "runs": [run(number, i) for number in (0, 1) for i in range(4)]}},
        {"confirm": None},
    ],
)
def test_nothing_is_said_of_folds_that_the_recommended_network_was_not_scored_on(facts: dict[str, Any]) -> None:
    history = study([model("near", NEAR)], **facts)
    assert same_folds.compared(history) is None
    assert list(beside.sentence(history)) == []
    assert sections.on_folds(history) is None


def test_reports_tell_the_comparison_and_who_had_no_time() -> None:
    history = study([model("near", NEAR), model("slow", {}, "no time for its folds")])
    text = page.page(history, folder=Path("reports/made-up"), network=False)
    assert "trial 0 has 92.50 % ± 1.15, 0.50 points behind near, the best of scikit-learn's defaults there" in text
    assert "a tie within one standard error of the difference (1.00 points)" in text
    assert "| near | 93.00 % | 1.53 | -0.50 points | 1.00 | 2 | a tie |" in text
    assert "| slow | - | - | - | - | 0 | no time for its folds |" in text
    assert "2 divisions into 3 folds" in text
    shown = sections.on_folds(history)
    assert shown is not None
    assert "no time for its folds" in shown.text
    told = summary.result(history, seconds={}, reports={})["same_folds"]
    assert told["models"][0]["verdict"] == "tie"
    assert told["missing"] == {"slow": "no time for its folds"}
    json.dumps(told, allow_nan=False)
