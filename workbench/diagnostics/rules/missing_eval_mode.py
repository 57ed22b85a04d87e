"""The network is evaluated while its Dropout or BatchNorm layers are still in training mode.

What it does
------------
Sees calls that no backward goes through, after training has begun, of a network that was trained and whose Dropout
or BatchNorm layers are in training mode, on examples that no training step was seen to use. With gradients on, only
calls outside of the loop that trains, or on data that are called validation or test. Networks without such layers,
accuracy on the training examples, refreshing BatchNorm's statistics (the result is thrown away), Monte Carlo
dropout (the same forward again and again, or train() called for it), pseudo-labels that the loss uses, and networks
of a pair that feed another one are left alone.

Why is this bad
---------------
Dropout switches units off at random, and BatchNorm takes mean and deviation from the batch at hand and writes them
into its running statistics: the accuracy is that of another network, differs from run to run, and depends on the
batch size.

Example
-------
    with torch.no_grad():
        accuracy = (net(x_test).argmax(1) == y_test).float().mean()

Use instead
-----------
    net.eval()
    with torch.no_grad():
        accuracy = (net(x_test).argmax(1) == y_test).float().mean()
    net.train()

Sources
-------
https://docs.pytorch.org/docs/stable/notes/autograd.html#evaluation-mode-nn-module-eval
Found in the wild: udacity deep-learning-v2 #3, vaal #2, MultiBench #26, pytorch-fcn #57.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Forward, Place, Trace

EXAMPLES = 10  # at least, where there was one call only: fewer are a trial of the shapes; own choice
CALLS = 2
DEEP = 3  # assignments between an answer and the loss
TRAINED = (
    0.01  # share of the examples, from which on they are training examples (only one step in ten is looked at)
)


@rule(severity="error", needs=("forwards", "backwards"), proof=("eval-mode",))
def missing_eval_mode(trace: Trace) -> Iterator[Finding]:
    """Calls without gradients in training mode, on new examples."""
    trained = {call.module for call in trace.forwards if call.grad and call.backward}
    for call in trace.forwards:
        noisy = _noisy(trace, call)
        if call.backward or not call.training or not noisy or call.module not in trained or call.last_step == 0:
            continue
        if call.grad and not _judges(trace, call):
            continue
        size = call.input.shape[0] if call.input is not None and call.input.shape else 0
        many = call.calls >= CALLS or size >= EXAMPLES
        if not many or call.rows_trained > TRAINED * call.rows or _is_meant(trace, call) or _of_pair(trace):
            continue
        known = (call.rows > 0 and not call.grad) or _other_loader(trace, call)
        kinds = " and ".join(sorted({kind for _, kind in noisy}))
        yield Finding(
            call.place,
            f"evaluated in training mode: {kinds} ({', '.join(name for name, _ in noisy[:4])}) "
            f"{'was' if len(noisy) == 1 else 'were'} on in {call.calls} calls that nothing is learned from",
            "write model.eval() before the evaluation and model.train() before the training goes on",
            evidence={"calls": call.calls, "examples": call.rows, "layers": [name for name, _ in noisy]},
            remedy={"name": "eval-mode", "measure": ("repeat", "evaluation")},
            severity=None if known else "warning",
        )


def _noisy(trace: Trace, call: Forward) -> list[tuple[str, str]]:
    """(name, class) of its layers in training mode that do something."""
    root = trace.modules[call.module].root
    tree = {each.name: each for each in trace.modules if each.root == root}
    found = []
    for name in call.noisy:
        layer = tree.get(name)
        if layer is not None and not (layer.cls.endswith("Dropout") and layer.settings.get("p") == 0):
            found.append((name or layer.cls, layer.cls))
    return found


def _judges(trace: Trace, call: Forward) -> bool:
    """With gradients on: of new examples, by a line outside of every loop that goes on to a backward."""
    if call.place is None or not (call.rows or _other_loader(trace, call)):
        return False
    own = static.loop_around(trace, call.place)
    learning = [static.loop_around(trace, each.place) for each in trace.backwards if each.place is not None]
    if own is not None and own in learning:
        return any(static.held_out(name) for name in _read(trace, call.place))
    return True


def _read(trace: Trace, place: Place) -> set[str]:
    statement = static.statement(trace, place)
    return _names(statement, ast.Load) if statement is not None and not hasattr(statement, "body") else set()


def _other_loader(trace: Trace, call: Forward) -> bool:
    """Its examples come from another DataLoader than the training's."""
    training = {each.loader for each in trace.forwards if each.backward}
    return call.loader is not None and call.loader not in training


def _of_pair(trace: Trace) -> bool:
    """Two optimizers step in turn, over different parameters: the output may be another network's input (a GAN)."""
    order = [step.optimizer for step in trace.steps]
    turns = sum(one != other for one, other in pairwise(order))
    return turns > 2 * len(set(order))


def _is_meant(trace: Trace, call: Forward) -> bool:
    """Statistics are refreshed, or many random answers are wanted."""
    if call.place is None:
        return False
    statement = static.statement(trace, call.place)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        inner = [node for each in statement.value.args for node in ast.walk(each) if isinstance(node, ast.Call)]
        moved = all(
            isinstance(node.func, ast.Attribute) and node.func.attr in ("to", "cuda", "float") for node in inner
        )
        if moved and static.dotted(statement.value.func) != "print":
            return True  # nothing but the forward, and its result is thrown away
    if statement is not None and any(
        isinstance(node, ast.ListComp | ast.GeneratorExp) for node in ast.walk(statement)
    ):
        comprehensions = [node for node in ast.walk(statement) if isinstance(node, ast.ListComp | ast.GeneratorExp)]
        if any(_counts(each.generators[0].iter) for each in comprehensions):
            return True
    return _repeats(trace, call.place) or _set_to_train(trace, call.place) or _feeds_loss(trace, call.place)


def _counts(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and static.dotted(node.func) == "range"


def _repeats(trace: Trace, place: Place) -> bool:
    """In a loop that only counts, and in which nothing is trained."""
    loop = static.loop_around(trace, place)
    if not isinstance(loop, ast.For) or not _counts(loop.iter) or not isinstance(loop.target, ast.Name):
        return False
    inside = [node for part in loop.body for node in ast.walk(part)]
    used = any(isinstance(node, ast.Name) and node.id == loop.target.id for node in inside)
    called = {
        node.func.attr for node in inside if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return not used and not called & {"backward", "step"} and not any(isinstance(node, ast.With) for node in inside)


def _set_to_train(trace: Trace, place: Place) -> bool:
    """The block without gradients itself says train()."""
    source = trace.source(place)
    tree = static.parsed(source) if source is not None else None
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.With) and node.lineno < place.line <= (node.end_lineno or 0):
            for inner in ast.walk(node):
                if (
                    isinstance(inner, ast.Call)
                    and isinstance(inner.func, ast.Attribute)
                    and inner.func.attr == "train"
                ):
                    return inner.lineno < place.line
    return False


def _feeds_loss(trace: Trace, place: Place) -> bool:
    """What it answers goes into a loss that is learned from: pseudo-labels, or a target of the network's own."""
    loop = static.loop_around(trace, place)
    inside = [node for part in loop.body for node in ast.walk(part)] if loop is not None else []
    blocks = [
        node for node in inside if isinstance(node, ast.With) and node.lineno < place.line <= (node.end_lineno or 0)
    ]
    backwards = [
        node
        for node in inside
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "backward"
    ]
    wanted = {
        name
        for node in backwards
        if isinstance(node.func, ast.Attribute) and node.lineno > place.line
        for name in _names(node.func.value, ast.Load)
    }
    assigned = [node for node in inside if isinstance(node, ast.Assign | ast.AugAssign)]
    for _ in range(DEEP):
        for node in assigned:
            if _names(node, ast.Store) & wanted:
                wanted |= _names(node.value, ast.Load)
    within = {id(node) for block in blocks for node in ast.walk(block)}
    answers = {name for block in blocks for name in _names(block, ast.Store)}
    answers -= {name for node in assigned if id(node) not in within for name in _names(node, ast.Store)}
    return bool(answers & wanted)


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, context)}
