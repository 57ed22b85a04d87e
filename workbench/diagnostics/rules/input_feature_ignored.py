"""An input, or one of its features, has no influence at all on the network's output.

What it does
------------
After the run, exchanges one argument, or one feature of a table [N, F], between the training examples: a warning
where the output does not change, neither before nor after the training, in neither mode. Features that are the
same in all examples, and arguments that are used in training only, are left alone.

Why is this bad
---------------
A column that was cut off by mistake, or an argument that `forward` forgets, cannot help: the network learns
without it, and nobody notices.

Example
-------
    return self.outer(torch.relu(self.inner(x[:, :3])))

Use instead
-----------
    return self.outer(torch.relu(self.inner(x)))

Sources
-------
http://karpathy.github.io/2019/04/25/recipe/ (use backprop to chart dependencies)
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Trace

EXAMPLES = 16
SHARE = 0.5  # of the features: where more are silent, they are padding or the network is blind; own choice


@rule(severity="warning", probes=("input_blind",), proof="what should become of the feature is not known")
def input_feature_ignored(trace: Trace) -> Iterator[Finding]:
    """Features and arguments that the experiment found silent."""
    probe = trace.probe("input_blind")
    if probe is None or probe.outcome != "passed" or probe.numbers["examples"] < EXAMPLES:
        return
    features, width = probe.numbers["features"], probe.numbers["width"]
    what = ""
    if probe.numbers["arguments"]:
        what = f"argument {probe.numbers['arguments'][0] + 1} of the network"
    elif 0 < len(features) <= SHARE * width:
        one = len(features) == 1
        what = f"feature{'' if one else 's'} {', '.join(str(each) for each in features[:8])} of {width}"
    if what:
        yield Finding(
            static.choosing(trace, static.forward_of(trace, probe.place), features),
            f"{what} can be exchanged between {probe.numbers['examples']} examples without any effect",
            "see which columns or arguments forward uses; leave out of the data what is not meant to be used",
            evidence={"features": features, "arguments": probe.numbers["arguments"], "width": width},
        )
