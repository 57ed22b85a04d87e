"""The linear family: one layer from the features to the logits, the baseline that a network must beat.

With the multiclass loss it is softmax regression, with the binary one logistic regression.
"""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from workbench.models.mlp import initialize
from workbench.study.space import Point
from workbench.study.vocabulary import LINEAR, settings


def build(point: Point, input_shape: tuple[int, ...], outputs: int) -> nn.Sequential:
    """The model at `point`: [B, *input_shape] -> [B, outputs]; the mlp of depth 0, weight for weight."""
    said: dict[str, Any] = settings(LINEAR, point)
    flat: list[nn.Module] = [nn.Flatten()] if len(input_shape) > 1 else []
    module = nn.Sequential(*flat, nn.Linear(math.prod(input_shape), outputs))
    initialize(module, said["weight_init"])
    return module
