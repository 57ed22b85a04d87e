"""The answer for one example depends on the other examples of its batch.

What it does
------------
After the recorded run, feeds the first examples through the network in evaluation mode and takes the gradient of
one example's output with respect to the inputs of the others. It must be zero. Named is the function after which
it is not: a softmax, mean or maximum over the first dimension, a view that should be a permute, a recurrent layer
or attention that takes the first dimension for time (batch_first is missing). BatchNorm in training mode, losses
that compare examples, graph networks and attention over one sequence are left alone.

Why is this bad
---------------
Examples leak into one another. The network learns from its neighbours in the batch, and answers differently as
soon as the batch is another one, or has one example.

Example
-------
        h = h / h.sum(dim=0)

Use instead
-----------
        h = h / h.sum(dim=1, keepdim=True)

Sources
-------
https://karpathy.github.io/2019/04/25/recipe/ ("use backprop to chart dependencies")
Found in the wild: Informer2020 #59, Speech-Separation #4.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

HINTS = {
    "view": "to swap dimensions use x.transpose(0, 1) or x.permute(...): view and reshape only cut anew",
    "sequence": "give the layer batch_first=True, or the time first: x.transpose(0, 1)",
    "softmax": "take it over the classes: dim=1, or dim=-1",
    "reduction": "leave out dimension 0, the examples: x.mean(dim=1)",
}


@rule(severity="error", probes=("mixing",), proof=("separate",))
def batch_dim_mixing(trace: Trace) -> Iterator[Finding]:
    """The outcome of the experiment."""
    probe = trace.probe("mixing")
    if probe is None or probe.outcome != "failed":
        return
    name = str(probe.numbers.get("function"))
    yield Finding(
        probe.place,
        f"examples of a batch are mixed: {probe.detail}",
        _hint(name, probe.numbers.get("sequence") is True),
        evidence=probe.numbers,
        remedy={
            "name": "separate",
            "call": name,
            "sequence": probe.numbers.get("sequence") is True,
            "measure": ("learning", "mixing"),
        },
    )


def _hint(name: str, sequence: bool) -> str:
    if sequence:
        return HINTS["sequence"]
    if name in ("view", "reshape", "flatten", "unflatten"):
        return HINTS["view"]
    return HINTS["softmax"] if "softmax" in name else HINTS["reduction"]
