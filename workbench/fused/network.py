"""One lane's network as a program takes it in and gives it back: weights, moments and generator of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from workbench.data.splits import Splits
from workbench.fused import schedules
from workbench.fused.optimizers import RULES
from workbench.models import family, mlp
from workbench.study.space import Point
from workbench.study.vocabulary import MLP, TRAINER, settings

AFFINE = (".weight", ".bias")  # of a batch norm: the rest of it are statistics


class Kind(NamedTuple):
    """What all lanes of one program have in common."""

    examples: int  # of their training parts, which of folds may differ by one
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
    data: Splits
    epochs: int = 0  # done so far
    updates: int = 0  # done so far
    moments: list[dict[str, Tensor]] = field(default_factory=list)  # of the update rule; none before the first

    def go_on_from(self, state: Mapping[str, Any]) -> None:
        """Be where another run of it was, see `Program.state`.

        ValueError, KeyError, TypeError or RuntimeError where that is of another network.
        """
        norms = tuple(f"{name}." for name in self.norms)
        weights = [name for name in self.tensors if not name.startswith(norms) or name.endswith(AFFINE)]
        kept = [(state["tensors"], list(self.tensors)), *((moments, weights) for moments in state["moments"])]
        for tensors, names in kept:
            for name in names:
                if tensors[name].shape != self.tensors[name].shape:
                    raise ValueError(f"{name} has the shape {tuple(tensors[name].shape)}")
        if len(state["moments"]) != RULES[self.kind.rule][1] or not 0 <= state["updates"] <= len(self.rates):
            raise ValueError("it is of another update rule")
        self.generator.set_state(state["generator"])
        self.tensors = {name: state["tensors"][name].to(value) for name, value in self.tensors.items()}
        self.moments = list(state["moments"])
        self.epochs, self.updates = state["epochs"], state["updates"]

    @property
    def stream(self) -> tuple[int, ...]:
        """Lanes of one stream see the same minibatches."""
        return (*(self.data.fold or ()), self.order_seed, self.epochs)

    @property
    def kind(self) -> Kind:
        rule = self.said["optimizer"]
        if rule == "sgd" and self.said["nesterov"] and self.said["momentum"] > 0:
            rule = "nesterov"
        dropout = self.said["dropout"] > 0 and bool(self.widths)
        return Kind(len(self.data.train), rule, not self.widths, bool(self.norms), dropout)


def build(point: Point, seed: int, data: Splits, updates: int, order_seed: int) -> Network:
    """The lane's network before its first update, drawn as `family.build` draws it; device and type of the data."""
    info, like = data.info, data.train.x
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
        data=data,
    )
