"""The first layer: most of the weights where inputs are many, and so most of a step.

Lanes of one stream see the same minibatch, so forward it is one matmul for as many of them as lie side by side,
without padding. Backward the gradient of some rows is made and used at once, before it leaves the cache:
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


class _Matmul(NamedTuple):
    """gradient [H, D] = d[rows] [H, B] @ x[stream] [B, D]"""

    rows: slice
    stream: int
    gradient: Tensor


class _Part(NamedTuple):
    """Rows that are updated together, and what their update touches, all [H, D]."""

    weight: Tensor
    gradient: Tensor
    moments: list[Tensor]
    settings: Settings
    matmuls: list[_Matmul]


class FirstLayer:
    """z = weight x^T + bias: z [R, B], weight [R, D], x [B, D], bias [R, 1]. The only one of networks without a
    hidden layer."""

    def __init__(
        self, layout: Layout, rule: str, weights: Slab, moments: Sequence[Slab], settings: Settings
    ) -> None:
        self._weight = weights.first
        self._bias = weights.head_bias.view(-1, 1) if layout.linear else weights.bias(0)[:, None]
        self._networks: Sequence[Network] = layout.networks
        self._rule, self._lane_rule = RULES[rule][0], LANE_RULES.get(rule)
        if self._weight.is_cuda or layout.inputs < FEW_INPUTS:
            self._lane_rule = None
        runs = layout.first_runs()
        self._runs = [(stream, rows, self._bias[rows], self._weight[rows]) for stream, rows in runs]
        places = layout.first_places()
        if self._lane_rule is None:
            height = max(GRAIN, CHUNK // layout.inputs // GRAIN * GRAIN)
            edges = [*range(0, layout.first_rows, height), layout.first_rows]
            places = [slice(*edge) for edge in pairwise(edges)]
        room = self._weight.new_empty(max(rows.stop - rows.start for rows in places), layout.inputs)
        self._parts = [
            _Part(
                self._weight[rows],
                room[: rows.stop - rows.start],
                [slab.first[rows] for slab in moments],
                settings.part(rows),
                [
                    _Matmul(slice(start, stop), stream, room[start - rows.start : stop - rows.start])
                    for stream, run in runs
                    if (start := max(run.start, rows.start)) < (stop := min(run.stop, rows.stop))
                ],
            )
            for rows in places
        ]

    @property
    def by_lanes(self) -> bool:
        """Whether the update takes its settings from the networks, and leaves `settings` alone."""
        return self._lane_rule is not None

    def forward(self, x: Tensor | Sequence[Tensor], z: Tensor) -> None:
        """x [B, D], one for all lanes or one of each stream -> z [R, B]."""
        if isinstance(x, Tensor):
            torch.addmm(self._bias, self._weight, x.t(), out=z)
            return
        for stream, rows, bias, weight in self._runs:
            torch.addmm(bias, weight, x[stream].t(), out=z[rows])

    def update(self, d: Tensor, x: Sequence[Tensor], step: int) -> None:
        """A step's update, from the gradient of the loss by z, d [R, B], and x [B, D] of each stream."""
        if self._lane_rule is None:
            count = self._networks[0].updates + step
            for weight, gradient, moments, settings, matmuls in self._parts:
                for rows, stream, part in matmuls:
                    torch.mm(d[rows], x[stream], out=part)
                self._rule(weight, gradient, moments, settings, count)
            return
        for network, (weight, gradient, moments, _, [matmul]) in zip(self._networks, self._parts, strict=True):
            count = network.updates + step
            lr = network.rates[count - 1]
            inputs = x[matmul.stream]
            self._lane_rule(weight, d[matmul.rows], inputs, gradient, moments, network.said, lr, count)
