import math
import warnings

import pytest
import torch

from workbench.models import metrics
from workbench.study.metric import METRICS

MACRO = {"balanced-accuracy", "f1", "roc-auc", "average-precision"}


def logit(p):
    return math.log(p / (1 - p))


def test_binary_metrics_are_those_worked_out_on_paper():
    probabilities = [0.9, 0.8, 0.6, 0.4, 0.3, 0.2]
    logits = torch.tensor([[logit(p)] for p in probabilities])
    y = torch.tensor(
        [1.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    )  # predicted: 1 1 1 0 0 0; hits 2, false alarms 1, missed 1, rest 2

    found = metrics.score("binary", logits, y)

    surprises = [0.9, 0.2, 0.6, 0.4, 0.7, 0.8]  # what the truth was given
    # Confidences .9 .8 .6 .6 .7 .8; right: yes no yes no yes yes; bins of a fifteenth: .6 is the 9th's upper end.
    gaps = abs(0.1) + abs(-0.8 + 0.2) + abs(0.4 - 0.6) + abs(0.3)
    assert found == pytest.approx(
        {
            "accuracy": 4 / 6,
            "balanced-accuracy": (2 / 3 + 2 / 3) / 2,
            "f1": (2 / 3 + 2 / 3) / 2,
            "roc-auc": (3 + 2 + 2) / 9,  # pairs in order: .9 before all 3 "no", .6 before 2, .4 before 2
            "average-precision": (1 / 1 + 2 / 3 + 3 / 4) / 3,  # precision at each "yes"
            "log-loss": -sum(map(math.log, surprises)) / 6,
            "calibration-error": gaps / 6,
        },
        abs=1e-7,
    )


def test_multiclass_metrics_are_those_worked_out_on_paper():
    probabilities = torch.tensor(
        [[0.7, 0.2, 0.1], [0.5, 0.35, 0.15], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7], [0.1, 0.5, 0.4]],
        dtype=torch.float64,
    )
    y = torch.tensor([0, 0, 1, 1, 2, 2])  # predicted: 0 0 1 0 2 1

    found = metrics.score("multiclass", probabilities.log() + 3.0, y)

    f1 = [2 * 2 / (2 + 3), 2 * 1 / (2 + 2), 2 * 1 / (2 + 1)]
    # One class before the rest, of 2 x 4 pairs: class 0 .7 and .5 against .2 .6 .1 .1; class 1 .7 and .3 against
    # .2 .35 .2 .5; class 2 .7 and .4 against .1 .15 .1 .1.
    auc = [(4 + 3) / 8, (4 + 2) / 8, 8 / 8]
    # Down the ranks: class 0 has places 1 and 3, class 1 places 1 and 4.
    precision = [(1 + 2 / 3) / 2, (1 + 2 / 4) / 2, 1.0]
    # Bins: .7 (11th) three times, all right; .5 (8th) right and wrong; .6 (9th) wrong.
    gaps = abs(3 - 2.1) + abs(1 - 1.0) + abs(0 - 0.6)
    assert found == pytest.approx(
        {
            "accuracy": 4 / 6,
            "balanced-accuracy": (1 + 0.5 + 0.5) / 3,
            "f1": sum(f1) / 3,
            "roc-auc": sum(auc) / 3,
            "average-precision": sum(precision) / 3,
            "log-loss": -sum(map(math.log, [0.7, 0.5, 0.7, 0.3, 0.7, 0.4])) / 6,
            "calibration-error": gaps / 6,
        },
        abs=1e-12,
    )


def test_multilabel_metrics_are_those_worked_out_on_paper():
    probabilities = [[0.9, 0.4], [0.3, 0.8], [0.6, 0.7], [0.2, 0.1]]
    logits = torch.tensor([[logit(p) for p in row] for row in probabilities])
    y = torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]])
    # Predicted 1 0 | 0 1 | 1 1 | 0 0: only the second is wholly right; each label 1 hit, 1 false alarm, 1 missed.

    found = metrics.score("multilabel", logits, y)

    surprises = [0.9, 0.4, 0.7, 0.8, 0.4, 0.3, 0.2, 0.9]
    confidence = {0.9: [1, 1], 0.6: [0, 0], 0.7: [1, 0], 0.8: [1, 0]}  # of each answer: right or not
    gaps = sum(abs(sum(right) - 2 * sure) for sure, right in confidence.items())
    assert found == pytest.approx(
        {
            "accuracy": 1 / 4,
            "balanced-accuracy": (0.5 + 0.5) / 2,
            "f1": (0.5 + 0.5) / 2,
            "f1-micro": 2 * 2 / (4 + 4),
            "roc-auc": (2 / 4 + 3 / 4) / 2,
            "average-precision": ((1 + 2 / 4) / 2 + (1 + 2 / 3) / 2) / 2,
            "log-loss": -sum(map(math.log, surprises)) / 8,
            "calibration-error": gaps / 8,
        },
        abs=1e-7,
    )


def test_macro_and_micro_f1_differ_where_labels_are_not_equally_common():
    y = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    logits = torch.tensor([[1.0, -1.0], [1.0, -1.0], [1.0, -1.0]])

    found = metrics.score("multilabel", logits, y)

    assert found["f1"] == pytest.approx((1 + 0) / 2)
    assert found["f1-micro"] == pytest.approx(2 * 3 / (3 + 4))


@pytest.mark.parametrize(
    ("task", "y", "outputs", "missing", "reason"),
    [
        ("binary", [1.0, 1.0], 1, MACRO, "class 0"),
        ("multiclass", [0, 2], 3, MACRO, "class 1"),
        ("multilabel", [[1.0, 0.0], [0.0, 0.0]], 2, MACRO, "no example has label 1"),
        ("multilabel", [[1.0, 1.0], [0.0, 1.0]], 2, {"balanced-accuracy", "roc-auc"}, "every example has label 1"),
    ],
)  # fmt: skip
def test_what_the_examples_do_not_define_is_left_out_with_a_reason(task, y, outputs, missing, reason):
    y = torch.tensor(y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = metrics.score(task, torch.zeros(len(y), outputs), y)
    told = metrics.undefined(task, y, outputs)
    assert set(told) == missing
    assert all(reason in one for one in told.values())
    fitting = {name for name, metric in METRICS.items() if not metric.tasks or task in metric.tasks}
    assert set(found) == fitting - missing


def test_outputs_that_are_no_numbers_have_no_metrics():
    assert metrics.score("binary", torch.tensor([[math.nan], [1.0]]), torch.tensor([0.0, 1.0])) == {}
    assert math.isnan(
        metrics.of_epoch("f1", "binary", 1.0, torch.tensor([[math.inf], [1.0]]), torch.tensor([0.0, 1.0]))
    )


def test_a_class_that_is_never_predicted_has_an_f1_of_nought_and_no_warning():
    found = metrics.score("multiclass", torch.tensor([[1.0, 0.0], [1.0, 0.0]]), torch.tensor([0, 1]))
    assert found["f1"] == pytest.approx((2 / 3 + 0) / 2)


def test_sure_outputs_are_still_ranked():
    logits, y = torch.tensor([[40.0], [50.0], [60.0], [45.0]]), torch.tensor([0.0, 1.0, 1.0, 0.0])
    assert metrics.score("binary", logits, y)["roc-auc"] == 1.0  # as probabilities, all of them are 1
