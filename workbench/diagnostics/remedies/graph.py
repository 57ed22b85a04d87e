"""What a line cuts off stays in the autograd graph: tensors, plain numbers read from them, arrays made of them.

Every number of the script stays what it was: what is not differentiable (argmax, a comparison, rounding) gets the
gradient of the smooth function nearest to it, straight through (Bengio et al. 2013, arXiv:1308.3432).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder.cuts import DATA
from workbench.diagnostics.recorder.functions import plain_name
from workbench.diagnostics.recorder.patches import Patches
from workbench.diagnostics.remedies.arrays import Array
from workbench.diagnostics.remedies.remedy import Wish, here, lines_of

ORDERED = frozenset({"gt", "ge", "lt", "le"})
ROUNDED = frozenset({"round", "floor", "ceil", "trunc", "sign", "long", "int", "bool"})
WRAPPED = frozenset({"tensor", "as_tensor", "from_numpy"})
SCORES = "_workbench_scores"  # on the result of an argmax: what it was taken of, and over which dimension
KEPT = "_workbench_kept"  # on what a step function gave, so that the next one hands its gradient on
OPERATORS = ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "neg", "pow", "abs")
MATHEMATICS = ("exp", "log", "sqrt", "tanh")


class Memory:
    """Which tensors plain numbers were read from, until the next backward is over: graphs must not pile up."""

    def __init__(self) -> None:
        self.tensors: dict[int, Tensor] = {}
        self.made = 0

    def number(self, value: float, tensor: Tensor) -> Number:
        """A number that is computed on like any other."""
        self.made += 1
        self.tensors[self.made] = tensor
        return Number(value, self, self.made)

    def forget(self, *_: Any, **__: Any) -> None:
        """A backward is over."""
        self.tensors.clear()


class Number(float):
    """A float that knows the tensor it was read from; sums, products and so on of it do, too."""

    def __new__(cls, value: float, memory: Memory, key: int) -> Number:
        self = super().__new__(cls, value)
        self.memory, self.key = memory, key
        return self

    memory: Memory
    key: int

    @property
    def tensor(self) -> Tensor | None:
        """None after the backward."""
        return self.memory.tensors.get(self.key)

    def __deepcopy__(self, _: Any) -> float:
        return float(self)

    def __reduce__(self) -> Any:
        return float, (float.__add__(self, 0.0),)


def _operator(name: str) -> Callable[..., Any]:
    plain, followed = getattr(float, f"__{name}__"), getattr(Tensor, f"__{name}__")

    def operator(self: Number, *others: Any) -> Any:
        result = plain(self, *others)
        if result is NotImplemented or self.tensor is None:
            return result
        given = [_tensor(other) for other in others]
        return self.memory.number(
            result, followed(self.tensor, *(o if g is None else g for o, g in zip(others, given, strict=True)))
        )

    return operator


for _name in OPERATORS:
    setattr(Number, f"__{_name}__", _operator(_name))


def _tensor(value: Any) -> Tensor | None:
    """The tensor that a number or an array was read from."""
    return value.tensor if isinstance(value, Number | Array) else None


def _gathered(value: Any) -> Tensor | None:
    """One tensor of what torch.tensor is given, where that was read from tensors in part."""
    if isinstance(value, Tensor):
        return value if value.requires_grad else None
    if not isinstance(value, list | tuple):
        return _tensor(value)
    parts = [_gathered(each) for each in value]
    if all(part is None for part in parts):
        return None
    filled = [torch.as_tensor(each) if part is None else part for each, part in zip(value, parts, strict=True)]
    return torch.stack([part.to(torch.get_default_dtype()) for part in filled])


class _Kept(TorchFunctionMode):
    """Calls on the lines of a cut, and later ones that would lose what these have kept."""

    def __init__(self, lines: set[Any], memory: Memory) -> None:
        super().__init__()
        self.lines, self.memory = lines, memory

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = plain_name(func)
        first = args[0] if args else None
        if name in WRAPPED:
            given = _gathered(first)
            return func(*args, **kwargs) if given is None else _like(given, kwargs)
        if isinstance(first, Tensor) and first.requires_grad:
            result = self._of(name, func, args, kwargs)
            if result is not None:
                return result
        return func(*args, **kwargs)

    def _of(self, name: str, func: Any, args: Any, kwargs: Any) -> Any:
        """The result with its history; None where the call is to run as it is."""
        first = args[0]
        if name in ("item", "float", "__float__"):
            value = func(*args, **kwargs)
            return self.memory.number(value, first) if isinstance(value, float) else value
        if hasattr(first, KEPT) and name in (*ORDERED, "eq", "ne"):
            return _stepped(name, func, args, kwargs)
        if here() not in self.lines:
            return None
        if name == "detach" or func == DATA:
            return first
        if name == "numpy":
            with torch._C.DisableTorchFunction():
                return Array.of(first.detach().numpy(), first)
        if name == "tolist":
            return [self.memory.number(float(each.detach()), each) for each in first] if first.dim() == 1 else None
        if name in ORDERED | ROUNDED | {"argmax", "argmin", "eq", "ne"} and torch.is_grad_enabled():
            return _stepped(name, func, args, kwargs)
        return None


def _like(given: Tensor, kwargs: dict[str, Any]) -> Tensor:
    dtype = kwargs.get("dtype")
    return given.to(dtype) if dtype is not None and dtype.is_floating_point else given


def _stepped(name: str, func: Any, args: Any, kwargs: Any) -> Any:
    """The very result of a step function, as floats, with the gradient of a smooth one."""
    smooth = _smooth(name, args, kwargs)
    if smooth is None:
        return None
    with torch.no_grad():
        hard = func(*args, **kwargs).to(smooth.dtype)
    result = hard + (smooth - smooth.detach())
    setattr(result, KEPT, True)
    if name in ("argmax", "argmin"):
        setattr(result, SCORES, (args[0] if name == "argmax" else -args[0], _dim(args, kwargs)))
    return result


def _dim(args: Any, kwargs: Any) -> int | None:
    dim: int | None = kwargs.get("dim", args[1] if len(args) > 1 else None)
    return dim


def _smooth(name: str, args: Any, kwargs: Any) -> Tensor | None:
    """The expected index for argmax, a sigmoid for a comparison, the probability of being right for eq."""
    values: Tensor = args[0]
    if not values.is_floating_point():
        return None
    if name in ("argmax", "argmin"):
        dim = _dim(args, kwargs)
        if dim is None:
            return None
        shape = [1] * values.dim()
        shape[dim] = -1
        index = torch.arange(values.shape[dim], dtype=values.dtype).reshape(shape)
        shares = (values if name == "argmax" else -values).softmax(dim)
        return (shares * index).sum(dim, keepdim=bool(kwargs.get("keepdim")))
    if name in ORDERED:
        difference = values - args[1]
        return torch.sigmoid(difference if name in ("gt", "ge") else -difference)
    if name in ("eq", "ne"):
        right = _right(values, args[1])
        return right if name == "eq" else 1 - right
    return torch.tanh(values) if name == "sign" else values


def _right(values: Tensor, wanted: Any) -> Tensor:
    """How likely it is that values are what is wanted."""
    of: tuple[Tensor, int] | None = getattr(values, SCORES, None)
    if of is None or not isinstance(wanted, Tensor) or wanted.shape != values.shape:
        return torch.exp(-((values - wanted) ** 2))
    scores, dim = of
    return scores.softmax(dim).gather(dim, wanted.long().unsqueeze(dim)).squeeze(dim)


@contextlib.contextmanager
def keep_graph(patches: Patches, wish: Wish) -> Iterator[None]:
    """What the lines cut off stays in the graph: detach, numpy, no_grad, argmax; and numbers from anywhere."""
    lines = lines_of(wish)
    memory = Memory()
    for cls in (torch.no_grad, torch.inference_mode):
        _stay_on(patches, cls, lines)
    for name in MATHEMATICS:
        patches.replace(math, name, _mathematics(name, getattr(math, name)))
    original = torch.from_numpy
    patches.replace(torch, "from_numpy", lambda array: original(array) if _tensor(array) is None else array.tensor)
    patches.wrap(torch.autograd, "backward", after=memory.forget)
    with _Kept(lines, memory):
        yield


def _mathematics(name: str, plain: Callable[[float], float]) -> Callable[..., Any]:
    followed = getattr(torch, name)

    def function(value: Any, *more: Any) -> Any:
        result = plain(value, *more)
        known = isinstance(value, Number) and value.tensor is not None and not more
        return value.memory.number(result, followed(value.tensor)) if known else result

    return function


def _stay_on(patches: Patches, cls: Any, lines: set[Any]) -> None:
    """no_grad entered on one of the lines, or by a function called there, changes nothing."""
    entered, left = cls.__enter__, cls.__exit__

    def enter(self: Any) -> None:
        self.idle = here() in lines and torch.is_grad_enabled()
        if not self.idle:
            entered(self)

    def leave(self: Any, *error: Any) -> None:
        if not self.idle:
            left(self, *error)

    patches.replace(cls, "__enter__", enter)
    patches.replace(cls, "__exit__", leave)
