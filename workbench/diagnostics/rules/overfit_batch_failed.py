"""The network cannot learn 64 fixed examples, with any of several learning rates.

What it does
------------
After the recorded run, takes the network in its first state and the first 64 training examples, and trains on
those alone: 200 steps of your optimizer at your rate, then Adam at 0.01, 0.001 and 0.1. It has learned them at
99 % right or a tenth of the first loss, both measured on those 64 in evaluation mode. What came of it is told
with the checks: learned by heart, learned slowly (by Adam, not by your optimizer), learned in part, hardly
learned at all. Only the last is a finding: no attempt removes 40 % of the loss, none gets nine of ten right, and
no other error explains it. A small network that is sound may learn noisy examples only in part.

Why is this bad
---------------
64 examples can be learned by heart. A network that cannot do it has a fault in its structure, in the criterion
or in the targets; more data, more epochs and tuning will not help.

Example
-------
        return self.out(torch.relu(self.hidden(x)) * 0)

Use instead
-----------
        return self.out(torch.relu(self.hidden(x)))

Sources
-------
https://karpathy.github.io/2019/04/25/recipe/ ("overfit a single batch")
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.candidates import FASTER, OWN_WEIGHTS, SLOWER, STANDARDIZED, one_of
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace


@rule(severity="error", probes=("overfit",), symptom=True, proof=("own-weights", "scale-lr", "standardize"))
def overfit_batch_failed(trace: Trace) -> Iterator[Finding]:
    """The outcome of the experiment."""
    probe = trace.probe("overfit")
    if probe is not None and probe.outcome == "failed" and probe.numbers["verdict"] == "cannot":
        yield Finding(
            probe.place,
            f"the network cannot learn a few examples by heart: {probe.detail}",
            "look for inputs that do not reach the output, for a loss that does not depend on the targets, "
            "and for targets that do not belong to their inputs",
            evidence=probe.numbers,
            remedy=one_of(OWN_WEIGHTS, STANDARDIZED, FASTER, SLOWER),
        )
