"""The mlp family: Linear, batch norm, activation, dropout, `depth` times over, then Linear to the logits.

With the activation "none" Linear follows upon Linear, which is what many a first network is by mistake.

Built from torch.nn alone and in reading order, so that a net written by hand in a lesson is the same net: same
layers, same seed, same initial weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
    layers: list[nn.Module] = [nn.Flatten()] if len(input_shape) > 1 else []
    width = math.prod(input_shape)
    for units in _units(said["units"], said["depth"]):
        layers.append(nn.Linear(width, units))
        if said["batch_norm"]:
            layers.append(nn.BatchNorm1d(units))
        if said["activation"] != "none":
            layers.append(_ACTIVATIONS[said["activation"]]())
        if said["dropout"]:
            layers.append(nn.Dropout(said["dropout"]))
        width = units
    layers.append(nn.Linear(width, outputs))
    if said["weight_init"] != "default":
        for layer in layers:
            if isinstance(layer, nn.Linear):
                _WEIGHT_INITS[said["weight_init"]](layer.weight)
                nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)


def _units(units: int | list[int], depth: int) -> list[int]:
    """The width of each hidden layer."""
    if not isinstance(units, list):
        return [units] * depth
    if len(units) != depth:
        raise WorkbenchError(
            f"space.units: {len(units)} values {units} for depth = {depth}",
            hint='give one number for all layers, one value per layer, or search with per = "depth"',
        )
    return units
