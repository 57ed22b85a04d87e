"""Where a computed tensor leaves the autograd graph: detach, .data, item, numpy, argmax, no_grad.

Each line is kept with the parameters that are cut off there. Healthy scripts do this for metrics all the time: a
rule asks only when gradients are missing. copy.deepcopy reads `.data`, too; it cuts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.graphs import LARGEST
from workbench.diagnostics.trace import Cut, Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

DATA = torch.Tensor.data.__get__  # type: ignore[attr-defined]
NAMES = frozenset(
    ["detach", "item", "numpy", "tolist", "__float__", "argmax", "argmin", "tensor", "long", "int", "bool"]
)
WALKS = 3  # a line: its later calls are taken to be like its first
LINES = 100
MOST = 100  # of a list that is made a tensor


@dataclass
class CutFile:
    """What is kept of one line."""

    place: Place | None
    name: str
    step: int
    shape: tuple[int, ...]
    module: str | None
    value: float | None = None
    parameters: set[int] = field(default_factory=set)
    count: int = 0


class Cuts:
    """The cuts of one recording, by line and function."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.files: dict[tuple[Place | None, str], CutFile] = {}

    def look(self, name: str, args: Any) -> None:
        """A function whose result has no history was given a tensor."""
        given = args[0] if args else None
        parts = given[:MOST] if isinstance(given, list | tuple) else [given]
        cut = [each for each in parts if isinstance(each, Tensor) and each.requires_grad]
        if cut and not places.inside("__deepcopy__"):
            self._note(name, cut[0], cut)

    def without_gradients(self, args: Any) -> None:
        """A function ran under no_grad though its network was called with gradients."""
        stack = self.recorder.forwards.stack
        if not stack or stack[0].file is None or not stack[0].file.grad:
            return
        given = [item for item in args if isinstance(item, Tensor) and item.requires_grad]
        if given:
            self._note("no_grad", given[0], given)

    def _note(self, name: str, first: Tensor, given: Iterable[Tensor]) -> None:
        key = (places.here(), name)
        kept = self.files.get(key)
        if kept is None:
            if len(self.files) >= LINES:
                return
            shape, module = tuple(first.shape), self.recorder.forwards.current_name()
            kept = self.files[key] = CutFile(key[0], name, self.recorder.step, shape, module)
        kept.count += 1
        if kept.count <= WALKS:
            kept.value = facts.number(first) if kept.value is None or first.numel() == 1 else kept.value
            for tensor in given:
                kept.parameters |= self._leaves(tensor)

    def _leaves(self, tensor: Tensor) -> set[int]:
        """Indexes of the known parameters that a tensor was computed from."""
        known = self.recorder.registry.tensor
        if tensor.grad_fn is None:
            own = known(tensor)
            return {own.index} if own is not None else set()
        found, seen, waiting = set(), {tensor.grad_fn}, [tensor.grad_fn]
        while waiting and len(seen) < LARGEST:
            function: Any = waiting.pop()
            leaf = getattr(function, "variable", None)
            own = known(leaf) if leaf is not None else None
            if own is not None:
                found.add(own.index)
            children = [child for child, _ in function.next_functions if child is not None and child not in seen]
            seen.update(children)
            waiting += children
        return found

    def written(self) -> tuple[Cut, ...]:
        """As the trace tells it."""
        return tuple(
            Cut(**{**kept.__dict__, "parameters": tuple(sorted(kept.parameters))}) for kept in self.files.values()
        )
