"""The rows that a minibatch fills on its way through a program, and views of them that a step uses as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.fused.layers import ACTIVATIONS, NOT_ZERO_AT_ZERO, Activation
from workbench.fused.layout import Layout, Slab

COLUMNS = 32  # a row's length in memory is a multiple of it: no kernel's leftovers fall into a lane's rows


class Matmul(NamedTuple):
    """A bucket's linear layer: z [n, H, B] = weight [n, H, I] @ inputs [n, I, B] + bias [n, H, 1]; gradients."""

    weight: Tensor
    bias: Tensor
    inputs: Tensor
    z: Tensor
    weight_gradient: Tensor
    d_inputs: Tensor
    d: Tensor
    weight_t: Tensor  # transposed views: made once, for making one costs as much as a small matmul
    inputs_t: Tensor

    def forward(self) -> None:
        torch.baddbmm(self.bias, self.weight, self.inputs, out=self.z)

    def backward(self) -> None:
        torch.bmm(self.d, self.inputs_t, out=self.weight_gradient)
        torch.bmm(self.weight_t, self.d, out=self.d_inputs)


class Run(NamedTuple):
    """Rows of a layer [R, B] with one activation."""

    activation: Activation
    z: Tensor
    a: Tensor
    d: Tensor
    alive: Tensor | None  # [R, 1], 0 for padding, where the activation would lift it from 0

    def forward(self) -> None:
        self.activation.forward(self.z, self.a)
        if self.alive is not None:
            self.a.mul_(self.alive)

    def backward(self) -> None:
        self.activation.backward(self.d, self.a if self.activation.from_output else self.z)


@dataclass
class LayerViews:
    """A hidden layer: linear -> `linear`, batch norm -> `z`, activation -> `a`, dropout -> `out`; all [R, B]."""

    matmuls: list[Matmul]  # none in the first
    runs: list[Run]
    linear: Tensor
    z: Tensor
    a: Tensor
    out: Tensor
    d: Tensor  # gradient by `out`, then by each of the others in turn
    mask: Tensor
    masks: list[Tensor]  # each lane's own part of it [H, B]
    lanes: list[int]  # that have the layer, as in `masks`


@dataclass
class Views:
    """All that a step touches, for B examples."""

    first: Tensor  # [R, B], what the first layer's matmul leads to
    d_first: Tensor
    layers: list[LayerViews]
    heads: list[Matmul]
    logits: Tensor  # [K, C, B]
    d_logits: Tensor


class Buffers:
    """Memory for up to `columns` examples. Without `training` there are no gradients and no dropout."""

    def __init__(
        self,
        layout: Layout,
        weights: Slab,
        gradients: Slab,
        columns: int,
        *,
        norm: bool,
        dropout: bool,
        training: bool,
    ) -> None:
        self.layout, self.weights, self.gradients = layout, weights, gradients
        columns = -(-columns // COLUMNS) * COLUMNS

        def rows(count: int) -> Tensor:
            return weights.rest.new_zeros(count, columns)

        def another(like: Tensor, wanted: bool) -> Tensor:
            return torch.zeros_like(like) if wanted else like

        self._linear = [rows(count) for count in layout.rows]
        self._z = [another(linear, norm) for linear in self._linear]
        self._a = [torch.zeros_like(linear) for linear in self._linear]
        self._out = [another(a, dropout and training) for a in self._a]
        self._mask = [another(a, dropout and training) for a in self._a]
        self._d = [another(a, training) for a in self._a]
        self._logits = rows(len(layout.networks) * layout.head_rows)
        self._d_logits = another(self._logits, training)
        self._alive = [self._living(layer) for layer in range(layout.depth)]
        self._cut: dict[int, Views] = {}

    def cut(self, examples: int) -> Views:
        """The views of the first so many columns; made once for each size."""
        if examples not in self._cut:
            self._cut[examples] = self._views(examples)
        return self._cut[examples]

    def _views(self, b: int) -> Views:
        layout, last = self.layout, self.layout.head_rows
        logits, d_logits = (
            rows.view(-1, last, rows.shape[1])[:, : layout.outputs, :b] for rows in (self._logits, self._d_logits)
        )
        first, d_first = (self._logits, self._d_logits) if layout.linear else (self._linear[0], self._d[0])
        return Views(
            first[:, :b],
            d_first[:, :b],
            [self._layer(layer, b) for layer in range(layout.depth)],
            [] if layout.linear else [self._head(i, logits, d_logits, b) for i in range(len(layout.buckets))],
            logits,
            d_logits,
        )

    def _layer(self, layer: int, b: int) -> LayerViews:
        layout = self.layout
        z, a, d = (rows[layer][:, :b] for rows in (self._z, self._a, self._d))
        runs = []
        for name, rows in layout.runs(layer):
            alive = self._alive[layer][rows] if name in NOT_ZERO_AT_ZERO else None
            runs.append(Run(ACTIVATIONS[name], z[rows], a[rows], d[rows], alive))
        mask = self._mask[layer][:, :b]
        lanes = list(layout.lane_rows(layer))
        return LayerViews(
            matmuls=[self._matmul(layer, i, b) for i in layout.starts[layer]] if layer else [],
            runs=runs,
            linear=self._linear[layer][:, :b],
            z=z,
            a=a,
            out=self._out[layer][:, :b],
            d=d,
            mask=mask,
            masks=[mask[start : start + layout.networks[lane].widths[layer]] for lane, start, _ in lanes],
            lanes=[lane for lane, _, _ in lanes],
        )

    def _matmul(self, layer: int, index: int, b: int) -> Matmul:
        """Of one bucket, from the layer before."""
        block = self.layout.block
        weight = self.weights.weight(layer, index)
        inputs = block(self._out[layer - 1], layer - 1, index)[..., :b]
        return Matmul(
            weight=weight,
            bias=block(self.weights.bias(layer)[:, None], layer, index),
            inputs=inputs,
            z=block(self._linear[layer], layer, index)[..., :b],
            weight_gradient=self.gradients.weight(layer, index),
            d_inputs=block(self._d[layer - 1], layer - 1, index)[..., :b],
            d=block(self._d[layer], layer, index)[..., :b],
            weight_t=weight.mT,
            inputs_t=inputs.mT,
        )

    def _head(self, index: int, logits: Tensor, d_logits: Tensor, b: int) -> Matmul:
        bucket = self.layout.buckets[index]
        lanes, layer = slice(bucket.first, bucket.first + bucket.count), len(bucket.heights) - 1
        weight = self.weights.head(index)
        inputs = self.layout.block(self._out[layer], layer, index)[..., :b]
        return Matmul(
            weight=weight,
            bias=self.weights.head_bias[lanes, :, None],
            inputs=inputs,
            z=logits[lanes],
            weight_gradient=self.gradients.head(index),
            d_inputs=self.layout.block(self._d[layer], layer, index)[..., :b],
            d=d_logits[lanes],
            weight_t=weight.mT,
            inputs_t=inputs.mT,
        )

    def _living(self, layer: int) -> Tensor:
        """[R, 1]: 1 for a neuron, 0 for padding."""
        alive = self.weights.rest.new_zeros(self.layout.rows[layer], 1)
        for lane, start, _ in self.layout.lane_rows(layer):
            alive[start : start + self.layout.networks[lane].widths[layer]] = 1
        return alive
