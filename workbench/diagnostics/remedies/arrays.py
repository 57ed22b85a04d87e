"""A NumPy array that knows the tensor it was made of, through the common functions of NumPy and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

# By NumPy's name, for its functions, universal functions and methods. Where torch has none, an array forgets.
SAME = (
    "add", "subtract", "multiply", "divide", "power", "negative", "absolute", "exp", "expm1", "log", "log1p",
    "log2", "log10", "sqrt", "square", "tanh", "sin", "cos", "maximum", "minimum", "matmul", "reciprocal", "sum",
    "mean", "var", "std", "reshape", "squeeze", "transpose", "stack", "concatenate", "clip", "where", "dot",
    "outer", "abs", "ravel", "expand_dims", "swapaxes", "flip", "cumsum", "prod",
)  # fmt: skip
OTHERWISE = {"float_power": "pow", "fabs": "abs", "power": "pow", "expand_dims": "unsqueeze"}
FUNCTIONS = {name: getattr(torch, OTHERWISE.get(name, name)) for name in SAME}
METHODS = (
    "sum",
    "mean",
    "std",
    "var",
    "reshape",
    "squeeze",
    "transpose",
    "clip",
    "ravel",
    "dot",
    "swapaxes",
    "cumsum",
)
UNLIKE = {"std": {"unbiased": False}, "var": {"unbiased": False}}  # torch's own default is the other one


class Array(np.ndarray[Any, Any]):
    """Results of arrays that know their tensor know theirs."""

    tensor: Tensor | None

    @staticmethod
    def of(values: Any, tensor: Tensor) -> Array:
        """The values, which belong to the tensor."""
        made = np.asarray(values).view(Array)
        made.tensor = tensor
        return made

    def __array_finalize__(self, _: Any) -> None:
        self.tensor = None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        result = getattr(ufunc, method)(*_plain(inputs), **_plain(kwargs))
        name = ufunc.__name__ if method == "__call__" else {"add": "sum"}.get(ufunc.__name__, "")
        if method not in ("__call__", "reduce") or kwargs.get("out") is not None:
            return result
        return _followed(name, result, inputs, {} if method == "__call__" else kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _followed(func.__name__, func(*_plain(args), **_plain(kwargs)), args, kwargs)

    def __getitem__(self, index: Any) -> Any:
        result = _plain(self)[index]
        try:
            return result if self.tensor is None else Array.of(result, self.tensor[_tensors(index)])
        except (IndexError, TypeError, ValueError):
            return result

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """In another type; whole numbers forget."""
        result = _plain(self).astype(dtype, *args, **kwargs)
        if self.tensor is None or not np.issubdtype(result.dtype, np.floating):
            return result
        return Array.of(result, self.tensor.to(torch.from_numpy(np.zeros(1, result.dtype)).dtype))

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        """With the same tensor."""
        result = _plain(self).copy(*args, **kwargs)
        return result if self.tensor is None else Array.of(result, self.tensor)

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """Transposed."""
        return self.transpose()


def _method(name: str) -> Any:
    def method(self: Array, *args: Any, **kwargs: Any) -> Any:
        result = getattr(_plain(self), name)(*_plain(args), **_plain(kwargs))
        return _followed(name, result, (self, *args), kwargs)

    return method


for _name in METHODS:
    setattr(Array, _name, _method(_name))


def _followed(name: str, result: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's result with torch's of the same function, where the shapes agree."""
    if name not in FUNCTIONS or not _known((args, kwargs)):
        return result
    given = {{"axis": "dim", "keepdims": "keepdim"}.get(key, key): _tensors(value) for key, value in kwargs.items()}
    if given.get("dim", 0) is None:
        del given["dim"]
    try:
        if name in ("transpose", "reshape") and not kwargs:
            tensor = _laid(name, _tensors(args[0]), args[1:])
        else:
            tensor = FUNCTIONS[name](*_tensors(args), **given, **UNLIKE.get(name, {}))
    except (TypeError, RuntimeError, IndexError):
        return result
    return Array.of(result, tensor) if tuple(tensor.shape) == np.shape(result) else result


def _laid(name: str, tensor: Tensor, order: Any) -> Tensor:
    order = order[0] if len(order) == 1 and isinstance(order[0], tuple) else order
    if name == "reshape":
        return tensor.reshape(order)
    return tensor.permute(*(order or reversed(range(tensor.dim()))))


def _known(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_known, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_known, value))
    return isinstance(value, Array) and value.tensor is not None


def _plain(value: Any) -> Any:
    """The same with ordinary arrays."""
    if isinstance(value, Array):
        return value.view(np.ndarray)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value


def _tensors(value: Any) -> Any:
    """The same with tensors."""
    if isinstance(value, Array) and value.tensor is not None:
        return value.tensor
    if isinstance(value, np.ndarray):
        return torch.from_numpy(_plain(value)) if value.dtype != object else value
    if isinstance(value, np.generic):
        return value.item()
    return type(value)(map(_tensors, value)) if type(value) in (list, tuple) else value
