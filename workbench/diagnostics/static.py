"""Facts about the user's source text, for what did not run or leaves no trace at run time."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Iterator
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


def function_around(trace: Trace, at: Place) -> ast.FunctionDef | None:
    """The innermost function that a line stands in."""
    source = trace.source(at)
    tree = parsed(source) if source is not None else None
    found: ast.FunctionDef | None = None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno < at.line <= (node.end_lineno or 0):
            found = node if found is None or node.lineno > found.lineno else found
    return found


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


def choosing(trace: Trace, forward: Place | None) -> Place | None:
    """The line of a forward that takes parts of its input, where there is one; the forward's own otherwise."""
    for source, node in nodes(trace, ast.FunctionDef):
        if forward is None or not place(source, node).same_line(forward) or len(node.args.args) < 2:
            continue
        given = node.args.args[1].arg
        lines = {
            place(source, part)
            for part in ast.walk(node)
            if isinstance(part, ast.Subscript) and isinstance(part.value, ast.Name) and part.value.id == given
        }
        return lines.pop() if len(lines) == 1 else forward
    return forward


def words(name: str) -> str:
    """ "x_Test" for xTest: a name's words with a line between them."""
    return "_".join(CAMEL.split(name))


def held_out(name: str) -> bool:
    """Whether a name says validation, test, dev or held-out."""
    return HELD_OUT.search(words(name)) is not None
