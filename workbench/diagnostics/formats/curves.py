"""Loss curves as inline SVG: the recorded run, and the same steps with a fault repaired.

Colours come from the page's style sheet (classes c0, c1, ...); every curve has a dash pattern of its own too, for
print and for eyes that see no colour. A value that is missing or not finite leaves a gap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 12, 40
POINTS = 300  # of a curve; more than that are averaged, as a screen shows no more
CURVES = 6  # colours and dash patterns that can be told apart
WIDE = 30.0  # highest / lowest from which on the axis is logarithmic; own choice


@dataclass(frozen=True)
class Curve:
    """Loss at each backward call."""

    name: str
    values: tuple[float | None, ...]


def figure(curves: Sequence[Curve]) -> str:
    """A `<figure>` with axes and legend; "" where no curve has two points."""
    shown = [curve for curve in curves if sum(_known(value) for value in curve.values) > 1][:CURVES]
    if not shown:
        return ""
    axis = Axis.over([value for curve in shown for _, value in _thin(curve.values) if value is not None])
    last = max(len(curve.values) for curve in shown) - 1
    lines = "".join(_path(curve, number, axis, last) for number, curve in enumerate(shown))
    legend = "".join(
        f'<li><svg width="34" height="10" aria-hidden="true"><line class="curve c{number}" x1="1" y1="5" x2="33" '
        f'y2="5"/></svg> {escape(curve.name)}</li>'
        for number, curve in enumerate(shown)
    )
    scale = ", logarithmic," if axis.log else ""
    each = math.ceil((last + 1) / POINTS)
    averaged = f" Each point is the mean of {each} calls." if each > 1 else ""
    label = escape("; ".join(_in_words(curve) for curve in shown), quote=True)
    return (
        f'<figure class="curves"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{label}">'
        f"{_grid(axis, last)}{lines}</svg><ul>{legend}</ul>"
        f"<figcaption>Loss{scale} at each backward call.{averaged}</figcaption></figure>"
    )


@dataclass(frozen=True)
class Axis:
    """From loss to height."""

    low: float
    high: float
    log: bool

    @staticmethod
    def over(values: list[float]) -> Axis:
        """An axis that holds these values."""
        low, high = min(values), max(values)
        if low > 0 and high / low > WIDE:
            return Axis(low, high, log=True)
        low = min(low, 0.0) if low < high / 2 else low
        return Axis(low, high if high > low else low + (abs(low) or 1.0), log=False)

    def y(self, value: float) -> float:
        """Height in the drawing."""
        low, high, at = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (at - low) / (high - low))

    def ticks(self) -> list[float]:
        """Values to write beside the axis."""
        if not self.log:
            return [self.low + (self.high - self.low) * part / 4 for part in range(5)]
        exponents = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
        powers = [10.0**exponent for exponent in exponents][:: max(1, len(exponents) // 6)]
        return powers if len(powers) > 1 else [self.low, math.sqrt(self.low * self.high), self.high]


def _grid(axis: Axis, last: int) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for tick in axis.ticks():
        y = axis.y(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:.3g}</text>')
    for tick in sorted({0, last // 2, last}):
        x = _x(tick, last)
        anchor = "end" if tick == last else "middle" if tick else "start"
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="{anchor}">{tick + 1}</text>')
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">backward call</text>')
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
    return "".join(parts)


def _x(number: float, last: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * number / max(1, last)


def _path(curve: Curve, number: int, axis: Axis, last: int) -> str:
    commands, pen = [], "M"
    for position, value in _thin(curve.values):
        if value is None:
            pen = "M"
            continue
        commands.append(f"{pen}{_x(position, last):.1f} {axis.y(value):.1f}")
        pen = "L"
    return f'<path class="curve c{number}" d="{"".join(commands)}"/>'


def _thin(values: Sequence[float | None]) -> list[tuple[float, float | None]]:
    """At most POINTS of (position, mean there); None where no value is known."""
    each = math.ceil(len(values) / POINTS)
    thinned: list[tuple[float, float | None]] = []
    for start in range(0, len(values), each):
        group = values[start : start + each]
        known = [value for value in group if value is not None and _known(value)]
        mean = math.fsum(value / len(known) for value in known) if known else None
        thinned.append((start + (len(group) - 1) / 2, mean))
    return thinned


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _in_words(curve: Curve) -> str:
    known = [value for value in curve.values if value is not None and _known(value)]
    return f"{curve.name}: from {known[0]:.3g} to {known[-1]:.3g} in {len(curve.values)} backward calls"
