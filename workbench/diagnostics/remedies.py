"""The same steps again with faults repaired in memory. Runs in the child process; the file is not changed.

A replay records one thing: the loss at each backward. With no remedy it is the plain run, by which the tests
hold that recording changes no number.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.optim import optimizer as optimizer_hooks
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.functions import ACTIVATIONS, plain_name
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.session import Stop
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.request import Request

Line = tuple[str, int | None, int]
ACTIVATING = (nn.modules.activation.__name__,)


def replay(request: Request, execute: Callable[[Request], None]) -> None:
    """Run the target with the request's remedies in force, and write the losses of its backward calls.

    `request.steps` counts backward calls here, as many as were recorded.
    """
    losses: list[float | None] = []
    ended, error = "finished", ""

    def seen(tensors: Any, *_: Any, **__: Any) -> None:
        if len(losses) >= request.steps:
            raise Stop("steps")
        loss = facts.first_tensor(tensors)
        losses.append(float(loss.detach()) if loss is not None and loss.numel() == 1 else None)

    patches = Patches()
    with contextlib.ExitStack() as stack:
        stack.callback(patches.undo)
        for wish in request.remedies:
            stack.enter_context(REMEDIES[wish["name"]](patches, wish))
        patches.wrap(torch.autograd, "backward", before=seen)
        try:
            execute(request)
        except Stop as stop:
            ended = stop.how
        except SystemExit:
            ended = "exited"
        except BaseException as crash:  # noqa: BLE001 - a repair may break the script: then it proves nothing
            ended, error = "crashed", f"{type(crash).__name__}: {crash}"
    results = {"losses": losses, "ended": ended, "error": error}
    Path(request.folder, "results.json").write_text(json.dumps(results), encoding="utf-8")


def _line(value: dict[str, Any]) -> Line:
    return value["path"], value["cell"], value["line"]


def _here() -> Line | None:
    place = places.here()
    return (place.path, place.cell, place.line) if place is not None else None


@contextlib.contextmanager
def zero_grad(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:  # noqa: ARG001
    """Gradients are gone when the next backward begins after a step."""

    def forget(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    patches.hook(optimizer_hooks.register_optimizer_step_post_hook(forget))
    yield


class _Functions(TorchFunctionMode):
    """Changes a call of one torch function on certain lines."""

    def __init__(self, lines: set[Line], change: Callable[[str, Any, Any], tuple[bool, Any, Any]]) -> None:
        super().__init__()
        self.lines, self.change = lines, change

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = plain_name(func)
        if name in WATCHED and _here() in self.lines:
            done, result, args = self.change(name, func, args)
            if done:
                return result
        return func(*args, **(kwargs or {}))


COMPARED = frozenset(["sub", "rsub", "mul", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
WATCHED = ACTIVATIONS | COMPARED


def _made_on(patches: Patches, lines: set[Line]) -> ByObject[bool]:
    """Modules made on certain lines, collected as they are made."""
    found: ByObject[bool] = ByObject()

    def made(module: nn.Module, *_: Any, **__: Any) -> None:
        if _here() in lines:
            found[module] = True

    patches.wrap(nn.Module, "__init__", before=made)
    return found


@contextlib.contextmanager
def skip_activation(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """An activation gives back what it got: a module made on the line, or a function called there."""
    lines = {_line(wish["place"])}
    made = _made_on(patches, lines)

    def unchanged(module: nn.Module, inputs: Any, output: Any) -> Any:
        skipped = module in made and type(module).__module__ in ACTIVATING
        return inputs[0] if skipped and isinstance(output, Tensor) else None

    def change(name: str, func: Any, args: Any) -> tuple[bool, Any, Any]:  # noqa: ARG001
        return (True, args[0], args) if name == wish["call"] else (False, None, args)

    patches.hook(module_hooks.register_module_forward_hook(unchanged))
    with _Functions(lines, change):
        yield


@contextlib.contextmanager
def reshape_target(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:  # noqa: ARG001
    """Two sides with as many numbers each get one shape, that of the side which is not learned."""

    def change(name: str, func: Any, args: Any) -> tuple[bool, Any, Any]:  # noqa: ARG001
        if name in COMPARED and len(args) > 1 and isinstance(args[0], Tensor) and isinstance(args[1], Tensor):
            left, right = args[:2]
            if left.shape != right.shape and left.numel() == right.numel():
                if left.requires_grad:
                    return False, None, (left.reshape(right.shape), right, *args[2:])
                return False, None, (left, right.reshape(left.shape), *args[2:])
        return False, None, args

    with _Functions({_line(wish["place"])}, change):
        yield


@contextlib.contextmanager
def insert_relu(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """A ReLU after each layer that was made, or is called, on one of the lines."""
    lines = {_line(place) for place in wish["lines"]}
    made = _made_on(patches, lines)

    def rectified(module: nn.Module, inputs: Any, output: Any) -> Any:  # noqa: ARG001
        leaf = (
            isinstance(output, Tensor)
            and not list(module.children())
            and next(module.parameters(), None) is not None
        )
        return torch.relu(output) if leaf and (module in made or _here() in lines) else None

    patches.hook(module_hooks.register_module_forward_hook(rectified))
    yield


@contextlib.contextmanager
def step_after_backward(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """The optimizer made as number `wish["optimizer"]` steps after each backward, and its gradients are dropped."""
    made: list[torch.optim.Optimizer] = []

    def stepped(*_: Any, **__: Any) -> None:
        if len(made) > wish["optimizer"]:
            made[wish["optimizer"]].step()
            made[wish["optimizer"]].zero_grad()

    patches.wrap(torch.optim.Optimizer, "__init__", after=lambda _, optimizer, *__, **___: made.append(optimizer))
    patches.wrap(torch.autograd, "backward", after=stepped)
    yield


@contextlib.contextmanager
def zero_after_step(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """zero_grad does nothing where the script calls it; gradients are gone after each step instead."""
    for owner in (torch.optim.Optimizer, nn.Module):
        patches.replace(owner, "zero_grad", lambda *_, **__: None)
    with zero_grad(patches, wish):
        yield


@contextlib.contextmanager
def hold_parameters(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """The optimizer made as number `wish["optimizer"]` gets every Parameter that a loss leads to and none holds."""
    made: list[torch.optim.Optimizer] = []

    def look(tensors: Any, *_: Any, **__: Any) -> None:
        loss = facts.first_tensor(tensors)
        if loss is None or len(made) <= wish["optimizer"]:
            return
        held = {id(p) for optimizer in made for group in optimizer.param_groups for p in group["params"]}
        missing = [leaf for leaf in _leaves(loss) if id(leaf) not in held]
        if missing:
            made[wish["optimizer"]].add_param_group({"params": missing})

    patches.wrap(torch.optim.Optimizer, "__init__", after=lambda _, optimizer, *__, **___: made.append(optimizer))
    patches.wrap(torch.autograd, "backward", before=look)
    yield


def _leaves(loss: Tensor) -> list[Tensor]:
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


@contextlib.contextmanager
def scale_lr(patches: Patches, wish: dict[str, Any]) -> Iterator[None]:
    """The learning rate of the optimizer made as number `wish["optimizer"]`, times a factor."""
    made = 0

    def scaled(_: None, optimizer: torch.optim.Optimizer, *__: Any, **___: Any) -> None:
        nonlocal made
        if made == wish["optimizer"]:
            for group in (optimizer.defaults, *optimizer.param_groups):
                if "lr" in group:
                    group["lr"] = group["lr"] * wish["factor"]
        made += 1

    patches.wrap(torch.optim.Optimizer, "__init__", after=scaled)
    yield


Remedy = Callable[[Patches, dict[str, Any]], contextlib.AbstractContextManager[None]]
REMEDIES: dict[str, Remedy] = {
    "zero-grad": zero_grad,
    "skip-activation": skip_activation,
    "reshape-target": reshape_target,
    "insert-relu": insert_relu,
    "step-after-backward": step_after_backward,
    "zero-after-step": zero_after_step,
    "hold-parameters": hold_parameters,
    "scale-lr": scale_lr,
}
