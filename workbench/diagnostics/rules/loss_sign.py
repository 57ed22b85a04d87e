"""The sign of the loss is wrong: training makes the error larger.

What it does
------------
Sees a backward on a loss below zero that is the negative of a criterion which cannot fall below zero (cross
entropy, squared error, ...), or a sum into which every criterion enters with a minus, or a log-probability of the
right class without its minus; maximize=True in the optimizer of such a criterion; and an update by hand that adds
the gradient. The criterion must have risen meanwhile. It sees a divergence that enters with the wrong sign, too: a
logvar with a plus and its exponential with a minus, which falls without end. Where actions are sampled, it sees
log-probabilities that are multiplied with something called a reward, return or advantage, and no minus: neither
there, nor where that was computed, nor in the update, and no cost, loss or penalty that it was computed from. Other
losses that are negative by nature (critics) and games that use both signs are left alone.

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
import re
from collections.abc import Collection, Iterator
from math import isclose
from statistics import fmean

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import ARITHMETIC, CRITERIA, VIEWS, Graph, LossCall, Node, Optimizer, Place, Trace

POSITIVE = (
    "cross_entropy", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
    "binary_cross_entropy_with_logits", "nll_loss", "multi_margin_loss",
)  # fmt: skip
STEPS = 5  # at least; own choice
SUMMING = VIEWS | (ARITHMETIC - {"Pow", "Abs", "Clamp", "ClampMin", "ClampMax"})
LOGARITHMS = frozenset({"Log", "LogSoftmax", "LogSigmoid", "Log10", "Log2"})
PICKING = frozenset({"Index", "Gather", "Where", "Diagonal"})
SAMPLING = ("sample", "multinomial")
REWARD = re.compile(r"reward|return|advantage|^adv|^[GR]s?$", re.IGNORECASE)
GOOD = re.compile(r"reward|return|gain|score|utility", re.IGNORECASE)  # one letter alone says nothing
COST = re.compile(r"cost|penal|regret|loss|neg|risk|(?<!td_)error|distance", re.IGNORECASE)
ROUNDS = 8  # assignments that are followed back; own choice


@rule(severity="error", needs=("backwards",), explains=("lr-too-high",), proof=("negate-loss",))
def loss_sign(trace: Trace) -> Iterator[Finding]:
    """Negated criteria, then forgotten minus signs, then optimizers and updates that climb."""
    if len(trace.steps) < STEPS:
        return
    criteria = [call for call in trace.trained_losses if call.name in POSITIVE and call.value is not None]
    below = [call for call in trace.backwards if call.value is not None and call.value < 0]
    maximize = any(each.settings.get("maximize") for each in trace.optimizers)
    found: list[Finding] = []
    samples = next(static.calls(trace, *SAMPLING), None) is not None
    if samples and not maximize and not _ascends(trace):
        found = [*_policy(trace)]
    if len(below) == len(trace.backwards) and not maximize and not found:
        found = [*_negated(trace, criteria)] if criteria else [] if samples else [*_no_minus(trace)]
    if found:
        yield from found
        return
    divergence = [] if maximize else [*_divergence(trace)]
    if divergence:
        yield from divergence[:1]
    elif below and below[-1] is trace.backwards[-1] and not maximize:
        yield from _entering(trace)
    elif criteria and not below and _rises(_errors(trace, criteria)):
        yield from _climbing(trace)


def _errors(trace: Trace, criteria: list[LossCall]) -> list[float]:
    """What the criteria gave; of torch.func, within which they are seen a few times only, what it was called on."""
    by_hand = [call.value for call in trace.backwards if call.slopes and call.value is not None]
    return by_hand if len(by_hand) > len(criteria) else [call.value or 0.0 for call in criteria]


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


def _entering(trace: Trace) -> Iterator[Finding]:
    """Every criterion in the graphs enters the loss with a minus, however deep, and rises: an ELBO made smaller."""
    signs = [sign for graph in trace.graphs for sign in _signs(graph)]
    trained = any(each.owner is not None and each.optimizers for each in trace.parameters)
    if not signs or not trained or any(sign is not True for _, sign in signs):
        return
    criteria = [call for call in trace.trained_losses if call.name in POSITIVE]
    values = [call.value if call.value is not None else call.mean for call in criteria]
    known = [value for value in values if value is not None]
    losses = [call.value for call in trace.backwards if call.value is not None]
    if not _rises(known) if known else not _rises([-value for value in losses]):
        return
    graph = trace.graphs[0]
    own, name = signs[0][0].place, signs[0][0].call or signs[0][0].kind
    name = "a squared error" if signs[0][0].kind == "Pow" else name
    top = graph.loss.place or own
    yield Finding(
        top,
        f"{name} enters the loss with a minus, so training makes it larger: the loss falls from {losses[0]:.3g} to "
        f"{losses[-1]:.3g} in {len(trace.steps)} steps",
        "put a minus before the whole loss: a log-likelihood, or an ELBO, is to be made larger, an optimizer makes "
        "smaller",
        evidence={"first": losses[0], "last": losses[-1], "function": name},
        related=() if own is None or own.same_line(top) else (Related(own, f"{name} is computed here"),),
        remedy={"name": "negate-loss"},
    )


def _divergence(trace: Trace) -> Iterator[Finding]:
    """x enters the loss with a plus and exp(x) with a minus: as x grows, that falls without end.

    The divergence of a variational autoencoder, 0.5 * (exp(x) - x + ...), is the other way round.
    """
    for graph in trace.graphs:
        signs: dict[int, bool] = {}
        turns: dict[int, tuple[Place | None, ...]] = {}
        waiting: list[tuple[Node, bool, tuple[Place | None, ...]]] = [(graph.loss, False, ())]
        while waiting:
            node, minus, turned = waiting.pop()
            if node.id in signs:
                continue
            signs[node.id], turns[node.id] = minus, turned
            for child in node.inputs if node.kind in SUMMING and not node.unsigned else ():
                if child in graph.by_id:
                    turn = child in node.minus
                    further = (*turned, node.place) if turn else turned
                    waiting.append((graph.by_id[child], minus is not turn, further))
        for node in graph.nodes:
            direct = node.kind == "Exp" and signs.get(node.id) and signs.get(node.inputs[0]) is False
            if direct and graph.by_id[node.inputs[0]].kind not in SUMMING - VIEWS:
                own = [place for place in turns[node.id] if place is not None and place.same_line(node.place)]
                others = [place for place in turns[node.id] if place is not None and place not in own]
                at = node.place if len(own) % 2 or not others else others[-1]
                yield Finding(
                    at,
                    "exp(x) enters the loss with a minus and x with a plus: the divergence has the wrong sign, and "
                    "falls without end",
                    "the divergence is -0.5 * (1 + logvar - mu ** 2 - exp(logvar)), and it is added to the loss",
                    evidence={"steps": len(trace.steps)},
                )


def _signs(graph: Graph) -> Iterator[tuple[Node, bool | None]]:
    """Criteria that the loss is a sum of, and whether they enter with a minus; None where that is not known."""
    waiting: list[tuple[Node, bool | None]] = [(graph.loss, False)]
    seen: set[int] = set()
    while waiting:
        node, minus = waiting.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.kind in CRITERIA or _square_of_difference(graph, node):
            yield node, minus
        elif node.kind in SUMMING:
            for child in node.inputs:
                known = None if node.unsigned or minus is None else minus is not (child in node.minus)
                if child in graph.by_id:
                    waiting.append((graph.by_id[child], known))


def _square_of_difference(graph: Graph, node: Node) -> bool:
    """(answer - target) ** 2, of more than one example."""
    return node.kind == "Pow" and any(each.kind == "Sub" for each in graph.under(node))


def _opposite(value: float | None, own: float | None) -> bool:
    return value is not None and own is not None and own > 0 and isclose(value, -own, rel_tol=1e-3)


def _no_minus(trace: Trace) -> Iterator[Finding]:
    """The mean log-probability of the right class, as it is."""
    values = [call.value for call in trace.backwards if call.value is not None]
    if not _rises([-value for value in values]):
        return
    for graph in trace.graphs:
        picked = _likelihood(graph)
        if picked is None:
            continue
        top = graph.loss.place
        yield Finding(
            top,
            f"the loss is a mean of log-probabilities without a minus: it falls from {values[0]:.3g} to "
            f"{values[-1]:.3g}, and what is right becomes less likely",
            "put a minus before it, or use nn.functional.nll_loss, cross_entropy or binary_cross_entropy",
            evidence={"first": values[0], "last": values[-1]},
            remedy={"name": "negate-loss", "by_hand": not any(each.steps for each in trace.optimizers)},
            related=() if picked.same_line(top) else (Related(picked, "the log-probabilities"),),
        )


def _policy(trace: Trace) -> Iterator[Finding]:
    """log_prob * reward without a minus: what was rewarded becomes less likely.

    No number of the loss tells, for rewards have any sign; names do: reward, return, advantage, and no cost.
    """
    for graph in trace.graphs:
        for node in _weighted(graph):
            statement = static.statement(trace, node.place) if node.place is not None else None
            name = _reward(statement) if statement is not None else None
            if name is None or _is_cost(trace, name):
                continue
            yield Finding(
                node.place,
                f"log-probabilities times {name} enter the loss without a minus: the optimizer makes the loss "
                "smaller, and what was rewarded less likely",
                f"put a minus before it: -log_prob * {name}",
                evidence={"function": node.call or node.kind},
                remedy={"name": "negate-loss"},
            )
            return


def _weighted(graph: Graph) -> Iterator[Node]:
    """Products of a logarithm with something that is not learned, which enter the loss with a plus."""
    waiting: list[tuple[Node, bool]] = [(graph.loss, False)]
    seen: set[int] = set()
    while waiting:
        node, minus = waiting.pop(0)
        if node.id in seen or node.kind not in SUMMING:
            continue
        seen.add(node.id)
        logs = [each for each in graph.under(node, VIEWS | PICKING) if node.kind == "Mul"]
        if logs and all(each.kind in LOGARITHMS or _log_of_sum(graph, each) for each in logs):  # of several moves
            yield from () if minus else (node,)
        elif not node.unsigned:
            inner = [graph.by_id[child] for child in node.inputs if child in graph.by_id]
            waiting += [(each, minus is not (each.id in node.minus)) for each in inner]


def _reward(statement: ast.stmt) -> str | None:
    """What a log-probability is multiplied with, if it is called a reward and enters with a plus."""
    if _turned(statement) or any(isinstance(each, ast.USub) for each in ast.walk(statement)):
        return None
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            for side in (node.left, node.right):
                rewards = [name for name in _words(side) if REWARD.search(name)]
                if rewards and not any(COST.search(name) or "log" in name for name in _words(side)):
                    return rewards[0]
    return None


def _is_cost(trace: Trace, name: str) -> bool:
    """Whether it may be a cost under another name: what it was computed from is called so, or its sign is turned.

    Followed back through assignments, loops, lists that are appended to, and functions of the script; not through
    what is subtracted, for minus a cost is a reward.
    """
    known, words = {name}, {name}
    for _ in range(ROUNDS):
        made = list(_makings(trace, known))
        if any(_turned(value) for value in made):
            return True
        words |= {word for value in made for word in _adding(value)} - {"self"}
        if words <= known:
            break
        known |= words
    return any(COST.search(word) for word in words) or not any(GOOD.search(word) for word in words)


def _makings(trace: Trace, names: set[str]) -> Iterator[ast.AST]:
    """What the script gives to variables, lists and results of functions of these names."""
    for targets, value in _given(trace):
        stored = {static.dotted(each).rpartition(".")[2] for target in targets for each in ast.walk(target)}
        if names & stored:
            yield value
    for _, call in static.calls(trace, "append", "appendleft", "extend", "insert"):
        if isinstance(call.func, ast.Attribute) and static.dotted(call.func.value).rpartition(".")[2] in names:
            yield from call.args
    for _, function in static.nodes(trace, ast.FunctionDef):
        if function.name in names:
            yield from (each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value)


def _given(trace: Trace) -> Iterator[tuple[list[ast.expr], ast.expr]]:
    """(targets, value) of each assignment and loop."""
    for _, node in static.nodes(trace, ast.AST):
        if isinstance(node, ast.Assign):
            yield node.targets, node.value
        elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value is not None:
            yield [node.target], node.value
        elif isinstance(node, ast.For | ast.comprehension):
            yield [node.target], node.iter


def _words(node: ast.AST) -> set[str]:
    """The names that an expression reads, with the last parts of dotted ones."""
    found = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return found | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def _adding(node: ast.AST) -> set[str]:
    """Those of its names that enter with a plus."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return set()
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        return _adding(node.left)
    own = {node.id} if isinstance(node, ast.Name) else {node.attr} if isinstance(node, ast.Attribute) else set()
    return own.union(*map(_adding, ast.iter_child_nodes(node)))


def _turned(node: ast.AST) -> bool:
    """Whether a reward enters with a minus: -reward, baseline - reward, and what holds one of them."""
    for each in ast.walk(node):
        if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub) and _rewarding(each.operand):
            return True
        if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Sub) and _rewarding(each.right):
            mean = _calls(each.left) and not _calls(each.right)  # rewards.mean() - rewards
            if mean or not _rewarding(each.left):
                return True
    return False


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _rewarding(node: ast.AST) -> bool:
    return any(REWARD.search(word) for word in _words(node))


def _ascends(trace: Trace) -> bool:
    """Whether the script climbs by its own hand: it adds a gradient to weights, or turns gradients round."""
    for _, node in static.nodes(trace, ast.AugAssign):
        if isinstance(node.op, ast.Add | ast.Mult) and (_adds_gradient(node.value) or _of_gradient(node.target)):
            return True
    for _, given in static.nodes(trace, ast.Assign):
        emptied = isinstance(given.value, ast.Constant)  # p.grad = None
        if not emptied and any(map(_of_gradient, given.targets)):
            return True
    return any(
        _adds_gradient(call) and any(map(_of_gradient, ast.walk(call)))
        for _, call in static.calls(trace, "add_", "neg_", "mul_")
    )


def _of_gradient(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "grad"


def _likelihood(graph: Graph) -> Place | None:
    """Where the first logarithm is, if the loss is nothing but a sum of logarithms with a plus.

    Labels that are not learned may weight them or pick from them, as both do in likelihoods written by hand.
    """
    waiting: list[tuple[Node, bool]] = [(graph.loss, False)]
    found: list[Node] = []
    chosen = False
    while waiting:
        node, minus = waiting.pop(0)
        if node.kind in LOGARITHMS or _log_of_sum(graph, node):
            if minus:
                return None
            found.append(node)
            continue
        if node.kind not in SUMMING | PICKING or node.unsigned:
            return None
        chosen = chosen or node.kind in PICKING | {"Mul"}
        inner = [graph.by_id[child] for child in node.inputs if child in graph.by_id]
        waiting += [(each, minus is not (each.id in node.minus)) for each in inner if each.kind != "AccumulateGrad"]
    return found[0].place if found and chosen else None


def _log_of_sum(graph: Graph, node: Node) -> bool:
    """z - z.exp().sum().log(), or z - z.logsumexp(): a log_softmax by hand."""
    taken = [each for each in graph.under(node, VIEWS | {"Sub"}) if each.kind in ("Log", "Logsumexp")]
    sums = (below for each in taken if each.kind == "Log" for below in graph.under(each))
    return node.kind == "Sub" and bool(taken) and all(each.kind == "Sum" for each in sums)


def _climbing(trace: Trace) -> Iterator[Finding]:
    """maximize=True, or weights += rate * gradient."""
    for optimizer in trace.optimizers:
        if optimizer.settings.get("maximize") is True and optimizer.steps >= STEPS:
            yield _climbs(
                trace, optimizer.place, f"{optimizer.name} has maximize=True", "leave maximize out", optimizer
            )
    if any(optimizer.steps for optimizer in trace.optimizers):
        return
    slopes = _slopes(trace)
    for source, node in static.nodes(trace, ast.AugAssign):
        if isinstance(node.op, ast.Add) and _adds_gradient(node.value, slopes):
            place = static.place(source, node)
            yield _climbs(
                trace, place, "the gradient is added to the weights", "subtract it: weights -= rate * gradient"
            )
    for source, call in static.calls(trace, "add_"):
        if any(_adds_gradient(part, slopes) for part in (*call.args, *(word.value for word in call.keywords))):
            signs = [word.value for word in call.keywords if word.arg == "alpha"]
            if not any(isinstance(sign, ast.UnaryOp) for sign in signs):
                yield _climbs(
                    trace, static.place(source, call), "the gradient is added to the weights", "use alpha=-rate"
                )
    for source, sum_ in static.nodes(trace, ast.BinOp) if slopes else ():
        weights = isinstance(sum_.op, ast.Add) and not _adds_gradient(sum_.left, slopes)
        if weights and isinstance(sum_.right, ast.BinOp) and _adds_gradient(sum_.right, slopes):
            place = static.place(source, sum_)
            yield _climbs(trace, place, "the gradient is added to the weights", "subtract rate * gradient")


def _slopes(trace: Trace) -> set[str]:
    """Names of what torch.autograd.grad or torch.func gave, and of its parts in loops."""
    if not any(call.slopes for call in trace.backwards):
        return set()
    makers = {"grad", "grad_and_value"}
    found: set[str] = set()
    for _, node in static.nodes(trace, ast.Assign):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        name = static.dotted(called.func if isinstance(called, ast.Call) else called) if called is not None else ""
        if name.rpartition(".")[2] in makers and isinstance(node.targets[0], ast.Name):
            given = not isinstance(called, ast.Call) and name.rpartition(".")[0].endswith("autograd")
            (found if given or isinstance(called, ast.Call) else makers).add(node.targets[0].id)
        elif name in makers or name.rpartition(".")[2] in makers:
            first = node.targets[0].elts[0] if isinstance(node.targets[0], ast.Tuple) else node.targets[0]
            found |= {first.id} if isinstance(first, ast.Name) else set()
    for _, loop in static.nodes(trace, ast.For):
        found |= _parts_of(loop, found)
    return found


def _parts_of(loop: ast.For, whole: set[str]) -> set[str]:
    """`for p, g in zip(weights, slopes)`, `for name, g in slopes.items()`: g."""
    if not isinstance(loop.iter, ast.Call) or not isinstance(loop.target, ast.Tuple):
        return set()
    names = [each.id if isinstance(each, ast.Name) else "" for each in loop.target.elts]
    given = [static.dotted(each) for each in loop.iter.args]
    if static.dotted(loop.iter.func).rpartition(".")[0] in whole:
        return set(names[-1:]) - {""}
    return {name for name, source in zip(names, given, strict=False) if name and source in whole}


def _adds_gradient(node: ast.expr, slopes: Collection[str] = ()) -> bool:
    """A product with a `.grad`, or another gradient, in it and no minus."""
    parts = [*ast.walk(node)]
    grad = any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in parts)
    grad = grad or any(isinstance(each, ast.Name) and each.id in slopes for each in parts)
    return grad and not any(isinstance(each, ast.USub | ast.Sub) for each in parts)


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
