"""What remedies are made of: lines, calls on those lines, modules made there, root modules while they run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder import graphs, places
from workbench.diagnostics.recorder.functions import plain_name
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.trace import VIEWS

Line = tuple[str, int | None, int]
Wish = dict[str, Any]  # a remedy's name, the place it applies to, and what else it needs
Remedy = Callable[[Patches, Wish], contextlib.AbstractContextManager[None]]
Change = Callable[[str, Any, tuple[Any, ...], dict[str, Any]], Any]  # gives UNCHANGED, or the call's result
UNCHANGED = object()


def line_of(value: Wish) -> Line:
    """The line of a place that came as a dictionary."""
    return value["path"], value["cell"], value["line"]


def lines_of(wish: Wish) -> set[Line]:
    """The finding's own line, and those named as `wish["lines"]`."""
    return {line_of(place) for place in (wish["place"], *wish.get("lines", ()))}


class Around:
    """The lines that `lines_of` gives, and all others of the function that the finding's place is in."""

    def __init__(self, wish: Wish) -> None:
        self.lines, self.place = lines_of(wish), wish["place"]

    def __contains__(self, line: object) -> bool:
        at = places.here()
        same = at is not None and (at.path, at.cell) == (self.place["path"], self.place["cell"])
        return line in self.lines or (same and at is not None and at.function == self.place["function"] != "")


def here() -> Line | None:
    """The user's line that is running."""
    place = places.here()
    return (place.path, place.cell, place.line) if place is not None else None


class Calls(TorchFunctionMode):
    """Changes calls of some torch functions, on some lines or on all (`lines` None)."""

    def __init__(self, names: Iterable[str], lines: Container[Line | None] | None, change: Change) -> None:
        super().__init__()
        self.names, self.lines, self.change = frozenset(names), lines, change

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = plain_name(func)
        if name in self.names and (self.lines is None or here() in self.lines):
            result = self.change(name, func, args, kwargs)
            if result is not UNCHANGED:
                return result
        return func(*args, **kwargs)


def made_on(patches: Patches, lines: set[Line]) -> ByObject[bool]:
    """Modules made on certain lines, collected as they are made."""
    found: ByObject[bool] = ByObject()

    def made(module: nn.Module, *_: Any, **__: Any) -> None:
        place = places.making()
        if place is not None and (place.path, place.cell, place.line) in lines:
            found[module] = True

    patches.wrap(nn.Module, "__init__", before=made)
    return found


@dataclass
class Optimizers:
    """Optimizers in the order in which they are made."""

    made: list[torch.optim.Optimizer] = field(default_factory=list)

    def watch(self, patches: Patches, then: Callable[[torch.optim.Optimizer], None] | None = None) -> Optimizers:
        """Collect them, and call `then` with each."""

        def one(_: None, optimizer: torch.optim.Optimizer, *__: Any, **___: Any) -> None:
            if not any(each is optimizer for each in self.made):
                self.made.append(optimizer)
                if then is not None:
                    then(optimizer)

        patches.wrap(torch.optim.Optimizer, "__init__", after=one)
        return self


class Roots:
    """Calls of networks: modules that no other module's forward calls. Criteria are none."""

    def __init__(
        self,
        patches: Patches,
        *,
        before: Callable[[nn.Module, Any], Any] | None = None,
        after: Callable[[nn.Module, Any, Any, Any], Any] | None = None,
    ) -> None:
        self.stack: list[nn.Module] = []
        self._before, self._after = before, after
        patches.hook(module_hooks.register_module_forward_pre_hook(self._enter))
        patches.hook(module_hooks.register_module_forward_hook(self._leave, with_kwargs=True, always_call=True))

    @property
    def root(self) -> nn.Module | None:
        """The network that is running."""
        return self.stack[0] if self.stack else None

    def _enter(self, module: nn.Module, inputs: Any) -> Any:
        self.stack.append(module)
        if len(self.stack) > 1 or self._before is None or isinstance(module, nn.modules.loss._Loss):
            return None
        return self._before(module, inputs)

    def _leave(self, module: nn.Module, inputs: Any, kwargs: Any, output: Any) -> Any:
        if not any(each is module for each in self.stack):
            return None
        while self.stack.pop() is not module:
            pass
        if self.stack or self._after is None or isinstance(module, nn.modules.loss._Loss):
            return None
        return self._after(module, inputs, kwargs, output)


def evaluating(root: nn.Module | None) -> bool:
    """Whether what runs is an evaluation: without gradients, or in a network in evaluation mode."""
    return not torch.is_grad_enabled() or (root is not None and not root.training)


def maker(tensor: Tensor) -> str:
    """The kind of operation that made a tensor, seen through changes of layout: "Softmax"; "" for none."""
    return graphs.maker(tensor, VIEWS)
