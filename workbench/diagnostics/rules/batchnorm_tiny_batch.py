"""BatchNorm is given batches of one example, or of very few.

What it does
------------
Explains the crash of a BatchNorm layer in training mode on a batch of one ("Expected more than 1 value per
channel"), an error. A warning where a BatchNorm layer takes its mean from fewer than 8 numbers per channel in
training; a map of a convolution counts with each of its pixels.

Why is this bad
---------------
Mean and deviation of a few numbers are mostly noise, and of one number there is no deviation. The last batch of an
epoch has one example where the number of examples leaves a remainder of one.

Example
-------
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)

Use instead
-----------
    loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True, drop_last=True)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html
Wu and He 2018, Group Normalization: errors grow with batches below 8.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Facts, Loader, Trace

FEW = 8  # torch-audit's TA304; Wu and He 2018


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def batchnorm_tiny_batch(trace: Trace) -> Iterator[Finding]:
    """The crash on one value, else layers with few values."""
    crash = trace.crash
    if crash is not None and "more than 1 value per channel when training" in crash.message:
        yield from _crashed(trace)
        return
    layers = [layer for layer in trace.layers if layer.kind.startswith("BatchNorm") and layer.input is not None]
    few = [layer for layer in layers if layer.input is not None and 0 < _values(layer.input) < FEW]
    if not few:
        return
    layer = few[0]
    assert layer.input is not None
    call = next((each for each in trace.forwards if each.backward and each.training and each.noisy), None)
    if call is None or call.input is None or call.input.shape[:1] != layer.input.shape[:1]:
        return
    loader = _loader(trace, call.loader)
    yield Finding(
        loader.place if loader is not None and loader.place is not None else call.place,
        f"{layer.kind} {layer.name} takes its mean and deviation from {_values(layer.input)} numbers per channel: "
        f"the batches hold {layer.input.shape[0]} examples",
        "use batches of 16 or more, or nn.GroupNorm or nn.LayerNorm, which do not depend on the batch",
        evidence={"batch": layer.input.shape[0], "values": _values(layer.input), "layer": layer.name},
        related=() if layer.place is None else (Related(layer.place, "the layer"),),
        severity="warning",
    )


def _crashed(trace: Trace) -> Iterator[Finding]:
    crash = trace.crash
    assert crash is not None
    layer = crash.layers[-1] if crash.layers else None
    root = crash.layers[0] if crash.layers else None
    call = next((each for each in reversed(trace.forwards) if each.training and each.smallest == 1), None)
    loader = _loader(trace, call.loader) if call is not None else None
    name = f"{layer.cls} {layer.module}" if layer is not None else "BatchNorm"
    left = ""
    if loader is not None and loader.examples and loader.batch_size and loader.batch_size > 1:
        left = f": {loader.examples} examples in batches of {loader.batch_size} leave one for the last batch"
    related = [(crash.place, "it crashed here"), (layer.place if layer else None, "the layer")]
    at = loader.place if loader is not None and loader.place is not None else crash.place
    in_loader = "write drop_last=True in the training DataLoader, or choose another batch_size"
    alone = "give it at least two examples in training; for a single one call model.eval() first"
    yield Finding(
        at,
        f"{name} got a single example in training mode{left}",
        in_loader if left else alone,
        evidence={"input": list(root.inputs[0]) if root is not None and root.inputs else []},
        related=tuple(Related(place, text) for place, text in related if place is not None and place != at),
    )


def _loader(trace: Trace, index: int | None) -> Loader | None:
    return trace.loaders[index] if index is not None else None


def _values(facts: Facts) -> int:
    """Numbers that one mean is taken from."""
    return facts.numel // facts.shape[1] if len(facts.shape) > 1 and facts.shape[1] else 0
