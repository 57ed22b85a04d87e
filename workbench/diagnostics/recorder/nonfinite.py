"""Where numbers become NaN or infinite: the results in which that is seen first, and what went in.

A mask's -Inf is meant, and so may be an Inf that a `where` drops again. What is written down here are candidates;
the rule looks whether a loss or a gradient came to harm.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.graphs import Mark, walk
from workbench.diagnostics.trace import Call, Graph, Node, Place

MOST = 8  # candidates kept
LOWS = frozenset({"log", "log2", "log10", "log1p", "logit", "logsigmoid", "div", "truediv", "reciprocal"})
STEEP = frozenset({"sqrt", "pow", "rsqrt", "sqrt_", "acos", "asin"})  # an infinite slope at the edge
NOT_ORIGINS = frozenset({"masked_fill", "masked_fill_", "full_like", "triu", "tril"})
SOURCES = frozenset({"tensor", "setitem"})
Detail = dict[str, float | str | bool | None]


class NonFinite:
    """The candidates of one recording, in the order in which they were seen."""

    def __init__(self) -> None:
        self.found: list[Call] = []
        self._lines: set[tuple[str, Place | None]] = set()
        self._hunted = False
        self._last: tuple[weakref.ref[Tensor], Place | None] | None = None  # batch given to a network

    def look(self, name: str, made: Mark, args: Any, result: Tensor, step: int) -> None:
        """Whether a result holds NaN or Inf, or -Inf from a function that makes it of numbers."""
        if len(self.found) >= MOST or not _measurable(result) or name in NOT_ORIGINS:
            return
        with torch.no_grad():
            values = result.detach()
            high = float(values.max())
            fine = high < float("inf")
            if fine and name in LOWS:
                fine = float(values.min()) > float("-inf")
            if fine and not (name in STEEP and result.requires_grad and _steep(name, args, values)):
                return
            self._note(name, made.place, step, _detail(args, result, nan=high != high, harmless=fine))

    def source(self, name: str, args: Any, result: Any, step: int) -> None:
        """Data made of, or overwritten with, NaN."""
        new = args[2] if name == "setitem" and len(args) > 2 else result
        if isinstance(new, Tensor):
            bad = _measurable(new) and bool(torch.isnan(new.detach()).any())
        else:
            bad = isinstance(new, float) and new != new
        if bad and len(self.found) < MOST:
            detail: Detail = {"inputs_finite": True, "nan": True, "graph": False}
            self._note(name, places.here(), step, detail)

    def given(self, batch: Tensor, place: Place | None) -> None:
        """Remember the last batch, unlooked at."""
        self._last = (weakref.ref(batch), place)

    def batch(self, batch: Tensor, place: Place | None, step: int) -> None:
        """Whether a network is given NaN or infinity."""
        if len(self.found) >= MOST or not _measurable(batch):
            return
        low, high = torch.aminmax(batch.detach())
        if not bool(torch.isfinite(low + high)):
            self._note("input", place, step, _detail((), batch, nan=bool(high != high), harmless=False))

    def loss(self, loss: Tensor, graphs: Sequence[Graph], step: int) -> None:
        """A loss is bad in a step that was not looked at: what the graph saved tells where it began."""
        if self._hunted or any(call.step == step for call in self.found):
            return
        self._hunted = True
        before = len(self.found)
        last = self._last[0]() if self._last is not None else None
        if last is not None and self._last is not None:
            self.batch(last, self._last[1], step)
        if len(self.found) > before:
            return
        names, functions = _nodes(loss)
        for position in reversed(range(len(functions))):
            what = _hazard(functions[position])
            if what is not None:
                node = _same(graphs, names, position)
                target = what == "target"
                detail: Detail = {"inputs_finite": not target, "data_bad": target, "graph": True, "nan": False}
                self._note(what, node.place if node is not None else None, step, detail)
                return

    def _note(self, name: str, place: Place | None, step: int, detail: Detail) -> None:
        if (name, place) not in self._lines:
            self._lines.add((name, place))
            self.found.append(Call("non_finite", place, step, 0, {"function": name, **detail}))


def _measurable(tensor: Tensor) -> bool:
    plain = tensor.layout == torch.strided and tensor.is_floating_point() and not tensor.is_meta
    return plain and tensor.dtype.itemsize > 1 and not tensor.is_nested and 0 < tensor.numel() <= facts.LARGEST


def _detail(args: Any, result: Tensor, *, nan: bool, harmless: bool) -> Detail:
    """What went in. `data_bad`: an argument that no gradient flows to holds NaN or Inf."""
    given = [item for item in args if isinstance(item, Tensor) and item.is_floating_point() and item.numel()]
    bad = [not bool(torch.isfinite(item.detach()).all()) for item in given]
    divisor = args[1] if len(args) > 1 and isinstance(args[1], Tensor) and args[1].numel() else None
    return {
        "inputs_finite": not any(bad),
        "data_bad": any(wrong and not item.requires_grad for wrong, item in zip(bad, given, strict=True)),
        "input_low": min((float(item.detach().min()) for item in given), default=None),
        "input_high": max((float(item.detach().max()) for item in given), default=None),
        "divided_by_zero": divisor is not None and not bool(divisor.detach().all()),
        "nan": nan,
        "graph": result.requires_grad,
        "only_slope": harmless,
        "training": torch.is_grad_enabled(),
    }


def _steep(name: str, args: Any, values: Tensor) -> bool:
    """Whether the slope is infinite somewhere, though every value is fine."""
    if name in ("sqrt", "sqrt_"):
        return bool((values == 0).any())
    if not args or not isinstance(args[0], Tensor):
        return False
    given = args[0].detach()
    if name == "pow":
        power = args[1] if len(args) > 1 else None
        return isinstance(power, float | int) and power < 1 and bool((given == 0).any())
    return name in ("acos", "asin") and bool((given.abs() == 1).any())


def _nodes(loss: Tensor) -> tuple[list[str], list[Any]]:
    """The names of a walk, and the functions in the same order."""
    walked = walk(loss, 0, lambda _: ("?", None)).graph.nodes
    names = [node.name for node in walked]
    functions: list[Any] = [loss.grad_fn]
    seen = {loss.grad_fn}
    for function in functions:
        for child, _ in function.next_functions:
            if child is not None and child not in seen and len(functions) < len(names):
                seen.add(child)
                functions.append(child)
    return names, functions


def _hazard(function: Any) -> str | None:
    """The function that made NaN or Inf of finite numbers, as far as a graph node's saved tensors tell."""
    kind: str = function.name().partition("Backward")[0]
    with torch.no_grad():
        try:
            if kind in ("MseLoss", "SmoothL1Loss", "HuberLoss") and not _finite(function._saved_target):
                return "target"
            if kind in ("Log", "Log2", "Log10") and _bad(function._saved_self <= 0):
                return kind.lower()
            if kind == "Sqrt" and not _finite(function._saved_result):
                return "sqrt"
            if kind == "Div" and isinstance(function._saved_other, Tensor) and _bad(function._saved_other == 0):
                return "div"
            if kind == "Exp" and _bad(function._saved_result == float("inf")):
                return "exp"
            if kind == "Pow" and not _finite(function._saved_self**function._saved_exponent):
                return "pow" if _finite(function._saved_self) else None
        except (AttributeError, RuntimeError):  # saved nothing, or freed already
            return None
    return None


def _finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


def _bad(wrong: Tensor) -> bool:
    return bool(wrong.any())


def _same(graphs: Sequence[Graph], names: list[str], position: int) -> Node | None:
    """The node of an earlier graph of the same make; else the only one of its name."""
    for graph in graphs:
        if [node.name for node in graph.nodes] == names:
            return graph.nodes[position]
    alike = [node for graph in graphs for node in graph.nodes if node.name == names[position] and node.place]
    return alike[0] if len({node.place for node in alike}) == 1 else None
