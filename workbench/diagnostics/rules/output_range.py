"""The last activation cannot reach the targets, or the criterion does not take what the network gives.

What it does
------------
Compares what the network's last activation can give (ReLU: 0 and more, sigmoid and softmax: 0 to 1, tanh: -1 to 1)
with the targets of a squared or absolute error. And it explains the crash of binary_cross_entropy, which takes
probabilities, when it gets raw scores. Positive targets after ReLU, pictures between 0 and 1 after sigmoid, and a
scaled tanh are fine.

Why is this bad
---------------
What lies outside can never be predicted: the network goes to the border and stays there, and its gradient is zero
at the border of ReLU and tiny at those of sigmoid and tanh.

Example
-------
    nn.Sigmoid(),

Use instead
-----------
    nn.Linear(16, 1),

Sources
-------
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
Nikanjam et al. 2021, Automatic fault detection for deep learning programs: output range.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import DROPOUTS, VIEWS, Difference, LossCall, Node, Trace

DISTANCES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
BORDERS = {"<-1": -1.0, "<0": 0.0, ">0": 0.0, ">1": 1.0}
REACH = {  # kind: (name, what it can give, what it cannot)
    "Relu": ("ReLU", "0 and more", ("<0",)),
    "Softplus": ("softplus", "more than 0", ("<0",)),
    "Sigmoid": ("sigmoid", "0 to 1", ("<0", ">1")),
    "Softmax": ("softmax", "0 to 1", ("<0", ">1")),
    "Tanh": ("tanh", "-1 to 1", ("<-1", ">1")),
    "LogSoftmax": ("log_softmax", "0 and less", (">0",)),
    "LogSigmoid": ("logsigmoid", "less than 0", (">0",)),
}
SOME = 0.05  # own choice: fewer may be outliers
MANY = 0.20  # own choice: more is no accident


@rule(severity="error", proof=("skip-activation",))
def output_range(trace: Trace) -> Iterator[Finding]:
    """Heads with targets that they cannot reach, and the crash of a criterion for probabilities."""
    crash = trace.crash
    if crash is not None and "elements of input should be between 0 and 1" in crash.message and crash.arguments:
        given = crash.arguments[0]
        yield Finding(
            crash.place,
            f"binary_cross_entropy takes probabilities, and got values from {given.low:g} to {given.high:g}",
            "use nn.BCEWithLogitsLoss(), which takes raw scores, or end the network with a sigmoid",
            evidence={"low": given.low, "high": given.high, "function": crash.function},
        )
    for graph in trace.graphs:
        for top in graph.nodes:
            if top.call in DISTANCES:
                for node in graph.under(top, VIEWS, DROPOUTS | {top.call}):
                    if node.kind in REACH:
                        calls = [call for call in trace.trained_losses if call.name == top.call]
                        yield from _judged(top, node, [call for call in calls if call.place == top.place])
        for top in graph.compared():
            for node in graph.under(top, VIEWS, DROPOUTS):
                if node.kind in REACH:
                    yield from _judged(top, node, [each for each in trace.differences if each.place == top.place])


def _judged(top: Node, node: Node, calls: Sequence[LossCall | Difference]) -> Iterator[Finding]:
    name = top.call or ""
    title, reach, sides = REACH[node.kind]
    calls = [call for call in calls if _is_input(node, call, sides)]
    if not calls or (node.kind == "Relu" and node.call not in ("relu", "relu_")):
        return
    share = fmean(sum((call.target.outside or {}).get(side, 0.0) for side in sides) for call in calls)
    if share <= SOME or not any(_far(call, sides) for call in calls):
        return
    low = min(call.target.low for call in calls if call.target.low is not None)
    high = max(call.target.high for call in calls if call.target.high is not None)
    lines = [(node.used, "runs here"), (top.place, f"{name} compares here")]
    yield Finding(
        node.place,
        f"the network ends in {title}, which gives {reach}, and {share:.0%} of the targets are outside: "
        f"they go from {low:.3g} to {high:.3g}",
        f"leave the {title} after the last layer out, or scale the targets to what it can give",
        evidence={"activation": title, "low": low, "high": high, "share": share, "function": name},
        related=tuple(Related(at, text) for at, text in lines if at and at != node.place),
        remedy={"name": "skip-activation", "call": node.call, "module": node.module},
        severity=None if share >= MANY else "warning",
    )


def _is_input(node: Node, call: LossCall | Difference, sides: tuple[str, ...]) -> bool:
    """Whether this call may have got the activation's result: as many numbers, and all within its reach."""
    low, high, count = call.input.low, call.input.high, call.input.numel
    if low is None or high is None or call.target.outside is None or call.target.numel != count:
        return False
    within = all(low >= BORDERS[side] if side.startswith("<") else high <= BORDERS[side] for side in sides)
    return within and call.input.shape[1:] == (node.shape or ())[1 : len(call.input.shape)]


def _far(call: LossCall | Difference, sides: tuple[str, ...]) -> bool:
    """Targets lie outside by more than rounding or a little noise: a tenth of their spread."""
    low, high, spread = call.target.low, call.target.high, call.target.std
    if low is None or high is None or spread is None:
        return False
    beyond = (BORDERS[side] - low if side.startswith("<") else high - BORDERS[side] for side in sides)
    return max(beyond) > 0.1 * max(spread, 1e-3)
