"""The network is made anew in every epoch: what it had learned is thrown away.

What it does
------------
Sees three optimizers or more made on one line, in a loop whose variable is called an epoch, each over other
parameters of the same shapes, and each trained. Folds, seeds and trials of a search are loops of another name;
scripts that put saved weights into the new network are left alone.

Why is this bad
---------------
Each epoch begins at random weights and ends with a network of one epoch. More epochs change nothing.

Example
-------
    net = make()

Use instead
-----------
net = make()

Sources
-------
https://docs.pytorch.org/tutorials/beginner/basics/optimization_tutorial.html
Own choice; no source states a threshold.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Optimizer, Place, Trace

CALLERS = 3  # functions that are followed
TIMES = 3  # own choice: two are two stages
EPOCHS = re.compile(r"epoch|^ep$", re.I)  # where the loop calls what makes the network
EPOCH = re.compile(r"epoch|^ep$|^iter|^step", re.I)
KEEPING = ("load_state_dict", "load", "deepcopy", "copy_", "load_parameters")


@rule(severity="error", needs=("optimizers",), proof=("go-on",))
def model_recreated(trace: Trace) -> Iterator[Finding]:
    """By the line that makes the optimizers."""
    if next(static.calls(trace, *KEEPING), None) is not None:
        return
    lines: dict[Place, list[Optimizer]] = defaultdict(list)
    for each in trace.optimizers:
        if each.place is not None and each.steps and each.parameters:
            lines[each.place].append(each)
    for place, made in lines.items():
        own = static.loop_around(trace, place)
        loop = own or _calling_loop(trace, place)
        if (
            len(made) < TIMES
            or not _over_epochs(loop, EPOCH if own is not None else EPOCHS)
            or not _all_new(trace, made)
        ):
            continue
        at = _network(trace, place, loop) or _network(trace, place, static.function_around(trace, place)) or place
        steps = sum(each.steps for each in made) / len(made)
        yield Finding(
            at,
            f"{len(made)} networks were made in this loop over epochs, one every {steps:.0f} steps: each begins at "
            "random weights again",
            "make the network and its optimizer once, before the loop",
            evidence={"networks": len(made), "steps_each": steps},
            related=() if at.same_line(place) else (Related(place, "and an optimizer for each"),),
            remedy={"name": "go-on", "lines": static.lines(place)},
        )


def _over_epochs(loop: ast.For | ast.While | None, names: re.Pattern[str]) -> bool:
    target = ast.walk(loop.target) if isinstance(loop, ast.For) else ()
    return any(isinstance(each, ast.Name) and names.search(each.id) for each in target)


def _all_new(trace: Trace, made: list[Optimizer]) -> bool:
    """Each holds parameters that no other of them does, of one set of shapes."""
    held = [index for each in made for index in each.parameters]
    shapes = {tuple(trace.parameters[index].shape for index in each.parameters) for each in made}
    return len(set(held)) == len(held) and len(shapes) == 1


def _calling_loop(trace: Trace, place: Place) -> ast.For | ast.While | None:
    """The loop around the one call of the function that a line stands in, or of a function that calls that."""
    at = place
    for _ in range(CALLERS):
        function = static.function_around(trace, at)
        sites = [static.place(*site) for site in static.calls(trace, function.name)] if function is not None else []
        if len(sites) != 1:
            return None
        loop = static.loop_around(trace, sites[0])
        if loop is not None:
            return loop
        at = sites[0]
    return None


def _network(trace: Trace, place: Place, loop: ast.stmt | None) -> Place | None:
    """Where the loop makes what the optimizer is given: `net` of net.parameters()."""
    source, line = trace.source(place), static.statement(trace, place)
    given = {
        static.dotted(each.func.value)
        for each in (ast.walk(line) if line is not None else ())
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr == "parameters"
    }
    for node in ast.walk(loop) if loop is not None else ():
        own = isinstance(node, ast.Assign) and any(static.dotted(target) in given for target in node.targets)
        if source is not None and own and isinstance(node, ast.stmt):
            return static.place(source, node)
    return None
