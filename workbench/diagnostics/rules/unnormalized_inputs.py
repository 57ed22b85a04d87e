"""The network's inputs are large numbers, as pixels from 0 to 255 are: not scaled, not standardized.

What it does
------------
Looks at the first batch that reaches the first layer with weights during training. A warning where its numbers go
beyond 50 in size and also spread or lie far from zero (deviation or mean above 10). Ids for an Embedding, networks
that begin with a normalization, and inputs that `forward` scales itself are left alone.

Why is this bad
---------------
Gradients of the first layer grow with its inputs: a learning rate that suits the other layers is far too large
there. Losses jump, ReLUs die, tanh saturates.

Example
-------
    loss = criterion(net(pixels), y)

Use instead
-----------
    loss = criterion(net(pixels / 255), y)

Sources
-------
https://developers.google.com/machine-learning/crash-course/numerical-data/normalization
Checked by UMLAUT (outside [-1, 1]) and torch-audit TA301 (above 50).
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Layer, Trace

LARGE = 50.0  # torch-audit's TA301
RATIO = 1e3  # of features' deviations; own choice
SPREAD = 10.0  # own choice: one far value among standardized ones is an outlier, not a scale
WITH_WEIGHTS = ("Linear", "Bilinear", "LSTM", "GRU", "RNN", "Conv1d", "Conv2d", "Conv3d", "LazyLinear")
LOOKS_THROUGH = ("Flatten", "Unflatten", "Identity", "Dropout", "Dropout1d", "Dropout2d", "ZeroPad2d")


@rule(severity="warning", needs=("layers", "forwards"), proof=("standardize",))
def unnormalized_inputs(trace: Trace) -> Iterator[Finding]:
    """Root modules whose first layer with weights gets the inputs as large as they came."""
    first = _first(trace)
    if first is None or first.input is None or not first.input.floating or not first.input.finite:
        return
    for call in trace.forwards:
        given, seen = call.input, first.input
        if not call.backward or not call.training or given is None or given.low is None or seen.low is None:
            continue
        if given.numel != seen.numel or (given.low, given.high) != (seen.low, seen.high):
            return  # scaled on the way, or another network's
        largest = max(abs(seen.low), abs(seen.high or 0.0))
        mean, std = seen.mean or 0.0, seen.std or 0.0
        uneven = (given.ratio or 0.0) > RATIO and (given.widest or 0.0) > SPREAD
        if not uneven and (largest <= LARGE or max(abs(mean), std, given.widest or 0.0) <= SPREAD):
            return
        scale = (
            "divide pixels by 255"
            if 200 < largest <= 255 and seen.low >= 0
            else "subtract the mean of the training "
        )
        scale += "" if scale.endswith("255") else "examples and divide by their deviation, feature by feature"
        yield Finding(
            call.place,
            f"inputs from {seen.low:.4g} to {seen.high:.4g} (mean {mean:.3g}, deviation {std:.3g}) go into "
            f"{first.kind} {first.name} as they are",
            f"{scale}; inputs of size one suit the usual learning rates",
            remedy={"name": "standardize"},
            evidence={"low": seen.low, "high": seen.high, "mean": mean, "std": std},
        )
        return


def _first(trace: Trace) -> Layer | None:
    """The first layer with weights, if nothing before it changes the scale."""
    for layer in sorted(trace.layers, key=lambda each: each.order):
        if layer.kind in WITH_WEIGHTS:
            return layer
        if layer.kind not in LOOKS_THROUGH:
            return None
    return None
