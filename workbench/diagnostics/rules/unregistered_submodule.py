"""Layers or weights kept where torch does not look: parameters() does not give them, so nothing trains them.

What it does
------------
Looks for weights that the loss depends on, that no optimizer holds and that never changed, in places that
torch does not search: layers in a plain list, tuple or dict of a module, tensors set as plain attributes, a
Parameter that was multiplied or converted before it was assigned, and layers that are made anew inside
`forward`. Lists whose layers have an optimizer of their own are left alone.

Why is this bad
---------------
`model.parameters()`, `model.to(device)`, `model.train()` and `state_dict()` find only what is registered. The
hidden layers keep their random first weights, and are missing in the saved file.

Example
-------
        self.layers = [nn.Linear(6, 16), nn.Linear(16, 16)]

Use instead
-----------
        self.layers = nn.ModuleList([nn.Linear(6, 16), nn.Linear(16, 16)])

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
Found in the wild: pytorch #715 #59925, texar #72, meta-optimizer #11.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Parameter, Place, Trace

LAYERS = frozenset(
    {
        "Linear",
        "Bilinear",
        "Conv1d",
        "Conv2d",
        "Conv3d",
        "ConvTranspose1d",
        "ConvTranspose2d",
        "Embedding",
        "RNN",
        "LSTM",
        "GRU",
        "BatchNorm1d",
        "BatchNorm2d",
        "LayerNorm",
        "GroupNorm",
        "MultiheadAttention",
        "PReLU",
        "Parameter",
    }
)


FIRST_WEIGHTS_ARE_CONSTANT = ("LayerNorm", "GroupNorm", "PReLU")  # made anew they are the same layer, untrained


@rule(severity="error", needs=("graphs",), proof=("hold-parameters", "make-once"))
def unregistered_submodule(trace: Trace) -> Iterator[Finding]:
    """By attribute; then layers made in forward; then an optimizer that got nothing at all."""
    hidden: dict[str, list[Parameter]] = defaultdict(list)
    for parameter in trace.parameters:
        alone = not parameter.optimizers and parameter.changed is False
        if parameter.via is not None and alone and parameter.reached and parameter.trainable:
            hidden[parameter.via].append(parameter)
    for via, parameters in hidden.items():
        yield _hidden(trace, via, parameters)
    fresh = [p for p in trace.parameters if p.name == "?" and p.reached and not p.optimizers]
    if fresh:
        for place, name in _made_in_forward(trace):
            random = name not in FIRST_WEIGHTS_ARE_CONSTANT
            weights = ", with new random weights," if random else ""
            yield Finding(
                place,
                f"nn.{name} is made anew{weights} in every call of forward: no optimizer ever holds it",
                "make it once in __init__ (self.layer = ...), and call it in forward",
                evidence={"layer": name},
                severity="error" if random else "warning",
                remedy={"name": "make-once", "measure": ("learning", "moved")},
            )
    crash = trace.crash
    if crash is not None and "empty parameter list" in crash.message and not hidden:
        for source, cls in static.nodes(trace, ast.ClassDef):
            yield from _listed(source.path, source.cell, cls)


def _hidden(trace: Trace, via: str, parameters: list[Parameter]) -> Finding:
    place, value = _assigned(trace, via)
    modules = [each for each in trace.modules if not each.registered and each.root == parameters[0].owner]
    made = next((each.place for each in modules if each.place is not None), None)
    of_layers = any(
        parameter.module and f"{each.name}" == parameter.module for each in modules for parameter in parameters
    )
    kind = "dict" if isinstance(value, ast.Dict | ast.DictComp) else "list"
    if of_layers:
        hint = "nn.ModuleDict({...})" if kind == "dict" else "nn.ModuleList([...])"
        what = f"the layers in {via} are in a plain {kind}, which torch does not look into"
    elif isinstance(value, ast.List | ast.ListComp | ast.Dict | ast.DictComp | ast.Tuple):
        hint = "nn.ParameterDict({...})" if kind == "dict" else "nn.ParameterList([...])"
        what = f"the weights in {via} are in a plain {kind}, which torch does not look into"
    else:
        hint = "nn.Parameter(...): compute first, wrap last"
        what = f"{via} is a plain tensor, not a Parameter of the module"
    attribute = via.rpartition(".")[2]
    related = () if made is None or made.same_line(place) else (Related(made, "a layer is made here"),)
    return Finding(
        place or made,
        f"{what}: {len(parameters)} parameters that the loss depends on are not in parameters(), no optimizer "
        "holds them, none has changed",
        f"write self.{attribute} = {hint}",
        evidence={"parameters": [parameter.name for parameter in parameters]},
        related=related,
        remedy={
            "name": "hold-parameters",
            "optimizer": max(len(trace.optimizers) - 1, 0),
            "measure": ("learning", "moved"),
        },
    )


def _assigned(trace: Trace, via: str) -> tuple[Place | None, ast.expr | None]:
    """Where `self.attribute = ...` stands: in the class that was named, else in any."""
    name, _, attribute = via.rpartition(".")
    classes = sorted(static.nodes(trace, ast.ClassDef), key=lambda pair: pair[1].name != name)
    for source, cls in classes:
        for node in ast.walk(cls):
            targets = node.targets if isinstance(node, ast.Assign) else []
            targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
            for target in targets:
                if isinstance(node, ast.Assign | ast.AnnAssign) and static.dotted(target) == f"self.{attribute}":
                    return static.place(source, node), node.value
    return None, None


def _made_in_forward(trace: Trace) -> Iterator[tuple[Place, str]]:
    """Layers made in a `forward` and not kept in self."""
    for source, cls in static.nodes(trace, ast.ClassDef):
        if not any(static.dotted(base).endswith("Module") for base in cls.bases):
            continue
        for method in cls.body:
            if not isinstance(method, ast.FunctionDef) or method.name != "forward":
                continue
            kept = {
                id(call)
                for node in ast.walk(method)
                if isinstance(node, ast.Assign) and static.dotted(node.targets[0]).startswith("self.")
                for call in ast.walk(node.value)
            }
            for node in ast.walk(method):
                if isinstance(node, ast.Call) and id(node) not in kept:
                    first, _, last = static.dotted(node.func).rpartition(".")
                    if last in LAYERS and first in ("nn", "torch.nn", ""):
                        yield static.place(source, node), last


def _listed(path: str, cell: int | None, cls: ast.ClassDef) -> Iterator[Finding]:
    """A module whose layers are all in plain lists: the optimizer gets nothing, and says so."""
    for node in ast.walk(cls):
        if not isinstance(node, ast.Assign) or not static.dotted(node.targets[0]).startswith("self."):
            continue
        if not isinstance(node.value, ast.List | ast.ListComp | ast.Dict | ast.DictComp | ast.Tuple):
            continue
        called = [
            static.dotted(call.func).rpartition(".")[2]
            for call in ast.walk(node.value)
            if isinstance(call, ast.Call)
        ]
        attribute = static.dotted(node.targets[0])
        if LAYERS & set(called) or not getattr(node.value, "elts", True):
            kind = "ModuleDict" if isinstance(node.value, ast.Dict | ast.DictComp) else "ModuleList"
            yield Finding(
                Place(path, node.lineno, cell),
                f"the layers in {cls.name}.{attribute[5:]} are in a plain list or dict, which torch does not look "
                "into: parameters() gives nothing, and the optimizer refuses that",
                f"write {attribute} = nn.{kind}(...)",
                evidence={"attribute": attribute},
            )
            return
