"""A trained network has parameters that no optimizer holds: they get gradients and never move.

What it does
------------
Compares the parameters that the loss depends on with those the optimizers hold. It is an error when parameters
of a network in training mode get gradients, are in no optimizer, and kept their first values, while an
optimizer stepped three times or more; and when an optimizer steps on tensors that never get a gradient, because
the network was made anew, or copied, after the optimizer. Frozen parts, networks in evaluation mode, parameters
updated by hand, and scripts that optimize an input instead of weights are left alone; where weights were loaded
from a file, or another optimizer is still to come, it is a warning.

Why is this bad
---------------
Parameters outside of the optimizer keep their random first values. The rest of the network learns around them,
worse than it could; if all are outside, the loss does not fall at all. Nothing crashes.

Example
-------
optimizer = torch.optim.Adam(encoder.parameters(), lr=0.01)

Use instead
-----------
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)

Sources
-------
https://docs.pytorch.org/docs/stable/optim.html#constructing-it
Found in the wild: pytorch #14467, pytorch-template PR 83.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Parameter, Trace

STEPS = 3  # at least; own choice, as in missing-zero-grad
LOADING = ("load_state_dict", "from_pretrained", "load_state_dict_from_url", "load_model")
MAKERS = frozenset(
    {
        "SGD",
        "Adam",
        "AdamW",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "NAdam",
        "RAdam",
        "ASGD",
        "RMSprop",
        "Rprop",
        "LBFGS",
        "SparseAdam",
        "Adafactor",
        "Muon",
    }
)


@rule(severity="error", needs=("graphs", "optimizers"), proof=("hold-parameters",))
def param_not_in_optimizer(trace: Trace) -> Iterator[Finding]:
    """First optimizers that hold nothing alive, then networks that are held in part or not at all."""
    lost = [parameter for parameter in trace.parameters if _lost(trace, parameter) or _loose(trace, parameter)]
    stepping = [optimizer for optimizer in trace.optimizers if optimizer.steps >= STEPS]
    if not lost or not stepping:
        return
    dead = [optimizer for optimizer in stepping if _holds_nothing(trace, optimizer)]
    for optimizer in dead:
        yield _stale(trace, optimizer, lost)
    if dead or (lost[0].owner is not None and _optimizes_inputs(trace, stepping)):
        return
    by_root: dict[int, list[Parameter]] = defaultdict(list)
    for parameter in lost:
        by_root[parameter.owner if parameter.owner is not None else -1].append(parameter)
    for root, missing in by_root.items():
        yield _forgotten(trace, root, missing, stepping)


def _lost(trace: Trace, parameter: Parameter) -> bool:
    """It gets gradients in training, nobody moves it, and it belongs to a network that is there to be trained."""
    if not (parameter.reached and parameter.trainable and parameter.registered and parameter.changed is False):
        return False
    if parameter.optimizers or parameter.owner is None:
        return False
    trained = any(
        call.module == parameter.owner and call.training and call.backward and call.last_step - call.first_step > 1
        for call in trace.forwards
    )
    return trained and not _kept_in_evaluation(trace, parameter)


def _kept_in_evaluation(trace: Trace, parameter: Parameter) -> bool:
    """Its layer was put into evaluation mode by itself: a part that is meant to stay as it is."""
    owner = [each for each in trace.modules if each.root == parameter.owner and each.name == parameter.module]
    return any(not each.training and trace.modules[each.root].training for each in owner)


def _loose(trace: Trace, parameter: Parameter) -> bool:
    """A weight without a module, where all weights are such; an input of which the slope is asked is none."""
    if not (parameter.reached and parameter.trainable and parameter.name == "?" and parameter.changed is False):
        return False
    if parameter.optimizers or any(each.owner is not None for each in trace.parameters):
        return False
    slopes = static.calls(trace, "grad", "requires_grad_", "jacobian", "hessian", "vjp")
    return next(slopes, None) is None


def _holds_nothing(trace: Trace, optimizer: Optimizer) -> bool:
    """Not one of its steps found a gradient."""
    steps = [step for step in trace.steps if step.optimizer == optimizer.index and not step.closure]
    own = [trace.parameters[index] for index in optimizer.parameters]
    return len(steps) >= STEPS and not any(step.consumed for step in steps) and not any(p.reached for p in own)


def _optimizes_inputs(trace: Trace, stepping: list[Optimizer]) -> bool:
    """Nothing that steps belongs to a network: an image or a perturbation is optimized."""
    held = [trace.parameters[index] for optimizer in stepping for index in optimizer.parameters]
    return not any(parameter.owner is not None for parameter in held)


def _stale(trace: Trace, optimizer: Optimizer, lost: list[Parameter]) -> Finding:
    root = trace.modules[lost[0].owner] if lost[0].owner is not None else None
    made = (
        ()
        if root is None or root.place is None
        else (Related(root.place, f"the {root.cls} that is trained is made here"),)
    )
    return Finding(
        optimizer.place,
        f"{optimizer.name} holds {len(optimizer.parameters)} tensors of a network that is not used any more: none "
        f"got a gradient in {optimizer.steps} steps, while {len(lost)} parameters of the present one are in no "
        "optimizer",
        "make the optimizer after the last line that makes, copies or replaces the network",
        evidence={"steps": optimizer.steps, "held": len(optimizer.parameters), "missing": _names(lost)},
        related=made,
        remedy={"name": "hold-parameters", "optimizer": optimizer.index, "measure": ("learning", "moved")},
    )


def _forgotten(trace: Trace, root: int, missing: list[Parameter], stepping: list[Optimizer]) -> Finding:
    mine = [
        optimizer
        for optimizer in stepping
        if any(trace.parameters[index].owner == root for index in optimizer.parameters)
    ]
    optimizer = _answerable(trace, missing, mine or stepping)
    numbers = sum(_size(parameter) for parameter in missing)
    whole = trace.modules[root].cls if root >= 0 else ""
    extent = f"{len(missing)} parameters of {whole}" if mine else f"all {len(missing)} parameters of {whole}"
    if root < 0:
        extent = f"{len(missing)} weights"
    return Finding(
        optimizer.place,
        f"{extent} get gradients and are in no optimizer ({numbers} numbers): {', '.join(_names(missing)[:4])}"
        f"{', ...' if len(missing) > 4 else ''}; none has changed in {len(trace.steps)} steps",
        "give the optimizer all of them (model.parameters(), or the lists of several networks joined), after all "
        "layers are in place; if this part is to stay as it is, say so: requires_grad_(False)",
        evidence={"missing": _names(missing), "numbers": numbers, "steps": len(trace.steps)},
        related=tuple(
            Related(place, "made here") for place in dict.fromkeys(p.place for p in missing) if place is not None
        )[:3],
        remedy={"name": "hold-parameters", "optimizer": optimizer.index, "measure": ("learning", "moved")},
        severity="warning" if _may_be_meant(trace) else None,
    )


def _answerable(trace: Trace, missing: list[Parameter], stepping: list[Optimizer]) -> Optimizer:
    """Of several optimizers the one that steps after losses that the missing parameters take part in."""
    indexes = {parameter.index for parameter in missing}
    graphs = [graph for graph in trace.graphs if any(node.leaf in indexes for node in graph.nodes)]
    after = [trace.steps[graph.step].optimizer for graph in graphs if graph.step < len(trace.steps)]
    return max(stepping, key=lambda each: (after.count(each.index), each.index))


def _may_be_meant(trace: Trace) -> bool:
    """Weights come from a file, or an optimizer is still to come that the run did not reach."""
    if next(static.calls(trace, *LOADING, "add_param_group"), None) is not None:
        return True
    made = {
        (optimizer.place.path, optimizer.place.cell, optimizer.place.line)
        for optimizer in trace.optimizers
        if optimizer.place
    }
    for source, node in static.nodes(trace, ast.Call):
        name = static.dotted(node.func).rpartition(".")[2]
        lines = {(source.path, source.cell, line) for line in range(node.lineno, (node.end_lineno or 0) + 1)}
        if name in MAKERS and not lines & made:
            return True
    keywords = (keyword for _, node in static.nodes(trace, ast.Call) for keyword in node.keywords)
    return any(keyword.arg in ("pretrained", "weights") for keyword in keywords)


def _names(parameters: list[Parameter]) -> list[str]:
    return [p.name if p.name != "?" else f"of shape {list(p.shape)}" for p in parameters]


def _size(parameter: Parameter) -> int:
    total = 1
    for size in parameter.shape:
        total *= size
    return total
