"""What is compared with what: shapes, scores that should be logarithms, another criterion, a wider head."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules import module as module_hooks

from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.remedy import UNCHANGED, Calls, Optimizers, Wish, lines_of, maker

COMPARED = ("sub", "rsub", "mul", "add", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
METRICS = ("eq", "ne", "lt", "gt", "le", "ge", "isclose", "sub", "rsub")
TINY = 1e-12  # the least probability, so that its logarithm is a number


@contextlib.contextmanager
def reshape_target(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """Two sides with as many numbers each get one shape, that of the side which is not learned."""

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        sides = [*args[:2], *(kwargs[key] for key in ("input", "target") if key in kwargs)]
        if len(sides) != 2 or not all(isinstance(side, Tensor) for side in sides):
            return UNCHANGED
        left, right, rest = sides[0], sides[1], args[2:]
        if left.shape == right.shape or left.numel() != right.numel():
            return UNCHANGED
        others = {key: value for key, value in kwargs.items() if key not in ("input", "target")}
        if left.requires_grad or left.dim() > right.dim():
            return func(left.reshape(right.shape), right, *rest, **others)
        return func(left, right.reshape(left.shape), *rest, **others)

    with Calls(METRICS if wish.get("metric") else COMPARED, lines_of(wish), change):
        yield


@contextlib.contextmanager
def log_scores(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """nll_loss and kl_div get logarithms: log_softmax of raw scores, the logarithm of a softmax."""

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:
        if not args or not isinstance(args[0], Tensor):
            return UNCHANGED
        scores = args[0]
        probable = maker(scores) == "Softmax" or (scores.dim() > 1 and _distribution(scores))
        at = 1 if name == "nll_loss" else -1
        logs = scores.clamp_min(TINY).log() if probable else functional.log_softmax(scores, dim=at)
        return func(logs, *args[1:], **kwargs)

    with Calls(("nll_loss", "kl_div"), lines_of(wish), change):
        yield


def _distribution(scores: Tensor) -> bool:
    with torch.no_grad():
        return bool((scores >= 0).all()) and bool(((scores.sum(1) - 1).abs() < 1e-3).all())


@contextlib.contextmanager
def other_criterion(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """Another criterion is asked in the place of the one on the line.

    `wish["criterion"]`: "binary", "squared", or "signs", which is the same with labels of 0 and 1 for -1 and 1.
    """

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        if len(args) < 2 or not isinstance(args[0], Tensor) or not isinstance(args[1], Tensor):
            return UNCHANGED
        scores, target = args[:2]
        if wish["criterion"] == "signs":  # labels -1 and 1
            return func(scores, ((target + 1) / 2).to(target.dtype), *args[2:], **kwargs)
        target = target.reshape(scores.shape).to(scores.dtype) if target.numel() == scores.numel() else target
        if target.shape != scores.shape:
            return UNCHANGED
        if wish["criterion"] == "squared":
            return functional.mse_loss(scores, target)
        return functional.binary_cross_entropy_with_logits(scores, target)

    names = ("cross_entropy", "binary_cross_entropy", "binary_cross_entropy_with_logits", "mse_loss", "l1_loss")
    with Calls(names, lines_of(wish), change):
        yield


@contextlib.contextmanager
def widen_head(patches: Patches, wish: Wish) -> Iterator[None]:
    """The last layer, of one output, gets one for each class, and cross-entropy is asked on them.

    There are `wish["classes"]`. The script goes on to see one output: the number of the likeliest class.
    """
    optimizers = Optimizers().watch(patches)
    heads: dict[int, nn.Linear] = {}
    latest: dict[str, Tensor] = {}

    def widened(module: nn.Module, inputs: Any, output: Any) -> Any:
        if not isinstance(module, nn.Linear) or module.out_features != 1 or not isinstance(output, Tensor):
            return None
        head = heads.get(id(module))
        if head is None:
            state = torch.get_rng_state()  # the script's own numbers stay what they were
            head = heads[id(module)] = nn.Linear(module.in_features, wish["classes"]).to(inputs[0].dtype)
            torch.set_rng_state(state)
            for optimizer in optimizers.made[:1]:
                optimizer.add_param_group({"params": list(head.parameters())})
        with torch._C.DisableTorchFunction():
            scores = functional.linear(inputs[0], head.weight, head.bias)
            latest["scores"] = scores
            return scores.argmax(-1, keepdim=True).to(scores.dtype) + 0 * output

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        scores = latest.get("scores")
        target = args[1] if len(args) > 1 else kwargs.get("target")
        if scores is None or not isinstance(target, Tensor) or target.numel() != scores[..., 0].numel():
            return UNCHANGED
        return functional.cross_entropy(scores.flatten(0, -2), target.reshape(-1).long())

    patches.hook(module_hooks.register_module_forward_hook(widened))
    with Calls(("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"), lines_of(wish), change):
        yield
