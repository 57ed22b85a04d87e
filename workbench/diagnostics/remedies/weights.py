"""What the weights are before the first step."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder import facts
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.gradients import leaves
from workbench.diagnostics.remedies.remedy import Optimizers, Roots, Wish

UNLIKE = 3.0  # times the size of torch's own weights, or a third; own choice: kaiming and xavier are within
SMALL = 0.03  # where torch begins at zero


@contextlib.contextmanager
def fresh_weights(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """Weights whose rows are all alike begin at random, uniform within 1 / sqrt(inputs) as torch's layers do.

    Where they are made: at the optimizer that gets them; at the latest before the first backward.
    """
    generator = torch.Generator().manual_seed(0)
    done = False

    def drawn(parameters: list[Tensor]) -> None:
        for weight in parameters:
            if weight.dim() > 1 and len(weight) > 1 and weight.is_floating_point():
                values = weight.detach()
                alike = bool((values == values[:1]).all()) or bool((values == values[:, :1]).all())
                if alike or not bool(torch.isfinite(values).all()):
                    bound = 1 / math.sqrt(max(weight[0].numel(), weight.shape[0] if weight.dim() == 2 else 1))
                    new = torch.rand(weight.shape, generator=generator) * 2 * bound - bound
                    weight.data.copy_(new.to(weight.dtype))  # data: no version, the graph does not mind

    def given(optimizer: torch.optim.Optimizer) -> None:
        drawn([parameter for group in optimizer.param_groups for parameter in group["params"]])

    def begins(tensors: Any, *_: Any, **__: Any) -> None:
        nonlocal done
        loss = facts.first_tensor(tensors)
        if not done and loss is not None:
            drawn(leaves(loss))
            done = True

    Optimizers().watch(patches, given)
    patches.wrap(torch.autograd, "backward", before=begins)
    yield


@contextlib.contextmanager
def own_weights(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """Layers whose first weights are of another size than torch's own begin with these.

    Weights of about the same size stay: a luckier draw proves nothing. So do layers with frozen parameters, which
    somebody trained.
    """
    begun: list[nn.Module] = []

    def before(root: nn.Module, _: Any) -> None:
        if not torch.is_grad_enabled() or any(each is root for each in begun):
            return
        begun.append(root)
        state = torch.get_rng_state()  # the script's own numbers stay what they were
        torch.manual_seed(0)
        with torch._C.DisableTorchFunction():
            for layer in root.modules():
                own = list(layer.parameters(recurse=False))
                reset: Any = getattr(layer, "reset_parameters", None)
                if own and callable(reset) and all(each.requires_grad for each in own):
                    _reset(own, reset)
        torch.set_rng_state(state)

    Roots(patches, before=before)
    yield


def _reset(own: list[nn.Parameter], reset: Callable[[], object]) -> None:
    before = [each.detach().clone() for each in own]
    reset()
    if not any(_unlike(was, each.detach()) for was, each in zip(before, own, strict=True)):
        for was, each in zip(before, own, strict=True):
            each.data.copy_(was)


def _unlike(was: Tensor, usual: Tensor) -> bool:
    """Far larger, or, of a weight, far smaller than torch's; biases may well begin at zero."""
    size, own = float(was.float().square().mean().sqrt()), float(usual.float().square().mean().sqrt())
    return size > UNLIKE * max(own, SMALL) or (was.dim() > 1 and size * UNLIKE < own)
