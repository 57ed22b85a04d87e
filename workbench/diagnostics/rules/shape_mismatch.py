"""A layer, an operation or the loss got a tensor of another shape than it needs, and the script crashed.

What it does
------------
Explains the crash: which layer, what it expected, what came, and from which line. Where a layer was made with a
wrong size, the line that makes it is named; where the data was not flattened or was reshaped wrongly, the line
that uses it.

Why is this bad
---------------
Nothing runs until it is mended, and the message ("mat1 and mat2 shapes cannot be multiplied") names neither the
layer nor the number to change.

Example
-------
        self.second = nn.Linear(20, 3)

Use instead
-----------
        self.second = nn.Linear(30, 3)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
Islam et al. 2019, A comprehensive study on deep learning bug characteristics: unaligned tensors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Crash, Frame, Place, Trace

MESSAGES = re.compile(
    r"shapes cannot be multiplied|must match the (size|existing size)|is invalid for input of size|size mismatch"
    r"|to have \d+ channels|match target batch_size|[Tt]arget size .* input size|input\.size\(-1\) must be equal"
    r"|must have same (size|shape)|Expected \d+D .*input|[Ee]xpected .*dim|inconsistent tensor size"
    r"|same number of dim"
    r"|Sizes of tensors must match|shape mismatch|multi-target not supported|weight of size .* expected input"
    r"|not broadcastable|normalized_shape|doesn't match the broadcast shape|expects input.* channels"
)


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def shape_mismatch(trace: Trace) -> Iterator[Finding]:
    """The crash, if it is about shapes."""
    crash = trace.crash
    if crash is None or not (crash.in_torch or crash.function) or not MESSAGES.search(crash.message):
        return
    layer = crash.layers[-1] if crash.layers and crash.during == "forward" else None
    if layer is not None and layer.inputs and layer.settings:
        made = static.made_by(trace, layer.place, layer.module)
        yield _of_layer(crash, replace(layer, place=made))
    elif crash.during == "loss":
        yield _of_loss(crash)
    else:
        shapes = [list(tensor.shape) for tensor in crash.arguments]
        got = f" of tensors with shapes {' and '.join(map(str, shapes))}" if shapes else ""
        yield _finding(crash.place, crash, f"{crash.function or 'an operation'}{got} is impossible", _short(crash))


def _of_layer(crash: Crash, layer: Frame) -> Finding:
    """A layer of torch's whose size does not fit what came."""
    shape = layer.inputs[0]
    expected, axis, word = _expectation(layer)
    name = f"{f'layer {layer.module!r}, ' if layer.module else ''}{layer.cls}({_settings(layer)})"
    if expected is None or len(shape) < -axis:
        return _finding(crash.place, crash, f"{name} got an input of shape {list(shape)}", _short(crash))
    came = shape[axis]
    message = f"{name} expects {expected} {word}, but got an input of shape {list(shape)}, that is {came}"
    flat = layer.cls == "Linear" and prod(shape[1:]) == expected and len(shape) > 2
    whole_batch = layer.cls == "Linear" and len(shape) > 2
    if flat or whole_batch:
        features = prod(shape[1:])
        hint = f"flatten the input first: x.flatten(1), that is [{shape[0]}, {features}]"
        hint += "" if flat else f"; then the layer needs in_features={features}"
        return _finding(crash.place, crash, message, hint, layer)
    option = "in_features" if layer.cls == "Linear" else word.replace(" ", "_")
    place = layer.place or crash.place
    return _finding(
        place, crash, message, f"make the layer with {option}={came}, or give it what it expects", layer
    )


def _expectation(layer: Frame) -> tuple[int | None, int, str]:
    """(size, axis from the end, word) of what a layer needs."""
    settings = layer.settings
    if layer.cls in ("Linear", "LazyLinear", "Bilinear"):
        return _whole(settings.get("in_features")), -1, "features"
    if layer.cls.startswith("Conv"):
        return _whole(settings.get("in_channels")), -1 - int(layer.cls[-2:-1] or 1), "in channels"
    if layer.cls.startswith("BatchNorm"):
        axis = -1 if layer.cls == "BatchNorm1d" and len(layer.inputs[0]) == 2 else 1 - len(layer.inputs[0])
        return _whole(settings.get("num_features")), axis, "num features"
    if layer.cls in ("RNN", "LSTM", "GRU", "RNNCell", "LSTMCell", "GRUCell"):
        return _whole(settings.get("input_size")), -1, "input size"
    return None, -1, ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _of_loss(crash: Crash) -> Finding:
    shapes = [list(tensor.shape) for tensor in crash.arguments]
    got = ""
    if len(shapes) > 1:
        got = f" got a prediction of shape {shapes[0]} and a target of shape {shapes[1]}"
    hint = _short(crash)
    if len(shapes) > 1 and shapes[0] and shapes[1] and shapes[0][0] != shapes[1][0]:
        hint = f"both need the same number of examples first: {shapes[0][0]} against {shapes[1][0]}"
    elif len(shapes) > 1 and prod(shapes[0]) == prod(shapes[1]):
        hint = "give both the same shape, for example prediction.squeeze(1) or target.unsqueeze(1)"
    return _finding(crash.place, crash, f"{crash.function}{got}, which do not fit", hint)


def _settings(layer: Frame) -> str:
    shown = (
        "in_features",
        "out_features",
        "in_channels",
        "out_channels",
        "kernel_size",
        "num_features",
        "input_size",
    )
    return ", ".join(f"{name}={layer.settings[name]}" for name in shown if name in layer.settings)


def _short(crash: Crash) -> str:
    return f"torch says: {crash.message.splitlines()[0][:200]}"


def _finding(place: Place | None, crash: Crash, message: str, hint: str, layer: Frame | None = None) -> Finding:
    lines = [(layer.place if layer else None, "the layer is made here"), (crash.place, "crashes here")]
    return Finding(
        place,
        message,
        hint,
        evidence={
            "exception": crash.type,
            "shapes": [list(shape) for shape in layer.inputs]
            if layer
            else [list(t.shape) for t in crash.arguments],
            "layer": layer.module if layer else None,
        },
        related=tuple(Related(at, text) for at, text in lines if at is not None and at != place),
    )
