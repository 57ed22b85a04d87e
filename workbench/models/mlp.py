"""The mlp family: Linear, batch norm, activation, dropout, `depth` times over, then Linear to the logits.

With the activation "none" Linear follows upon Linear, which is what many a first network is by mistake.

Built from torch.nn alone and in reading order, so that a net written by hand in a lesson is the same net: same
layers, same seed, same initial weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from workbench.errors import WorkbenchError
from workbench.study.space import Point
from workbench.study.vocabulary import MLP, settings

_ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}

_WEIGHT_INITS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "kaiming-normal": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
    "kaiming-uniform": lambda weight: nn.init.kaiming_uniform_(weight, nonlinearity="relu"),
    "xavier-normal": nn.init.xavier_normal_,
    "xavier-uniform": nn.init.xavier_uniform_,
    "orthogonal": nn.init.orthogonal_,
}


def build(point: Point, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """The network at `point`: [B, *input_shape] -> [B, outputs]."""
    said: dict[str, Any] = settings(MLP, point)
    flat: list[nn.Module] = [nn.Flatten()] if len(input_shape) > 1 else []
    module = nn.Sequential(*flat, *dense(said, math.prod(input_shape), outputs))
    initialize(module, said["weight_init"])
    return module


def dense(said: Mapping[str, Any], width: int, outputs: int) -> list[nn.Module]:
    """The layers from `width` features through the hidden ones to the logits: [B, width] -> [B, outputs]."""
    layers: list[nn.Module] = []
    for units in widths(said, outputs):
        layers.append(nn.Linear(width, units))
        if said["batch_norm"]:
            layers.append(nn.BatchNorm1d(units))
        layers += activation(said)
        if said["dropout"]:
            layers.append(nn.Dropout(said["dropout"]))
        width = units
    return [*layers, nn.Linear(width, outputs)]


def activation(said: Mapping[str, Any]) -> list[nn.Module]:
    """The layer after a linear one; none where there is to be none."""
    name = said["activation"]
    return [] if name == "none" else [_ACTIVATIONS[name]()]


def widths(said: Mapping[str, Any], outputs: int) -> list[int]:
    """The width of each hidden layer.

    A funnel falls from `units` to the outputs in even steps, as the shaped networks of Zimmer, Lindauer and
    Hutter (2021), "Auto-PyTorch Tabular", do; where there are no fewer units than outputs.
    """
    units, depth = said["units"], said["depth"]
    if said["shape"] == "constant" or isinstance(units, list):
        return each("units", units, "depth", depth)
    return [units - max(0, units - outputs) * i // depth for i in range(depth)]


def each(name: str, value: Any, counted_by: str, count: int) -> list[Any]:
    """One value for each of so many layers or blocks."""
    if not isinstance(value, list):
        return [value] * count
    if len(value) != count:
        raise WorkbenchError(
            f"space.{name}: {len(value)} values {value} for {counted_by} = {count}",
            hint=f'give one number for all, as many as {counted_by}, or search with per = "{counted_by}"',
        )
    return value


def initialize(module: nn.Sequential, weight_init: str) -> None:
    """The first weights of linear layers and convolutions, and biases of 0; "default" leaves torch's."""
    if weight_init == "default":
        return
    for layer in module:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            _WEIGHT_INITS[weight_init](layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
