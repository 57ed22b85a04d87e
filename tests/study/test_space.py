"""Points are drawn parents first, and written flat for those who know single values only."""

from __future__ import annotations

import random

import pytest

from workbench.study.space import (
    Choice,
    Fixed,
    FloatRange,
    IntRange,
    Parameter,
    Searched,
    Value,
    draw,
    flatten,
    holds,
    middle,
    order,
    values,
)

SPACE: dict[str, Parameter] = {
    "units": IntRange(bounds=(10, 128), log=True, per="depth"),
    "momentum": FloatRange(bounds=(0.0, 0.9), when={"optimizer": "sgd"}),
    "depth": IntRange(bounds=(0, 3)),
    "optimizer": Choice(options=["sgd", "adam"]),
    "epochs": Fixed(value=5),
}


def drawn(seed: int) -> tuple[dict[str, object], list[str]]:
    generator, asked = random.Random(seed), []

    def suggest(name: str, parameter: Searched) -> Value:
        asked.append(name)
        return generator.choice(values(parameter) or [0.5])

    return draw(SPACE, suggest), asked


def test_a_point_has_what_its_conditions_ask_for_and_nothing_else():
    points = [drawn(seed)[0] for seed in range(50)]
    assert {len(point["units"]) for point in points} == {0, 1, 2, 3}
    for point in points:
        assert len(point["units"]) == point["depth"]
        assert ("momentum" in point) == (point["optimizer"] == "sgd")
        assert list(point) == [name for name in SPACE if name in point], "a point keeps the order of the file"


def test_what_is_flattened_has_the_names_that_were_asked_for():
    for seed in range(20):
        point, asked = drawn(seed)
        assert set(flatten(point)) == {*asked, "epochs"}


def test_parents_are_drawn_before_their_children():
    assert order(SPACE) == ["depth", "units", "optimizer", "momentum", "epochs"]


@pytest.mark.parametrize(
    ("when", "point", "expected"),
    [
        (None, {}, True),
        ({"a": 1}, {"a": 1}, True),
        ({"a": [1, 2]}, {"a": 2}, True),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, False),
        ({"a": 1}, {}, False),
        ({"a": 1}, {"a": True}, False),
    ],
)
def test_a_condition_holds_where_every_named_parameter_has_its_value(when, point, expected):
    assert holds(when, point) is expected


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        (Fixed(value=3), [3]),
        (Fixed(value=[3, 4]), [3, 4]),
        (Choice(options=["a", 2, True]), ["a", 2, True]),
        (IntRange(bounds=(1, 7), step=3), [1, 4, 7]),
        (FloatRange(bounds=(0.0, 1.0), step=0.5), [0.0, 0.5, 1.0]),
        (FloatRange(bounds=(2.0, 2.0)), [2.0]),
        (FloatRange(bounds=(0.0, 1.0)), None),
    ],
)
def test_the_values_of_a_parameter_are_listed_where_they_can_be(parameter, expected):
    assert values(parameter) == expected


def test_ten_steps_of_a_tenth_reach_one():
    assert values(FloatRange(bounds=(0.0, 1.0), step=0.1))[-1] == pytest.approx(1.0)


def test_the_middle_is_geometric_on_a_logarithmic_scale():
    space = {
        "lr": FloatRange(bounds=(1e-4, 1e-2), log=True),
        "depth": IntRange(bounds=(1, 3)),
        "units": IntRange(bounds=(10, 1000), log=True, per="depth"),
        "activation": Choice(options=["relu", "tanh"]),
    }
    point = middle(space)
    assert point.pop("lr") == pytest.approx(1e-3)
    assert point == {"depth": 2, "units": [100, 100], "activation": "relu"}
