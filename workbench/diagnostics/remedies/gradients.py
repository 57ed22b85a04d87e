"""Gradients and parameters: zeroed, stepped, held, connected, clipped, frozen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.optim import optimizer as optimizer_hooks

from workbench.diagnostics.recorder import facts
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.remedies.remedy import (
    UNCHANGED,
    Calls,
    Optimizers,
    Wish,
    here,
    line_of,
    made_on,
)

UPDATES = frozenset({"isub", "sub_", "iadd", "add_", "copy_"})


def leaves(loss: Tensor) -> list[Tensor]:
    """The leaves that a backward would reach."""
    seen, waiting, found = {loss.grad_fn}, [loss.grad_fn], []
    while waiting:
        function: Any = waiting.pop()
        leaf = getattr(function, "variable", None)
        if leaf is not None:
            found.append(leaf)
        children = [child for child, _ in getattr(function, "next_functions", ()) if child not in seen]
        seen.update(children)
        waiting += [child for child in children if child is not None]
    return found


def _held(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _forget(optimizer: torch.optim.Optimizer, *_: Any) -> None:
    for parameter in _held(optimizer):
        parameter.grad = None


@contextlib.contextmanager
def zero_grad(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """A gradient that was used in a step, or in an update by hand, is gone when the next backward begins.

    With several optimizers, so is what a backward left behind whose step was another optimizer's: D.step,
    g_loss.backward, G.step leaves gradients in D that are none of D's loss.
    """
    used: ByObject[bool] = ByObject()
    passed: dict[int, bool] = {}  # by optimizer that has stepped: whether a backward came since
    foreign: set[int] = set()
    optimizers = Optimizers().watch(patches)

    def stepped(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        _forget(optimizer)
        foreign.update(other for other, backward in passed.items() if backward and other != id(optimizer))
        foreign.discard(id(optimizer))
        passed[id(optimizer)] = False

    def update(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        target = args[0] if args else None
        if (
            isinstance(target, Tensor)
            and target.is_leaf
            and target.grad is not None
            and not torch.is_grad_enabled()
        ):
            used[target] = True
        return UNCHANGED

    def begins(tensors: Any, *_: Any, **__: Any) -> None:
        loss = facts.first_tensor(tensors)
        for leaf in leaves(loss) if loss is not None else ():
            if used.get(leaf):
                leaf.grad = None
                used[leaf] = False
        for optimizer in optimizers.made:
            if id(optimizer) in foreign:
                _forget(optimizer)
        foreign.clear()
        passed.update(dict.fromkeys(passed, True))

    patches.hook(optimizer_hooks.register_optimizer_step_post_hook(stepped))
    patches.wrap(torch.autograd, "backward", before=begins)
    with Calls(UPDATES, None, update):
        yield


@contextlib.contextmanager
def zero_after_step(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """Nothing the script does between backward and step makes gradients go; after each step they are gone."""
    kept: dict[int, tuple[Tensor, Tensor]] = {}

    def keep(*_: Any, **__: Any) -> None:
        for optimizer in optimizers.made:
            for parameter in _held(optimizer):
                if parameter.grad is not None:
                    kept[id(parameter)] = (parameter, parameter.grad.detach().clone())

    def bring(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        stepping.append(optimizer)
        for parameter in _held(optimizer):
            if id(parameter) in kept and (parameter.grad is None or not bool(parameter.grad.any())):
                parameter.grad = kept.pop(id(parameter))[1]

    def over(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        stepping.clear()
        _forget(optimizer)

    stepping: list[torch.optim.Optimizer] = []  # with a closure, which calls backward within the step
    optimizers = Optimizers().watch(patches)
    for owner in (torch.optim.Optimizer, nn.Module):
        patches.replace(owner, "zero_grad", lambda *_, **__: None)
    patches.wrap(torch.autograd, "backward", before=lambda *_, **__: [*map(_forget, stepping)], after=keep)
    patches.hook(optimizer_hooks.register_optimizer_step_pre_hook(bring))
    patches.hook(optimizer_hooks.register_optimizer_step_post_hook(over))
    yield


@contextlib.contextmanager
def step_after_backward(patches: Patches, wish: Wish) -> Iterator[None]:
    """The optimizer steps after each backward, and its gradients are dropped.

    The one made as number `wish["optimizer"]`.
    """
    optimizers = Optimizers().watch(patches)

    def stepped(*_: Any, **__: Any) -> None:
        if len(optimizers.made) > wish["optimizer"]:
            optimizers.made[wish["optimizer"]].step()
            optimizers.made[wish["optimizer"]].zero_grad()

    patches.wrap(torch.autograd, "backward", after=stepped)
    yield


@contextlib.contextmanager
def hold_parameters(patches: Patches, wish: Wish) -> Iterator[None]:
    """The optimizer gets every Parameter that a loss leads to and that none holds.

    The one made as number `wish["optimizer"]`.
    """
    optimizers = Optimizers().watch(patches)

    def look(tensors: Any, *_: Any, **__: Any) -> None:
        loss = facts.first_tensor(tensors)
        if loss is None or len(optimizers.made) <= wish["optimizer"]:
            return
        held = {id(p) for optimizer in optimizers.made for group in optimizer.param_groups for p in group["params"]}
        missing = [leaf for leaf in leaves(loss) if id(leaf) not in held]
        if missing:
            optimizers.made[wish["optimizer"]].add_param_group({"params": missing})

    patches.wrap(torch.autograd, "backward", before=look)
    yield


@contextlib.contextmanager
def clip_before_step(patches: Patches, wish: Wish) -> Iterator[None]:
    """Gradients are clipped right before each step; where the script clips, nothing happens."""
    lines = {line_of(wish["place"])}
    original = getattr(torch.nn.utils.clip_grad, wish["call"])

    def idle(parameters: Any, *arguments: Any, **keywords: Any) -> Any:
        return torch.tensor(0.0) if here() in lines else original(parameters, *arguments, **keywords)

    def clip(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        original([p for group in optimizer.param_groups for p in group["params"]], wish["limit"])

    for namespace in (torch.nn.utils, torch.nn.utils.clip_grad):
        patches.replace(namespace, wish["call"], idle)
    patches.hook(optimizer_hooks.register_optimizer_step_pre_hook(clip))
    yield


@contextlib.contextmanager
def average_gradients(patches: Patches, wish: Wish) -> Iterator[None]:
    """Each backward counts as one part of a step.

    Of `wish["parts"]`.
    """
    original = torch.autograd.backward

    def divided(tensors: Any, *arguments: Any, **keywords: Any) -> Any:
        loss = facts.first_tensor(tensors)
        return original(loss / wish["parts"] if loss is not None else tensors, *arguments, **keywords)

    patches.replace(torch.autograd, "backward", divided)
    yield


@contextlib.contextmanager
def negate_loss(patches: Patches, wish: Wish) -> Iterator[None]:
    """The optimizer goes down where it went up; with `wish["by_hand"]` so does an update on any line."""
    before: list[tuple[Tensor, Tensor | None]] = []

    def turned(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.grad.neg_()

    def update(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        return args[0].sub_(args[1], **kwargs) if name in ("iadd", "add_") else UNCHANGED

    def begins(tensors: Any, *_: Any, **__: Any) -> None:
        loss = facts.first_tensor(tensors)
        reached = leaves(loss) if loss is not None else []
        before[:] = [(leaf, None if leaf.grad is None else leaf.grad.clone()) for leaf in reached]

    def done(*_: Any, **__: Any) -> None:
        for leaf, old in before:
            if leaf.grad is not None:
                leaf.grad.neg_() if old is None else leaf.grad.neg_().add_(old, alpha=2)

    if wish.get("by_hand"):
        patches.wrap(torch.autograd, "backward", before=begins, after=done)
    patches.hook(optimizer_hooks.register_optimizer_step_pre_hook(turned))
    with Calls(("iadd", "add_"), {line_of(wish["place"])}, update):
        yield


@contextlib.contextmanager
def freeze(patches: Patches, wish: Wish) -> Iterator[None]:
    """The parameters of the networks' parts that are named do not move; nor do those that want no gradient."""
    names = [name for name in wish.get("parts", ()) if name]

    def frozen(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if not parameter.requires_grad or id(parameter) in wanted:
                    parameter.grad = None

    wanted: set[int] = set()

    def found(tensors: Any, *_: Any, **__: Any) -> None:  # noqa: ARG001
        for module in known:
            for name, parameter in module.named_parameters():
                if any(name == part or name.startswith(f"{part}.") for part in names):
                    wanted.add(id(parameter))

    known: list[nn.Module] = []
    patches.wrap(nn.Module, "__init__", before=lambda module, *_, **__: known.append(module) if names else None)
    patches.wrap(torch.autograd, "backward", before=found)
    patches.hook(optimizer_hooks.register_optimizer_step_pre_hook(frozen))
    yield


@contextlib.contextmanager
def spell_right(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """An attribute of the misspelt name sets requires_grad, of a tensor or of all parameters of a module."""

    def switch(self: Any, value: Any) -> None:
        self.requires_grad_(bool(value))

    name = wish["attribute"]
    for owner in (torch.Tensor, nn.Module):
        setattr(owner, name, property(None, switch))
    try:
        yield
    finally:
        for owner in (torch.Tensor, nn.Module):
            delattr(owner, name)


@contextlib.contextmanager
def make_once(patches: Patches, wish: Wish) -> Iterator[None]:
    """Layers made on the line have the weights of the first that was made there, and an optimizer holds them."""
    line = line_of(wish["place"])
    first: dict[str, nn.Module] = {}

    def called(module: nn.Module, _: Any) -> None:
        if module in made:
            kind = f"{module}"
            module._parameters = first.setdefault(kind, module)._parameters

    made = made_on(patches, {line})
    patches.hook(module_hooks.register_module_forward_pre_hook(called))
    with hold_parameters(patches, {"place": wish["place"], "optimizer": 0}):
        yield


@contextlib.contextmanager
def let_go(patches: Patches, wish: Wish) -> Iterator[None]:
    """A loss lets go of its graph after its backward, and a sum gets its number only."""

    def loosened(_: Any, tensors: Any, *__: Any, **___: Any) -> None:
        loss = facts.first_tensor(tensors)
        if loss is not None and loss.grad_fn is not None and not loss._is_view():
            loss.detach_()

    def number(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        return func(*(value.detach() if isinstance(value, Tensor) else value for value in args), **kwargs)

    patches.wrap(torch.autograd, "backward", after=loosened)
    with Calls(("add", "radd", "iadd", "sub", "isub"), {line_of(wish["place"])}, number):
        yield
