"""Inputs and labels are shuffled apart: each example gets the label of another one.

What it does
------------
Reads the source text: two neighbouring lines that shuffle inputs and labels, each by its own random order
(`x[torch.randperm(n)]` and `y[torch.randperm(n)]`, random.shuffle, numpy's permutation), and loops over
`zip(x_loader, y_loader)` of two loaders that shuffle. Which is which is told by the names. One order for both, the
same seed set before each, and orders of things that do not belong together are left alone.

Why is this bad
---------------
The labels are noise then. The training loss can fall only by learning examples by heart, and the validation
accuracy stays at that of guessing.

Example
-------
    x = x[torch.randperm(len(x))]
    y = y[torch.randperm(len(y))]

Use instead
-----------
    order = torch.randperm(len(x))
    x, y = x[order], y[order]

Sources
-------
Zhang et al. 2017, Understanding deep learning requires rethinking generalization (random labels can be learned).
Checked by TheDeepChecker as "corrupted labels".
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Source, Trace

LABELS = re.compile(r"^(y|ys|t|labels?|targets?|classes)$")
INPUTS = re.compile(r"^(x|xs|data|inputs?|images?|features?|samples?|examples)$")
PARTS = re.compile(r"_|(?<=[a-z])(?=[A-Z])|(?<=[xy])(?=train|test|val)|\d+")
ORDERS = frozenset({"randperm", "permutation"})
IN_PLACE = frozenset({"shuffle"})
NEAR = 3  # shuffles before, with which one is compared
SEEDS = frozenset({"manual_seed", "seed", "set_rng_state", "set_state", "setstate", "manual_seed_all"})


@dataclass(frozen=True)
class Shuffle:
    """A name that is put into an order of its own by one statement."""

    name: str
    node: ast.stmt
    order: str | ast.AST  # the name of the order, or the call that makes it


@rule(
    severity="warning",
    needs=("sources",),
    explains=("overfit-batch-failed", "constant-prediction"),
    proof=("same-order",),
)
def label_mismatch(trace: Trace) -> Iterator[Finding]:
    """Pairs of shuffles, and pairs of shuffling loaders."""
    for source, tree in static.trees(trace):
        together = set(_grown(tree))
        for block in _blocks(tree):
            yield from _apart(source, block, together)
        yield from _zipped(source, tree)
        yield from _other_rows(source, tree)


def _blocks(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def _grown(tree: ast.Module) -> Iterator[frozenset[str]]:
    """Pairs of lists that statements of one block append to, as to words and their languages."""
    for block in _blocks(tree):
        names = [
            static.dotted(each.value.func.value)
            for each in block
            if isinstance(each, ast.Expr) and _called(each.value) == "append" and isinstance(each.value, ast.Call)
            and isinstance(each.value.func, ast.Attribute)
        ]  # fmt: skip
        yield from (frozenset(pair) for pair in itertools.combinations(names, 2))


def _apart(source: Source, block: list[ast.stmt], together: set[frozenset[str]]) -> Iterator[Finding]:
    """Two shuffles of a block between which no seed is set."""
    before: list[Shuffle] = []
    orders: set[str] = set()
    times = Counter(_reordered(each.value) for each in block if isinstance(each, ast.Assign))
    for statement in block:
        if any(_called(node) in SEEDS for node in ast.walk(statement)):
            before.clear()
            orders.clear()
            continue
        found = [
            one
            for one in _shuffles(statement, orders)  # by a seed, and again by another: which order is left?
            if not _seeded(statement) or times[one.name] == 1
        ]
        for one in found:
            apart = (
                other
                for other in before
                if other.order != one.order
                and (_belong(other.name, one.name) or frozenset((other.name, one.name)) in together)
            )
            partner = next(apart, None)
            if partner is not None:
                yield _finding(source, partner, one)
                return
            before.append(one)
        before = before[-NEAR:]


def _shuffles(statement: ast.stmt, orders: set[str]) -> list[Shuffle]:
    """What the statement puts into a random order; `orders` are the names of those made before."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        dotted = static.dotted(call.func)
        if _called(call) in IN_PLACE and dotted and len(call.args) == 1 and static.dotted(call.args[0]):
            return [Shuffle(static.dotted(call.args[0]), statement, call)]
    if not isinstance(statement, ast.Assign):
        return []
    if isinstance(statement.targets[0], ast.Name) and _called(statement.value) in ORDERS:
        orders.add(statement.targets[0].id)
    found = []
    if (name := _reordered(statement.value)) is not None:
        found.append(Shuffle(name, statement, _seed(statement.value) or statement.value))
    for node in ast.walk(statement.value):
        name = static.dotted(node.value).rpartition(".")[2] if isinstance(node, ast.Subscript) else ""
        if not isinstance(node, ast.Subscript) or not name:
            continue
        if _called(node.slice) in ORDERS:
            found.append(Shuffle(name, statement, node.slice))
        elif isinstance(node.slice, ast.Name) and node.slice.id in orders:
            found.append(Shuffle(name, statement, node.slice.id))
    return found


def _reordered(value: ast.expr) -> str | None:
    """x of np.random.permutation(x), of generator.permutation(x), or of sklearn's shuffle(x)."""
    if not isinstance(value, ast.Call) or len(value.args) != 1 or not isinstance(value.args[0], ast.Name):
        return None
    return value.args[0].id if _called(value) in ("permutation", "shuffle") else None


def _seeded(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and _reordered(statement.value) is not None
        and bool(_seed(statement.value))
    )


def _seed(value: ast.expr) -> str:
    """What says which order it is: "random_state=1", or the generator that is made on the spot; "" for chance."""
    made = value.func.value if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) else None
    told = [ast.unparse(keyword) for keyword in value.keywords] if isinstance(value, ast.Call) else []
    return ", ".join([*told, ast.unparse(made)] if isinstance(made, ast.Call) else told)


def _called(node: ast.AST) -> str:
    """The last name of what is called; "" where it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else static.dotted(node.func)


def _belong(one: str, other: str) -> bool:
    """One names inputs and the other their labels: x_train and y_train, images and labels."""
    first, second = _parts(one), _parts(other)
    if not _told(first, second) and not _told(second, first):
        return False
    rest_of_one = {part for part in first if not LABELS.match(part) and not INPUTS.match(part)}
    rest_of_other = {part for part in second if not LABELS.match(part) and not INPUTS.match(part)}
    return rest_of_one == rest_of_other


def _told(inputs: list[str], labels: list[str]) -> bool:
    return any(INPUTS.match(part) for part in inputs) and any(LABELS.match(part) for part in labels)


def _parts(name: str) -> list[str]:
    return [part.lower() for part in PARTS.split(name) if part]


def _finding(source: Source, one: Shuffle, other: Shuffle) -> Finding:
    place, partner = static.place(source, other.node), static.place(source, one.node)
    return Finding(
        place,
        f"{one.name} and {other.name} are shuffled by two random orders: labels no longer belong to their inputs",
        f"draw one order for both: order = torch.randperm(len({one.name})), then {one.name}[order] and "
        f"{other.name}[order]",
        evidence={"names": [one.name, other.name]},
        remedy={"name": "same-order", "lines": [asdict(partner)], "anywhere": isinstance(other.order, str)},
        related=() if place == partner else (Related(partner, f"{one.name} is shuffled here"),),
    )


def _other_rows(source: Source, tree: ast.Module) -> Iterator[Finding]:
    """net(x[order[i:j]]) beside y[i:j], in one loop: the labels stand in another order."""
    given = {
        each.targets[0].id: each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    }
    orders = {name for name, value in given.items() if _called(value) in ORDERS}
    rows = {name for name, value in given.items() if isinstance(value, ast.Subscript) and _reads(value, orders)}
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
        picked = [node for node in ast.walk(loop) if isinstance(node, ast.Subscript) and _plain(node.value)]
        by_order = {static.dotted(node.value): node for node in picked if _reads(node.slice, orders | rows)}
        for node in picked:
            name = static.dotted(node.value)
            cut = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
            if name in by_order or not isinstance(cut, ast.Slice) or name in orders | rows or cut.lower is None:
                continue
            if name in given and _reads(given[name], orders | rows):
                continue
            partner = next((each for one, each in by_order.items() if _belong(one, name)), None)
            if partner is not None and _inner(tree, partner) is _inner(tree, node):
                at, other = static.place(source, node), static.place(source, partner)
                yield Finding(
                    at,
                    f"{static.dotted(partner.value)} is picked in a random order and {name} by position: labels do "
                    "not belong to the inputs beside them",
                    f"pick both by the same rows: {name}[{ast.unparse(partner.slice)}]",
                    evidence={"names": [static.dotted(partner.value), name]},
                    related=() if at.same_line(other) else (Related(other, "picked in a random order here"),),
                )
                return


def _plain(node: ast.expr) -> bool:
    return bool(static.dotted(node))


def _reads(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(each, ast.Name) and each.id in names for each in ast.walk(node))


def _inner(tree: ast.Module, node: ast.AST) -> ast.For | None:
    """The innermost loop around a node."""
    found = None
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For) and any(each is node for part in loop.body for each in ast.walk(part)):
            found = loop if found is None or loop.lineno > found.lineno else found
    return found


def _zipped(source: Source, tree: ast.Module) -> Iterator[Finding]:
    """for (xb,), (yb,) in zip(x_loader, y_loader), both with shuffle=True."""
    shuffling = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _called(node.value) == "DataLoader" and isinstance(node.value, ast.Call)
        for target in node.targets
        if isinstance(target, ast.Name) and _shuffled(node.value)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.For) or _called(node.iter) != "zip" or not isinstance(node.iter, ast.Call):
            continue
        names = [part.id for part in node.iter.args if isinstance(part, ast.Name) and part.id in shuffling]
        bases = [name.removesuffix("_loader").removesuffix("_dl").removesuffix("Loader") for name in names]
        if len(bases) == 2 and _belong(*bases):
            yield Finding(
                static.place(source, node),
                f"{names[0]} and {names[1]} shuffle apart: labels do not belong to the inputs beside them",
                "put both into one dataset: DataLoader(TensorDataset(x, y), shuffle=True)",
                evidence={"names": names},
                remedy={"name": "same-order", "loaders": True},
            )


def _shuffled(call: ast.Call) -> bool:
    values = [keyword.value for keyword in call.keywords if keyword.arg == "shuffle"]
    return bool(values) and isinstance(values[0], ast.Constant) and values[0].value is True
