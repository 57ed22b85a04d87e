"""The experiment "input_blind": do the inputs reach the output, all of them, and each feature of a table?

Inputs are exchanged between the captured training examples, for the network as it began and as the run left it.
A feature is silent only where that changes nothing at all, in evaluation mode and in training mode.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.trace import Probe

SAME = 1e-6  # of the outputs' size: what rounding makes of equal numbers
WIDEST = 200  # features that are exchanged one by one
NAME = "input_blind"


def input_blind(recorder: Recorder) -> Probe:
    """Whether the outputs differ, and which arguments and features are silent."""
    capture = recorder.capture
    examples = capture.examples() if capture is not None else None
    if capture is None or capture.module is None or examples is None:
        why = capture.why_not if capture is not None else "no network was kept"
        return Probe(NAME, "skipped", f"cannot try other inputs: {why}")
    module, (inputs, target) = capture.module, examples
    known = recorder.registry.module(module)
    place = (known.plain.defined or known.plain.place) if known is not None else None
    varied = [index for index, value in enumerate(inputs) if isinstance(value, Tensor) and _varied(value)]
    if not varied or not _varied(target):
        return Probe(NAME, "skipped", "the training examples are all the same", place=place)
    last = {name: value.detach().clone() for name, value in module.state_dict().items()}
    spreads, silent = [], []
    for state in (capture.state, last):
        module.load_state_dict(state)
        module.eval()
        output = _answers(module, inputs)
        scale = float(output.abs().max())
        spreads.append(float((output.amax(0) - output.amin(0)).max()) / scale if scale > 0 else 0.0)
        silent.append(_silent(module, inputs, varied))
    both = silent[0] & silent[1]
    numbers: dict[str, Any] = {"examples": len(target), "first": spreads[0], "last": spreads[1]}
    numbers["arguments"] = sorted(argument for argument, feature in both if feature is None)
    numbers["features"] = sorted(feature for _, feature in both if feature is not None)
    numbers["width"] = inputs[varied[0]].shape[-1]
    told = f"the outputs for {len(target)} examples differ by {spreads[1]:.2g} of their size"
    return Probe(NAME, "failed" if spreads[1] <= SAME else "passed", told, numbers, place)


def _varied(value: Tensor) -> bool:
    return value.dim() > 0 and len(value) > 1 and bool((value != value[:1]).any())


def _answers(module: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
    """[N, outputs], with the same random numbers every time."""
    torch.manual_seed(0)
    with torch.no_grad():
        output = module(*inputs)
    assert isinstance(output, Tensor)
    return output.reshape(len(output), -1).float()


def _silent(module: nn.Module, inputs: tuple[Any, ...], varied: list[int]) -> set[tuple[int, int | None]]:
    """(argument, None) or (argument, feature): what may be exchanged between the examples without any effect."""
    found: set[tuple[int, int | None]] = set()
    for index in varied:
        value = inputs[index]
        if len(varied) > 1 and not _matters(module, inputs, index, value.roll(1, 0)):
            found.add((index, None))
        elif value.dim() == 2 and value.shape[1] <= WIDEST and value.is_floating_point():
            for feature in _without_gradient(module, inputs, index):
                exchanged = value.clone()
                exchanged[:, feature] = value[:, feature].roll(1, 0)
                if _varied(value[:, feature]) and not _matters(module, inputs, index, exchanged):
                    found.add((index, feature))
    return found


def _without_gradient(module: nn.Module, inputs: tuple[Any, ...], index: int) -> list[int]:
    """Features by which no output can be moved; one backward finds the few that are worth exchanging."""
    value = inputs[index].detach().clone().requires_grad_()
    with torch.enable_grad():
        output = module(*inputs[:index], value, *inputs[index + 1 :])
        weights = torch.linspace(0.5, 1.5, output.numel()).reshape(output.shape).to(output)
        if not output.requires_grad:
            return []
        (gradient,) = torch.autograd.grad((output * weights).sum(), value, allow_unused=True)
    if gradient is None or not bool(gradient.any()):
        return []
    return [feature for feature in range(value.shape[1]) if not bool(gradient[:, feature].any())]


def _matters(module: nn.Module, inputs: tuple[Any, ...], index: int, other: Tensor) -> bool:
    """Whether another value of one argument gives another output, in one of the modes."""
    state = {name: value.clone() for name, value in module.state_dict().items()}
    differs = False
    for mode in (False, True):  # in training mode, too: an argument may be for training only
        module.train(mode)
        before = _answers(module, inputs)
        module.load_state_dict(state)
        after = _answers(module, (*inputs[:index], other, *inputs[index + 1 :]))
        module.load_state_dict(state)
        differs = not torch.allclose(before, after, rtol=SAME, atol=1e-9)
        if differs:
            break
    module.eval()
    return differs
