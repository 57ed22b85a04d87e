"""A part that was frozen goes on changing: batch norm's statistics, or weights moved by old gradients.

What it does
------------
Two signs. Parameters with requires_grad off that an optimizer still moves, because a gradient was left in them
when they were frozen. And batch-norm layers with frozen weights, in a network with other frozen layers, that run in
training mode while the rest is trained: their running mean and variance follow the new data. That is common
practice where a pretrained network meets other images, and a warning only; a GAN's two steps are left alone.

Why is this bad
---------------
What was to stay as it was does not: momentum and weight decay pull at it, or the frozen features are normalized
by other numbers than those they were trained with, and differently in evaluation.

Example
-------
model.train()

Use instead
-----------
model.train()
model.body.eval()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation
https://keras.io/guides/transfer_learning/ (batch norm of frozen layers must run in inference mode)
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Forward, Module, Place, Trace

STEPS = 3  # own choice
NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm")


@rule(severity="warning", needs=("steps", "parameters"), proof=("freeze", "still-norms"))
def frozen_params_change(trace: Trace) -> Iterator[Finding]:
    """Weights that are moved, then statistics."""
    moved = [parameter for parameter in trace.parameters if parameter.moved_frozen >= STEPS]
    if moved:
        optimizer = trace.optimizers[moved[0].optimizers[0]]
        related = () if optimizer.place is None else (Related(optimizer.place, "this optimizer still holds them"),)
        yield Finding(
            optimizer.step_place,
            f"{len(moved)} frozen parameters ({', '.join(p.name for p in moved[:3])}) still move at each step: "
            f"{optimizer.name} finds the gradient that was left in them when they were frozen",
            "set p.grad = None where they are frozen, or make the optimizer anew of what is trained",
            evidence={"parameters": [parameter.name for parameter in moved]},
            related=related,
            remedy={"name": "freeze", "measure": ("frozen",)},
        )
    for call in trace.forwards:
        norms = _frozen_norms(trace, call)
        if norms:
            at = _put_back(trace, call) or call.place
            yield Finding(
                at,
                f"{len(norms)} batch-norm layers of frozen parts run in training mode ({norms[0].name}): their "
                "running statistics change though their weights are frozen",
                "after model.train(), set the frozen part to evaluation mode: model.body.eval()",
                evidence={"modules": [module.name for module in norms]},
                related=(Related(call.place, "they run here"),) if call.place and at != call.place else (),
                remedy={"name": "still-norms", "measure": ("frozen",)},
            )
            return


def _put_back(trace: Trace, call: Forward) -> Place | None:
    """The `model.train()` after the freezing, where the network is called from a function that others call, too."""
    since = call.last_step - call.cold_calls
    later = [each.place for each in trace.calls_of("train") if each.step >= since]
    return later[-1] if later and call.first_step < since and call.place is not None else None


def _frozen_norms(trace: Trace, call: Forward) -> list[Module]:
    """Batch norms in training mode in a call that is trained, themselves and others frozen, and frozen for good."""
    if not (call.training and call.grad and call.backward and call.cold_calls >= STEPS):
        return []
    own = [p for p in trace.parameters if p.owner == call.module and p.registered]
    still = {p.module for p in own if not p.trainable} - {p.module for p in own if p.trainable}
    inside = [module for module in trace.modules if module.root == call.module]
    norms = [module for module in inside if module.cls in NORMS and module.name in call.cold]
    norms = [module for module in norms if not _thawed(trace, call, module.name)]
    others = [module for module in inside if module.cls not in NORMS and module.parameters and module.name in still]
    return norms if others and any(p.trainable and p.got_grad for p in own) else []


def _thawed(trace: Trace, call: Forward, name: str) -> bool:
    """Another line trains the layer in between, as the two steps of a GAN do."""
    others = [each for each in trace.forwards if each.module == call.module and each.backward and each != call]
    recent = [each for each in others if each.last_step > call.last_step - call.cold_calls]
    return any(name not in each.cold for each in recent)
