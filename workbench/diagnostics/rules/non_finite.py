"""A number becomes NaN or infinite, and the loss or the gradients with it.

What it does
------------
Looks at the results of functions, at batches, at first weights, at losses and at gradients, and names the first
that held NaN or infinity: the log of 0, a division by 0, an exp that overflows, the root whose slope at 0 is
infinite, NaN in the data. Only where a loss or a gradient came to harm; a mask's -inf is fine, and so is a step
that a GradScaler skips. A loss that had been growing before is a matter of the learning rate, not of this rule.

Why is this bad
---------------
One NaN is enough: the next step writes it into every weight, and all that follows is NaN.

Example
-------
    loss = -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()

Use instead
-----------
    loss = nn.functional.binary_cross_entropy_with_logits(scores, y)

Sources
-------
https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Call, Place, Trace

GROWN = 3.0  # times the first loss, as lr-too-high has it: own choice
LOGS = ("log", "log2", "log10", "log1p", "logit")
DIVISIONS = ("div", "truediv", "reciprocal")
ROOTS = ("sqrt", "sqrt_", "rsqrt", "pow", "acos", "asin")
BIG = ("exp", "linear", "matmul", "mm", "bmm", "conv2d", "conv1d", "pow", "mul", "add", "sub", "square", "mse_loss")


@rule(severity="error", needs=("backwards",), proof=("finite", "fresh-weights"))
def non_finite(trace: Trace) -> Iterator[Finding]:
    """The origin of the first loss or gradient that is not a number."""
    parameter = next((p for p in trace.parameters if p.reached and p.low is not None and p.low != p.low), None)
    if parameter is not None:
        yield Finding(
            parameter.place,
            f"the weight {parameter.name!r} holds NaN before the first step",
            "fill it: nn.init.xavier_uniform_(weight), or torch.zeros; torch.empty holds whatever was in memory",
            evidence={"parameter": parameter.name},
            remedy={"name": "fresh-weights", "measure": ("learning", "finite")},
        )
        return
    harm = _harm(trace)
    if harm is None:
        return
    step, place, what = harm
    origin = _origin(trace, step, loss=what == "loss")
    if origin is not None and origin.place is not None and ".scale(" in trace.line(origin.place):
        return  # a GradScaler that is still looking for its scale
    if _grew(trace, step) and (origin is None or origin.detail.get("function") in BIG):
        return
    told = f"the {what} of step {step + 1} is not finite"
    if origin is None:
        yield _untraced(trace, told, place, loss=what == "loss")
        return
    message, hint = _explained(origin)
    related = () if place is None or place.same_line(origin.place) else (Related(place, told),)
    remedy = {"name": "finite", "data": _of_data(origin), "measure": ("learning", "finite")}
    at, evidence = origin.place or place, dict(origin.detail)
    yield Finding(at, f"{message}; {told}", hint, evidence=evidence, related=related, remedy=remedy)


def _harm(trace: Trace) -> tuple[int, Place | None, str] | None:
    """The first step with a bad loss or gradient: (step, line, which of the two)."""
    losses = [call for call in trace.backwards if call.value is not None and not math.isfinite(call.value)]
    stepped = {step.index for step in trace.steps if step.loss is not None and not math.isfinite(step.loss)}
    losses = [call for call in losses if math.isnan(call.value or 0.0) or call.step in stepped]
    gradients = [step for step in trace.steps if step.non_finite and step.optimizer >= -1]
    if losses and (not gradients or losses[0].step <= gradients[0].index):
        return losses[0].step, losses[0].place, "loss"
    if gradients:
        step = gradients[0]
        back = next((call.place for call in reversed(trace.backwards) if call.step == step.index), step.place)
        return step.index, back, "gradient"
    return None


def _grew(trace: Trace, step: int) -> bool:
    """Whether the loss ran away before it became NaN."""
    before = [abs(call.value) for call in trace.backwards if call.value is not None and call.step < step]
    finite = [value for value in before if math.isfinite(value)]
    return bool(finite) and max(finite) > GROWN * max(finite[0], 1e-3)


def _origin(trace: Trace, step: int, *, loss: bool) -> Call | None:
    """The first result that was bad, data before what was computed from it."""
    calls = [call for call in trace.calls_of("non_finite") if call.step <= step]
    data = [call for call in calls if not call.detail.get("graph")]
    computed = [call for call in calls if call.detail.get("graph") and call.step == step]
    if loss:
        computed = [call for call in computed if not call.detail.get("only_slope")]
    first = computed[0] if computed else None
    given = any(call.detail.get("function") == "input" for call in data)
    if data and (given or (first is not None and first.detail.get("data_bad"))):
        return data[0]
    return first


def _of_data(origin: Call) -> bool:
    """Whether the examples or targets themselves are no numbers, and no function on a line made them so."""
    function = origin.detail.get("function")
    return function in ("input", "tensor", "setitem", "target") or bool(origin.detail.get("data_bad"))


def _explained(call: Call) -> tuple[str, str]:
    """What happened, and what to write."""
    name, detail = str(call.detail.get("function")), call.detail
    if name in LOGS:
        return (
            f"{name} of 0 or less is not a finite number",
            "use a criterion that takes raw scores (cross_entropy, binary_cross_entropy_with_logits, log_softmax), "
            "or keep the argument above 0: x.clamp_min(1e-8)",
        )
    if name in DIVISIONS:
        return "a division by 0", "keep the divisor away from 0: x / (d + 1e-8), or d.clamp_min(1e-8)"
    if name in ROOTS and detail.get("only_slope"):
        return (
            f"the slope of {name} is infinite at the edge of its range, and an argument lies there",
            "keep the argument inside: torch.sqrt(x + 1e-8)",
        )
    if name in ROOTS and detail.get("inputs_finite"):
        return f"{name} of a number it is not defined for", "keep the argument above 0: x.clamp_min(1e-8)"
    if name in ("exp", "expm1", "cosh", "sinh"):
        high = detail.get("input_high")
        most = f" of {high:.0f}" if isinstance(high, float) else ""
        return (
            f"{name}{most} overflows (float32 ends at exp of 88)",
            "take the maximum off first, or use torch.softmax, logsumexp or softplus, which do; or clamp",
        )
    if name in ("input", "tensor", "setitem"):
        what = "NaN" if detail.get("nan") else "infinity"
        where = "the network is given" if name == "input" else "the data get"
        return f"{where} {what}", "find and mend those rows before training: x[torch.isfinite(x).all(1)]"
    if name == "cross_entropy" and detail.get("inputs_finite"):
        return "cross_entropy of no example: every target is ignored", "leave out batches without a valid target"
    if name == "target":
        return "the targets hold NaN or infinity", "find and mend those rows before training: torch.isfinite(y)"
    if detail.get("data_bad"):
        return f"{name} is given data with NaN or infinity", "find and mend those rows before training"
    if name == "softmax":
        return "softmax of a row that is -inf throughout", "leave at least one entry of each row unmasked"
    return f"{name} gives NaN or infinity", "look at the size of what goes in, and scale it down"


def _untraced(trace: Trace, told: str, place: Place | None, *, loss: bool) -> Finding:
    """The line of the backward, or of the only function in the graph with an infinite slope."""
    steep = {node.place for graph in trace.graphs for node in graph.find("Sqrt", "Rsqrt") if node.place}
    if len(steep) == 1:
        hint = "the slope of sqrt at 0 is infinite: torch.sqrt(x + 1e-8)"
        remedy = {"name": "finite", "measure": ("learning", "finite")}
        return Finding(steep.pop(), f"{told}, and this root is the likely origin", hint, remedy=remedy)
    hint = "run the step under torch.autograd.set_detect_anomaly(True), which names the function"
    return Finding(place, told, hint, evidence={"loss": loss})
