"""Activations and batch norm on rows: [R, B], neurons of all lanes under one another, examples side by side.

The kernels are autograd's own. `z` is what goes into an activation, `a` what comes out, `d` the gradient of the
loss by `a`, which the backward overwrites by that of `z`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

aten = torch.ops.aten


class Activation(NamedTuple):
    forward: Callable[[Tensor, Tensor], object]  # (z, out=a)
    backward: Callable[[Tensor, Tensor], object]  # (d, z or a), in place
    from_output: bool  # whether the backward wants a, or z


ACTIVATIONS = {
    "relu": Activation(
        lambda z, a: torch.clamp_min(z, 0, out=a),
        lambda d, a: aten.threshold_backward.grad_input(d, a, 0, grad_input=d),
        from_output=True,
    ),
    "leaky-relu": Activation(
        lambda z, a: aten.leaky_relu.out(z, 0.01, out=a),
        lambda d, z: aten.leaky_relu_backward.grad_input(d, z, 0.01, False, grad_input=d),
        from_output=False,
    ),
    "elu": Activation(
        lambda z, a: aten.elu.out(z, out=a),
        lambda d, z: aten.elu_backward.grad_input(d, 1, 1, 1, False, z, grad_input=d),
        from_output=False,
    ),
    "gelu": Activation(
        lambda z, a: aten.gelu.out(z, out=a),
        lambda d, z: aten.gelu_backward.grad_input(d, z, grad_input=d),
        from_output=False,
    ),
    "silu": Activation(
        lambda z, a: aten.silu.out(z, out=a),
        lambda d, z: aten.silu_backward.grad_input(d, z, grad_input=d),
        from_output=False,
    ),
    "tanh": Activation(
        lambda z, a: torch.tanh(z, out=a),
        lambda d, a: aten.tanh_backward.grad_input(d, a, grad_input=d),
        from_output=True,
    ),
    "sigmoid": Activation(
        lambda z, a: torch.sigmoid(z, out=a),
        lambda d, a: aten.sigmoid_backward.grad_input(d, a, grad_input=d),
        from_output=True,
    ),
    "none": Activation(lambda z, a: a.copy_(z), lambda _d, _a: None, from_output=True),
}
NOT_ZERO_AT_ZERO = {"sigmoid"}  # its padded rows must be masked: 0.5 would leak into the next layer's weights


@dataclass
class BatchNorm:
    """torch.nn.BatchNorm1d on rows: a row is a channel, [1, R, B] a batch of one. Statistics are [R]."""

    gamma: Tensor
    beta: Tensor
    mean: Tensor  # running
    variance: Tensor  # running

    def forward(self, x: Tensor, out: Tensor, training: bool) -> tuple[Tensor, Tensor]:
        """x [R, B] -> out; mean and inverse deviation of the minibatch, for `backward`."""
        y, mean, inverse = torch.native_batch_norm(
            x[None], self.gamma, self.beta, self.mean, self.variance, training, 0.1, 1e-5
        )
        out.copy_(y[0])
        return mean, inverse

    def backward(self, x: Tensor, d: Tensor, saved: tuple[Tensor, Tensor], gamma: Tensor, beta: Tensor) -> None:
        """d by the output -> d by x, in place; the gradients of gamma and beta."""
        dx, dgamma, dbeta = aten.native_batch_norm_backward(
            d[None], x[None], self.gamma, self.mean, self.variance, *saved, True, 1e-5, [True, True, True]
        )
        d.copy_(dx[0])
        gamma.copy_(dgamma)
        beta.copy_(dbeta)


def draw_masks(mask: Tensor, rate: float, generator: torch.Generator, scratch: Tensor) -> None:
    """One lane's dropout mask of a layer, [H, B], as nn.Dropout draws it: for [B, H], example by example."""
    drawn = scratch[: mask.numel()].view(mask.shape[1], mask.shape[0])
    drawn.bernoulli_(1 - rate, generator=generator).div_(1 - rate)
    mask.copy_(drawn.t())
