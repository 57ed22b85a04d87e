"""Examples and values: their order, their scale, numbers that are none."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules import module as module_hooks
from torch.overrides import TorchFunctionMode
from torch.utils.data import DataLoader

from workbench.diagnostics.recorder import facts
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.remedies.remedy import (
    UNCHANGED,
    Around,
    Calls,
    Roots,
    Wish,
    here,
    lines_of,
    made_on,
)

LEAST = 1e-6  # the smallest argument of a logarithm, root or divisor; float32 resolves it beside 1
HELD = 5  # one example in so many is held out
HIGHEST = 80.0  # of exp: float32 ends at 88
ROOTS = ("sqrt", "rsqrt", "norm", "vector_norm", "pow", "acos", "asin", "atanh")
GUARDED = ("log", "log2", "log10", "log1p", "exp", "expm1", "div", "truediv", "reciprocal", *ROOTS)

REDUCTIONS = ("mean", "sum", "std", "var", "amax", "amin", "norm", "logsumexp", "vector_norm")
MEASURED = ("mse_loss", "l1_loss", "smooth_l1_loss", "binary_cross_entropy_with_logits", "binary_cross_entropy")


@contextlib.contextmanager
def shuffle(patches: Patches, wish: Wish) -> Iterator[None]:
    """A DataLoader made on the line shuffles; rows that the line takes in order come in a fixed random one."""
    lines = lines_of(wish)
    original = DataLoader.__init__
    orders: dict[int, Tensor] = {}

    def made(self: Any, dataset: Any, *arguments: Any, **keywords: Any) -> None:
        if here() in lines and not keywords.get("batch_sampler") and not keywords.get("sampler"):
            keywords["shuffle"] = True
            keywords.setdefault("generator", torch.Generator().manual_seed(0))
            arguments = arguments[:1]
        original(self, dataset, *arguments, **keywords)

    def order(size: int) -> Tensor:
        if size not in orders:
            orders[size] = torch.randperm(size, generator=torch.Generator().manual_seed(size))
        return orders[size]

    def rows(name: str, func: Any, args: Any, kwargs: Any) -> Any:
        tensor, index = args[0], args[1] if len(args) > 1 else None
        if name in ("split", "chunk") and tensor.dim() and not tensor.requires_grad:
            return func(torch.index_select(tensor, 0, order(len(tensor))), *args[1:], **kwargs)
        whole = isinstance(index, slice) and index.start is None and index.stop is None
        if isinstance(index, slice) and not whole and tensor.dim() and not tensor.requires_grad:
            return torch.index_select(tensor, 0, order(len(tensor))[index])
        return UNCHANGED

    patches.replace(DataLoader, "__init__", made)
    with Calls(("getitem", "split", "chunk"), lines, rows):
        yield


@contextlib.contextmanager
def standardize(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """What goes into a network gets mean 0 and deviation 1, feature by feature as in its first training batch."""
    scales: dict[int, tuple[Tensor, Tensor]] = {}

    def before(module: nn.Module, inputs: Any) -> Any:
        if not inputs or not isinstance(inputs[0], Tensor) or not inputs[0].is_floating_point():
            return None
        if next(module.parameters(), None) is None or inputs[0].dim() < 2:
            return None
        with torch._C.DisableTorchFunction():
            if id(module) not in scales:
                if not torch.is_grad_enabled():
                    return None
                scales[id(module)] = _scale(inputs[0].detach())
            mean, deviation = scales[id(module)]
            fits = mean.shape[1:] == inputs[0].shape[1:] or mean.numel() == 1
            return ((inputs[0] - mean) / deviation, *inputs[1:]) if fits else None

    Roots(patches, before=before)
    yield


def _scale(batch: Tensor) -> tuple[Tensor, Tensor]:
    """By feature for a table of several rows, by channel for images, altogether where there is one row."""
    dims = [0] if batch.dim() == 2 and len(batch) > 7 else [0, *range(2, batch.dim())] if batch.dim() > 2 else None
    whole = batch.std().clamp_min(LEAST)
    if dims is None:
        return batch.mean().reshape(1), whole.reshape(1)
    mean, deviation = batch.mean(dims, keepdim=True), batch.std(dims, keepdim=True)
    # a feature that hardly varies in one batch must not be blown up in the next
    return mean, torch.where(deviation > 0.01 * mean.abs().clamp_min(LEAST), deviation, whole.clamp_max(1.0))


@contextlib.contextmanager
def finite(patches: Patches, wish: Wish) -> Iterator[None]:
    """Logarithms, roots and divisions get arguments that they are defined for; NaN in the data becomes 0.

    On the finding's line, and in the function that it is in.
    """

    def clean(module: nn.Module, inputs: Any) -> Any:  # noqa: ARG001
        return tuple(_numbers(value) for value in inputs)

    def target(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        return func(args[0], _numbers(args[1]), *args[2:], **kwargs) if len(args) > 1 else UNCHANGED

    if wish.get("data"):
        Roots(patches, before=clean)
        with Calls(MEASURED, None, target):
            yield
    else:
        with Calls(GUARDED, Around(wish), _guarded):
            yield


def _numbers(value: Any) -> Any:
    if isinstance(value, Tensor) and value.is_floating_point():
        return value.nan_to_num(0.0, 0.0, 0.0)
    return value


def _guarded(name: str, func: Any, args: Any, kwargs: Any) -> Any:
    values = [*args]
    at = 1 if name in ("div", "truediv") else 0
    if len(values) <= at or not isinstance(values[at], Tensor) or not values[at].is_floating_point():
        return UNCHANGED
    if name in ("norm", "vector_norm"):
        return _norm(values, kwargs)
    if name in ("div", "truediv", "reciprocal"):
        values[at] = torch.where(values[at] < 0, -1.0, 1.0) * values[at].abs().clamp_min(LEAST)
    elif name == "pow" and not (len(values) > 1 and isinstance(values[1], float) and values[1] % 1):
        return UNCHANGED
    elif name in ("exp", "expm1"):
        values[0] = values[0].clamp_max(HIGHEST)
    elif name in ("acos", "asin", "atanh"):
        values[0] = values[0].clamp(-1 + LEAST, 1 - LEAST)
    else:
        values[0] = values[0].clamp_min(LEAST - 1 if name == "log1p" else LEAST)
    return func(*values, **kwargs)


def _norm(values: list[Any], kwargs: dict[str, Any]) -> Any:
    """The Euclidean norm, with a slope at 0."""
    dim = kwargs.get("dim", values[2] if len(values) > 2 else None)
    squares = values[0].square()
    total = squares.sum() if dim is None else squares.sum(dim, keepdim=bool(kwargs.get("keepdim")))
    return (total + LEAST**2).sqrt()


@contextlib.contextmanager
def separate(patches: Patches, wish: Wish) -> Iterator[None]:
    """The function on the line keeps examples apart: over the last dimension, or with the examples first.

    Of reductions, all others of the same function do, too: a mean over the batch seldom comes alone.
    """
    lines = lines_of(wish)
    name = wish["call"]

    def change(called: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        tensor = args[0] if args and isinstance(args[0], Tensor) else None
        if tensor is None:
            return UNCHANGED
        if name in ("view", "reshape", "flatten", "unflatten"):
            return func(tensor.transpose(0, 1).contiguous(), *args[1:], **kwargs) if tensor.dim() > 2 else UNCHANGED
        more = {"keepdim": True} if name in REDUCTIONS else {}  # to be held against each example's own values
        if kwargs.get("dim") == 0:
            return func(*args, **{**kwargs, **more, "dim": -1})
        if "dim" not in kwargs and len(args) == 2 and args[1] == 0:
            return func(tensor, -1, **{**kwargs, **more})
        return UNCHANGED

    def turned(module: nn.Module, inputs: Any) -> Any:  # noqa: ARG001
        if module in made and isinstance(module, nn.RNNBase | nn.MultiheadAttention):
            module.batch_first = True

    made = made_on(patches, lines)
    if wish.get("sequence"):
        patches.hook(module_hooks.register_module_forward_pre_hook(turned))
    reduced = name in REDUCTIONS
    with Calls(REDUCTIONS if reduced else (name,), Around(wish) if reduced else lines, change):
        yield


class _Orders:
    """Random orders of lists and arrays: where they are meant, every second one for as many is the first again."""

    def __init__(self, meant: Callable[[], bool]) -> None:
        self.meant = meant
        self.drawn: dict[int, Any] = {}

    def settled(self, order: Any) -> Any:
        """The order to take."""
        again = self.drawn.pop(len(order), None)
        if again is None:
            self.drawn[len(order)] = order
        return order if again is None else again

    def in_place(self, original: Any) -> Any:
        """In the place of random.shuffle, or NumPy's."""

        def shuffled(values: Any, *more: Any) -> Any:
            if not self.meant():
                return original(values, *more)
            order = [*range(len(values))]
            original(order, *more)
            order = self.settled(order)
            values[:] = values[order] if isinstance(values, np.ndarray) else [values[each] for each in order]
            return None

        return shuffled

    def permuted(self, original: Any) -> Any:
        """In the place of NumPy's permutation, which takes a number, too."""

        def permutation(values: Any) -> Any:
            sized = isinstance(values, np.ndarray | list)
            if not self.meant() or (sized and not len(values)):
                return original(values)
            order = self.settled(original(len(values) if sized else values))
            return np.asarray(values)[order] if sized else order

        return permutation


@contextlib.contextmanager
def same_order(patches: Patches, wish: Wish) -> Iterator[None]:
    """Inputs and labels get one random order: the line draws what was drawn last; loaders shuffle alike."""
    lines = lines_of(wish)
    drawn: dict[int, Any] = {}
    original = DataLoader.__init__

    def change(name: str, func: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
        size = args[0] if args else kwargs.get("n")
        if not isinstance(size, int) or not (wish.get("anywhere") or here() in lines):
            return UNCHANGED
        order = func(*args, **kwargs)  # drawn all the same: what is drawn later stays what it was
        again = drawn.pop(size, None)
        if again is None:
            drawn[size] = order
        return order if again is None else again

    def made(self: Any, *arguments: Any, **keywords: Any) -> None:
        if keywords.get("shuffle") and wish.get("loaders"):
            keywords["generator"] = torch.Generator().manual_seed(0)
        original(self, *arguments, **keywords)

    orders = _Orders(lambda: wish.get("anywhere") or here() in lines)
    patches.replace(random, "shuffle", orders.in_place(random.shuffle))
    patches.replace(np.random, "shuffle", orders.in_place(np.random.shuffle))
    patches.replace(np.random, "permutation", orders.permuted(np.random.permutation))
    patches.replace(DataLoader, "__init__", made)
    with Calls(("randperm",), None, change):
        yield


class _Pruned(TorchFunctionMode):
    """A function that gets some rows of a batch, and something for all of them, gets those rows of both."""

    def __init__(self) -> None:
        super().__init__()
        self.mask: Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if self.mask is not None:
            sizes = {
                len(value) for value in (*args[:2], *kwargs.values()) if isinstance(value, Tensor) and value.dim()
            }
            if sizes == {int(self.mask.sum()), len(self.mask)}:
                args = tuple(map(self._pruned, args))
                kwargs = {name: self._pruned(value) for name, value in kwargs.items()}
        return func(*args, **kwargs)

    def _pruned(self, value: Any) -> Any:
        whole = isinstance(value, Tensor) and value.dim() and self.mask is not None and len(value) == len(self.mask)
        return value[self.mask] if whole else value


@contextlib.contextmanager
def hold_out(patches: Patches, wish: Wish) -> Iterator[None]:  # noqa: ARG001
    """One example in five, by the hash of its values, is never trained on; and an evaluation gets these alone.

    Which examples the script means to evaluate is not known while it trains, and often it is all of them.
    """
    pruned = _Pruned()

    def before(module: nn.Module, inputs: Any) -> Any:
        pruned.mask = None
        if not inputs or not isinstance(inputs[0], Tensor) or next(module.parameters(), None) is None:
            return None
        with torch._C.DisableTorchFunction():
            held = torch.tensor([mark % HELD == 0 for mark in facts.row_hashes(inputs[0])], dtype=torch.bool)
            mask = ~held if torch.is_grad_enabled() else held
            if len(mask) != len(inputs[0]) or not bool(mask.any()) or bool(mask.all()):
                return None
            pruned.mask = mask
            return tuple(pruned._pruned(value) for value in inputs)

    Roots(patches, before=before)
    with pruned:
        yield


class _Pass:
    """A pass over a loader that goes on where the last one was left, and begins anew after the last batch."""

    def __init__(self, loader: Any, begin: Callable[[Any], Any], left: ByObject[Any]) -> None:
        self.loader, self.begin, self.left, self.given = loader, begin, left, 0

    def __iter__(self) -> _Pass:
        return self

    def __next__(self) -> Any:
        passing = self.left.get(self.loader)
        try:
            if passing is None:
                raise StopIteration
            batch = next(passing)
        except StopIteration:
            if self.given:
                self.left[self.loader] = None
                raise
            self.left[self.loader] = passing = self.begin(self.loader)
            batch = next(passing)
        self.given += 1
        return batch


@contextlib.contextmanager
def walk_on(patches: Patches, wish: Wish) -> Iterator[None]:
    """Where the line takes the first batch of a pass, it gets the next one in turn."""
    lines = lines_of(wish)
    original = DataLoader.__iter__
    left: ByObject[Any] = ByObject()

    def begun(loader: Any) -> Any:
        return _Pass(loader, original, left) if here() in lines else original(loader)

    patches.replace(DataLoader, "__iter__", begun)
    yield
