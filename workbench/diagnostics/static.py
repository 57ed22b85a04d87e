"""Facts about the user's source text, for what did not run or leaves no trace at run time."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from workbench.diagnostics.trace import Graph, Node, Place, Source, Trace

N = TypeVar("N", bound=ast.AST)
HELD_OUT = re.compile(
    r"(^|_)(val|valid|validation|test|testing|dev|heldout|holdout|held|xval|xtest|te|va|xte|xva|eval(?=_))(_|\d|$)",
    re.I,
)
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@functools.lru_cache(maxsize=256)
def parsed(source: Source) -> ast.Module | None:
    """The syntax tree, or None where the text is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except (SyntaxError, ValueError):
        return None


def trees(trace: Trace) -> Iterator[tuple[Source, ast.Module]]:
    """Every file or cell of the user's with its tree."""
    for source in trace.sources:
        tree = parsed(source)
        if tree is not None:
            yield source, tree


def place(source: Source, node: ast.expr | ast.stmt) -> Place:
    """Where a node of a source's tree stands."""
    return Place(source.path, node.lineno, source.cell)


def lines(*places: Place | None) -> list[dict[str, Any]]:
    """Places as a remedy takes them."""
    return [asdict(each) for each in places if each is not None]


def nodes(trace: Trace, *kinds: type[N]) -> Iterator[tuple[Source, N]]:
    """All nodes of these kinds in all sources."""
    for source, tree in trees(trace):
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield source, node


def dotted(node: ast.AST) -> str:
    """ "optimizer.step" for an attribute chain of names, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def calls(trace: Trace, *names: str) -> Iterator[tuple[Source, ast.Call]]:
    """Calls of a function or method by its last name: calls(trace, "randperm")."""
    for source, node in nodes(trace, ast.Call):
        function = node.func
        last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if last in names:
            yield source, node


def statement(trace: Trace, at: Place) -> ast.stmt | None:
    """The innermost statement that covers a line."""
    source = trace.source(at)
    tree = parsed(source) if source is not None else None
    found: ast.stmt | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.stmt) and node.lineno <= at.line <= (node.end_lineno or node.lineno):
            smaller = found is None or node.lineno >= found.lineno
            found = node if smaller else found
    return found


def loop_around(trace: Trace, at: Place) -> ast.For | ast.While | None:
    """The innermost loop that a line stands in."""
    source = trace.source(at)
    tree = parsed(source) if source is not None else None
    found: ast.For | ast.While | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.For | ast.While) and node.lineno < at.line <= (node.end_lineno or 0):
            found = node if found is None or node.lineno > found.lineno else found
    return found


def forward_of(trace: Trace, at: Place | None) -> Place | None:
    """The `def forward` of the class that is defined at a place; the place itself where there is none."""
    if at is None:
        return None
    for source, node in nodes(trace, ast.ClassDef):
        if place(source, node).same_line(at):
            for part in node.body:
                if isinstance(part, ast.FunctionDef) and part.name == "forward":
                    return place(source, part)
    return at


def blamed(trace: Trace, graph: Graph, node: Node) -> Place | None:
    """The line to mend for an activation that is one too many.

    That of `Trace.blamed`; but where it stands in a function that serves others, too (a helper that makes every
    block, a `predict_proba` that evaluations call), the line that calls it for this one.
    """
    at = trace.blamed(graph, node)
    function = function_around(trace, at) if at is not None else None
    if function is None or function.name in ("forward", "__init__", "__call__"):
        return at
    sites = [(source, call) for source, call in calls(trace, function.name)]
    if len(sites) < 2:
        return at
    names = set((node.module or "").split("."))
    own = [place(source, call) for source, call in sites if names & set(_assigned_to(trace, place(source, call)))]
    trained = [place(source, call) for source, call in sites if not evaluating(trace, place(source, call))]
    found = own if node.used is not None or own else trained
    return found[0] if len(found) == 1 else at


def made_by(trace: Trace, at: Place | None, module: str) -> Place | None:
    """The line that makes a layer; where that is a helper that makes several, the call for this one."""
    function = function_around(trace, at) if at is not None else None
    if at is None or function is None or function.name in ("forward", "__init__", "__call__"):
        return at
    sites = [place(source, call) for source, call in calls(trace, function.name)]
    names = set(module.split("."))
    own = [site for site in sites if names & set(_assigned_to(trace, site))] if len(sites) > 1 else []
    return own[0] if len(own) == 1 else at


def function_around(trace: Trace, at: Place) -> ast.FunctionDef | None:
    """The innermost function that a line stands in."""
    source = trace.source(at)
    tree = parsed(source) if source is not None else None
    found: ast.FunctionDef | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno < at.line <= (node.end_lineno or 0):
            found = node if found is None or node.lineno > found.lineno else found
    return found


def uncalled(trace: Trace, method: str) -> Iterator[Place]:
    """`thing.method` as a statement of its own, without its parentheses."""
    for source, node in nodes(trace, ast.Expr):
        if isinstance(node.value, ast.Attribute) and node.value.attr == method:
            yield place(source, node)


def evaluating(trace: Trace, at: Place) -> bool:
    """Whether a line stands under `with torch.no_grad()`, or in a function that is decorated so."""
    source = trace.source(at)
    tree = parsed(source) if source is not None else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.With | ast.FunctionDef) and node.lineno <= at.line <= (node.end_lineno or 0):
            heads = (
                [item.context_expr for item in node.items] if isinstance(node, ast.With) else node.decorator_list
            )
            called = (head.func if isinstance(head, ast.Call) else head for head in heads)
            if any(dotted(each).endswith(("no_grad", "inference_mode")) for each in called):
                return True
    return False


def _assigned_to(trace: Trace, at: Place) -> Iterator[str]:
    """The names that the statement on a line gives a value."""
    found = statement(trace, at)
    for target in found.targets if isinstance(found, ast.Assign) else ():
        for part in ast.walk(target):
            if isinstance(part, ast.Name | ast.Attribute):
                yield part.id if isinstance(part, ast.Name) else part.attr


def choosing(trace: Trace, forward: Place | None, features: Sequence[int] = ()) -> Place | None:
    """The line of a forward that takes parts of its input, where there is one; the forward's own otherwise.

    Where there are several, that of a slice which ends before one of the features.
    """
    for source, node in nodes(trace, ast.FunctionDef):
        if forward is None or not place(source, node).same_line(forward) or len(node.args.args) < 2:
            continue
        given = node.args.args[1].arg
        parts = [
            part
            for part in ast.walk(node)
            if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id == given
        ]
        lines = {place(source, part) for part in parts}
        ending = [place(source, part) for part in parts if _ends(part.slice) in features]
        return lines.pop() if len(lines) == 1 else ending[0] if ending else forward
    return forward


def _ends(index: ast.expr) -> int | None:
    """5 of `x[:, :5]`."""
    last = index.elts[-1] if isinstance(index, ast.Tuple) and index.elts else index
    upper = last.upper if isinstance(last, ast.Slice) else None
    return upper.value if isinstance(upper, ast.Constant) and isinstance(upper.value, int) else None


def overwritten(trace: Trace) -> Place | None:
    """The line of a forward that gives a name another value before anything has read the first, where one does."""
    for source, node in nodes(trace, ast.FunctionDef):
        pending: dict[str, ast.stmt] = {}
        for statement in node.body if node.name == "forward" else ():
            read = {each.id for each in ast.walk(statement) if isinstance(each, ast.Name) and _loaded(each)}
            pending = {name: first for name, first in pending.items() if name not in read}
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                continue
            name = statement.targets[0].id
            if name in pending:
                return place(source, statement)
            if any(isinstance(each, ast.Call) for each in ast.walk(statement.value)):
                pending[name] = statement
    return None


def _loaded(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load)


def words(name: str) -> str:
    """ "x_Test" for xTest: a name's words with a line between them."""
    return "_".join(CAMEL.split(name))


def held_out(name: str) -> bool:
    """Whether a name says validation, test, dev or held-out."""
    return HELD_OUT.search(words(name)) is not None
