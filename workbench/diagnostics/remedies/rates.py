"""The length of the steps: learning rate, schedule, decay; and what is made again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch.optim import optimizer as optimizer_hooks

from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.remedy import Optimizers, Wish, here, line_of, lines_of


@contextlib.contextmanager
def scale_lr(patches: Patches, wish: Wish) -> Iterator[None]:
    """Another learning rate.

    That of the optimizer made as number `wish["optimizer"]`, times `wish["factor"]`.
    """
    optimizers = Optimizers()

    def scaled(optimizer: torch.optim.Optimizer) -> None:
        if len(optimizers.made) - 1 == wish["optimizer"]:
            for group in (optimizer.defaults, *optimizer.param_groups):
                if "lr" in group:
                    group["lr"] = group["lr"] * wish["factor"]

    optimizers.watch(patches, scaled)
    yield


@contextlib.contextmanager
def schedule(patches: Patches, wish: Wish) -> Iterator[None]:
    """A scheduler steps once an epoch, or after the optimizer's step only.

    The one on the line: once in `wish["every"]` calls, or "late".
    """
    line = line_of(wish["place"])
    calls = 0
    waiting: list[Any] = []

    def step(self: Any, *arguments: Any, **keywords: Any) -> Any:
        nonlocal calls
        if here() != line or getattr(self, "_is_initial", False):
            return originals[_owner(self)](self, *arguments, **keywords)
        calls += 1
        if wish.get("late"):
            waiting.append((self, arguments, keywords))
        elif calls % wish["every"] == 0:
            return originals[_owner(self)](self, *arguments, **keywords)
        return None

    def after(*_: Any) -> None:
        while waiting:
            scheduler, arguments, keywords = waiting.pop(0)
            originals[_owner(scheduler)](scheduler, *arguments, **keywords)

    schedulers = torch.optim.lr_scheduler
    classes: list[Any] = [schedulers.LRScheduler, *schedulers.LRScheduler.__subclasses__()]
    owners = {cls for cls in classes if "step" in vars(cls)}
    originals = {cls: cls.step for cls in owners}

    def _owner(scheduler: Any) -> Any:
        return next(cls for cls in type(scheduler).__mro__ if cls in originals)

    for cls in owners:
        patches.replace(cls, "step", step)
    patches.hook(optimizer_hooks.register_optimizer_step_post_hook(after))
    yield


@contextlib.contextmanager
def keep_optimizer(patches: Patches, wish: Wish) -> Iterator[None]:
    """An optimizer made on the line takes over what the one made there before had gathered."""
    line = line_of(wish["place"])
    before: list[torch.optim.Optimizer] = []

    def made(optimizer: torch.optim.Optimizer) -> None:
        if here() != line:
            return
        if before:
            optimizer.state.update(before[-1].state)
        before.append(optimizer)

    Optimizers().watch(patches, made)
    yield


@contextlib.contextmanager
def no_decay(patches: Patches, wish: Wish) -> Iterator[None]:
    """Without weight decay.

    In the optimizer made as number `wish["optimizer"]`.
    """
    optimizers = Optimizers()

    def made(optimizer: torch.optim.Optimizer) -> None:
        if len(optimizers.made) - 1 == wish["optimizer"]:
            for group in (optimizer.defaults, *optimizer.param_groups):
                group["weight_decay"] = 0.0

    optimizers.watch(patches, made)
    yield


@contextlib.contextmanager
def go_on(patches: Patches, wish: Wish) -> Iterator[None]:
    """A network whose optimizer is made on the line begins with the weights that the last one there ended with.

    And the optimizer with what the last one had gathered.
    """
    lines = lines_of(wish)
    before: list[torch.optim.Optimizer] = []

    def made(optimizer: torch.optim.Optimizer) -> None:
        if here() not in lines:
            return
        if before:
            for group, last in zip(optimizer.param_groups, before[-1].param_groups, strict=False):
                for new, old in zip(group["params"], last["params"], strict=False):
                    if new.shape == old.shape:
                        new.data.copy_(old.data)
                        optimizer.state[new] = before[-1].state[old]
        before.append(optimizer)

    Optimizers().watch(patches, made)
    yield
