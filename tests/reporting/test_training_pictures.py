"""The pictures of one training: those there is something for, and what odd numbers make of them."""

from __future__ import annotations

import base64
import io
import math

import pytest
from PIL import Image

from workbench.reporting import training_pictures
from workbench.reporting.training_pictures import Seen, draw
from workbench.study.course import Course, Look, Spread
from workbench.study.trial import Epoch


def course(epochs=3, updates=4, plane=None, **odd):
    curve = [Epoch(n, 2.0 / n, 1 - 0.9 / n, 2.2 / n, 1 - 1.0 / n) for n in range(1, epochs + 1)]
    spread = Spread([-1.0, 0.0, 0.0, 0.5, 1.0], 0.4)
    looks = [Look(n, {"1 ReLU": spread, "output": spread}, plane) for n in range(epochs + 1)]
    found = {
        "curve": curve,
        "losses": [2.0 / (n + 1) for n in range(epochs * updates)],
        "accuracies": [n / epochs / updates for n in range(epochs * updates)],
        "gradients": {"0 Linear": [[0.1, 0.2, 0.4]] * epochs, "2 Linear": [[1.0, 1.0, 1.0]] * epochs},
        "looks": looks,
    }
    return Course(**found | odd)


def picture(side=8):
    file = io.BytesIO()
    Image.new("L", (side, side), 128).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


MISTAKE = {"index": 1, "true": "cat", "predicted": "dog", "confidence": 0.9}
EVIDENCE = {"labels": ["cat", "dog"], "confusion": [[3, 1], [0, 4]], "mistakes": [MISTAKE | {"png": picture()}] * 7}


def test_every_picture_opens_and_is_the_same_again():
    drawn = draw(Seen(course(), EVIDENCE))
    assert set(drawn) == set(training_pictures.TITLES) - {"boundary.png"}
    for content in drawn.values():
        assert 1_000 < len(content) < 100_000
        Image.open(io.BytesIO(content)).verify()
    assert draw(Seen(course(), EVIDENCE)) == drawn


@pytest.mark.parametrize("classes", [2, 4])
def test_boundaries_stand_over_each_other_with_the_examples_of_both_parts(classes):
    grid = base64.b64encode(bytes((i % classes) * (255 if classes == 2 else 1) for i in range(100))).decode()
    axis = [i / 10 for i in range(10)]
    planes = {
        "x": axis, "y": axis, "labels": [str(i) for i in range(classes)],
        "points": [[0.1 * i, 0.2, i] for i in range(classes)],
        "trials": [{"trial": n, "values": grid} for n in (0, 1, 2, 3, 5, 8, 9)],
    }  # fmt: skip
    beside = [[0.5, 0.1 * i, i] for i in range(classes)]
    content = training_pictures._boundary(Seen(course(9), {}, planes, beside))
    width, height = Image.open(io.BytesIO(content)).size
    assert width / height == pytest.approx((2.2 * 5 + 0.3) / 5.0, rel=0.01)  # five of the seven looks
    assert content != training_pictures._boundary(Seen(course(9), {}, planes, planes["points"]))


def test_what_is_not_there_is_not_drawn():
    assert draw(Seen(Course(), {})) == {}
    without = draw(Seen(course(looks=[], gradients={}), {"mistakes": [MISTAKE | {"png": None}]}))
    assert set(without) == {"curves.png"}


def test_numbers_that_are_none_do_not_stop_it():
    bad = [Epoch(1, 0.5, 0.5, 0.5, 0.5), Epoch(2, math.nan, 0.5, math.inf, 0.5)]
    odd = Spread([math.nan, math.inf], 0.0)
    drawn = draw(
        Seen(
            course(
                2, curve=bad, losses=[0.5, 1e30, math.nan, math.inf] * 2,
                gradients={"0 Linear": [[math.nan] * 3] * 2},
                looks=[Look(0, {"output": odd}), Look(1, {"output": Spread([0.0], 1.0)})],
            ),
            {},
        )
    )  # fmt: skip
    assert set(drawn) == {"curves.png", "activations.png", "gradients.png"}


def test_of_many_layers_the_first_the_last_and_some_between_are_drawn():
    assert training_pictures._picked(list(range(30)), 5) == [0, 7, 14, 22, 29]
    assert training_pictures._picked([1, 2], 5) == [1, 2]
    many = {f"{n} Linear": [[0.1, 0.2, 0.3]] * 3 for n in range(30)}
    spreads = {f"{n} ReLU": Spread([0.0, 1.0], 0.5) for n in range(30)}
    drawn = draw(Seen(course(gradients=many, looks=[Look(0, spreads), Look(1, spreads)]), {}))
    width, height = Image.open(io.BytesIO(drawn["activations.png"])).size
    assert width / height == pytest.approx(9.6 / 7.5, rel=0.01)  # three times three
