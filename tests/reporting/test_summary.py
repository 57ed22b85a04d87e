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
        "metric": "accuracy",
        "better": "higher",
        "dataset": "mnist",
        "stand_in": False,
        "storage": "workbench.journal",
        "trials": {"total": 9, "complete": 6, "pruned": 2, "failed": 1},
        "best": {
            "trial": 8,
            "value": 0.92,
            "folds": None,
            "metrics": None,
            "epoch": 2,
            "params": history.rows[8].point,
            "parameters": 1500,
            "confirmed": None,
            "test": {
                "accuracy": 0.912,
                "low": 0.90629,
                "high": 0.91739,
                "loss": 0.3101,
                "examples": 10000,
                "metrics": None,
            },
        },
        "enqueued": [],
        "leaders": [],
        "baselines": history.facts["baselines"],
        "same_folds": None,
        "openings": 1,
        "seconds": {"total": 12.346, "ask": 0.123},
        "device": "cpu",
        "engine": None,
        "reports": reports,
    }


def test_the_result_says_null_where_nothing_was_completed_or_tested(history, nothing_completed):
    assert summary.result(nothing_completed, seconds={"total": 1}, reports={})["best"] is None
    final = history.facts["final"]
    for other in (None, final | {"trial": 2}, final | {"epochs": 3}):  # of an earlier recommended network
        untested = replace(history, facts={**history.facts, "final": other})
        found = summary.result(untested, seconds={"total": 1}, reports={})
        assert found["best"]["test"] is None
        assert found["baselines"] is None


def test_the_leaders_are_ranked_by_mean_before_the_rest_and_the_smallest_of_the_tied_is_recommended(confirmed):
    found = [(place.rank, place.row.number) for place in summary.ranking(confirmed)]
    assert found[:6] == [(1, 2), (None, 6), (2, 1), (3, 7), (4, 8), (5, 0)]
    result = summary.result(confirmed, seconds={"total": 1}, reports={})
    assert result["best"]["trial"] == 1
    told = result["best"]["confirmed"]
    assert told["tied_with"] == [2]
    assert told["mean"] == pytest.approx(0.92), "of the further repeats alone"
    assert told["low"] < 0.92 < told["high"]
    assert [leader["trial"] for leader in result["leaders"]] == [2, 1, 7, 8]


@pytest.mark.parametrize(
    ("network", "baseline", "rival"), [(5, 5, True), (10, 4, True), (30, 9, False), (3, 20, True), (0, 0, True)]
)
def test_a_baseline_is_a_rival_unless_mcnemars_test_says_that_the_network_is_better(
    history, network, baseline, rival
):
    told = [history.facts["baselines"][1] | {"only_network": network, "only_baseline": baseline}]
    found = summary.rivals(replace(history, facts={**history.facts, "baselines": told}))
    assert bool(found) is rival


def test_the_result_of_a_stand_in_says_so(stand_in):
    found = summary.result(stand_in, seconds={"total": 1}, reports={})
    assert (found["stand_in"], found["dataset"], found["study"]) == (True, "digits at 28x28", "mnist-small-standin")


def test_the_result_is_strict_json_whatever_was_measured(history):
    test = history.facts["final"] | {"loss": math.inf}
    broken = replace(history, facts={**history.facts, "final": test, "device": math.nan})
    found = summary.result(broken, seconds={"total": 1}, reports={})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["best"]["test"]["loss"] == "inf"


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
