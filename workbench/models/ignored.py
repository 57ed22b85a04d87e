"""Parameters that a user's network ignores: it is built twice, at both ends of one, and is the same network.

Searching such a parameter spends trials on nothing, and no ranking shows it. It is told, not refused: what a
network does with a value may show in training alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from workbench.models import family
from workbench.study.space import Choice, Fixed, Point, Searched, Space, Value, draw, flatten
from workbench.study.spec import StudySpec
from workbench.study.toml import inline
from workbench.study.user_code import is_reference
from workbench.study.vocabulary import TRAINER

SECONDS = 5.0  # for all parameters together: networks can be large
DRAWS = 20  # points among which one is looked for that has the parameter


def ignored(spec: StudySpec, input_shape: tuple[int, ...], outputs: int) -> Iterator[str]:
    """A sentence for each searched parameter that changes nothing in the network of a user's function."""
    if not is_reference(spec.model.family):
        return
    until = time.monotonic() + SECONDS
    for name, parameter in spec.space.items():
        if name in TRAINER or isinstance(parameter, Fixed) or time.monotonic() > until:
            continue
        low, high = _ends(parameter)
        points = _apart(spec.space, name, low, high)
        if low != high and points and _alike(spec, points, input_shape, outputs):
            yield (
                f"space.{name} does nothing: {spec.model.family} builds the same network at {inline(low)} and at "
                f"{inline(high)}, weight for weight; let the function use it, or drop it from the space"
            )


def _ends(parameter: Searched) -> tuple[Value, Value]:
    if isinstance(parameter, Choice):
        return parameter.options[0], parameter.options[-1]
    return parameter.low, parameter.high


def _apart(space: Space, name: str, *values: Value) -> list[Point]:
    """Points that differ in this parameter, and in what depends on it; none where it never counts."""
    chance = random.Random(0)

    def anywhere(_name: str, parameter: Searched) -> Value:
        return chance.choice(_ends(parameter))

    drawn = (draw(space, anywhere) for _ in range(DRAWS))
    point = next((point for point in drawn if point.get(name, []) != []), None)
    return [] if point is None else [_with(space, point, name, value) for value in values]


def _with(space: Space, point: Point, name: str, value: Value) -> Point:
    known = flatten(point)

    def suggest(flat: str, parameter: Searched) -> Value:
        return value if parameter is space[name] else known.get(flat, _ends(parameter)[0])

    return draw(space, suggest)


def _alike(spec: StudySpec, points: list[Point], input_shape: tuple[int, ...], outputs: int) -> bool:
    """Whether the networks at both points are one: layers, settings, first weights, answers in training."""
    try:
        seen = []
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for point in points:
                torch.default_generator.manual_seed(0)
                module = family.build(
                    spec.model.family, point, input_shape, outputs, folder=spec.folder, loss=spec.loss
                )
                answers = module.train()(torch.randn(4, *input_shape))
                seen.append((module, module.state_dict(), answers))
        (one, weights, answers), (other, more_weights, more_answers) = seen
        same_weights = weights.keys() == more_weights.keys() and all(
            torch.equal(weight, more_weights[name]) for name, weight in weights.items()
        )
        return _settings(one) == _settings(other) and same_weights and torch.equal(answers, more_answers)
    except (Exception, SystemExit):  # noqa: BLE001 - a user's code may raise anything; its trials will tell
        return False


def _settings(module: nn.Module) -> list[Any]:
    """What each layer is and keeps beside its weights."""
    return [
        (type(layer).__qualname__, repr(layer), {n: v for n, v in vars(layer).items() if not n.startswith("_")})
        for layer in module.modules()
    ]
