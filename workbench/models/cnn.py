"""The cnn family: blocks of convolution, batch norm, activation, pooling and channel dropout, then an mlp's head.

Built from torch.nn alone and in reading order, so that a net written by hand in a lesson is the same net: same
layers, same seed, same initial weights. Pooling commutes with ReLU, and so does the dropout of whole channels: a
lesson that writes convolution, dropout, pooling, ReLU trains the same numbers.
Not done: strides and dilation. Pooling shrinks the image, and two words that do one thing confuse a search.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from torch import nn

from workbench.errors import WorkbenchError
from workbench.models.mlp import activation, dense, each, initialize
from workbench.study.space import Choice, Fixed, Point, Space, middle, parents, values
from workbench.study.vocabulary import CNN, settings

_GEOMETRY = ("blocks", "kernel", "padding", "pool")
_MOST = 20_000  # combinations of the words above that a check goes through


def build(point: Point, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """The network at `point`: [B, C, H, W] or [B, H, W] -> [B, outputs]."""
    said: dict[str, Any] = settings(CNN, point)
    _, height, width = shapes(point, input_shape)[-1]
    layers: list[nn.Module] = [nn.Unflatten(1, (1, input_shape[0]))] if len(input_shape) == 2 else []
    channels = _image(input_shape)[0]
    for filters, kernel, pool, dropout in _blocks(said):
        layers.append(nn.Conv2d(channels, filters, kernel, padding=kernel // 2 if said["padding"] == "same" else 0))
        if said["batch_norm"]:
            layers.append(nn.BatchNorm2d(filters))
        layers += activation(said)
        if pool > 1:
            layers.append(nn.MaxPool2d(pool))
        if dropout:
            layers.append(nn.Dropout2d(dropout))
        channels = filters
    module = nn.Sequential(*layers, nn.Flatten(), *dense(said, channels * height * width, outputs))
    initialize(module, said["weight_init"])
    return module


def shapes(point: Point, input_shape: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """(channels, height, width) of the examples and after each block; WorkbenchError where a block does not fit."""
    said: dict[str, Any] = settings(CNN, point)
    found = [_image(input_shape)]
    for number, (filters, kernel, pool, _) in enumerate(_blocks(said), 1):
        _, *sides = found[-1]
        if said["padding"] == "none":
            if kernel > min(sides):
                raise _misfit(point, number, f"a kernel of {kernel} does not fit its {_by(sides)} input", found)
            sides = [side - kernel + 1 for side in sides]
        elif kernel % 2 == 0:
            raise WorkbenchError(
                f'space.kernel: {kernel} cannot keep an image\'s size (padding = "same"): '
                "it has no pixel in its middle",
                hint="let kernels be odd, for instance kernel = { choice = [3, 5] }",
            )
        if pool > min(sides):
            what = f"pooling by {pool} leaves nothing of the {_by(sides)} that its convolution gives"
            raise _misfit(point, number, what, found)
        found.append((filters, sides[0] // pool, sides[1] // pool))
    return found


def check(space: Space, input_shape: tuple[int, ...]) -> None:
    """WorkbenchError where a point of the space has a block that its input is too small for."""
    _image(input_shape)
    for point in itertools.islice(_corners(space), _MOST):
        shapes(point, input_shape)


def _corners(space: Space) -> Iterator[Point]:
    """Every combination of what decides how images shrink; of one value per block, the same one in each."""
    names = {name for name in _GEOMETRY if name in space}
    while more := {parent for name in names for parent in parents(space[name]) if parent in space} - names:
        names |= more
    relevant = {name: parameter for name, parameter in space.items() if name in names}
    searched = {
        name: found
        for name, parameter in relevant.items()
        if not isinstance(parameter, Fixed) and (found := values(parameter)) is not None
    }
    for chosen in itertools.product(*searched.values()):
        said = {
            name: Choice(options=[value], per=relevant[name].per, when=relevant[name].when)
            for name, value in zip(searched, chosen, strict=True)
        }
        yield middle({**relevant, **said})


def _blocks(said: dict[str, Any]) -> list[tuple[int, int, int, float]]:
    """(channels, kernel, pool, dropout) of each block."""
    names = ("channels", "kernel", "pool", "conv_dropout")
    return list(zip(*(each(name, said[name], "blocks", said["blocks"]) for name in names), strict=True))


def _image(input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    match input_shape:
        case (height, width):
            return 1, height, width
        case (channels, height, width):
            return channels, height, width
    numbers = math.prod(input_shape)
    side = math.isqrt(numbers)
    square = f"{side}, {side}" if side > 1 and side * side == numbers else "H, W"
    raise WorkbenchError(
        f"model.family: the cnn looks at images, [H, W] or [channels, H, W], and an example of this data has the "
        f"shape [{', '.join(map(str, input_shape))}]",
        hint=f"rows of a table are for the mlp; where they are pixels, return x.reshape(-1, 1, {square})",
    )


def _misfit(point: Point, number: int, what: str, found: list[tuple[int, int, int]]) -> WorkbenchError:
    said: dict[str, Any] = settings(CNN, point)
    at = ", ".join(f"{name} = {said[name]}" for name in _GEOMETRY)
    path = " -> ".join(_by(sides) for _, *sides in found)
    ways = []
    if said["padding"] == "none":
        ways.append('padding = "same"')
    if number > 1:
        ways.append(f"at most {number - 1} block{'s' if number > 2 else ''}")
    ways.append("smaller kernels or less pooling")
    return WorkbenchError(
        f"space: block {number}: {what} (the image: {path}; at {at})",
        hint=f"let the space hold {', or '.join(ways)}",
    )


def _by(sides: list[int]) -> str:
    return "×".join(map(str, sides))
