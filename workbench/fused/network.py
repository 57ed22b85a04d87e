"""One lane's network as a program takes it in and gives it back: weights, moments and generator of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from workbench.data.splits import DataInfo
from workbench.fused import schedules
from workbench.models import family, mlp
from workbench.study.space import Point
from workbench.study.vocabulary import MLP, TRAINER, settings


class Kind(NamedTuple):
    """What all lanes of one program have in common."""

    rule: str  # of update; "nesterov" is one of its own
    linear: bool  # no hidden layer
    batch_norm: bool
    dropout: bool


@dataclass(eq=False)
class Network:
    """A lane at the end of an epoch. Names are those of the module's state_dict; nothing here is padded."""

    said: dict[str, Any]  # every word's value at the lane's point
    widths: tuple[int, ...]  # of the hidden layers
    linears: list[str]  # names of the linear layers, the output last
    norms: list[str]  # names of the batch norms
    tensors: dict[str, Tensor]  # the state_dict
    generator: torch.Generator  # draws the dropout masks, from where initialization left it
    rates: list[float]  # the learning rate of every update
    parameters: int  # count of trainable weights
    order_seed: int  # of its minibatches
    epochs: int = 0  # done so far
    updates: int = 0  # done so far
    moments: list[dict[str, Tensor]] = field(default_factory=list)  # of the update rule; none before the first

    @property
    def stream(self) -> tuple[int, int]:
        """Lanes of one stream see the same minibatches."""
        return self.order_seed, self.epochs

    @property
    def kind(self) -> Kind:
        rule = self.said["optimizer"]
        if rule == "sgd" and self.said["nesterov"] and self.said["momentum"] > 0:
            rule = "nesterov"
        return Kind(rule, not self.widths, bool(self.norms), self.said["dropout"] > 0 and bool(self.widths))


def build(point: Point, seed: int, info: DataInfo, updates: int, like: Tensor, order_seed: int) -> Network:
    """The lane's network before its first update, drawn as `family.build` draws it; device and type of `like`."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        module = mlp.build(point, info.input_shape, info.outputs)
        state = torch.default_generator.get_state()
    if like.device.type == "cpu":
        generator = torch.Generator()
        generator.set_state(state)
    else:
        generator = torch.Generator(like.device).manual_seed(seed)
    said: dict[str, Any] = settings(TRAINER | MLP, point)
    linears = [name for name, layer in module.named_children() if isinstance(layer, nn.Linear)]
    norms = [name for name, layer in module.named_children() if isinstance(layer, nn.BatchNorm1d)]
    return Network(
        said=said,
        widths=tuple(module.get_submodule(name).out_features for name in linears[:-1]),  # type: ignore[misc]
        linears=linears,
        norms=norms,
        tensors=dict(module.to(like.device, like.dtype).state_dict()),
        generator=generator,
        rates=schedules.rates(said, updates),
        parameters=family.parameter_count(module),
        order_seed=order_seed,
    )
