"""The sign of the loss is wrong: training makes the error larger.

What it does
------------
Sees a backward on a loss below zero that is the negative of a criterion which cannot fall below zero (cross
entropy, squared error, ...), or a log-probability of the right class without its minus; maximize=True in the
optimizer of such a criterion; and an update by hand that adds the gradient. The criterion must have risen
meanwhile. Losses that are
negative by nature (policy gradient, ELBO, critics) and games that use both signs are left alone.

Why is this bad
---------------
The number falls, as it should, and has no lower end: the network learns to be wrong, ever more.

Example
-------
    loss = -criterion(net(x), y)

Use instead
-----------
    loss = criterion(net(x), y)

Sources
-------
https://docs.pytorch.org/docs/stable/nn.html#loss-functions
Zhang et al. 2021, AutoTrainer: an automatic DNN training problem detection and repair system (negative loss).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import isclose
from statistics import fmean

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import CRITERIA, VIEWS, Graph, LossCall, Optimizer, Place, Trace

POSITIVE = (
    "cross_entropy", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "nll_loss", "multi_margin_loss",
)  # fmt: skip
STEPS = 5  # at least; own choice
LINEAR = VIEWS | frozenset({"Add", "Mean", "Sum", "Neg", "Div"})
PICKING = VIEWS | frozenset({"Mean", "Sum", "Index", "Gather"})


@rule(severity="error", needs=("backwards",), proof=("negate-loss",))
def loss_sign(trace: Trace) -> Iterator[Finding]:
    """Negated criteria, then forgotten minus signs, then optimizers and updates that climb."""
    if len(trace.steps) < STEPS:
        return
    criteria = [call for call in trace.trained_losses if call.name in POSITIVE and call.value is not None]
    below = [call for call in trace.backwards if call.value is not None and call.value < 0]
    if len(below) == len(trace.backwards) and not any(each.settings.get("maximize") for each in trace.optimizers):
        yield from _negated(trace, criteria) if criteria else [*_no_minus(trace), *_subtracted(trace)]
    elif criteria and not below and _rises([call.value or 0.0 for call in criteria]):
        yield from _climbing(trace)


def _negated(trace: Trace, criteria: list[LossCall]) -> Iterator[Finding]:
    """backward's value is minus the criterion's."""
    seen = {call.name for call in criteria}
    numbers = {number for call in trace.backwards for number in call.numbers}
    calls = [trace.losses[number] for number in numbers]
    pairs = [
        (call, trace.losses[call.numbers[0]])
        for call in trace.backwards
        if len(call.numbers) == 1 and trace.losses[call.numbers[0]].name in POSITIVE
    ]
    opposite = [(call, own) for call, own in pairs if _opposite(call.value, own.value)]
    if not opposite or len(opposite) != len(pairs) or len(seen) != 1 or len({each.place for each in calls}) != 1:
        return
    values = [call.value or 0.0 for call in criteria]
    if not _rises(values):
        return
    place = _minus(trace, opposite[0][1].place, opposite[0][0].place)
    yield Finding(
        place,
        f"backward is called on minus {opposite[0][1].name}: it rises from {values[0]:.3g} to {values[-1]:.3g} "
        f"in {len(trace.steps)} steps",
        "leave the minus out: the optimizer makes the loss smaller",
        evidence={"first": values[0], "last": values[-1], "function": opposite[0][1].name},
        remedy={"name": "negate-loss"},
    )


def _opposite(value: float | None, own: float | None) -> bool:
    return value is not None and own is not None and own > 0 and isclose(value, -own, rel_tol=1e-3)


def _no_minus(trace: Trace) -> Iterator[Finding]:
    """The mean log-probability of the right class, as it is."""
    values = [call.value for call in trace.backwards if call.value is not None]
    if not _rises([-value for value in values]):
        return
    for graph in trace.graphs:
        picked = _picked(graph)
        if picked is None:
            continue
        top = graph.loss.place
        yield Finding(
            top,
            f"the loss is a mean of log-probabilities without a minus: it falls from {values[0]:.3g} to "
            f"{values[-1]:.3g}, and the right class becomes less likely",
            "put a minus before it, or use nn.functional.nll_loss or cross_entropy",
            evidence={"first": values[0], "last": values[-1]},
            remedy={"name": "negate-loss"},
            related=() if picked.same_line(top) else (Related(picked, "the log-probabilities"),),
        )


def _subtracted(trace: Trace) -> Iterator[Finding]:
    """Criteria of each example that go into the loss with a minus, by one way or another."""
    values = [call.value for call in trace.backwards if call.value is not None]
    signed = [(graph, _signs(graph)) for graph in trace.graphs]
    if not _rises([-value for value in values]) or not all(signs == {-1} for _, signs in signed):
        return
    for graph, _ in signed:
        [*criteria] = graph.find(*CRITERIA)
        name, at = criteria[0].call, criteria[0].place
        yield Finding(
            graph.loss.place,
            f"{name} goes into the loss with a minus: the loss falls from {values[0]:.3g} to {values[-1]:.3g}, and "
            "the error grows",
            "turn the sign of the loss: minus a likelihood is to be made smaller, not the likelihood",
            evidence={"first": values[0], "last": values[-1], "function": name},
            remedy={"name": "negate-loss"},
            related=() if at is None or at.same_line(graph.loss.place) else (Related(at, "the criterion"),),
        )


def _signs(graph: Graph) -> set[int]:
    """The signs with which criteria go into a loss; 0 where a way leads through something else than arithmetic."""
    found: set[int] = set()
    waiting, seen = [(graph.loss, 1)], set()
    while waiting:
        node, sign = waiting.pop()
        if (node.id, sign) in seen:
            continue
        seen.add((node.id, sign))
        below = [graph.by_id[number] for number in node.inputs if number in graph.by_id]
        if node.kind in CRITERIA:
            found.add(sign)
        elif node.kind in LINEAR:
            waiting += [(each, -sign if node.kind == "Neg" else sign) for each in below]
        elif node.kind == "Sub" and len(below) == 2:
            waiting += [(below[0], sign), (below[1], -sign)]
        elif any(each.kind in CRITERIA for each in graph.below(node)):
            found.add(0)
    return found


def _picked(graph: Graph) -> Place | None:
    """Where the log_softmax is, of which the loss picks entries, and does nothing else with them."""
    nodes = graph.under(graph.loss, PICKING) if graph.loss.kind in PICKING else []
    picks = any(node.kind in ("Index", "Gather") for node in graph.nodes[:6])
    return nodes[0].place if picks and len(nodes) == 1 and nodes[0].kind == "LogSoftmax" else None


def _climbing(trace: Trace) -> Iterator[Finding]:
    """maximize=True, or weights += rate * gradient."""
    for optimizer in trace.optimizers:
        if optimizer.settings.get("maximize") is True and optimizer.steps >= STEPS:
            yield _climbs(
                trace, optimizer.place, f"{optimizer.name} has maximize=True", "leave maximize out", optimizer
            )
    if any(optimizer.steps for optimizer in trace.optimizers):
        return
    for source, node in static.nodes(trace, ast.AugAssign):
        if isinstance(node.op, ast.Add) and _adds_gradient(node.value):
            place = static.place(source, node)
            yield _climbs(
                trace, place, "the gradient is added to the weights", "subtract it: weights -= rate * gradient"
            )
    for source, call in static.calls(trace, "add_"):
        if any(_adds_gradient(part) for part in (*call.args, *(word.value for word in call.keywords))):
            signs = [word.value for word in call.keywords if word.arg == "alpha"]
            if not any(isinstance(sign, ast.UnaryOp) for sign in signs):
                yield _climbs(
                    trace, static.place(source, call), "the gradient is added to the weights", "use alpha=-rate"
                )


def _adds_gradient(node: ast.expr) -> bool:
    """A product with a `.grad` in it and no minus."""
    grad = any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in ast.walk(node))
    return grad and not any(isinstance(each, ast.USub | ast.Sub) for each in ast.walk(node))


def _climbs(trace: Trace, place: Place | None, seen: str, hint: str, optimizer: Optimizer | None = None) -> Finding:
    values = [call.value or 0.0 for call in trace.trained_losses if call.name in POSITIVE]
    return Finding(
        place,
        f"{seen}, and {trace.trained_losses[0].name} rises from {values[0]:.3g} to {values[-1]:.3g}",
        hint,
        evidence={"first": values[0], "last": values[-1], "optimizer": optimizer.name if optimizer else None},
        remedy={"name": "negate-loss"},
    )


def _rises(values: list[float]) -> bool:
    """The last fifth lies above the first, or is not finite any more."""
    part = max(1, len(values) // 5)
    return len(values) >= STEPS and not fmean(values[-part:]) <= 1.05 * fmean(values[:part])


def _minus(trace: Trace, criterion: Place | None, backward: Place | None) -> Place | None:
    """The line with the minus: the criterion's, one between it and backward, or backward's own."""
    for place in (criterion, backward):
        node = static.statement(trace, place) if place is not None else None
        if place is not None and _has_minus(node):
            return place
    if criterion is None or backward is None or criterion.path != backward.path:
        return criterion
    for line in range(criterion.line, backward.line):
        between = Place(criterion.path, line, criterion.cell, criterion.function)
        if _has_minus(static.statement(trace, between)):
            return between
    return criterion


def _has_minus(node: ast.stmt | None) -> bool:
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Return | ast.Expr):
        return False
    return any(isinstance(each, ast.USub | ast.Sub) for each in ast.walk(node))
