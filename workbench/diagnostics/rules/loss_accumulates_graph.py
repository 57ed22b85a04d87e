"""A running total or a list keeps each loss with its whole graph: memory grows with every step.

What it does
------------
Sees a sum (`total += loss`) into which tensors with a graph of earlier optimizer steps go, in three steps or
more, where the total is not made anew in the same loop; and, in the source text, a list that the very tensor is
appended to on which `backward` is called in the same loop. Sums of several losses before one backward, and
lists that are emptied in the loop, are fine.

Why is this bad
---------------
A loss is the end of its graph. A total of losses holds the graphs of all steps: every step needs a little more
memory and time, and a long run ends with "out of memory".

Example
-------
    total += loss

Use instead
-----------
    total += loss.item()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/faq.html#my-model-reports-cuda-runtime-error-2-out-of-memory
Found in the wild: horovod PR 641, brax PR 152, labelmodels #4.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Kept, Place, Trace

STEPS = 3  # own choice: the graph grows three steps in a row
NUMBERS = ("item", "detach", "float", "tolist", "numpy", "cpu", "len")


@rule(severity="warning", needs=("backwards",), proof=("let-go",))
def loss_accumulates_graph(trace: Trace) -> Iterator[Finding]:
    """Totals that were seen to grow, then lists."""
    for kept in trace.kept:
        if kept.steps < STEPS or kept.place is None or kept.name == "backward":
            continue
        total = _total(trace, kept.place)
        if total is not None:
            yield Finding(
                kept.place,
                f"{total} holds the graphs of earlier steps: in {kept.steps} of the steps looked at, a tensor with "
                "its graph was added to it",
                "add the number, not the tensor: loss.item()",
                evidence={"steps": kept.steps},
                remedy={"name": "let-go", "measure": ("graphs",)},
            )
    lines = {(call.place.path, call.place.cell, call.place.line) for call in trace.backwards if call.place}
    found = [
        finding for line in sorted(lines, key=str) for finding in _appended(trace, Place(line[0], line[2], line[1]))
    ]
    yield from found
    alive = [each for each in trace.kept if each.name == "backward" and each.steps >= STEPS]
    if alive and not found:
        yield from _handed_on(trace, alive[0])


def _handed_on(trace: Trace, kept: Kept) -> Iterator[Finding]:
    """Losses stay alive: the only line, of those that append a plain name, that may keep them."""
    lines = []
    for source, call in static.calls(trace, "append", "appendleft", "add", "extend", "setdefault"):
        given = call.args[-1] if call.args else None
        parts = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
        plain = [part for part in parts if isinstance(part, ast.Name | ast.Attribute | ast.Subscript)]
        if plain and isinstance(call.func, ast.Attribute):
            lines.append((source, call, ast.unparse(call.func.value), plain))
    likely = [each for each in lines if any("loss" in ast.unparse(part).lower() for part in each[3])]
    if len(likely or lines) != 1:
        return
    source, call, name, _ = (likely or lines)[0]
    yield Finding(
        static.place(source, call),
        f"{name} keeps losses with their whole graphs: those of {kept.steps} earlier steps were still there",
        "keep the number: .item(), or .detach()",
        evidence={"list": name, "steps": kept.steps},
        related=() if kept.place is None else (Related(kept.place, "the losses"),),
        remedy={"name": "let-go", "measure": ("graphs",)},
    )


def _total(trace: Trace, at: Place) -> str | None:
    """The name that is summed up on a line, where it is carried over the rounds of the loop."""
    statement = static.statement(trace, at)
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add | ast.Sub):
        name = static.dotted(statement.target) or _subscripted(statement.target)
    elif isinstance(statement, ast.Assign):
        name = static.dotted(statement.targets[0]) or _subscripted(statement.targets[0])
        if not any((static.dotted(node) or _subscripted(node)) == name for node in ast.walk(statement.value)):
            return None
    else:
        return None
    if _is_number(statement.value, name):
        return None
    loop = static.loop_around(trace, at)
    if loop is None and isinstance(statement, ast.AugAssign) and "." in name:
        return name  # of an object, which outlives the function
    return name if name and loop is not None and not _made_in(loop, name, statement) else None


def _is_number(node: ast.expr, total: str) -> bool:
    """Every term of the expression, but the total itself, ends in item, detach or float: no graph is added."""
    if isinstance(node, ast.BinOp):
        sums = isinstance(node.op, ast.Add | ast.Sub)
        return _is_number(node.left, total) and (not sums or _is_number(node.right, total))
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Constant) or (static.dotted(node) or _subscripted(node)) == total
    last = node.func.attr if isinstance(node.func, ast.Attribute) else static.dotted(node.func)
    return last in NUMBERS


def _subscripted(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Subscript) else ""


def _made_in(loop: ast.For | ast.While, name: str, besides: ast.stmt) -> bool:
    """Whether the name is given a new value in the loop, other than by the statement itself."""
    for node in ast.walk(loop):
        if isinstance(node, ast.Assign) and node is not besides:
            targets = [part for target in node.targets for part in ast.walk(target)]
            if any(static.dotted(target) == name for target in targets):
                return True
        if isinstance(node, ast.Call) and static.dotted(node.func) in (f"{name}.clear", f"{name}.detach_"):
            return True
    return False


def _appended(trace: Trace, backward: Place) -> Iterator[Finding]:
    """`losses.append(loss)` in the loop of `loss.backward()`."""
    loop, source, statement = (
        static.loop_around(trace, backward),
        trace.source(backward),
        static.statement(trace, backward),
    )
    if (
        loop is None
        or source is None
        or not isinstance(statement, ast.Expr)
        or not isinstance(statement.value, ast.Call)
    ):
        return
    loss, _, method = static.dotted(statement.value.func).rpartition(".")
    if method != "backward" or not loss:
        return
    changed = [
        node
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign)
        and static.dotted(node.targets[0]) == loss
        and node.lineno > statement.lineno
    ]
    for node in ast.walk(loop):
        if not isinstance(node, ast.Call) or len(node.args) != 1 or static.dotted(node.args[0]) != loss:
            continue
        name, _, method = static.dotted(node.func).rpartition(".")
        if method == "append" and name and not changed and not _made_in(loop, name, statement):
            yield Finding(
                static.place(source, node),
                f"{name} keeps each {loss} with its whole graph",
                f"keep the number: {name}.append({loss}.item())",
                evidence={"list": name},
                remedy={"name": "let-go", "measure": ("graphs",)},
            )
