"""The first layer: most of the weights where inputs are many, and so most of a step.

All lanes see the same minibatch, so forward it is one matmul for all of them, without padding. Backward the
gradient of some rows is made and used at once, before it leaves the cache:
- lane by lane on a CPU, where inputs are many: two calls a lane, and fewer passes over the memory. SGD's
  `momentum * v + gradient` is one matmul; Adam is torch's own fused kernel.
- in chunks of rows of any lanes else, by the rules for many lanes at once: few calls, however many lanes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.fused.layout import FEW_INPUTS, GRAIN, Layout, Slab
from workbench.fused.network import Network
from workbench.fused.optimizers import LANE_RULES, RULES, Settings

CHUNK = 1 << 17  # weights whose gradient is made, and used, at a time


class _Rows(NamedTuple):
    """Rows that are updated together, and the memory that their update touches, all [H, D]."""

    rows: slice
    weight: Tensor
    moments: list[Tensor]
    gradient: Tensor


class FirstLayer:
    """z = weight x^T + bias: z [R, B], weight [R, D], x [B, D], bias [R, 1]. The only one of networks without a
    hidden layer."""

    def __init__(
        self, layout: Layout, rule: str, weights: Slab, moments: Sequence[Slab], settings: Settings
    ) -> None:
        self._weight = weights.first
        self._bias = weights.head_bias.view(-1, 1) if layout.linear else weights.bias(0)[:, None]
        self._networks: Sequence[Network] = layout.networks
        self._lane_rule = LANE_RULES.get(rule)
        if self._weight.is_cuda or layout.inputs < FEW_INPUTS:
            self._lane_rule = None
        self._rule, self._settings = RULES[rule][0], settings
        parts = layout.first_places()
        if self._lane_rule is None:
            height = max(GRAIN, CHUNK // layout.inputs // GRAIN * GRAIN)
            edges = [*range(0, layout.first_rows, height), layout.first_rows]
            parts = [slice(start, stop) for start, stop in pairwise(edges)]
        gradient = self._weight.new_empty(max(rows.stop - rows.start for rows in parts), layout.inputs)
        self._parts = [
            _Rows(
                rows,
                self._weight[rows],
                [slab.first[rows] for slab in moments],
                gradient[: rows.stop - rows.start],
            )
            for rows in parts
        ]

    def forward(self, x: Tensor, z: Tensor) -> None:
        """x [B, D] -> z [R, B]."""
        torch.addmm(self._bias, self._weight, x.t(), out=z)

    def update(self, d: Tensor, x: Tensor, count: int) -> None:
        """The update with this number, from d [R, B], the gradient of the loss by z."""
        if self._lane_rule is None:
            for rows, weight, moments, gradient in self._parts:
                torch.mm(d[rows], x, out=gradient)
                self._rule(weight, gradient, moments, self._settings.part(rows), count)
            return
        for network, (rows, weight, moments, gradient) in zip(self._networks, self._parts, strict=True):
            self._lane_rule(weight, d[rows], x, gradient, moments, network.said, network.rates[count - 1], count)
