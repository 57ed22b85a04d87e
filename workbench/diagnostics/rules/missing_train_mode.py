"""Training goes on in evaluation mode: train() is not called again after eval().

What it does
------------
Sees a line of the training loop that ran the network in training mode at first, and in evaluation mode, with its
Dropout or BatchNorm layers switched off, in at least three later steps until the end. Networks without such
layers, networks that were in evaluation mode from the beginning, and layers that are frozen one by one are left
alone.

Why is this bad
---------------
From the second epoch on, Dropout does nothing and BatchNorm uses old statistics that are no longer updated: the
network overfits sooner, and its BatchNorm layers no longer normalize what they get.

Example
-------
    for epoch in range(6):
        for xb, yb in loader:

Use instead
-----------
    for epoch in range(6):
        net.train()
        for xb, yb in loader:

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.train
Found in the wild: udacity deep-learning-v2 #3, clevr-iep PR 22, vsepp #4.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

CALLS = 3  # own choice: fewer may be the end of a run that was cut


@rule(severity="warning", needs=("forwards", "steps"), proof=("train-mode",))
def missing_train_mode(trace: Trace) -> Iterator[Finding]:
    """Training lines that changed to evaluation mode and stayed there."""
    training = [call for call in trace.forwards if call.grad and call.backward and call.place is not None]
    for later in training:
        if later.training or not later.frozen or later.calls < CALLS:
            continue
        layers = [name for name in later.frozen if not _of_a_frozen_part(name, later.module, trace)]
        if not layers:
            continue
        before = [
            call for call in training if call.training and call.noisy and _same(call.module, later.module, trace)
        ]
        before = [call for call in before if call.place == later.place]
        if not before or any(call.last_step >= later.first_step for call in before):
            continue
        switches = [
            call for call in trace.calls_of("eval") if call.place is not None and call.step <= later.first_step
        ]
        related = tuple(Related(call.place, "evaluation mode begins here") for call in switches[-1:] if call.place)
        yield Finding(
            later.place,
            f"from step {later.first_step} on the network is trained in evaluation mode: "
            f"{', '.join(name or 'its layer' for name in layers[:4])} switched off in {later.calls} calls",
            "write model.train() at the beginning of every epoch, since model.eval() stays in force",
            evidence={"first_step": later.first_step, "calls": later.calls, "layers": layers},
            related=related,
            remedy={"name": "train-mode", "layers": layers, "measure": ("switched", "evaluation")},
        )


def _same(one: int, other: int, trace: Trace) -> bool:
    return trace.modules[one].root == trace.modules[other].root


def _of_a_frozen_part(layer: str, root: int, trace: Trace) -> bool:
    """Whether the layer lies in a part of the network that has parameters, none of them trained."""
    part = layer.partition(".")[0] + "."
    there = [each for each in trace.parameters if each.owner == root and each.name.startswith(part)]
    return bool(there) and not any(each.trainable for each in there)
