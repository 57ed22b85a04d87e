"""Which gradients an optimizer step uses up, and whether they had been used before.

A gradient is *stale* when the tensor object that one step consumed is still there, not zeroed, when the next
backward begins, and that backward adds to it. Objects are compared through weak references, never by id():
addresses are reused. Whether it was zeroed is read from its values, for `p.grad.data.zero_()` leaves no trace
in the version counter.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder import facts

ASKED = 3  # gradients of an optimizer that speak for all of its own


def of_weights(inputs: Any, keywords: dict[str, Any], *, plain: bool) -> bool:
    """Whether torch.autograd.grad, called for `inputs`, is asked for the slopes of weights, to train them by hand.

    Not so where its result is differentiated again (a penalty, a meta-learner's inner step), nor for the slope of
    an input, which is a leaf beside the weights that backward has trained. `plain`: there are neither networks
    nor optimizers, and any leaf may be a weight.
    """
    leaves = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if keywords.get("create_graph") or not leaves or not all(isinstance(leaf, Tensor) for leaf in leaves):
        return False
    if not all(leaf.is_leaf and leaf.requires_grad for leaf in leaves):
        return False
    return plain or all(isinstance(leaf, nn.Parameter) for leaf in leaves)


@dataclass
class Used:
    """A gradient as the last step left it."""

    grad: weakref.ref[Tensor]
    version: int
    optimizer: int
    dirty: bool | None = None  # it was still there, unzeroed, when the next backward began; None before that


@dataclass
class Counts:
    """What one step consumed."""

    consumed: int = 0
    missing: int = 0
    zero: int = 0
    stale: int = 0
    untouched: int = 0
    non_finite: int = 0
    squares: float = 0.0
    norms: dict[int, float] = field(default_factory=dict)


class Gradients:
    """Follows the gradients of optimizers' parameters from step to step."""

    def __init__(self) -> None:
        self._used: dict[int, tuple[weakref.ref[Tensor], Used]] = {}

    def backward_begins(self, *, thorough: bool) -> None:
        """Look, before anything is added, which consumed gradients are still there.

        Not `thorough`: the three smallest of an optimizer speak for all of its own.
        """
        waiting: dict[int, list[Used]] = defaultdict(list)
        for parameter, used in self._used.values():
            if self._still_there(parameter, used):
                waiting[used.optimizer].append(used)
        for group in waiting.values():
            group.sort(key=lambda used: _size(used.grad()))
            looked_at = len(group) if thorough else ASKED
            for used in group[:looked_at]:
                self._look(used)
            answers = {used.dirty for used in group[:looked_at]}
            for used in group[looked_at:]:
                used.dirty = next(iter(answers)) if len(answers) == 1 else used.dirty

    @staticmethod
    def _look(used: Used) -> None:
        grad = used.grad()
        if grad is None or used.dirty is False:
            return  # zeroed once: what is in it now was accumulated on purpose
        fresh = used.dirty is None and grad._version != used.version
        used.dirty = not fresh and facts.some(grad)

    @staticmethod
    def _still_there(parameter: weakref.ref[Tensor], used: Used) -> bool:
        owner, grad = parameter(), used.grad()
        return owner is not None and grad is not None and owner.grad is grad and grad.layout == torch.strided

    def step_begins(self, parameters: list[Tensor], *, detailed: bool) -> Counts:
        """Count what the step is about to consume."""
        counts = Counts()
        for parameter in parameters:
            grad = parameter.grad
            if grad is None:
                counts.missing += parameter.requires_grad
                continue
            counts.consumed += 1
            known = self._used.get(id(parameter))
            if known is not None and known[0]() is parameter and known[1].grad() is grad:
                if grad._version == known[1].version:
                    counts.untouched += 1
                elif known[1].dirty:
                    counts.stale += 1
            if detailed:
                norm = facts.norm(grad)
                counts.norms[id(parameter)] = norm
                counts.squares += norm * norm
                counts.zero += norm == 0.0
                counts.non_finite += norm != norm or norm in (float("inf"), float("-inf"))
        return counts

    def step_ends(self, parameters: list[Tensor], optimizer: int) -> None:
        """Remember what has been consumed."""
        for parameter in parameters:
            grad = parameter.grad
            if grad is None:
                self._used.pop(id(parameter), None)
            else:
                used = Used(weakref.ref(grad), grad._version, optimizer)
                self._used[id(parameter)] = (weakref.ref(parameter), used)


def _size(tensor: Tensor | None) -> int:
    return tensor.numel() if tensor is not None else 0
