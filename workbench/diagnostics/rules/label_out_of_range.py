"""A class number is not one of the network's classes, and the loss crashes.

What it does
------------
Explains the crash of cross_entropy or nll_loss: how many classes the scores have, and which labels came. Labels
from 1 to C are recognised as one-based. The same for binary cross entropy that refuses targets beyond 0 and 1.

Why is this bad
---------------
Nothing runs until it is mended, and "Target 4 is out of bounds" does not tell whether labels or outputs are wrong.
On a GPU the message is worse ("device-side assert triggered").

Example
-------
    loss = criterion(net(x), y)

Use instead
-----------
    loss = criterion(net(x), y - 1)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html ("class indices in the range [0, C)")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Facts, Place, Trace

MESSAGES = re.compile(r"Target -?\d+ is out of bounds|elements of target should be between 0 and 1")


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def label_out_of_range(trace: Trace) -> Iterator[Finding]:
    """The crash, if it is about the values of targets."""
    crash = trace.crash
    if crash is None or not MESSAGES.search(crash.message) or len(crash.arguments) < 2:
        return
    scores, target = crash.arguments[:2]
    if target.low is None or target.high is None:
        return
    low, high = _range(trace, target)
    evidence = {"low": low, "high": high, "shape": list(scores.shape)}
    if "between 0 and 1" in crash.message:
        message = f"{crash.function} got targets from {low:g} to {high:g}; they must lie between 0 and 1"
        hint = "map the labels -1 and 1 to 0 and 1: (y + 1) / 2" if low == -1 else "scale the targets to 0 to 1"
        yield Finding(crash.place, message, hint, evidence={**evidence, "classes": 2})
        return
    classes = scores.shape[1] if len(scores.shape) > 1 else scores.shape[-1]
    message = (
        f"{crash.function} got class numbers from {low:g} to {high:g} and scores of {classes} "
        f"class{'es' if classes > 1 else ''}: only 0 to {classes - 1} exist"
    )
    if low >= 1 and high == classes:
        hint = f"the labels are one-based; count from 0: y - 1 (or give the last layer {classes + 1} outputs)"
    elif low < 0:
        hint = f"mark what is to be left out with ignore_index={low:g}, or map {low:g} to a class"
    else:
        hint = f"give the last layer {high + 1:.0f} outputs, or map the labels to 0 to {classes - 1}"
    made = _head(trace, classes)
    yield Finding(
        crash.place,
        message,
        hint,
        evidence={**evidence, "classes": classes},
        related=() if made is None else (Related(made, f"the layer with {classes} outputs is made here"),),
    )


def _range(trace: Trace, target: Facts) -> tuple[float, float]:
    """Of all labels seen, in this batch and the earlier ones."""
    seen = [target, *(call.target for call in trace.losses if call.target.dtype == target.dtype)]
    lows = [facts.low for facts in seen if facts.low is not None]
    return min(lows), max(facts.high for facts in seen if facts.high is not None)


def _head(trace: Trace, classes: int) -> Place | None:
    """Where the last layer with as many outputs is made."""
    sized = [each for each in trace.modules if each.settings.get("out_features") == classes]
    return sized[-1].place if sized else None
