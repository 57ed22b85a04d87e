"""Examples that the network was trained on are among those it is validated or tested on.

What it does
------------
Keeps a fingerprint of the examples that a backward went through, and looks for them in later evaluations whose
data are called validation, test, dev or held-out by the script: five examples and one in a hundred are too many.
Accuracy on data that are called training data, examples that occur several times, and networks that are trained
anew in every fold are left alone; one network that goes through all folds is not.

Why is this bad
---------------
A network can learn its training examples by heart. A score on these says nothing about new ones.

Example
-------
    x_test, y_test = x[100:], y[100:]

Use instead
-----------
    x_train, y_train = x[:150], y[:150]
    x_test, y_test = x[150:], y[150:]

Sources
-------
https://scikit-learn.org/stable/common_pitfalls.html#data-leakage
Found in the wild: qlib #770, gpytorch PR 2761.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Evaluation, Place, Trace

EXAMPLES = 5  # own choice, as is the share: fewer may be duplicates in the data
SHARE = 0.01
DUPLICATES = 0.01  # of the evaluated examples: from there on the data repeat themselves
CHAIN = 5  # assignments that are followed back
TRAINING = re.compile(r"train|(^|_)(all|full|fit)(_|$)", re.I)


@rule(severity="error", needs=("evaluations",), explains=("optimizer-recreated",), proof=("hold-out",))
def train_val_overlap(trace: Trace) -> Iterator[Finding]:
    """Evaluations of held-out data that hold training examples."""
    for call in trace.evaluations:
        many = call.trained >= EXAMPLES and call.trained >= SHARE * call.distinct
        repeats = call.repeated > DUPLICATES * call.distinct
        if not many or (repeats and not call.rich) or _trained_anew(trace, call):
            continue
        name = _held_out(trace, call)
        if name is None:
            continue
        at = _defined(trace, name, call.stack[-1]) or call.stack[0]
        yield Finding(
            at,
            f"{call.trained} of the {call.distinct} examples of {name} are training examples: the network learned "
            f"from them before it was tested on them",
            "split first, and double, shuffle or augment only the training examples afterwards"
            if repeats
            else "split the examples once, and train only on those that are not kept for the test",
            remedy={"name": "hold-out", "measure": ("overlap", "evaluation")},
            evidence={"examples": call.distinct, "trained": call.trained, "name": name},
            related=() if at == call.stack[0] else (Related(call.stack[0], "evaluated here"),),
            severity="warning" if repeats else None,
        )


def _trained_anew(trace: Trace, call: Evaluation) -> bool:
    """More than one optimizer trained the network, one after the other, and the weights were reset between them."""
    root = trace.modules[call.module].root
    own = {each.index for each in trace.parameters if each.owner == root}
    training = [each for each in trace.optimizers if own & set(each.parameters) and each.steps > 0]
    return any(
        not each.goes_on and any(set(each.parameters) & set(earlier.parameters) for earlier in training[:number])
        for number, each in enumerate(training)
    )


def _held_out(trace: Trace, call: Evaluation) -> str | None:
    """The name by which the script calls the examples, if it says that they are held out."""
    for place in reversed(call.stack):
        names = list(_names(trace, place))
        if any(TRAINING.search(static.words(name)) for name in names):
            return None
        for name in names:
            if static.held_out(name):
                return name
    return None


def _names(trace: Trace, place: Place) -> Iterator[str]:
    """Names that are read on the line, and by the head of the loop around it."""
    loop, statement = static.loop_around(trace, place), static.statement(trace, place)
    heads: list[ast.AST] = [loop.iter] if isinstance(loop, ast.For) else []
    if isinstance(statement, ast.For):
        heads.append(statement.iter)
    elif statement is not None and not hasattr(statement, "body"):
        heads.append(statement)
    for head in heads:
        called = {id(node.func) for node in ast.walk(head) if isinstance(node, ast.Call)}
        for node in ast.walk(head):
            if id(node) in called:
                continue
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                yield node.id
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield node.attr
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
                yield node.value


def _defined(trace: Trace, name: str, near: Place) -> Place | None:
    """Where the examples of that name were chosen: its last assignment before a line of the same file.

    Followed back through assignments that only wrap or convert them: a loader of val_set, or a tensor of x_test.
    """
    found, at = None, near
    for _ in range(CHAIN):
        step = _assigned(trace, name, at)
        if step is None:
            break
        found, at = step[0], step[0]
        inner = [each for each in _read(step[1]) if static.held_out(each)]
        if not inner or any(TRAINING.search(static.words(each)) for each in _read(step[1])):
            break
        name = name if name in inner else inner[0]
    return found


def _read(value: ast.expr) -> list[str]:
    """Names that an expression reads, but for those it calls."""
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
    return [node.id for node in ast.walk(value) if isinstance(node, ast.Name) and id(node) not in called]


def _assigned(trace: Trace, name: str, near: Place) -> tuple[Place, ast.expr] | None:
    """The last assignment of a name before a line, and what is assigned to this very name."""
    found = None
    for source, node in static.nodes(trace, ast.Assign):
        earlier = source.path == near.path and (source.cell, node.lineno) != (near.cell, near.line)
        if not earlier or (source.cell == near.cell and node.lineno >= near.line):
            continue
        for target in node.targets:
            parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
            for position, part in enumerate(parts):
                given = (each for each in ast.walk(part) if isinstance(getattr(each, "ctx", None), ast.Store))
                if name not in {getattr(each, "id", getattr(each, "attr", None)) for each in given}:
                    continue
                values = node.value.elts if isinstance(node.value, ast.Tuple | ast.List) else []
                own = values[position] if len(values) == len(parts) > 1 else node.value
                found = static.place(source, node), own
    return found
