"""The studies that come with the package."""

from __future__ import annotations

import pytest

from workbench.models import cnn
from workbench.study.load import load, shipped
from workbench.study.space import Fixed, draw, middle, values

PATHS = {path.stem: path for path in shipped()}


def test_these_studies_ship():
    assert list(PATHS) == [
        "blobs", "breast-cancer", "circles", "digits", "fashion-mnist", "fashion-mnist-cnn", "iris", "mnist",
        "mnist-binary", "mnist-cnn", "mnist-small", "moons", "multilabel", "wine",
    ]  # fmt: skip


@pytest.mark.parametrize("stem", PATHS)
def test_a_shipped_study_loads_and_is_called_what_its_file_is(stem):
    spec = load(str(PATHS[stem]))
    assert spec.name == stem
    assert spec.description
    assert spec.budget.seconds is not None
    assert any(not isinstance(parameter, Fixed) for parameter in spec.space.values())
    assert middle(spec.space)["epochs"] >= 5


@pytest.mark.parametrize("stem", PATHS)
def test_every_batch_of_a_shipped_study_fits_its_training_part(stem):
    spec = load(str(PATHS[stem]))
    counts = {
        "digits": 1797,
        "mnist": 60000,
        "fashion-mnist": 60000,
        "iris": 150,
        "wine": 178,
        "breast-cancer": 569,
    }
    examples = counts.get(spec.data.source, 1000)
    train = spec.data.train or examples - (spec.data.examples_to_validate or 0) - (spec.data.test or 0)
    assert max(values(spec.space["batch_size"])) <= train


def test_mnist_small_is_the_example_of_the_manual():
    spec = load(str(PATHS["mnist-small"]))
    assert (spec.data.train, spec.data.validation, spec.budget.trials, spec.budget.timeout) == (
        4096,
        1024,
        40,
        "30m",
    )
    smallest = draw(spec.space, lambda _, parameter: values(parameter)[0] if values(parameter) else parameter.low)
    assert smallest == {
        "depth": 1, "units": [10], "activation": "relu", "optimizer": "sgd", "momentum": 0.0, "lr": 1e-2,
        "batch_size": 64, "epochs": 5,
    }  # fmt: skip


@pytest.mark.parametrize("stem", ["mnist-cnn", "fashion-mnist-cnn"])
def test_the_first_trial_of_a_cnn_is_the_lesson_s_and_every_network_fits_the_images(stem):
    spec = load(str(PATHS[stem]))
    assert cnn.shapes(spec.enqueue[0].point, (1, 28, 28)) == [(1, 28, 28), (10, 12, 12), (20, 4, 4)]
    assert spec.enqueue[0].point["units"] == 100
    cnn.check(spec.space, (1, 28, 28))
