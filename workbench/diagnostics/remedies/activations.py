"""Nonlinearities: one too many, one too few, over the wrong dimension, none where one is needed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder.functions import ACTIVATIONS, plain_name
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.remedy import UNCHANGED, Calls, Roots, Wish, here, line_of, lines_of, made_on
from workbench.diagnostics.trace import DROPOUTS

SKIPPED = (nn.modules.activation.__name__, nn.modules.dropout.__name__)
PRODUCTS = frozenset({"linear", "matmul", "rmatmul", "mm", "addmm", "bmm", "conv1d", "conv2d", "conv3d"})
PASSING = frozenset(  # these leave it to the next layer to see what the last one gave
    {"view", "reshape", "flatten", "squeeze", "unsqueeze", "transpose", "permute", "contiguous", "dropout"}
    | {"dropout2d", "batch_norm", "layer_norm", "group_norm", "instance_norm", "max_pool2d", "avg_pool2d"}
)
RAW = "_workbench_raw"
FUNCTIONS = {"ReLU": torch.relu, "Tanh": torch.tanh, "Sigmoid": torch.sigmoid, "GELU": nn.functional.gelu}


@contextlib.contextmanager
def skip_activation(patches: Patches, wish: Wish) -> Iterator[None]:
    """An activation, or a dropout, gives back what it got, or what another one makes of it.

    A module made on the line, or a function called there. Of several modules made on the line, in a loop, the one
    whose qualified name is `wish["module"]`. With `wish["instead"]`, a function of torch's, that is the other one.
    """
    lines = lines_of(wish)
    instead = getattr(torch, wish["instead"]) if "instead" in wish else (lambda values: values)
    made = made_on(patches, lines)
    roots = Roots(patches)

    def meant(module: nn.Module) -> bool:
        tree = roots.stack[0].named_modules() if roots.stack else ()
        of_line = {id(each): name for name, each in tree if each in made and type(each).__module__ in SKIPPED}
        several = len(of_line) > 1 and wish.get("module") in of_line.values()
        return not several or of_line.get(id(module)) == wish["module"]

    def unchanged(module: nn.Module, inputs: Any, output: Any) -> Any:
        skipped = module in made and type(module).__module__ in SKIPPED and isinstance(output, Tensor)
        return instead(inputs[0]) if skipped and meant(module) else None

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        return instead(args[0]) if name == wish["call"] and args else UNCHANGED

    patches.hook(module_hooks.register_module_forward_hook(unchanged))
    with Calls(ACTIVATIONS | DROPOUTS, lines, change):
        yield


class _Chains(TorchFunctionMode):
    """Follows results of layers from one to the next, and rectifies what goes straight into a later one."""

    def __init__(self, wanted: Callable[[], bool], active: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.wanted, self.active = wanted, active

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = plain_name(func)
        at = 1 if name in ("addmm", "rmatmul") else 0
        raw = len(args) > at and isinstance(args[at], Tensor) and getattr(args[at], RAW, False)
        if name in PRODUCTS:
            if raw and self.wanted():
                args = (*args[:at], self.active(args[at]), *args[at + 1 :])
            raw = True
        elif name in ("add", "radd", "iadd"):
            raw = any(getattr(value, RAW, False) for value in args)
        elif name not in PASSING:
            raw = False
        result = func(*args, **(kwargs or {}))
        if raw and isinstance(result, Tensor):
            setattr(result, RAW, True)
        return result


@contextlib.contextmanager
def insert_activation(patches: Patches, wish: Wish) -> Iterator[None]:
    """A layer gets the rectified result of the layer directly before it.

    In a network with activations of another kind that kind is inserted. What comes from no layer (data, the result
    of an activation) goes in as it is.
    """
    lines = {line_of(place) for place in wish["lines"]}
    made = made_on(patches, lines)
    running: list[nn.Module] = []

    def left(*_: Any) -> None:
        if running:
            running.pop()

    def wanted() -> bool:
        return (bool(running) and running[-1] in made) or here() in lines

    patches.hook(module_hooks.register_module_forward_pre_hook(lambda module, _: running.append(module)))
    patches.hook(module_hooks.register_module_forward_hook(left, always_call=True))
    with _Chains(wanted, FUNCTIONS.get(str(wish.get("kind")), torch.relu)):
        yield


@contextlib.contextmanager
def softmax_over_classes(patches: Patches, wish: Wish) -> Iterator[None]:
    """A softmax runs over the dimension of the classes, `wish["dim"]`."""
    lines = {line_of(wish["place"])}
    made = made_on(patches, lines)
    functions = {"softmax": torch.softmax, "log_softmax": torch.log_softmax}

    def redone(module: nn.Module, inputs: Any, output: Any) -> Any:  # noqa: ARG001
        if module in made and isinstance(module, nn.Softmax | nn.LogSoftmax):
            name = "softmax" if isinstance(module, nn.Softmax) else "log_softmax"
            return functions[name](inputs[0], dim=wish["dim"])
        return None

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        return functions[name](args[0], dim=wish["dim"])

    patches.hook(module_hooks.register_module_forward_hook(redone))
    with Calls(functions, lines, change):
        yield
