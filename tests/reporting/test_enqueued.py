"""What the lesson did beside what the search found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.reporting.conftest import FACTS, repeats, row
from workbench import confidence
from workbench.reporting import enqueued, figures, files, page, reading, summary
from workbench.reporting.html import sections
from workbench.store.history import History

SCORE: dict[str, Any] = {
    "trial": 0, "epochs": 5, "trained_on": "training and validation part", "accuracy": 0.88, "low": 0.8735,
    "high": 0.8862, "loss": 0.4, "examples": 10000, "only_network": 500, "only_enqueued": 180,
}  # fmt: skip


@pytest.fixture
def lessons(history: History) -> History:
    """Trial 0 is the lesson's, and 5 was refused; 8 is recommended."""
    reason = "refused by the diagnosis: missing-nonlinearity: nothing nonlinear between 0 and 1"
    rows = list(history.rows)
    rows[0] = replace(
        rows[0], enqueued="the lesson's", outside=True, point={"depth": 2, "units": [900, 1], "lr": 7.0}
    )
    rows[5] = replace(rows[5], enqueued="linear", reason=reason)
    return replace(history, rows=tuple(rows), facts={**FACTS, "enqueued": [SCORE]})


def test_the_table_has_a_line_for_each_and_the_recommended_one_last(lessons):
    table = enqueued.table(lessons)
    assert table == [
        [
            "the lesson's",
            "0",
            "85.00 %",
            "88.00 %",
            "87.35 to 88.62",
            "behind by 3.20 points",
            "2.69 to 3.71",
            "2,000",
            "5",
        ],
        ["linear", "5", "failed", "", "", "", "", "2,000", ""],
        ["the search's best (recommended)", "8", "92.00 %", "91.20 %", "90.63 to 91.74", "", "", "1,500", "2"],
    ]
    assert list(enqueued.notes(lessons)) == [f"linear (trial 5): {lessons.rows[5].reason}."]
    assert [len(line) for line in table] == [len(enqueued.head(lessons))] * 3


def test_a_lesson_that_does_better_on_the_test_part_is_said_to_be_ahead(lessons):
    ahead = SCORE | {"accuracy": 0.922, "only_network": 180, "only_enqueued": 280}
    [first, *_] = enqueued.table(replace(lessons, facts={**lessons.facts, "enqueued": [ahead]}))
    assert first[5:7] == ["ahead by 1.00 points", "0.58 to 1.42"]
    level = SCORE | {"only_network": 180, "only_enqueued": 180}
    [first, *_] = enqueued.table(replace(lessons, facts={**lessons.facts, "enqueued": [level]}))
    assert first[5:7] == ["level", "-0.37 to 0.37"]


def test_the_test_part_is_told_in_the_study_s_own_metric_too(lessons):
    scores = [SCORE | {"metrics": {"log-loss": 0.3456}}]
    final = FACTS["final"] | {"metrics": {"log-loss": 0.2345}}
    spec = {**lessons.spec, "metric": "log-loss"}
    study = replace(lessons, spec=spec, facts={**lessons.facts, "enqueued": scores, "final": final})
    head, table = enqueued.head(study), enqueued.table(study)
    assert head[2:5] == ["validation log loss", "test log loss", "test accuracy"]
    assert [line[3] for line in table] == ["0.346", "", "0.234"]
    assert [len(line) for line in table] == [len(head)] * 3


def test_without_an_enqueued_point_nothing_is_said(history):
    assert enqueued.table(history) == []
    assert "enqueued networks" not in "\n".join(page._enqueued(history))
    assert sections.lessons(history) is None
    assert summary.result(history, seconds={}, reports={})["enqueued"] == []


def test_where_a_lesson_is_recommended_the_best_that_was_drawn_stands_above_it(lessons):
    rows = list(lessons.rows)
    rows[8] = replace(rows[8], enqueued="the best lesson's")
    table = enqueued.table(replace(lessons, rows=tuple(rows)))
    assert [line[0] for line in table[-2:]] == ["the search's best", "the best lesson's (recommended)"]
    assert table[-2][1] == "2"


def test_repeats_of_both_say_by_how_much_over_seeds(lessons):
    runs = [*repeats(8, {0: 0.93, 1: 0.92, 2: 0.94}), *repeats(0, {0: 0.90, 1: 0.90, 2: 0.90})]
    rows = tuple(one for one in lessons.rows if one.number in (0, 8))
    facts = {
        **lessons.facts,
        "confirm": {"top": 2, "seeds": 3, "runs": runs},
        "final": FACTS["final"] | {"epochs": 3},
    }
    [note] = enqueued.notes(replace(lessons, rows=rows, facts=facts))
    assert note.startswith(
        "Over 3 paired seeds the recommended one is 3.00 points of validation accuracy above the"
    )


def test_scores_of_another_network_s_opening_are_not_shown(lessons):
    stale = replace(lessons, facts={**lessons.facts, "final": FACTS["final"] | {"trial": 1}})
    assert summary.enqueued_scores(stale) == {}
    assert enqueued.table(stale)[0][3] == ""


def test_every_report_tells_it(lessons):
    text = page.page(lessons, folder=files.Path("reports"), network=False)
    told = "| 88.00 % | 87.35 to 88.62 | behind by 3.20 points | 2.69 to 3.71 | 2,000 | 5 |"
    assert f"| the lesson's | 0 | 85.00 % {told}" in text
    section = sections.lessons(lessons)
    assert section is not None
    assert '<th scope="row">the search&#x27;s best (recommended)</th>' in section.text
    assert ",the lesson's," in files.ranking_csv(lessons)
    [lesson, linear] = summary.result(lessons, seconds={}, reports={})["enqueued"]
    assert lesson["behind"]["mean"] == pytest.approx(0.032)
    assert (linear["test"], linear["behind"]) == (None, None)


def test_values_outside_the_space_do_not_move_what_is_said_of_the_space(lessons):
    """Its lr and its units lie far outside of the axes, and its depth has no second layer drawn."""
    without = replace(lessons, rows=tuple(one for one in lessons.rows if one.number != 0))
    assert figures.slices(lessons, {}).keys() == figures.slices(without, {}).keys()
    assert figures.slices(lessons, {}) == figures.slices(without, {})
    assert figures.parallel(lessons, {}) is not None
    many = [row(i, 0.9 - i / 1000, 0.3) for i in range(40)]
    wide = replace(
        lessons, rows=(*many, replace(row(40, 0.99, 0.1), enqueued="x", outside=True, point={"lr": 90.0}))
    )
    assert reading.read(wide, {}) == reading.read(replace(wide, rows=tuple(many)), {})


def test_the_difference_of_two_accuracies_on_the_same_examples():
    """Agresti & Min: sound where the networks hardly differ, Wald's where there are many examples."""
    none = confidence.difference(0, 0, 100)
    assert none.mean == 0
    assert -0.03 < none.low < 0 < none.high < 0.03
    found = confidence.difference(500, 180, 10000)
    half = 1.959964 * ((680 - 320**2 / 10000) ** 0.5) / 10000
    assert found.mean == pytest.approx(0.032)
    assert (found.low, found.high) == (pytest.approx(0.032 - half, abs=2e-5), pytest.approx(0.032 + half, abs=2e-5))
