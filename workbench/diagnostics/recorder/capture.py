"""Keeps what experiments need after the run: the network as it began, up to 64 training examples, the criterion.

Copies only: the script's own tensors stay as they are. Kept for one network with one optimizer and one
criterion whose input is the network's output; anything else is said to be beyond the experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder import facts
from workbench.diagnostics.trace import Place

EXAMPLES = 64
LARGEST = 50_000_000  # elements of the network


@dataclass
class Batch:
    """Inputs of one forward, as positional arguments, and the target its output was compared with."""

    inputs: tuple[Any, ...]
    target: Tensor


@dataclass
class Capture:
    """What was kept, or why not."""

    module: nn.Module | None = None
    state: dict[str, Tensor] = field(default_factory=dict)
    batches: list[Batch] = field(default_factory=list)
    criterion: Callable[[Tensor, Tensor], Tensor] | None = None
    name: str = ""  # of the criterion
    shape: tuple[int, ...] = ()  # of the criterion's input, without the batch
    place: Place | None = None  # of the criterion call
    why_not: str = "no criterion of torch's was called on a network's output"
    _inputs: tuple[Any, ...] | None = None
    _output: Tensor | None = None

    def forward_begins(self, module: nn.Module, inputs: Any) -> None:
        """A root runs with gradients."""
        if next(module.parameters(), None) is None or self.full:
            return
        if self.module is None:
            if sum(parameter.numel() for parameter in module.parameters()) > LARGEST:
                self.why_not = "the network is too large to be copied"
                return
            self.module = module
            self.state = {name: value.detach().clone() for name, value in module.state_dict().items()}
        elif module is not self.module:
            self.why_not = "several networks are trained"
            self.criterion, self._inputs = None, None
            return
        self._inputs = tuple(_copy(value) for value in inputs)

    def forward_ends(self, module: nn.Module, output: Any) -> None:
        """Its output, to be recognised at the criterion."""
        if module is self.module:
            self._output = output if isinstance(output, Tensor) else None

    def loss(self, function: Any, name: str, args: Any, kwargs: dict[str, Any], place: Place | None) -> None:
        """A criterion was called; keep the batch if its input is the network's output, at most reshaped."""
        output, inputs = self._output, self._inputs
        if self.full or output is None or inputs is None or len(args) < 2:
            return
        score, target = args[0], args[1]
        same = facts.storage(score) == facts.storage(output) != 0
        if (
            not same
            or score.numel() != output.numel()
            or not score.dim()
            or score.shape[0] != target.shape[:1].numel()
        ):
            self.why_not = "the criterion's input is not the network's output as it is"
            return
        if place != (self.place or place):
            self.why_not = "several criteria are called"
            return
        rest, keywords = args[2:], dict(kwargs)
        self.criterion = lambda scores, targets: function(scores, targets, *rest, **keywords)
        self.name, self.place, self.shape = name, place, tuple(score.shape[1:])
        self.batches.append(Batch(inputs, target.detach().clone()))
        self._output = self._inputs = None

    @property
    def full(self) -> bool:
        """Whether there are enough examples."""
        return sum(len(batch.target) for batch in self.batches) >= EXAMPLES

    def examples(self, axis: int = 0) -> tuple[tuple[Any, ...], Tensor] | None:
        """The first 64 examples as one batch, where batches can be joined; they lie along `axis` of the inputs."""
        if self.module is None or self.criterion is None or not self.batches:
            return None
        first = self.batches[0]
        size = len(first.target)
        inputs = []
        for position, value in enumerate(first.inputs):
            if not isinstance(value, Tensor):
                inputs.append(value)
            elif value.dim() > axis and value.shape[axis] == size:
                parts = [batch.inputs[position] for batch in self.batches]
                if len({(*part.shape[:axis], *part.shape[axis + 1 :]) for part in parts}) > 1:
                    parts = parts[:1]
                joined = torch.cat(parts, axis)
                inputs.append(joined.narrow(axis, 0, min(EXAMPLES, joined.shape[axis])))
            else:
                return None
        count = min((value.shape[axis] for value in inputs if isinstance(value, Tensor)), default=0)
        target = torch.cat([batch.target for batch in self.batches])[:count]
        return (tuple(inputs), target) if count == len(target) and count > 1 else None


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value
