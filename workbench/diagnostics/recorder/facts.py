"""Measures tensors without touching them: no random number, no version bump, no gradient."""

from __future__ import annotations

import math
import zlib
from typing import Any

import torch
from torch import Tensor

from workbench.diagnostics.recorder.patches import guarded
from workbench.diagnostics.trace import Facts

LARGEST = 4_000_000  # elements; beyond that a tensor is described by shape and dtype only
LAYOUTS = frozenset({torch.strided, torch.sparse_coo, torch.sparse_csr, torch.sparse_csc})
FEW = 8  # examples: of fewer, a feature's deviation says little
COUNTED = 50  # different values that are listed one by one


def dtype_name(tensor: Tensor) -> str:
    """ "float32", "int64"."""
    return str(tensor.dtype).removeprefix("torch.")


def outline(tensor: Tensor) -> Facts:
    """Shape, dtype and device, at no cost."""
    return Facts(shape_of(tensor), dtype_name(tensor), tensor.device.type)


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """Its sizes; -1 for those that a nested tensor has several of."""
    if tensor.is_nested:
        return (tensor.size(0), *(-1 for _ in range(tensor.dim() - 1)))
    return tuple(tensor.shape)


def pointer(tensor: Tensor | None) -> int:
    """Where its values lie, to see whether two tensors share them; 0 where they have no one place."""
    plain = tensor is not None and tensor.layout == torch.strided and not tensor.is_meta
    return tensor.data_ptr() if tensor is not None and plain else 0


def dense(tensor: Tensor) -> Tensor | None:
    """Its values as plain numbers that torch can reckon with; None where there are none to be had.

    Of a sparse tensor those that are stored: the others are zero. Floats of 8 bits become floats of 32.
    """
    with torch.no_grad():
        values = tensor.detach()
        if values.is_meta or values.is_nested or values.layout not in LAYOUTS:
            return None
        if values.layout != torch.strided:
            values = values.coalesce().values() if values.layout == torch.sparse_coo else values.values()
        if values.is_quantized:
            return values.dequantize()
        return values.float() if values.dtype.itemsize == 1 and values.is_floating_point() else values


def norm(tensor: Tensor | None) -> float:
    """Euclidean length of all values; NaN where it cannot be told, 0 for none."""
    values = dense(tensor) if tensor is not None else None
    if values is None:
        return 0.0 if tensor is None else math.nan
    length = float(torch.linalg.vector_norm(values if values.is_complex() else values.float()))
    if length == math.inf and not values.is_complex():  # the squares may overflow where no value does
        return float(torch.linalg.vector_norm(values.double()))
    return length


def some(tensor: Tensor | None) -> bool:
    """Whether a value differs from zero; True where it cannot be told."""
    values = dense(tensor) if tensor is not None else None
    return tensor is not None and (values is None or bool(torch.count_nonzero(values)))


def same(one: Tensor, other: Tensor) -> bool:
    """Whether two tensors of a shape hold the same values; True where it cannot be told."""
    first, second = dense(one), dense(other)
    return first is None or second is None or torch.equal(first, second)


def number(tensor: Tensor) -> float | None:
    """The value of a scalar; None for several, complex ones and those without a value."""
    if tensor.numel() != 1 or tensor.is_complex():
        return None
    values = dense(tensor)
    return float(values) if values is not None and values.numel() == 1 else None


def storage(tensor: Tensor) -> int:
    """Where the memory begins that a tensor is a view of; 0 where it has no one place."""
    return tensor.untyped_storage().data_ptr() if pointer(tensor) else 0


def mean(tensor: Tensor) -> float | None:
    """The mean of real numbers; None where it cannot be told."""
    values = dense(tensor)
    return float(values.float().mean()) if values is not None and not values.is_complex() else None


def _features(values: Tensor) -> dict[str, float]:
    """Of examples [B, F]: the largest deviation of a feature, and how many times the smallest that is."""
    deviations = values.float().std(0, correction=0)
    alive = deviations[deviations > 1e-6 * values.float().abs().amax(0)]
    if not alive.numel():
        return {}
    return {"widest": float(alive.max()), "ratio": float(alive.max() / alive.min())}


def measure(tensor: Tensor, *, counts: bool = False, scores: bool = False, features: bool = False) -> Facts:
    """Range and moments; `counts` adds the values' frequencies, `scores` what a classifier says."""
    plain = outline(tensor)
    found = guarded(_measured)(plain, tensor, counts=counts, scores=scores, features=features)
    return found or plain


def _measured(plain: Facts, tensor: Tensor, *, counts: bool, scores: bool, features: bool) -> Facts:
    if not 0 < tensor.numel() <= LARGEST or tensor.layout != torch.strided:
        return plain
    if tensor.is_quantized or tensor.is_nested or tensor.is_meta:
        return plain
    with torch.no_grad():
        values = tensor.detach()
        if values.is_complex():
            return plain
        flat = values.reshape(-1)
        if not values.is_floating_point():
            flat = flat.to(torch.float64) if values.dtype != torch.bool else flat.to(torch.float32)
        elif values.dtype.itemsize < 4:  # halves, and floats of 8 bits
            values, flat = values.to(torch.float32), flat.to(torch.float32)
        low, high = (float(end) for end in torch.aminmax(flat))
        std, mean = torch.std_mean(flat, correction=0)
        finite = math.isfinite(low) and math.isfinite(high)
        moments = {"mean": float(mean), "std": float(std)}
        fields: dict[str, Any] = {"low": low, "high": high, "finite": finite, **moments}
        if finite:
            fields["whole"] = not values.is_floating_point() or bool((flat == flat.round()).all())
            if counts:
                fields |= _counts(flat) | {"outside": _outside(flat, low, high)}
            if scores and values.is_floating_point() and 1 <= values.dim() <= 4:
                fields |= _scores(values, low, high)
            if features and values.is_floating_point() and values.dim() == 2 and len(values) >= FEW:
                fields |= _features(values)
    return Facts(plain.shape, plain.dtype, plain.device, **fields)


def all_finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite: a sum tells, unless it overflows."""
    return math.isfinite(values.sum()) or bool(torch.isfinite(values).all())


def _counts(flat: Tensor) -> dict[str, Any]:
    values, numbers = torch.unique(flat, return_counts=True)
    if values.numel() > COUNTED:
        return {"distinct": values.numel()}
    pairs = zip(values.tolist(), numbers.tolist(), strict=True)
    return {"distinct": values.numel(), "counts": {f"{value:g}": number for value, number in pairs}}


def _outside(flat: Tensor, low: float, high: float) -> dict[str, float]:
    """Shares of values that an activation at the end of a network may not reach."""
    below = {f"<{border}": _share(flat < border) if low < border else 0.0 for border in (-1, 0)}
    return below | {f">{border}": _share(flat > border) if high > border else 0.0 for border in (0, 1)}


def _share(mask: Tensor) -> float:
    return float(mask.float().mean())


def _scores(values: Tensor, low: float, high: float) -> dict[str, Any]:
    axis = 1 if values.dim() > 1 else 0
    found: dict[str, Any] = {}
    if values.shape[axis] > 1 and low >= 0:
        total = values.sum(axis)
        found["sums_to_one"] = bool(((total - 1).abs() < 1e-3).all())
    elif values.shape[axis] > 1 and high <= 1e-3:
        found["logs_sum_to_one"] = bool((values.logsumexp(axis).abs() < 1e-3).all())
    if values.dim() == 2 and 1 < values.shape[1] <= 1000:
        classes, numbers = torch.unique(values.argmax(1), return_counts=True)
        pairs = list(zip(classes.tolist(), numbers.tolist(), strict=True))[:COUNTED]
        found["predicted"] = {str(name): number for name, number in pairs}
    return found


def row_hashes(tensor: Tensor, most: int = 4096) -> list[int]:
    """One hash per example of a batch [B, ...]; rows that are constant (blank, padding) are left out."""
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_nested or tensor.is_meta:
        return []
    if tensor.dim() < 2 or tensor.shape[0] > most or not 0 < tensor.numel() <= LARGEST:
        return []
    with torch.no_grad():
        rows = tensor.detach().reshape(tensor.shape[0], -1).cpu()
        if rows.shape[1] < 2 or (rows.is_floating_point() and rows.dtype.itemsize < 4):
            return []
        array = rows.contiguous().numpy()
    telling = (array != array[:, :1]).any(1)
    return [zlib.crc32(row) for row in array[telling]]


def first_tensor(value: Any) -> Tensor | None:
    """The first tensor in arguments or results, looking into tuples, lists and dicts."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            found = first_tensor(item)
            if found is not None:
                return found
    return None
