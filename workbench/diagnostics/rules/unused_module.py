"""A layer with weights is made in __init__, and forward never uses it.

What it does
------------
Finds layers with parameters in modules of the user's that were not called in ten steps or more, whose weights
no loss depends on, and whose name stands nowhere in the source but where it is made. Layers in containers, heads
that forward uses under a condition, and weights that are shared or used as tensors are left alone.

Why is this bad
---------------
Most often forward calls another layer twice, or a layer was forgotten: the network is not the one that was
meant. Its parameters are counted and saved, and learn nothing.

Example
-------
        x = torch.relu(self.hidden(x))
        return self.last(x)

Use instead
-----------
        x = torch.relu(self.hidden(x))
        x = torch.relu(self.middle(x))
        return self.last(x)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html (unused parameters)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Module, Place, Trace

STEPS = 10  # torch-audit TA500, torchtest2


@rule(
    severity="warning",
    needs=("steps", "modules"),
    proof="what the layer was meant to do with which values is not known",
)
def unused_module(trace: Trace) -> Iterator[Finding]:
    """Attributes of modules, each with all that lies under it."""
    used = {node.attr for _, node in static.nodes(trace, ast.Attribute) if isinstance(node.ctx, ast.Load)}
    used |= {node.value for _, node in static.nodes(trace, ast.Constant) if isinstance(node.value, str)}
    for module in trace.modules:
        above, _, name = module.name.rpartition(".")
        if not name or name in used or name.isdigit() or not module.registered or module.place is None:
            continue
        tree = [each for each in trace.modules if each.root == module.root]
        parent = next((each for each in tree if each.name == above), None)
        below = [each for each in tree if each.name == module.name or each.name.startswith(module.name + ".")]
        elements = sum(each.parameters for each in below)
        if parent is None or not parent.own or not elements or any(each.calls for each in below):
            continue
        if _calls(trace, parent) < STEPS or _alive(trace, module):
            continue
        related = () if parent.defined is None else (Related(parent.defined, f"{parent.cls} is defined here"),)
        yield Finding(
            _assigned(trace, parent, name) or module.place,
            f"{parent.cls}.{name} ({module.cls}, {elements} numbers) is never used: forward does not call it",
            f"call self.{name} in forward, or leave it out",
            evidence={"module": module.name, "elements": elements},
            related=related,
        )


def _assigned(trace: Trace, parent: Module, name: str) -> Place | None:
    """`self.middle = block(8)` in the class, where a function makes the layer."""
    for source, owner in static.nodes(trace, ast.ClassDef):
        for node in ast.walk(owner) if owner.name == parent.cls else ():
            if isinstance(node, ast.Assign) and any(static.dotted(each) == f"self.{name}" for each in node.targets):
                return static.place(source, node)
    return None


def _calls(trace: Trace, parent: Module) -> int:
    """Training calls of the root, if the parent is used at all."""
    if parent.name and not parent.calls:
        return 0
    return sum(call.calls for call in trace.forwards if call.module == parent.root and call.backward)


def _alive(trace: Trace, module: Module) -> bool:
    """Whether something else uses its weights."""
    own = [
        parameter
        for parameter in trace.parameters
        if parameter.owner == module.root and f"{parameter.module}.".startswith(f"{module.name}.")
    ]
    return not own or any(parameter.reached or parameter.changed or parameter.got_grad for parameter in own)
