"""A layer or the loss got numbers of another type than it needs (float64, int64), and the script crashed.

What it does
------------
Explains the crash: which types met, where, and, if there is only one such line, where the data of the wrong
type was made. NumPy makes float64, and torch.from_numpy keeps it; labels are int64 unless they are made
otherwise. A network that is float64 as a whole is fine.

Why is this bad
---------------
Nothing runs until it is mended, and "expected scalar type Long but found Float" names neither the tensor nor the
line to change.

Example
-------
x = torch.from_numpy(rng.normal(size=(60, 4)))

Use instead
-----------
x = torch.from_numpy(rng.normal(size=(60, 4))).float()

Sources
-------
https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.dtype
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Call, Crash, Facts, Trace

MESSAGES = re.compile(
    r"must have the same dtype|to have the same dtype|[Ff]ound dtype \w+ but expected|expected scalar type"
    r"|can't be cast to|floating point type for target|should be the same|not implemented for '"
    r"|have one of the following scalar types|expected .* dtype|Expected object of (scalar|data) type"
    r"|must match except.*dtype|is not the same as .*dtype|have dtype|only Tensors of floating point"
)
INDEXED = ("embedding", "embedding_bag", "gather", "index_select", "scatter", "scatter_", "take_along_dim")
CLASSES = ("cross_entropy", "nll_loss", "nll_loss_nd")


@rule(severity="error", proof="the script ends at this line: there is no run to repair")
def dtype_mismatch(trace: Trace) -> Iterator[Finding]:
    """The crash, if it is about types."""
    crash = trace.crash
    if crash is None or crash.type not in ("RuntimeError", "TypeError", "NotImplementedError", "ValueError"):
        return
    if not MESSAGES.search(crash.message) or not (crash.in_torch or crash.function):
        return
    if crash.during == "backward" and trace.losses and not crash.arguments:
        last = trace.losses[-1]
        yield from _judged(trace, crash, last.name, [last.input, last.target], at_loss=True)
        return
    yield from _judged(trace, crash, crash.function, list(crash.arguments), at_loss=crash.during == "loss")


def _judged(
    trace: Trace, crash: Crash, function: str | None, given: list[Facts], *, at_loss: bool
) -> Iterator[Finding]:
    place = crash.place
    if at_loss and trace.losses and crash.during == "backward":
        place = trace.losses[-1].place
    types = [facts.dtype for facts in given]
    wrong = _wrong(function, given, at_loss)
    if wrong is None:
        return
    need = _needed(function, given, wrong, at_loss)
    what = "the target" if at_loss and wrong is given[1] else "the input"
    layer = crash.layers[-1] if crash.layers and not at_loss else None
    owner = f"layer {layer.module!r} ({layer.cls})" if layer is not None and layer.settings else function
    made = None if crash.during == "forward" and _part(crash, wrong) else _origin(trace, wrong)
    cast = {"int64": "long()", "float32": "float()"}.get(need, f"to(torch.{need})")
    hint = f"make {what} {need}: .{cast}"
    related = []
    if made is not None and place is not None and not place.same_line(made.place):
        related = [Related(place, "crashes here")]
    yield Finding(
        made.place if made is not None else place,
        f"{owner} needs {need}, and {what} of shape {list(wrong.shape)} is {wrong.dtype}",
        hint,
        evidence={"exception": crash.type, "dtypes": types, "function": function},
        related=tuple(related),
    )


def _wrong(function: str | None, given: list[Facts], at_loss: bool) -> Facts | None:
    """The tensor to change."""
    if at_loss:
        if len(given) < 2:
            return None
        odd = given[0].dtype != "float32" and given[1].floating == (function not in CLASSES)
        return given[0] if odd and given[1].dtype == "float32" else given[1]
    if function in INDEXED and given:
        return given[0] if function == "embedding" else next((facts for facts in given[1:] if facts.floating), None)
    # data against weights: the data is what is no float32
    odd_ones = [facts for facts in given if facts.dtype != "float32"]
    if not odd_ones:
        return None
    return next((facts for facts in odd_ones if not facts.floating), odd_ones[0])


def _needed(function: str | None, given: list[Facts], wrong: Facts, at_loss: bool) -> str:
    if at_loss and function in CLASSES and wrong is given[1]:
        return "int64"
    if function in INDEXED:
        return "int64"
    return next((facts.dtype for facts in given if facts is not wrong and facts.floating), "float32")


def _part(crash: Crash, wrong: Facts) -> bool:
    """Whether forward took it out of what the network was given: no line that makes data has its shape."""
    outer = crash.layers[0] if len(crash.layers) > 1 else None
    return outer is not None and wrong.shape not in outer.inputs and len(outer.inputs) > 0


def _origin(trace: Trace, wrong: Facts) -> Call | None:
    """The one line that makes data of this type and as many dimensions, if there is only one."""
    crash = trace.crash
    found = {}
    for call in trace.calls_of("made"):
        same = call.detail.get("dtype") == wrong.dtype and call.detail.get("dim") == len(wrong.shape)
        numel = call.detail.get("numel")
        large = isinstance(numel, float | int) and numel >= wrong.numel
        if same and large and call.place is not None and not (crash and call.place.same_line(crash.place)):
            found[call.place] = call
    return next(iter(found.values())) if len(found) == 1 else None
