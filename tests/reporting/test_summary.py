from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from workbench.reporting import summary


def test_completed_trials_take_the_ranks_then_come_those_cut_short_then_the_failed(history):
    found = [(place.rank, place.state, place.row.number) for place in summary.ranking(history)]
    assert found == [
        (1, "complete", 8),  # as accurate as 2, 7 and 1, and as low in loss as 2 and 7, but smaller
        (2, "complete", 2),
        (None, "complete", 6),  # the duplicate of 2
        (3, "complete", 7),  # equal to 2 in everything, but later
        (4, "complete", 1),  # smallest of all, but of higher loss
        (5, "complete", 0),
        (None, "pruned", 3),  # the most accurate of all when it was cut short
        (None, "diverged", 4),
        (None, "failed", 5),
    ]


def test_the_order_of_the_rows_does_not_matter(history):
    turned = replace(history, rows=history.rows[::-1])
    assert summary.ranking(turned) == summary.ranking(history)


def test_a_pruned_trial_is_never_the_best(history, nothing_completed):
    assert summary.best(history).number == 8
    assert summary.best(nothing_completed) is None


def test_counts_tell_the_diverged_among_the_pruned_and_leave_the_running_out(history):
    assert summary.counts(history) == {
        "total": 9, "complete": 6, "pruned": 2, "failed": 1, "diverged": 1, "duplicates": 1
    }  # fmt: skip


def test_the_result_has_the_agreed_keys_and_values(history):
    reports = {"report": "reports/mnist-small/report.md"}
    assert summary.result(history, seconds={"total": 12.34567, "ask": 0.12345}, reports=reports) == {
        "study": "mnist-small",
        "dataset": "mnist",
        "stand_in": False,
        "storage": "workbench.journal",
        "trials": {"total": 9, "complete": 6, "pruned": 2, "failed": 1},
        "best": {
            "trial": 8,
            "value": 0.92,
            "epoch": 2,
            "params": history.rows[8].point,
            "test": {"accuracy": 0.912, "loss": 0.3101},
        },
        "seconds": {"total": 12.346, "ask": 0.123},
        "device": "cpu",
        "engine": None,
        "reports": reports,
    }


def test_the_result_says_null_where_nothing_was_completed_or_tested(history, nothing_completed):
    assert summary.result(nothing_completed, seconds={"total": 1}, reports={})["best"] is None
    for tests in ([], [{"trial": 2, "epoch": 2, "accuracy": 0.9, "loss": 0.3}]):  # of an earlier best trial
        untested = replace(history, facts={**history.facts, "tests": tests})
        assert summary.result(untested, seconds={"total": 1}, reports={})["best"]["test"] is None


def test_the_result_of_a_stand_in_says_so(stand_in):
    found = summary.result(stand_in, seconds={"total": 1}, reports={})
    assert (found["stand_in"], found["dataset"], found["study"]) == (True, "digits at 28x28", "mnist-small-standin")


def test_the_result_is_strict_json_whatever_was_measured(history):
    test = {"trial": 8, "epoch": 2, "accuracy": 0.1, "loss": math.inf}
    broken = replace(history, facts={**history.facts, "tests": [test], "device": math.nan})
    found = summary.result(broken, seconds={"total": 1}, reports={})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["best"]["test"] == {"accuracy": 0.1, "loss": "inf"}


def test_the_result_of_a_study_that_never_loaded_its_data_names_its_source(history):
    assert (
        summary.result(replace(history, facts={}, rows=()), seconds={"total": 1}, reports={})["dataset"] == "mnist"
    )


def test_the_standard_error_is_the_binomial_one():
    assert summary.standard_error(0.5, 100) == pytest.approx(0.05)
    assert summary.standard_error(1.0, 100) == 0


def test_doubt_counts_the_ranked_trials_within_one_standard_error_of_the_best(history):
    doubt = summary.doubt(
        history
    )  # error sqrt(0.92 * 0.08 / 1024) = 0.0085: 0.85 is out, the duplicate does not count
    assert (doubt.within, doubt.ranked) == (4, 5)
    assert doubt.standard_error == pytest.approx(0.00848, abs=1e-5)


def test_there_is_no_doubt_to_tell_where_nothing_was_measured(history, nothing_completed):
    assert summary.doubt(nothing_completed) is None
    assert summary.doubt(replace(history, facts={})) is None
