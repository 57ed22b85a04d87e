import math

import pytest
import torch

from workbench.models import task


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def test_multiclass_loss_is_minus_the_log_of_the_right_softmax(generator):
    logits = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 3, 3, 0])
    by_hand = -(logits.exp() / logits.exp().sum(1, keepdim=True)).log()[torch.arange(6), y].mean()
    torch.testing.assert_close(task.loss("multiclass", logits, y), by_hand)


def test_nll_of_log_probabilities_is_cross_entropy_of_the_scores(generator):
    logits = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 3, 3, 0])
    logarithms = logits.log_softmax(1)
    nll = task.loss("multiclass", logarithms, y, criterion="nll")
    torch.testing.assert_close(nll, task.loss("multiclass", logits, y))
    assert torch.equal(nll, torch.nn.functional.nll_loss(logarithms, y))
    shares = task.probabilities("multiclass", logarithms, "nll")
    torch.testing.assert_close(shares, task.probabilities("multiclass", logits))
    assert torch.equal(shares, logarithms.exp())
    assert not torch.equal(task.loss("multiclass", logits, y, criterion="nll"), nll)  # raw scores are none


def test_label_smoothing_spreads_a_share_of_the_target_over_all_classes(generator):
    logits = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.tensor([0, 1, 2, 3, 3, 0])
    target = torch.full((6, 4), 0.1 / 4, dtype=torch.float64)
    target[torch.arange(6), y] += 0.9
    by_hand = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(task.loss("multiclass", logits, y, label_smoothing=0.1), by_hand)


@pytest.mark.parametrize(("name", "shape"), [("binary", (6, 1)), ("multilabel", (6, 3))])
def test_yes_or_no_loss_is_minus_the_log_of_the_right_sigmoid(name, shape, generator):
    logits = torch.randn(shape, generator=generator, dtype=torch.float64)
    y = (torch.rand(shape, generator=generator) > 0.5).double()
    yes = 1 / (1 + (-logits).exp())
    by_hand = -(y * yes.log() + (1 - y) * (1 - yes).log()).mean()
    torch.testing.assert_close(task.loss(name, logits, y.squeeze(1) if name == "binary" else y), by_hand)


@pytest.mark.parametrize(
    ("name", "logits", "labels", "y", "right"),
    [
        ("multiclass", [[0.0, 2.0, 1.0], [3.0, 0.0, 0.0]], [1, 0], [1, 2], 1),
        ("binary", [[0.5], [-0.5], [0.0]], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0], 2),
        ("multilabel", [[1.0, -1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]], 1),
    ],
)
def test_labels_are_predicted_and_counted(name, logits, labels, y, right):
    logits, labels, y = torch.tensor(logits), torch.tensor(labels), torch.tensor(y)
    predicted = task.predict(name, logits)
    assert torch.equal(predicted, labels)
    assert predicted.dtype == y.dtype
    assert task.correct(name, logits, y).item() == right


@pytest.mark.parametrize(
    ("name", "classes", "logits"), [("binary", 2, 1), ("multiclass", 7, 7), ("multilabel", 5, 5)]
)
def test_chance_loss_is_the_loss_of_equal_logits(name, classes, logits):
    assert task.outputs(name, classes) == logits
    y = {"binary": torch.ones(3), "multiclass": torch.tensor([0, 1, 2]), "multilabel": torch.ones(3, 5)}[name]
    loss = task.loss(name, torch.zeros(3, logits, dtype=torch.float64), y.double() if name != "multiclass" else y)
    assert math.isclose(loss.item(), task.chance_loss(name, logits), rel_tol=1e-12)
