"""Training and evaluation mode, dropout that ignores it, statistics that should stand still."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as module_hooks

from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.remedy import (
    UNCHANGED,
    Calls,
    Roots,
    Wish,
    evaluating,
    here,
    lines_of,
    made_on,
)

DROPOUTS = ("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout")


@contextlib.contextmanager
def eval_mode(patches: Patches, wish: Wish) -> Iterator[None]:
    """A network that the line calls without gradients is in evaluation mode during the call."""
    lines = lines_of(wish)
    switched: list[nn.Module] = []

    def before(module: nn.Module, _: Any) -> None:
        if not torch.is_grad_enabled() and here() in lines:
            switched.extend(child for child in module.modules() if child.training)
            _set(switched, training=False)

    def after(*_: Any) -> None:
        _set(switched, training=True)
        switched.clear()

    Roots(patches, before=before, after=after)
    yield


@contextlib.contextmanager
def train_mode(patches: Patches, wish: Wish) -> Iterator[None]:
    """Layers that are named are in training mode while the line calls the network with gradients."""
    lines, names = lines_of(wish), set(wish["layers"])
    switched: list[nn.Module] = []

    def before(module: nn.Module, _: Any) -> None:
        if torch.is_grad_enabled() and here() in lines:
            named = [child for name, child in module.named_modules() if name in names]
            switched.extend(child for child in named if not child.training)
            _set(switched, training=True)

    def after(*_: Any) -> None:
        _set(switched, training=False)
        switched.clear()

    Roots(patches, before=before, after=after)
    yield


def _set(modules: list[nn.Module], *, training: bool) -> None:
    for module in modules:
        module.training = training


@contextlib.contextmanager
def dropout_in_training_only(patches: Patches, wish: Wish) -> Iterator[None]:
    """Dropout called, or made anew, on the lines does nothing in an evaluation."""
    lines = lines_of(wish)
    made = made_on(patches, lines)
    roots = Roots(patches)

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if not evaluating(roots.root):
            return UNCHANGED
        if name == "scaled_dot_product_attention":
            return func(*args[:4], **{**kwargs, "dropout_p": 0.0})
        return args[0] if args else kwargs["input"]

    def unchanged(module: nn.Module, inputs: Any, output: Any) -> Any:  # noqa: ARG001
        return inputs[0] if module in made and evaluating(roots.root) else None

    patches.hook(module_hooks.register_module_forward_hook(unchanged))
    with Calls((*DROPOUTS, "scaled_dot_product_attention"), lines, change):
        yield


@contextlib.contextmanager
def still_norms(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """A batch norm whose weights are frozen runs in evaluation mode."""
    switched: list[nn.Module] = []

    def before(module: nn.Module, _: Any) -> None:
        own = list(module.parameters(recurse=False))
        norm = isinstance(module, nn.modules.batchnorm._BatchNorm) and module.training
        if norm and own and not any(parameter.requires_grad for parameter in own):
            module.training = False
            switched.append(module)

    def after(module: nn.Module, *_: Any) -> None:
        if any(each is module for each in switched):
            module.training = True
            switched[:] = [each for each in switched if each is not module]

    patches.hook(module_hooks.register_module_forward_pre_hook(before))
    patches.hook(module_hooks.register_module_forward_hook(after, always_call=True))
    yield
