"""What reports say of a cross-validated study."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from workbench import confidence
from workbench.dashboard.contents import trial_note
from workbench.reporting import files, page, summary
from workbench.reporting.html import sections
from workbench.store.history import History

ACCURACIES = (0.02, -0.02, 0.0, 0.01, -0.01)  # of folds, beside their mean: a deviation of 1.58 points


@pytest.fixture
def folded(history: History) -> History:
    data = history.facts["data"] | {"folds": 5, "train": 4096, "validation": 5120}
    rows = [
        replace(row, folds=tuple(row.value + more for more in ACCURACIES)) if row.value is not None else row
        for row in history.rows
    ]
    return replace(history, facts=history.facts | {"data": data}, rows=tuple(rows))


def test_the_page_tells_the_mean_with_its_deviation_and_how_it_came(folded: History) -> None:
    text = page.page(folded, folder=Path("reports/mnist-small"), network=False)
    best = summary.best(folded)
    assert best is not None
    assert f"{100 * best.value:.2f} %, the mean of 5 folds ± 1.58, (trial" in text
    assert f"| {100 * best.value:.2f} % ± 1.58 |" in text
    assert "Accuracy: the mean of 5 folds ± their standard deviation." in text
    assert (
        "5,120 examples in 5 folds, each once the validation part of a network that learns from the others" in text
    )
    assert "Standardized fold by fold" in text
    assert "(4,096 or one more), and 10,000 test examples of shape 1 x 28 x 28." in text


def test_confirmed_leaders_are_means_of_fresh_seeds_and_divisions(folded: History) -> None:
    numbers = [row.number for row in confidence.by_search(folded)[:2]]
    runs = [
        {"trial": number, "repeat": i, "ended": "complete", "accuracy": 0.9 + i / 1000, "epoch": 2, "seconds": 1.0}
        for number in numbers
        for i in range(4)
    ]
    confirm = {"top": 2, "seeds": 2, "runs": runs}
    text = page.page(replace(folded, facts=folded.facts | {"confirm": confirm}), folder=Path(), network=False)
    assert "in 5-fold cross-validation, the mean of" in text
    assert "the same seed, order of examples and division into folds" in text
    assert "fresh seeds and fresh divisions of these examples" in text
    assert "validation part, the mean" not in text


def test_tables_and_files_hold_the_deviation(folded: History) -> None:
    table = list(csv.DictReader(io.StringIO(files.ranking_csv(folded))))
    assert float(table[0]["folds_deviation"]) == pytest.approx(0.0158114, rel=1e-5)
    failed = [line for line in table if line["state"] == "failed"]
    assert {line["folds_deviation"] for line in failed} == {""}
    told = summary.result(folded, seconds={}, reports={})
    best = summary.best(folded)
    assert best is not None
    assert told["best"]["folds"] == list(best.folds)
    json.dumps(told, allow_nan=False)
    shown = sections.ranking(folded)
    assert shown is not None
    assert 'data-name="folds"' in shown.text
    assert ">1.58</td>" in shown.text
    assert "means over 5 folds at the trial" in shown.text
    assert "5,120 in 5 folds, 10,000 test" in sections.headline(folded).text
    place = summary.ranking(folded)[0]
    assert "The mean of 5 folds ± 1.58." in "\n".join(trial_note(folded, place))
