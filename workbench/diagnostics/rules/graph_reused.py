"""backward goes a second time through a graph that is gone: something computed earlier was carried along.

What it does
------------
Explains the crash "Trying to backward through the graph a second time": names the hidden state, the running sum or
the precomputed result that brings the graph of an earlier step into this one, or the second backward of one loss.
So it does the crash "modified by an inplace operation" where the loss goes back to before an optimizer's step: the
graph was kept, and the step has changed the weights in it.

Why is this bad
---------------
The script stops at the second step. retain_graph=True, which the message offers, is mostly wrong: every step then
goes back to the very first one, slower and slower, until weights changed in place stop it all the same.

Example
-------
    out, state = cell(x, state)

Use instead
-----------
    state = state.detach()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/faq.html
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Graph, Node, Place, Trace

SECOND = "backward through the graph a second time"
CHANGED = "modified by an inplace operation"


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def graph_reused(trace: Trace) -> Iterator[Finding]:
    """The crash, with what was carried."""
    crash = trace.crash
    if crash is None or not (SECOND in crash.message or CHANGED in crash.message):
        return
    found = _carried(trace, crash.place) if SECOND in crash.message else _changed(trace, crash.place)
    if found is None:
        return
    place, seen, hint = found
    related: tuple[Related, ...] = ()
    if crash.place is not None and not crash.place.same_line(place):
        related = (Related(crash.place, "backward crashes here"),)
    yield Finding(
        place,
        seen,
        hint,
        evidence={"exception": crash.type, "steps": len(trace.steps), "backwards": len(trace.backwards)},
        related=related,
    )


def _carried(trace: Trace, at: Place | None) -> tuple[Place | None, str, str]:
    """(line, what was seen, what to do)."""
    old = _oldest_result(trace)
    where = _assignment(trace, at) if at is not None else None
    if where is not None and (old is not None or not trace.steps):
        place, name, sums = where
        if sums:
            seen = f"{name} adds up losses of several steps, and each backward goes through all of them again"
            return place, seen, f"for printing, add {name} += loss.item(); for one step, begin {name} anew in it"
        seen = f"{name} is carried from one step to the next with its graph, which the last backward has used up"
        return place, seen, f"cut it between the steps: {name} = {name}.detach() (each part, where it is a tuple)"
    if old is not None and old.place is not None:
        seen = f"the result of {old.call or old.kind} is from an earlier step, and its graph is used up"
        return (
            _called(trace, old) or old.used or old.place,
            seen,
            "compute it anew in each step; or detach what is carried over, if it is a state",
        )
    seen = "backward was called twice through one graph within a step"
    return at, seen, "add the losses and call backward once; else retain_graph=True in the first of the calls"


def _called(trace: Trace, old: Node) -> Place | None:
    """Where the network was called that made it, if it was made within a forward."""
    if old.place is None or old.place.function != "forward" or not trace.graphs:
        return None
    step = trace.graphs[-1].step
    earlier = [each.place for each in trace.forwards if each.grad and each.place and each.last_step < step]
    earlier = [place for place in earlier if place.function != "forward"]
    return earlier[0] if len(earlier) == 1 else None


def _changed(trace: Trace, at: Place | None) -> tuple[Place | None, str, str] | None:
    """The same where the graph was kept, and a step has changed weights in it since."""
    old = _oldest_result(trace)
    if old is None:
        return None
    where = _assignment(trace, at) if at is not None else None
    if where is not None:
        place, name, _ = where
        seen = f"{name} is carried on with its graph, and the steps since have changed the weights in it"
        return (
            place,
            seen,
            f"cut it between the steps: {name} = {name}.detach(); retain_graph=True is not needed then",
        )
    seen = f"the result of {old.call or old.kind} was computed before a step that changed the weights in it"
    return old.used or old.place, seen, "compute it after that step, or call its backward before"


def _oldest_result(trace: Trace) -> Node | None:
    """The node nearest to the loss that was made before the last optimizer step."""
    graph: Graph | None = trace.graphs[-1] if trace.graphs else None
    if graph is None or not trace.steps:
        return None
    old = (node for node in graph.nodes if node.step is not None and node.step < graph.step)
    return next((node for node in old if node.kind != "AccumulateGrad"), None)


def _assignment(trace: Trace, at: Place) -> tuple[Place, str, bool] | None:
    """In the loop around the backward: what is computed from itself and never begun anew."""
    source, loop = trace.source(at), static.loop_around(trace, at)
    while source is not None and loop is not None:
        for node in (inner for statement in loop.body for inner in ast.walk(statement)):
            if isinstance(node, ast.AugAssign):
                names, given = _names(node.target), node.value
                read, calls = names, _losslike(loop, given)
            elif isinstance(node, ast.Assign):
                names, given = {name for target in node.targets for name in _names(target)}, node.value
                read = names & _names(given)
                calls = any(isinstance(each, ast.Call | ast.BinOp) for each in ast.walk(given))
            else:
                continue
            for name in sorted(names & read if calls and not _cuts(given) else ()):
                if not _begun(loop, name):
                    sums = isinstance(node, ast.AugAssign) or isinstance(given, ast.BinOp)
                    return static.place(source, node), name, sums
        loop = static.loop_around(trace, Place(at.path, loop.lineno, at.cell))
    return None


def _names(node: ast.AST) -> set[str]:
    """Names and attributes ("self.state") in an expression."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    dotted = {static.dotted(each) for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return {name for name in found | dotted if name and name != "self"}


def _cuts(node: ast.AST) -> bool:
    cutting = ("detach", "item", "data", "numpy")
    return any(isinstance(each, ast.Attribute) and each.attr in cutting for each in ast.walk(node))


def _losslike(loop: ast.For | ast.While, given: ast.expr) -> bool:
    """The sum is of something that backward is, or may be, called on: not of a count."""
    called = {
        static.dotted(node.func.value)
        for node in ast.walk(loop)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"
    }
    assigned = _names(given)
    sums = {name for node in ast.walk(loop) if isinstance(node, ast.AugAssign) for name in _names(node.target)}
    return bool(called & sums) and not isinstance(given, ast.Constant) and bool(assigned)


def _begun(loop: ast.For | ast.While, name: str) -> bool:
    """Whether a statement of the loop gives the name a new value, or one that is cut off."""
    for node in ast.walk(loop):
        if not isinstance(node, ast.Assign) or name not in {n for t in node.targets for n in _names(t)}:
            continue
        if name not in _names(node.value) or _cuts(node.value):
            return True
    return False
