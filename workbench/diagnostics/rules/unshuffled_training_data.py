"""The training batches hold one class each: the examples are sorted by class and not shuffled.

What it does
------------
Looks at the labels of the training batches. A warning where at least 80 % of at least six batches of four or more
examples hold a single class, and three or more classes were seen. Shuffled loaders, samplers of the user's own and
batches of all data are left alone.

Why is this bad
---------------
Each step pulls the network towards the class at hand, and it forgets the ones before: at the end of an epoch it
knows the last class best.

Example
-------
    loader = DataLoader(TensorDataset(x, y), batch_size=20)

Use instead
-----------
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)

Sources
-------
https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
Humbatova et al. 2020, Taxonomy of Real Faults in Deep Learning Systems.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import asdict

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import LossCall, Place, Trace

SHARE = 0.8
BATCHES = 6
SMALLEST = 4  # examples of a batch: fewer are of one class by chance; own choice
CLASSES = 3


@rule(severity="warning", needs=("losses",), explains=("lr-too-high",), proof=("shuffle",))
def unshuffled_training_data(trace: Trace) -> Iterator[Finding]:
    """Training losses whose targets are of one class, class after class."""
    for place in dict.fromkeys(call.place for call in trace.trained_losses):
        calls = [call for call in trace.trained_losses if call.place == place and _labels(call)]
        large = [call for call in calls if call.target.shape[0] >= SMALLEST]
        single = [
            next(iter(call.target.counts)) for call in large if call.target.counts and len(call.target.counts) == 1
        ]
        if len(large) < BATCHES or len(single) < SHARE * len(large) or len(set(single)) < CLASSES:
            continue
        loaders = [call.loader for call in trace.forwards if call.backward and call.loader is not None]
        loader = trace.loaders[loaders[0]] if loaders else None
        if loader is not None and loader.shuffled is not False:
            continue
        forward = next((call.place for call in trace.forwards if call.backward), None)
        at = loader.place if loader is not None and loader.place is not None else _slices(trace, forward or place)
        yield Finding(
            at,
            f"{len(single)} of {len(large)} training batches hold one class only "
            f"({', '.join(dict.fromkeys(single))}, one after the other): the examples are sorted and not shuffled",
            "write shuffle=True in the training DataLoader"
            if loader is not None
            else "shuffle the examples once an epoch: order = torch.randperm(len(x)), then x[order] and y[order]",
            remedy={"name": "shuffle", "lines": [asdict(each) for each in _batch_loop(trace, forward or place)]},
            evidence={"batches": len(large), "single_class": len(single), "classes": len(set(single))},
            related=() if place is None or at == place else (Related(place, "the labels were seen here"),),
        )


def _slices(trace: Trace, forward: Place | None) -> Place | None:
    """The loop over positions that cuts the batches, around a line or in the generator that its loop asks."""
    loop, source = (static.loop_around(trace, forward), trace.source(forward)) if forward else (None, None)
    while forward is not None and source is not None and isinstance(loop, ast.For):
        name = static.dotted(loop.iter.func).rpartition(".")[2] if isinstance(loop.iter, ast.Call) else ""
        if name == "range" and isinstance(loop.iter, ast.Call) and (len(loop.iter.args) == 3 or _indexes(loop)):
            return static.place(source, loop)
        for owner, function in static.nodes(trace, ast.FunctionDef):
            inner = [node for node in ast.walk(function) if isinstance(node, ast.For)]
            yields = any(isinstance(node, ast.Yield) for node in ast.walk(function))
            if function.name == name and yields and inner:
                return static.place(owner, inner[-1])
        loop = static.loop_around(trace, Place(forward.path, loop.lineno, forward.cell))
    return forward


def _indexes(loop: ast.For) -> bool:
    """`for i in range(n): xb = x[i * size : (i + 1) * size]`."""
    cuts = [node.slice for node in ast.walk(loop) if isinstance(node, ast.Subscript)]
    names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    return any(isinstance(cut, ast.Slice) and _names(cut) & names for cut in cuts)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _batch_loop(trace: Trace, at: Place | None) -> list[Place]:
    """The lines of the loop in which the batches are taken."""
    loop = static.loop_around(trace, at) if at is not None else None
    if at is None or loop is None:
        return [] if at is None else [at]
    return [Place(at.path, line, at.cell) for line in range(loop.lineno, (loop.end_lineno or loop.lineno) + 1)]


def _labels(call: LossCall) -> bool:
    return call.name in ("cross_entropy", "nll_loss") and len(call.target.shape) == 1 and call.target.whole
