"""The network says the same class for nearly every example, whatever the input.

What it does
------------
Looks at the predictions in the second half of the recorded training, after fifty steps or more: a warning where
one class has more than 95 % of them, while at least a fifth of the targets are of other classes; or has all of
them after a hundred steps, while twenty targets or more are of others, and no weights say that these are rare. For
one output unit with a sigmoid: all scores lie on one side. It is a symptom: a finding that explains it is shown
in its place.

Why is this bad
---------------
The easiest way to lower the loss is to learn how frequent the classes are. A network that stops there has learned
nothing from its inputs: they are too small or do not reach the output, its units are dead, or the learning rate is
too high or too low.

Example
-------
    scores = net(x)

Use instead
-----------
    scores = net((x - x.mean(0)) / x.std(0))

Sources
-------
http://karpathy.github.io/2019/04/25/recipe/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.candidates import FASTER, OWN_WEIGHTS, SLOWER, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import LossCall, Trace

STEPS = 50  # own choice: before that, many healthy networks are at one class
SHARE = 0.95
OTHERS = 0.2  # share of the targets that are of other classes; below it one class may be a sound answer
EXAMPLES = 50  # at least, that are looked at
RARE = 20  # targets of other classes, from which on not one of them is too few, if they are no mere noise
NOISE = 0.005  # share of the targets
PATIENCE = 100  # steps, before rare classes are missed
RANKED = ("roc_auc_score", "average_precision_score", "precision_recall_curve", "roc_curve", "topk", "logit_adjust")


@rule(severity="warning", needs=("losses", "steps"), symptom=True, proof=("own-weights", "scale-lr", "standardize"))
def constant_prediction(trace: Trace) -> Iterator[Finding]:
    """Criteria that get one class at the end."""
    if len({step.optimizer for step in trace.steps}) > 1:
        return  # networks that play against one another swing from one class to the other
    for place in dict.fromkeys(call.place for call in trace.trained_losses):
        calls = [call for call in trace.trained_losses if call.place == place]
        late = [call for call in calls if call.step >= 0.5 * len(trace.steps)]
        if len(trace.steps) < STEPS or len(late) < 2:
            continue
        found = _classes(late) or _sides(late)
        if found is None:
            continue
        name, share, others, examples = found
        if others < OTHERS and not _missed(trace, calls, share):
            continue
        yield Finding(
            place,
            f"after {len(trace.steps)} steps {100 * share:.0f} % of the predictions are {name}, but only "
            f"{100 * (1 - others):.0f} % of the {examples} targets",
            "standardize the inputs, try other learning rates, see whether the network can overfit a few examples, "
            "and weigh the classes (weight=, pos_weight=) where one is rare",
            evidence={"predicted": share, "targets": 1 - others, "examples": examples, "steps": len(trace.steps)},
            remedy=one_of(STANDARDIZED, OWN_WEIGHTS, FASTER, SLOWER),
        )


def _missed(trace: Trace, calls: list[LossCall], share: float) -> bool:
    """Rare classes are never said, though there were enough of them, and nothing else is asked of the scores."""
    counts: Counter[str] = Counter()
    for call in calls:
        counts.update({_label(name): number for name, number in (call.target.counts or {}).items()})
    others = counts.total() - max(counts.values(), default=0)
    weighed = any(call.weighted for call in calls) or next(static.calls(trace, *RANKED), None) is not None
    return share == 1.0 and others >= RARE and len(trace.steps) >= PATIENCE and not weighed


def _classes(calls: list[LossCall]) -> tuple[str, float, float, int] | None:
    """(class, its share of the predictions, other classes' share of the targets, examples)."""
    predicted: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for call in calls:
        if call.name not in ("cross_entropy", "nll_loss") or call.input.predicted is None:
            return None
        if call.target.counts is None or len(call.target.shape) != 1:
            return None
        predicted.update({_label(name): number for name, number in call.input.predicted.items()})
        wanted.update({_label(name): number for name, number in call.target.counts.items()})
    name, number = predicted.most_common(1)[0]
    share, others = number / predicted.total(), 1 - wanted[name] / wanted.total()
    good = share > SHARE and others >= NOISE and predicted.total() >= EXAMPLES
    return (f"class {name}", share, others, wanted.total()) if good else None


def _label(name: str) -> str:
    return f"{float(name):g}"


def _sides(calls: list[LossCall]) -> tuple[str, float, float, int] | None:
    """The same for one output unit: every score on one side of the border."""
    low, high, ones, examples = float("inf"), float("-inf"), 0, 0
    for call in calls:
        if call.name not in ("binary_cross_entropy", "binary_cross_entropy_with_logits"):
            return None
        counts = call.target.counts
        wide = len(call.input.shape) > 2 or (len(call.input.shape) == 2 and call.input.shape[1] > 1)
        if counts is None or call.input.low is None or call.input.high is None or wide or set(counts) - {"0", "1"}:
            return None
        low, high = min(low, call.input.low), max(high, call.input.high)
        ones, examples = ones + counts.get("1", 0), examples + sum(counts.values())
    border = 0.5 if calls[0].name == "binary_cross_entropy" else 0.0
    if low <= border <= high or examples < EXAMPLES:
        return None
    others = ones / examples if high < border else 1 - ones / examples
    return (f"class {int(low > border)}", 1.0, others, examples) if others >= NOISE else None
