"""The learning rate of every update, as torch.optim.lr_scheduler would set it, in the same float64 operations."""

from __future__ import annotations

import math
from typing import Any


def rates(said: dict[str, Any], updates: int) -> list[float]:
    """One rate per update of the whole training; `updates` is those of an epoch."""
    total, lr = said["epochs"] * updates, said["lr"]
    match said["lr_schedule"]:
        case "cosine":
            return _cosine(lr, total)
        case "step":
            return _step(lr, total, said["lr_step"] * updates, said["lr_factor"])
        case "one-cycle":
            return [_one_cycle(lr, total, i) for i in range(total)]
        case _:
            return [lr] * total


def _cosine(lr: float, total: int) -> list[float]:
    """From `lr` to 0 over `total` updates, each rate from the one before, as CosineAnnealingLR does it."""
    found = [lr]
    for i in range(1, total):
        found.append((1 + math.cos(math.pi * i / total)) / (1 + math.cos(math.pi * (i - 1) / total)) * found[-1])
    return found


def _step(lr: float, total: int, every: int, factor: float) -> list[float]:
    found = [lr]
    for i in range(1, total):
        found.append(found[-1] * factor if i % every == 0 else found[-1])
    return found


def _one_cycle(lr: float, total: int, i: int) -> float:
    """OneCycleLR's two cosines: from lr / 25 up to `lr` at 3 tenths, then down to a 10,000th of the start."""
    start, peak, last = lr / 25.0, float(0.3 * total) - 1, total - 1
    if i <= peak:
        return _between(start, lr, i / peak)
    return _between(lr, start / 1e4, (i - peak) / (last - peak))


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)
