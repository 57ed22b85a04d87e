"""Training by torch.func: `grad(loss_of)(params, x, y)`, alone or mapped over networks or examples by `vmap`.

Within a transform tensors have no storage and no graph that could be walked, so nothing is looked at there. What a
call gave counts as a backward once the outermost transform has returned. The first calls of a line are made once
more without transforms, on copies of the weights, of which there is an ordinary graph; of what was mapped the first
is taken. That call leaves random numbers and buffers as they were.
"""

from __future__ import annotations

import contextlib
import functools
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.utils._pytree import tree_leaves, tree_map

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.patches import Patches, quietly, transforming
from workbench.diagnostics.trace import Backward, Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

LOOKS = 2  # a line


@dataclass
class Asked:
    """Slopes that were asked for, and of what."""

    weights: Any  # a tensor, or a dictionary, list or tuple of them
    slopes: Any
    loss: Tensor | None
    again: Callable[[], tuple[Any, Any]]  # the loss once more, without transforms; and copies of the weights
    mapped: bool


class Transforms:
    """Watches torch.func's grad, grad_and_value and vmap."""

    def __init__(self, over: Callable[[Asked], None]) -> None:
        self._tell = over
        self._depth = 0  # of slopes within slopes
        self._asked: Asked | None = None  # within a vmap that has not returned

    def install(self, patches: Patches) -> None:
        """Put watched functions in their places."""
        for name in ("grad", "grad_and_value"):
            patches.replace(torch.func, name, self._watching(getattr(torch.func, name), value=name != "grad"))
        mapping = self._mapping(torch.func.vmap)
        for namespace in (torch.func, torch):
            patches.replace(namespace, "vmap", mapping)

    def _watching(self, original: Callable[..., Any], *, value: bool) -> Callable[..., Any]:
        @functools.wraps(original)
        def made(function: Any, argnums: Any = 0, has_aux: bool = False) -> Any:
            inner = original(function, argnums, has_aux)

            @functools.wraps(function)
            def slopes(*args: Any, **keywords: Any) -> Any:
                self._depth += 1
                try:
                    result = inner(*args, **keywords)
                finally:
                    self._depth -= 1
                if isinstance(argnums, int) and argnums < len(args) and not self._depth:
                    given, further = result if value or has_aux else (result, None)
                    again = functools.partial(_again, function, args, keywords, argnums)
                    loss = facts.first_tensor(further) if value else None
                    self._asked = Asked(args[argnums], given, loss, again, mapped=transforming())
                    self._over()
                return result

            return slopes

        return made

    def _mapping(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def made(function: Any, *arguments: Any, **settings: Any) -> Any:
            inner = original(function, *arguments, **settings)

            @functools.wraps(function)
            def mapped(*args: Any, **keywords: Any) -> Any:
                result = inner(*args, **keywords)
                self._over()
                return result

            return mapped

        return made

    def _over(self) -> None:
        """Where no transform is running any more, what was asked for within counts."""
        if self._asked is not None and not transforming():
            asked, self._asked = self._asked, None
            self._tell(asked)


class FunctionalTraining:
    """What a recording makes of it."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.transforms = Transforms(self._asked)
        self._looks: dict[Place | None, int] = {}

    @quietly
    def _asked(self, asked: Asked) -> None:
        recorder = self.recorder
        if not recorder.awake or recorder.coasting or not self._trains(asked):
            return
        leaves = [_bare(leaf) for leaf in tree_leaves(asked.weights) if isinstance(leaf, Tensor)]
        slopes = [_bare(slope) for slope in tree_leaves(asked.slopes)]
        recorder.optimizers.manual.asked_again(leaves)
        numbers, value = self._look(asked)
        if asked.loss is not None:
            value = float(_bare(asked.loss).detach().mean())
        recorder.last_loss = None if asked.mapped and asked.loss is None else value
        recorder.backwards.append(
            Backward(recorder.step, places.here(), recorder.last_loss, True, numbers=numbers, slopes=True)
        )
        recorder.optimizers.manual.given(leaves, slopes)

    def _trains(self, asked: Asked) -> bool:
        """Whether these are slopes of weights, to train them by hand.

        Not the slope of an input beside a network, nor an inner step of what an optimizer trains as a whole.
        """
        if isinstance(asked.weights, Tensor):
            return self.recorder.plain and not asked.mapped
        held = any(kept.parameters for kept in self.recorder.optimizers.files)
        slopes = [leaf for leaf in tree_leaves(asked.slopes) if isinstance(leaf, Tensor)]
        return not (held and any(leaf.requires_grad for leaf in slopes))

    def _look(self, asked: Asked) -> tuple[tuple[int, ...], float | None]:
        """The loss once more, with a graph: the criterion calls it went through, and its value."""
        recorder, place = self.recorder, places.here()
        looks = self._looks[place] = self._looks.get(place, 0) + 1
        if looks > LOOKS:
            return (), None
        recorder.functions_on()
        muted, recorder.muted = recorder.muted, asked.mapped
        try:
            with torch._C._EnableTorchFunction(), torch.enable_grad(), undone():
                result, copies = asked.again()
                loss = facts.first_tensor(result)
            if loss is None or loss.numel() != 1:
                return (), None
            numbers = recorder.seen_apart(loss)
            recorder.registry.pass_over([leaf for leaf in tree_leaves(copies) if isinstance(leaf, Tensor)])
            return numbers, float(loss.detach())
        except Exception:  # noqa: BLE001 - a function that runs within a transform only
            return (), None
        finally:
            recorder.muted = muted


def _again(function: Any, args: tuple[Any, ...], keywords: dict[str, Any], argnums: int) -> tuple[Any, Any]:
    """What the function gives, of what is mapped for the first; and its weights, leaves of their own."""
    plain, named = tree_map(_first, args), tree_map(_first, keywords)
    weights = tree_map(_leaf, plain[argnums])
    return function(*plain[:argnums], weights, *plain[argnums + 1 :], **named), weights


def _leaf(value: Any) -> Any:
    floating = isinstance(value, Tensor) and value.is_floating_point()
    return value.detach().clone().requires_grad_() if floating else value


def _first(value: Any) -> Any:
    """Of a tensor that is mapped, the first of what it is mapped over; any other as it is."""
    functorch = torch._C._functorch
    while isinstance(value, Tensor) and functorch.is_functorch_wrapped_tensor(value):
        mapped = functorch.is_batchedtensor(value)
        at = functorch.maybe_get_bdim(value) if mapped else 0
        value = functorch.get_unwrapped(value)
        value = value.select(at, 0) if mapped else value
    return value


def _bare(value: Any) -> Any:
    """The tensor that a transform has wrapped, with all that it is mapped over."""
    while isinstance(value, Tensor) and torch._C._functorch.is_functorch_wrapped_tensor(value):
        value = torch._C._functorch.get_unwrapped(value)
    return value


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Random numbers and the buffers of modules that run are afterwards as they were."""
    kept: dict[int, tuple[Tensor, Tensor]] = {}

    def keep(module: nn.Module, _: Any) -> None:
        for buffer in module.buffers(recurse=False):
            kept.setdefault(id(buffer), (buffer, buffer.detach().clone()))

    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    numpy, drawn = sys.modules.get("numpy"), random.getstate()
    numpys = numpy.random.get_state() if numpy is not None else None
    handle = module_hooks.register_module_forward_pre_hook(keep)
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        handle.remove()
        random.setstate(drawn)
        if numpy is not None:
            numpy.random.set_state(numpys)
        with torch.no_grad():
            for buffer, before in kept.values():
                buffer.copy_(before)
