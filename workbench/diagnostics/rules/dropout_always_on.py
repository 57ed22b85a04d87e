"""Dropout that evaluation mode does not switch off: F.dropout without training=, or nn.Dropout made in forward.

What it does
------------
Reads the `forward` methods: `F.dropout(x)` without `training=` is on by default, a `nn.Dropout` that is made and
called in one breath is new, and so in training mode, at every call, and a fixed `dropout_p` of
scaled_dot_product_attention is always in force. It is an error where the script evaluates, else a warning. An
explicit `training=True` (Monte Carlo dropout), a rate of zero and code under `if self.training` are left alone.

Why is this bad
---------------
`model.eval()` has no effect on it: predictions are random, and worse than the network could give.

Example
-------
    x = F.dropout(F.relu(self.inner(x)), 0.4)

Use instead
-----------
    x = F.dropout(F.relu(self.inner(x)), 0.4, training=self.training)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.dropout.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import asdict, replace

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, Trace

FUNCTIONS = DROPOUTS - {"feature_dropout"}
MODULES = frozenset({"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"})
SPACES = frozenset({"F", "nn.functional", "torch.nn.functional", "functional", "nn", "torch.nn"})


@rule(severity="error", needs=("sources",), proof=("dropout-in-training-only",))
def dropout_always_on(trace: Trace) -> Iterator[Finding]:
    """Calls in the forward of classes that ran; what proves one is that all of them are repaired."""
    found = list(_calls(trace))
    places = [asdict(finding.place) for finding in found if finding.place is not None]
    more = {"change": f"all {len(places)} such dropouts off in evaluation"} if len(places) > 1 else {}
    for finding in found:
        yield replace(finding, remedy={**(finding.remedy or {}), "place": places[0], "lines": places, **more})


def _calls(trace: Trace) -> Iterator[Finding]:
    written = list(_written(trace))
    yield from written
    for call in trace.calls_of("attention_dropout"):
        if any(finding.place is not None and finding.place.same_line(call.place) for finding in written):
            continue
        yield Finding(
            call.place,
            f"scaled_dot_product_attention dropped {call.detail['rate']} of its weights while the network was in "
            "evaluation mode",
            "write dropout_p=p if self.training else 0.0",
            evidence={"rate": call.detail["rate"]},
            remedy={"name": "dropout-in-training-only", "measure": ("repeat", "evaluation")},
        )


def _written(trace: Trace) -> Iterator[Finding]:
    """What the source text says."""
    classes = {module.cls for module in trace.modules}
    evaluates = bool(trace.calls_of("eval")) or any(not call.grad for call in trace.forwards)
    for source, tree in static.trees(trace):
        imported = _imported(tree)
        owners = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name in classes]
        called = {
            static.dotted(node.func) for owner in owners for node in ast.walk(owner) if isinstance(node, ast.Call)
        }
        helpers: list[ast.ClassDef | ast.FunctionDef] = [
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in called
        ]
        for owner in [*owners, *helpers]:
            for method in owner.body if isinstance(owner, ast.ClassDef) else [owner]:
                if not isinstance(method, ast.FunctionDef) or method.name in ("__init__", "train", "eval"):
                    continue
                for call in _unguarded(method):
                    told = _always_on(call, imported)
                    if told is not None:
                        what, hint = told
                        yield Finding(
                            static.place(source, call),
                            f"{what}: model.eval() does not switch it off",
                            hint,
                            evidence={"class": owner.name, "method": method.name},
                            remedy={"name": "dropout-in-training-only", "measure": ("repeat", "evaluation")},
                            severity="error" if evaluates else "warning",
                        )


def _imported(tree: ast.Module) -> dict[str, str]:
    """Other names for torch.nn.functional and what is in it."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("torch.nn", "torch.nn.functional"):
            space = "nn." if node.module == "torch.nn" else "F."
            found |= {alias.asname or alias.name: space + alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                each.asname: each.name for each in node.names if each.asname and each.name.startswith("torch")
            }
    return found


def _unguarded(node: ast.AST) -> Iterator[ast.Call]:
    """Calls that no condition on `training` rules."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If | ast.IfExp) and "training" in ast.dump(child.test):
            continue
        if isinstance(child, ast.Call):
            yield child
        yield from _unguarded(child)


def _always_on(call: ast.Call, imported: dict[str, str]) -> tuple[str, str] | None:
    """(what is wrong, what to do), or None."""
    if isinstance(call.func, ast.Call):
        name = _resolved(call.func.func, imported)
        if name is not None and name in MODULES and not _zero(call.func, 0, "p"):
            return (
                f"a new nn.{name} is made at every call, in training mode",
                f"make it once in __init__: self.drop = nn.{name}(...)",
            )
        return None
    name = _resolved(call.func, imported)
    keywords = {keyword.arg for keyword in call.keywords}
    if name is not None and name in FUNCTIONS and None not in keywords:
        if "training" in keywords or len(call.args) > 2 or _zero(call, 1, "p"):
            return None
        return f"{name} without training= is on by default", f"write F.{name}(..., training=self.training)"
    if name == "scaled_dot_product_attention":
        rate = next((keyword.value for keyword in call.keywords if keyword.arg == "dropout_p"), None)
        if isinstance(rate, ast.Constant) and isinstance(rate.value, float) and rate.value:
            return (
                f"scaled_dot_product_attention always drops {rate.value}",
                f"write dropout_p={rate.value} if self.training else 0.0",
            )
    return None


def _resolved(function: ast.expr, imported: dict[str, str]) -> str | None:
    """The last part of a name that belongs to torch.nn or torch.nn.functional."""
    name = static.dotted(function)
    first, _, rest = name.partition(".")
    if first in imported:
        name = imported[first] + ("." + rest if rest else "")
    space, _, last = name.rpartition(".")
    return last if space in SPACES else None


def _zero(call: ast.Call, position: int, keyword: str) -> bool:
    given = [each.value for each in call.keywords if each.arg == keyword] or call.args[position : position + 1]
    return bool(given) and isinstance(given[0], ast.Constant) and given[0].value in (0, 0.0)
