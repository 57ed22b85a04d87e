"""An attribute that torch does not know is set to freeze or unfreeze: nothing is frozen.

What it does
------------
Finds assignments, and `setattr`, to misspelt names such as `require_grad`, in the source text; and
`module.requires_grad = ...` set on a whole module, which has no such attribute: the run tells which modules got
one.

Why is this bad
---------------
Python takes any name. The parameters go on as they were: a pretrained body that should stay is overwritten, or
a layer that should learn does not.

Example
-------
    p.require_grad = False

Use instead
-----------
    p.requires_grad = False

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.requires_grad_
https://github.com/pytorch-labs/torchfix (TOR002)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Source, Trace

TYPOS = frozenset(
    {
        "require_grad",
        "require_grads",
        "requires_grads",
        "required_grad",
        "requires_gradient",
        "require_gradient",
        "requires_gradients",
        "requiresgrad",
        "requires_gard",
        "reqiures_grad",
        "requries_grad",
        "needs_grad",
        "requireGrad",
        "requiresGrad",
    }
)


METHOD = "requires_grad_"


@rule(severity="warning", needs=("sources",), proof=("freeze", "spell-right"))
def requires_grad_typo(trace: Trace) -> Iterator[Finding]:
    """Misspelt names, then whole modules."""
    own = (node for _, node in static.nodes(trace, ast.Attribute) if static.dotted(node.value) == "self")
    defined = {node.attr for node in own}
    for source, target, node in _set(trace):
        if target.attr in TYPOS - defined:
            yield _typo(source, node, target.attr)
        elif target.attr == METHOD:
            yield Finding(
                static.place(source, node),
                f"{METHOD} is a method, and is overwritten here: nothing is frozen or unfrozen by it",
                f"call it, {METHOD}({ast.unparse(node.value)}), or set requires_grad",
                evidence={"name": METHOD},
            )
    for source, call in static.calls(trace, "setattr"):
        name = call.args[1] if len(call.args) == 3 else None
        if isinstance(name, ast.Constant) and name.value in TYPOS:
            yield _typo(source, call, str(name.value))
    marked = [module for module in trace.modules if "requires_grad" in module.settings]
    for source, target, node in _set(trace) if marked else ():
        if target.attr != "requires_grad" or _of_parameters(source, target):
            continue
        last = static.dotted(target.value).rpartition(".")[2]
        named = [module for module in marked if module.name.rpartition(".")[2] == last or not module.name]
        if named or isinstance(target.value, ast.Subscript) or _looped(source, target) or _given(source, target):
            yield Finding(
                static.place(source, node),
                f"requires_grad is set on a whole {(named or marked)[0].cls}, which has no such attribute: its "
                "parameters do not notice",
                f"write {ast.unparse(target.value)}.requires_grad_({ast.unparse(node.value)})",
                evidence={"modules": [module.name or module.cls for module in named or marked]},
                remedy={
                    "name": "freeze",
                    "parts": [module.name for module in named or marked],
                    "measure": ("kept",),
                },
            )


def _set(trace: Trace) -> Iterator[tuple[Source, ast.Attribute, ast.Assign]]:
    """Assignments to an attribute."""
    for source, node in static.nodes(trace, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute):
                yield source, target, node


def _typo(source: Source, node: ast.expr | ast.stmt, name: str) -> Finding:
    return Finding(
        static.place(source, node),
        f"{name} means nothing to torch: nothing is frozen or unfrozen by it",
        "the name is requires_grad",
        evidence={"name": name},
        remedy={"name": "spell-right", "attribute": name, "measure": ("kept", "moved")},
    )


def _loops(source: Source, target: ast.Attribute) -> Iterator[ast.For]:
    """Loops over the name that the attribute is set on, around the assignment."""
    tree = static.parsed(source)
    name = static.dotted(target.value)
    for node in ast.walk(tree) if tree is not None else ():
        around = isinstance(node, ast.For) and node.lineno <= target.lineno <= (node.end_lineno or 0)
        if (
            isinstance(node, ast.For)
            and around
            and any(static.dotted(part) == name for part in ast.walk(node.target))
        ):
            yield node


def _of_parameters(source: Source, target: ast.Attribute) -> bool:
    """`for p in model.parameters(): p.requires_grad = False`, or `layer.weight.requires_grad = False`."""
    if static.dotted(target.value).rpartition(".")[2] in ("weight", "bias", "data"):
        return True
    return any("param" in ast.unparse(loop.iter) for loop in _loops(source, target))


def _given(source: Source, target: ast.Attribute) -> bool:
    """`def freeze(module): module.requires_grad = False`."""
    tree = static.parsed(source)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno < target.lineno <= (node.end_lineno or 0):
            return any(each.arg == static.dotted(target.value) for each in node.args.args)
    return False


def _looped(source: Source, target: ast.Attribute) -> bool:
    """`for layer in model.children(): layer.requires_grad = False`."""
    words = ("children()", "modules()", "named_children()", "named_modules()")
    return any(ast.unparse(loop.iter).endswith(words) for loop in _loops(source, target))
