"""Numbers and values as a reader wants them. Terminal and page say the same thing in the same words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.study.metric import METRICS, Metric

if TYPE_CHECKING:
    from workbench.store.history import Row

MISSING = "-"


def percent(share: float | None) -> str:
    """0.918 -> "91.80 %"."""
    return MISSING if share is None else f"{share * 100:.2f} %"


def with_spread(metric: Metric, value: float | None, spread: float | None) -> str:
    """ "91.80 % ± 1.20": the mean over folds and their standard deviation, where there are folds."""
    told = measured(metric, value)
    return told if spread is None else f"{told} ± {deviation(metric, spread)}"


def deviation(metric: Metric, spread: float) -> str:
    """Without a unit: in points, or of a metric that is no share in its own."""
    return points(spread) if metric.share else loss(spread)


def points(share: float) -> str:
    """A difference of shares in percentage points: 0.0086 -> "0.86"."""
    return f"{share * 100:.2f}"


def measured(metric: Metric, value: float | None) -> str:
    """A metric's value: 0.918 -> "91.80 %", of one that is no share "0.0812"."""
    if value is None or metric.share:
        return percent(value)
    return loss(value)


def reached(row: Row) -> str:
    """A trial's value of its study's metric."""
    return measured(METRICS[row.metric], row.value)


def apart(metric: Metric, difference: float) -> str:
    """A difference of two values: "0.86 points", of a metric that is no share "0.0123"."""
    return f"{points(difference)} points" if metric.share else loss(difference)


def bounds(metric: Metric, low: float, high: float) -> str:
    """An interval: "97.12 to 98.02"."""
    told = points if metric.share else loss
    return f"{told(low)} to {told(high)}"


def loss(value: float) -> str:
    """Three significant digits, zeros too, so that a column is even: 0.3 -> "0.300"."""
    return f"{value:#.3g}".rstrip(".")


def count(value: int, noun: str) -> str:
    """1 -> "1 trial", 2000 -> "2,000 trials"."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def duration(seconds: float) -> str:
    """12.34 -> "12.3 s", 243 -> "4:03", 4000 -> "1:06:40"."""
    return f"{seconds:.1f} s" if seconds < 59.95 else clock(seconds)


def clock(seconds: float) -> str:
    """Whole seconds as minutes and hours: 9.6 -> "0:10"."""
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def value(one: Any) -> str:
    """A hyperparameter's value, short: True -> "true", 0.0123456 -> "0.0123", [88, 20] -> "88,20"."""
    if isinstance(one, list):
        return ",".join(value(part) for part in one)
    if isinstance(one, bool):
        return str(one).lower()
    if isinstance(one, float):
        return f"{one:.3g}"
    return MISSING if one is None else str(one)


def searched(space: Mapping[str, Any]) -> list[str]:
    """The names of a resolved study's space that are drawn; plain values are fixed."""
    return [name for name, parameter in space.items() if isinstance(parameter, Mapping)]


def parameter(written: Any) -> str:
    """One entry of a resolved study's space: "0.001 to 0.1, log", "relu, tanh", "64 (fixed)"."""
    if not isinstance(written, Mapping):
        return f"{value(written)} (fixed)"
    if "choice" in written:
        parts = [", ".join(value(option) for option in written["choice"])]
    else:
        low, high = written.get("int") or written["float"]
        parts = [f"{value(low)} to {value(high)}"]
    if "step" in written:
        parts.append(f"step {value(written['step'])}")
    if written.get("log"):
        parts.append("log")
    if "per" in written:
        parts.append(f"one per {written['per']}")
    if "when" in written:
        parts.append("where " + " and ".join(f"{name} = {_either(ok)}" for name, ok in written["when"].items()))
    return ", ".join(parts)


def _either(allowed: Any) -> str:
    return " or ".join(value(one) for one in (allowed if isinstance(allowed, list) else [allowed]))
