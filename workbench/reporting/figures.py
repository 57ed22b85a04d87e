"""A study's figures as plain dictionaries in plotly's form: {"data": [...], "layout": {...}}. Loads no plotly.

Colours are names ("@c0"), for the same figure is shown on light, dark and printed pages; `coloured` puts real
ones in their place. A function returns None where there is nothing to show.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from workbench import confidence
from workbench.reporting import summary, words
from workbench.store.history import History, Row, once
from workbench.study.metric import Metric
from workbench.study.space import flatten
from workbench.study.trial import Epoch

Figure = dict[str, Any]
Shares = Mapping[str, float]  # of `store.importance.importances`

LEADERS = 5  # highlighted; as many colours as can be told apart
BEHIND = 60  # other trials' curves drawn behind them: more are a grey block
AXES = 9  # of the parallel coordinates
SLICES = 12
DRAWN = 1000  # trials in a figure of all of them: of more, some; see `_thinned`
LABELLED = 20  # classes; the cells of more are too small for numbers
CURVES = ("accuracy", "log-loss")  # metrics that every epoch has a curve of, also where another one judges
GOLDEN = 0.6180339887498949  # spreads options without order evenly

PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "@text": "#1b1f24", "@soft": "#57606a", "@grid": "#e3e6ea", "@paper": "#ffffff", "@dim": "#b3bac3",
        "@c0": "#0b5fcc", "@c1": "#b9480b", "@c2": "#0b7a53", "@c3": "#8338b0", "@c4": "#8a6100",
        "@bad": "#b3261e", "@low": "#ffffff", "@middle": "#8fb8ee", "@high": "#0b5fcc", "@ink": "#10223c",
        "@classa": "#cfe1fb", "@classb": "#fbdcc6",
    },
    "dark": {
        "@text": "#e8eaed", "@soft": "#a6adb8", "@grid": "#343a44", "@paper": "#1c2027", "@dim": "#5b636f",
        "@c0": "#6fb1ff", "@c1": "#ff9f6e", "@c2": "#5fd0a3", "@c3": "#cfa3ff", "@c4": "#f0c35c",
        "@bad": "#ff8a80", "@low": "#1c2027", "@middle": "#2b5c9a", "@high": "#6fb1ff", "@ink": "#ffffff",
        "@classa": "#1f3f6b", "@classb": "#6b3a1c",
    },
}  # fmt: skip
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "star")


def every(history: History, shares: Shares) -> dict[str, Figure]:
    """All figures that this history has, by name, in the order of the page."""
    made: dict[str, Figure | None] = {
        "confirmed": confirmed(history),
        "front": front(history),
        "optimization": optimization(history),
        "metric": None if history.metric.name in CURVES else learning_curves(history, "value"),
        "accuracy": learning_curves(history, "accuracy"),
        "loss": learning_curves(history, "loss"),
        "importances": importances(shares),
        "parallel": parallel(history, shares),
        **slices(history, shares),
        "confusion": confusion(history),
        **boundaries(history),
    }
    return {name: figure for name, figure in made.items() if figure is not None}


def coloured(figure: Figure, theme: str = "light") -> Figure:
    """The figure with the theme's real colours, "light" or "dark"."""
    palette = PALETTES[theme]

    def dress(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: dress(one) for name, one in value.items()}
        if isinstance(value, list):
            return [dress(one) for one in value]
        return palette.get(value, value) if isinstance(value, str) else value

    dressed: Figure = dress(figure)
    return dressed


def leading(history: History) -> list[Row]:
    """The trials that figures highlight, best first."""
    return [place.row for place in summary.ranking(history) if place.rank is not None][:LEADERS]


@once
def _measured(history: History) -> Sequence[Row]:
    """Trials that ended with a number of their own."""
    rows = (row for row in history.rows if row.state in ("complete", "pruned") and row.duplicate_of is None)
    return [row for row in rows if row.value is not None]


def _thinned(history: History, rows: Sequence[Row]) -> list[Row]:
    """Of more than DRAWN the best half of so many, the leaders, and as many of the others, evenly from good to bad:
    the page would grow with each trial, and no one tells 10,000 points apart. In the rows' order."""
    if len(rows) <= DRAWN:
        return list(rows)
    ranked = sorted(rows, key=lambda row: -history.metric.gain(row.value))
    half = DRAWN // 2
    best, others = ranked[:half], ranked[half:]
    kept = [*leading(history), *best, *(others[i * len(others) // half] for i in range(half))]
    numbers = {row.number for row in kept}
    return [row for row in rows if row.number in numbers]


def thinned(history: History) -> str:
    """What a page says of it; nothing where all trials are drawn."""
    count = len(_measured(history))
    if count <= DRAWN:
        return ""
    half = f"{DRAWN // 2:,}"
    return f"Drawn are {DRAWN:,} of {count:,} trials: the best {half}, and {half} of the others, from good to bad."


def confirmed(history: History) -> Figure | None:
    """Every leader's runs as dots, and its mean with the 95 % interval; the recommended one on top."""
    found, metric = [one for one in confidence.leaders(history) if one.interval], history.metric
    if not found:
        return None
    names = [f"trial {one.row.number}" for one in found]
    pairs = [(name, run) for name, one in zip(names, found, strict=True) for run in one.fresh or one.runs]
    runs = _points(
        [scaled(metric, run) for _, run in pairs], [name for name, _ in pairs], name="one seed", hoverinfo="x",
        marker={"color": "@soft", "symbol": "circle-open", "size": 7},
    )  # fmt: skip
    middle = [one.interval for one in found if one.interval]
    means = _points(
        [scaled(metric, each.mean) for each in middle], names, name="mean, 95 % interval",
        marker={"color": ["@c1" if one.recommended else "@c0" for one in found], "symbol": "diamond", "size": 10},
        error_x={
            "type": "data", "symmetric": False, "color": "@c0", "thickness": 2,
            "array": [scaled(metric, each.high - each.mean) for each in middle],
            "arrayminus": [scaled(metric, each.mean - each.low) for each in middle],
        },
        hovertemplate=f"%{{y}}: {hover_format(metric, 'x')}<extra></extra>",
    )  # fmt: skip
    layout = base_layout(f"validation {metric_unit(metric)}", "")
    layout["yaxis"] |= {"type": "category", "autorange": "reversed", "showgrid": False}
    layout |= {"height": 130 + 34 * len(found)}
    return {"data": [runs, means], "layout": layout}


# -- over the search ------------------------------------------------------------------------------------------


def optimization(history: History, *, whole: bool = False) -> Figure | None:
    """The metric of each trial in the order of numbers, and the best so far. `whole`: of more than DRAWN, too."""
    rows, metric = sorted(_measured(history), key=lambda row: row.number), history.metric
    if not rows:
        return None
    count = Counter(map(_state, rows))
    shown = rows if whole else _thinned(history, rows)
    data = []
    for state, colour, symbol in (
        ("complete", "@c0", "circle"),
        ("pruned", "@soft", "circle-open"),
        ("diverged", "@bad", "x"),
    ):
        some = [row for row in shown if _state(row) == state]
        if some:
            data.append(
                _points(
                    [row.number for row in some],
                    [scaled(metric, row.value) for row in some],
                    name=f"{state} ({count[state]})",
                    text=[f"trial {row.number}" for row in some],
                    marker={"color": colour, "symbol": symbol, "size": 7},
                    hovertemplate=f"%{{text}}: {hover_format(metric, 'y')}<extra></extra>",
                )
            )
    steps = _best_so_far(rows, metric)
    if steps:
        data.append(
            {
                "type": "scatter", "mode": "lines", "name": "best so far", "hoverinfo": "skip",
                "x": [number for number, _ in steps], "y": [scaled(metric, value) for _, value in steps],
                "line": {"shape": "hv", "color": "@c2", "width": 2},
            }
        )  # fmt: skip
    return {
        "data": data,
        "layout": base_layout("trial", f"validation {metric_unit(metric)}", yaxis=_first_view(history)),
    }


def front(history: History) -> Figure | None:
    """The metric against the number of parameters, and the best of each size; of a study by two metrics."""
    best, metric = confidence.front(history), history.metric
    if not history.by_size_too or not best:
        return None
    numbers = {row.number for row in best}
    others = [row for row in _thinned(history, confidence.by_search(history)) if row.number not in numbers]
    taken = summary.best(history)
    data = [
        _points(
            [row.parameters for row in some],
            [scaled(metric, row.value) for row in some],
            name=name,
            text=[f"trial {row.number}" for row in some],
            marker={"color": colour, "symbol": symbol, "size": size},
            hovertemplate=f"%{{text}}: {hover_format(metric, 'y')}, %{{x:,}} parameters<extra></extra>",
        )
        for name, some, colour, symbol, size in (
            ("other trials", others, "@soft", "circle-open", 7),
            ("best of its size", best, "@c0", "circle", 9),
            ("recommended", [taken] if taken else [], "@c1", "star", 14),
        )
        if some
    ]
    layout = base_layout("parameters", f"validation {metric_unit(metric)}", yaxis=_first_view(history))
    layout["xaxis"] |= {"type": "log"}
    return {"data": data, "layout": layout}


def _best_so_far(rows: Sequence[Row], metric: Metric) -> list[tuple[int, float]]:
    steps: list[tuple[int, float]] = []
    for row in rows:
        better = not steps or metric.gain(row.value) > metric.gain(steps[-1][1])
        if row.state == "complete" and row.value is not None and better:
            steps.append((row.number, row.value))
    if steps:
        steps.append((rows[-1].number, steps[-1][1]))
    return steps


SEEN = 0.4  # of all trials lie in the first view, at least


def _worst_and_best(history: History) -> tuple[float, float]:
    """A range of gains, with room below the better half of complete trials: outliers would flatten the rest."""
    gain = history.metric.gain
    values = sorted((gain(row.value) for row in _measured(history)), reverse=True)
    complete = sorted(gain(row.value) for row in _measured(history) if row.state == "complete") or values[::-1]
    middle, high = complete[len(complete) // 2], max(complete[-1], values[0])
    low = min(middle - 2 * (high - middle), values[min(len(values) - 1, int(SEEN * len(values)))])
    low = max(values[-1], low)
    space = max((high - low) * 0.08, 0.002)
    return low - space, high + space


def _first_view(history: History) -> dict[str, Any]:
    """The range that an axis of the metric first shows, in its units."""
    worst, best = _worst_and_best(history)
    ends = (-best, -worst) if history.metric.minimize else (worst, best)
    return {"range": [scaled(history.metric, end) for end in ends]}


def below(history: History) -> int:
    """How many trials lie beyond the range that `optimization` and `slices` first show."""
    rows = _measured(history)
    if not rows:
        return 0
    worst, _ = _worst_and_best(history)
    return sum(history.metric.gain(row.value) < worst for row in rows)


# -- over the epochs ------------------------------------------------------------------------------------------


def learning_curves(history: History, quantity: str) -> Figure | None:
    """ "accuracy", "loss" or "value" (the study's metric, of which nothing is known in training) against epochs:
    leaders in colour (dots: training), others grey behind them."""
    first = leading(history)
    if not any(row.curve for row in first):
        return None
    scale, unit = curve_unit(history, quantity)
    parts = (("train", "dot"), ("validation", "solid")) if quantity != "value" else (("validation", "solid"),)
    data = []
    numbers = {row.number for row in first}
    others = [row for row in _measured(history) if row.number not in numbers and row.ended != "diverged"]
    others = sorted(others, key=lambda row: -history.metric.gain(row.value))[:BEHIND]
    if others:
        x, y = _joined(others, quantity, scale)
        label = f"{len(others)} other trials" if len(others) > 1 else "another trial"
        data.append(
            {
                "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "opacity": 0.45,
                "name": f"{label} (validation)", "line": {"color": "@dim", "width": 1},
            }
        )  # fmt: skip
    for place, row in reversed(list(enumerate(first))):
        for part, dash in parts:
            values = [_finite(measured(epoch, part, quantity), scale) for epoch in row.curve]
            part_name = "training" if part == "train" else part
            data.append(
                {
                    "type": "scatter", "mode": "lines+markers" if len(values) == 1 else "lines",
                    "x": [epoch.epoch for epoch in row.curve], "y": values,
                    "name": f"trial {row.number}" if part == "validation" else f"trial {row.number}, training",
                    "legendgroup": f"{row.number}", "showlegend": part == "validation", "legendrank": place,
                    "line": {"color": f"@c{place}", "dash": dash, "width": 2.5 if place == 0 else 1.75},
                    "hovertemplate": f"trial {row.number}, {part_name}, epoch %{{x}}: %{{y:.4g}}<extra></extra>",
                }
            )  # fmt: skip
    layout = base_layout("epoch", unit, yaxis=after_the_start(first, quantity, scale))
    layout["xaxis"] |= _whole(max(len(row.curve) for row in first))
    return {"data": data, "layout": layout}


def after_the_start(rows: Sequence[Row], quantity: str, scale: float) -> dict[str, Any]:
    """An axis for what the leaders do after the first fifth of their epochs: a bad beginning would flatten it."""
    values = [
        value
        for row in rows
        for epoch in row.curve[len(row.curve) // 5 :]
        for part in ("train", "validation")
        if (value := _finite(measured(epoch, part, quantity), scale)) is not None
    ]
    if not values or min(values) == max(values):
        return {}
    low, high = min(values), max(values)
    if quantity == "loss" and low > 0 and high / low > 20:
        low, high = math.log10(low), math.log10(high)
        room = 0.06 * (high - low)
        return {"type": "log", "dtick": 1, "range": [round(low - room, 3), round(high + room, 3)]}
    room = 0.06 * (high - low)
    return {"range": [round(low - room, 3), round(high + room, 3)]}


def _joined(rows: Iterable[Row], quantity: str, scale: float) -> tuple[list[Any], list[Any]]:
    """Several validation curves as one line with gaps."""
    x: list[Any] = []
    y: list[Any] = []
    for row in rows:
        x += [*(epoch.epoch for epoch in row.curve), None]
        y += [*(_finite(measured(epoch, "validation", quantity), scale) for epoch in row.curve), None]
    return x, y


def measured(epoch: Epoch, part: str, quantity: str) -> float:
    """A quantity of "train" or "validation"; NaN where it is not known."""
    if quantity == "value":
        return epoch.objective if part == "validation" else math.nan
    return float(getattr(epoch, f"{part}_{quantity}"))


def curve_unit(history: History, quantity: str) -> tuple[float, str]:
    """By what a curve's numbers are multiplied, and what its axis says."""
    if quantity == "value":
        return (100.0 if history.metric.share else 1.0), metric_unit(history.metric)
    return (100.0, "accuracy, %") if quantity == "accuracy" else (1.0, "loss, nats")


# -- over the space -------------------------------------------------------------------------------------------


def importances(shares: Shares) -> Figure | None:
    """Bars, the longest on top."""
    if not shares:
        return None
    names = list(shares)[::-1]
    data = {
        "type": "bar", "orientation": "h", "y": names, "x": [round(100 * shares[name], 2) for name in names],
        "text": [f"{100 * shares[name]:.0f} %" for name in names], "textposition": "outside", "cliponaxis": False,
        "marker": {"color": "@c0"}, "hovertemplate": "%{y}: %{x:.1f} %<extra></extra>",
    }  # fmt: skip
    layout = base_layout("share, %", "")
    layout["yaxis"] |= {"automargin": True, "ticks": ""}
    layout["xaxis"] |= {"range": [0, max(100 * max(shares.values()) * 1.15, 1)]}
    layout |= {"height": 90 + 30 * len(names), "showlegend": False}
    return {"data": [data], "layout": layout}


@once
def _drawn(history: History) -> Sequence[Row]:
    """Those that lie in the space, whose axes they are drawn on."""
    return [row for row in _measured(history) if not row.outside]


def searched(history: History, shares: Shares) -> list[str]:
    """The flat names whose values differ between trials: the most important first, then in the study's order."""
    seen: dict[str, set[Any]] = {}
    for row in _drawn(history):
        for name, value in flatten(row.point).items():
            seen.setdefault(name, set()).add(value)
    order = {name: i for i, name in enumerate(history.spec["space"])}

    def place(name: str) -> tuple[float, int, str]:
        return (-shares.get(name, 0.0), order.get(_whole_name(history, name), len(order)), name)

    return sorted((name for name, values in seen.items() if len(values) > 1), key=place)


def _whole_name(history: History, flat: str) -> str:
    """units_2 -> units."""
    return flat if flat in history.spec["space"] else flat.rpartition("_")[0]


def written(history: History, flat: str) -> Any:
    """What the study's space says of a flat name."""
    return history.spec["space"].get(_whole_name(history, flat))


class _Axis:
    """One hyperparameter's values as numbers: logarithms where it is searched so, places where it is a choice."""

    def __init__(self, history: History, name: str, values: Iterable[Any]) -> None:
        entry = written(history, name)
        entry = entry if isinstance(entry, Mapping) else {}
        options = entry.get("choice")
        self.name = name
        self.log = bool(entry.get("log"))
        self.options = None if options is None else [words.value(option) for option in options]
        known = [value for value in values if value is not None]
        if self.options is None and not all(_is_number(value) for value in known):
            self.options = sorted({words.value(value) for value in known})
        bounds = entry.get("int") or entry.get("float")
        ends: list[float] = list(bounds or (0, 1))
        if self.options is None and not bounds:
            ends = [min(known), max(known)]
        self.low, self.high = ends

    def share(self, value: Any) -> float:
        """Where the value lies on the axis, in [0, 1]."""
        if self.options is not None:
            return self.options.index(words.value(value)) / max(1, len(self.options) - 1)
        low, high, at = (math.log(v) if self.log else v for v in (self.low, self.high, value))
        return (at - low) / (high - low) if high > low else 0.5

    def ticks(self) -> list[tuple[float, str]]:
        if self.options is not None:
            return [(self.share(option), option) for option in self.options]
        ends = [self.low, self.high]
        middle = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        if not (isinstance(self.low, int) and isinstance(self.high, int)):
            ends.insert(1, float(f"{middle:.2g}"))
        return [(self.share(end), words.value(end)) for end in dict.fromkeys(ends)]

    def drawn(self) -> dict[str, Any]:
        """The whole range, with a tick at round numbers: 1, 2, 5 within a decade or two."""
        room = 0.04
        if not self.log:
            far = room * ((self.high - self.low) or 1)
            steps = {"dtick": 1} if isinstance(self.low, int) and self.high - self.low <= 10 else {}
            return {"range": [self.low - far, self.high + far], **steps}
        low, high = math.log10(self.low), math.log10(self.high)
        far = room * ((high - low) or 1)
        digits = (1,) if high - low > 1.6 else (1, 2, 5)
        powers = range(math.floor(low), math.ceil(high) + 1)
        ticks = [float(f"{digit}e{power}") for power in powers for digit in digits]
        ticks = [tick for tick in ticks if low - far <= math.log10(tick) <= high + far]
        shown = {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
        return {"type": "log", "range": [low - far, high + far], **shown}


MISSING_AT = -0.14  # height of what a trial does not have, under the axes


def parallel(history: History, shares: Shares) -> Figure | None:
    """A line a trial through its values; the better, the stronger. Leaders in their colours."""
    rows = _thinned(history, _drawn(history))
    names = searched(history, shares)[:AXES]
    if len(rows) < 2 or not names:
        return None
    points = {row.number: flatten(row.point) for row in rows}
    axes = [_Axis(history, name, (points[row.number].get(name) for row in rows)) for name in names]
    metric = history.metric
    reached = [metric.gain(row.value) for row in rows]
    low, high = max(min(reached), _worst_and_best(history)[0]), max(reached)
    first = leading(history)
    places = {row.number for row in first}

    def heights(row: Row) -> list[float]:
        point = points[row.number]
        own = [axis.share(point[axis.name]) if axis.name in point else MISSING_AT for axis in axes]
        share = max(0.0, metric.gain(row.value) - low) / ((high - low) or 1.0)
        return [round(height, 4) for height in (*own, share)]

    across = list(range(len(axes) + 1))
    ranked = sorted(rows, key=lambda row: metric.gain(row.value))
    data = []
    for part in range(4):
        some = ranked[len(ranked) * part // 4 : len(ranked) * (part + 1) // 4]
        some = [row for row in some if row.number not in places]
        if not some:
            continue
        label = ("worst quarter", "third quarter", "second quarter", "best quarter")[part]
        x: list[Any] = []
        y: list[Any] = []
        for row in some:
            x += [*across, None]
            y += [*heights(row), None]
        colour, opacity = ("@dim", 0.35 + 0.15 * part) if part < 2 else ("@middle", 0.35 + 0.15 * part)
        data.append(
            {
                "type": "scatter", "mode": "lines", "x": x, "y": y, "name": label, "hoverinfo": "skip",
                "line": {"color": colour, "width": 1}, "opacity": opacity, "connectgaps": False,
            }
        )  # fmt: skip
    for place, row in reversed([(i, row) for i, row in enumerate(first) if not row.outside]):
        told = [f"{axis.name} = {words.value(points[row.number].get(axis.name))}" for axis in axes]
        told.append(words.measured(metric, row.value))
        data.append(
            {
                "type": "scatter", "mode": "lines+markers", "x": across, "y": heights(row),
                "name": f"trial {row.number}", "text": told, "legendrank": place,
                "line": {"color": f"@c{place}", "width": 2.5}, "marker": {"size": 6, "symbol": SYMBOLS[place]},
                "hovertemplate": f"trial {row.number}: %{{text}}<extra></extra>",
            }
        )  # fmt: skip
    bottom, top = (words.measured(metric, -end if metric.minimize else end) for end in (low, high))
    if low > min(reached):
        bottom = f"{'≥' if metric.minimize else '≤'} {bottom}"
    layout = _parallel_layout(axes, metric.words, [(0.0, bottom), (1.0, top)], _any_missing(axes, points))
    return {"data": data, "layout": layout}


def _any_missing(axes: Sequence[_Axis], points: Mapping[int, Mapping[str, Any]]) -> bool:
    return any(axis.name not in point for axis in axes for point in points.values())


def _parallel_layout(
    axes: Sequence[_Axis], measure: str, scores: Sequence[tuple[float, str]], missing: bool
) -> dict[str, Any]:
    bottom = MISSING_AT - 0.06 if missing else -0.06
    lines, notes = [], []
    for i, (name, ticks) in enumerate([*((axis.name, axis.ticks()) for axis in axes), (measure, list(scores))]):
        line = {"type": "line", "x0": i, "x1": i, "y0": 0, "y1": 1, "layer": "below"}
        lines.append(line | {"line": {"color": "@soft", "width": 1}})
        title = {"x": i, "y": 1.1, "text": f"<b>{as_text(name)}</b>", "font": {"size": 12, "color": "@text"}}
        notes.append(title)
        for height, text in ticks:
            tick = {"x": i, "y": height, "text": as_text(text), "xanchor": "left", "xshift": 4}
            notes.append(tick | {"font": {"size": 10, "color": "@soft"}, "bgcolor": "@paper"})
    if missing:
        notes.append({"x": 0, "y": MISSING_AT, "text": "not there", "xanchor": "right", "xshift": -4})
    layout = base_layout("", "")
    plain = {
        "showgrid": False,
        "zeroline": False,
        "showticklabels": False,
        "ticks": "",
        "fixedrange": True,
        "showline": False,
    }
    layout["xaxis"] |= plain | {"range": [-0.55, len(axes) + 0.6]}
    layout["yaxis"] |= plain | {"range": [bottom, 1.18]}
    layout |= {"height": 440, "hovermode": "closest"}
    layout |= {"shapes": lines, "annotations": [{"showarrow": False} | note for note in notes]}
    return layout


def slices(history: History, shares: Shares) -> dict[str, Figure]:
    """The metric against each hyperparameter by itself: slice-lr, slice-depth, ..."""
    points = [(row, flatten(row.point)) for row in _thinned(history, _drawn(history))]
    found = {}
    for name in searched(history, shares)[:SLICES]:
        found[f"slice-{name}"] = _slice(history, name, [(row, flat[name]) for row, flat in points if name in flat])
    return found


def _slice(history: History, name: str, pairs: Sequence[tuple[Row, Any]]) -> Figure:
    axis = _Axis(history, name, (value for _, value in pairs))
    place = {row.number: i for i, row in enumerate(leading(history))}
    data = []
    groups: list[tuple[str, str, str, int, Callable[[Row], bool]]] = [
        ("cut short", "@soft", "circle-open", 6, lambda row: row.state == "pruned"),
        ("complete", "@c0", "circle", 6, lambda row: row.state == "complete" and row.number not in place),
        ("leaders", "@c1", "star", 11, lambda row: row.number in place),
    ]
    for label, colour, symbol, size, belongs in groups:
        some = [(row, value) for row, value in pairs if belongs(row)]
        if not some:
            continue
        data.append(
            _points(
                [_across(axis, row, value) for row, value in some],
                [scaled(history.metric, row.value) for row, _ in some],
                name=label,
                text=[f"trial {row.number}: {words.value(value)}" for row, value in some],
                marker={"color": colour, "symbol": symbol, "size": size, "opacity": 0.85},
                hovertemplate=f"%{{text}}, {hover_format(history.metric, 'y')}<extra></extra>",
            )
        )
    layout = base_layout(name, metric_unit(history.metric), yaxis=_first_view(history))
    if axis.options is not None:
        places = list(range(len(axis.options)))
        layout["xaxis"] |= {"tickvals": places, "ticktext": [as_text(option) for option in axis.options]}
        layout["xaxis"] |= {"range": [-0.6, len(places) - 0.4]}
    else:
        layout["xaxis"] |= axis.drawn()
    layout |= {"height": 260, "showlegend": False}
    layout["margin"] = {"l": 48, "r": 8, "t": 10, "b": 44}
    return {"data": data, "layout": layout}


def _across(axis: _Axis, row: Row, value: Any) -> Any:
    """The value; options are numbered, and spread a little, always alike, so that trials do not hide each other."""
    if axis.options is None:
        return _short(value)
    return round(axis.options.index(words.value(value)) + 0.4 * ((row.number * GOLDEN) % 1 - 0.5), 3)


# -- what it gets wrong ---------------------------------------------------------------------------------------


def confusion(history: History) -> Figure | None:
    """Rows are what it is, columns what the network says; colour is the share of the row."""
    known = history.facts.get("evidence") or {}
    counts, labels = known.get("confusion"), known.get("labels")
    if not counts or not labels:
        return None
    names = [as_text(str(label)) for label in labels]
    shares = [[round(count / (sum(row) or 1), 4) for count in row] for row in counts]
    data = {
        "type": "heatmap", "z": shares, "x": names, "y": names, "customdata": counts, "zmin": 0, "zmax": 1,
        "colorscale": [[0, "@low"], [0.02, "@middle"], [1, "@high"]], "showscale": False, "xgap": 1, "ygap": 1,
        "hovertemplate": "is %{y}, called %{x}: %{customdata} (%{z:.1%})<extra></extra>",
    }  # fmt: skip
    layout = base_layout("called", "is")
    layout["xaxis"] |= {"type": "category", "side": "bottom", "constrain": "domain"}
    layout["yaxis"] |= {"type": "category", "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"}
    layout |= {"height": min(480, 150 + 36 * len(names))}
    if len(names) <= LABELLED:
        layout["annotations"] = [
            {
                "x": names[j], "y": names[i], "text": str(count), "showarrow": False,
                "font": {"size": 11, "color": "@paper" if shares[i][j] > 0.5 else "@ink"},
            }
            for i, row in enumerate(counts)
            for j, count in enumerate(row)
            if count
        ]  # fmt: skip
    return {"data": [data], "layout": layout}


def boundaries(history: History) -> dict[str, Figure]:
    """Where each leader says which class, over two features, with test examples: boundary-12, ..."""
    known = (history.facts.get("evidence") or {}).get("boundary") or {}
    return {f"boundary-{one['trial']}": _boundary(known, one) for one in known.get("trials", ())}


def _boundary(known: Mapping[str, Any], one: Mapping[str, Any]) -> Figure:
    x, y = known["x"], known["y"]
    classes = len(known["labels"])
    binary = classes == 2
    area = {
        "type": "heatmap", "x": x, "y": y, "hoverinfo": "skip", "showscale": False, "zmin": 0,
        "zmax": 255 if binary else classes - 1, "zsmooth": "best" if binary else False,
        "z": {"dtype": "u1", "bdata": one["values"], "shape": f"{len(y)}, {len(x)}"},
        "colorscale": [[0, "@classa"], [0.5, "@paper"], [1, "@classb"]] if binary else _many(classes),
    }  # fmt: skip
    data: list[dict[str, Any]] = [area]
    for label in range(classes):
        some = [point for point in known["points"] if point[2] == label]
        if not some:
            continue
        data.append(
            _points(
                [point[0] for point in some],
                [point[1] for point in some],
                name=as_text(str(known["labels"][label])),
                marker={
                    "color": ("@c0", "@c1", "@c2", "@c3", "@c4")[label % 5],
                    "symbol": SYMBOLS[label % 5], "size": 5, "line": {"width": 0.5, "color": "@paper"},
                },
                hovertemplate=f"{as_text(str(known['labels'][label]))}<extra></extra>",
            )
        )  # fmt: skip
    layout = base_layout("", "")
    layout["xaxis"] |= {"showgrid": False, "zeroline": False, "range": [x[0], x[-1]], "constrain": "domain"}
    layout["yaxis"] |= {"showgrid": False, "zeroline": False, "range": [y[0], y[-1]], "scaleanchor": "x"}
    layout |= {"height": 320, "margin": {"l": 40, "r": 8, "t": 10, "b": 34}}
    return {"data": data, "layout": layout}


def _many(classes: int) -> list[list[Any]]:
    """Steps of as many colours."""
    colours = ("@c0", "@c1", "@c2", "@c3", "@c4")
    scale: list[list[Any]] = []
    for one in range(classes):
        scale += [[one / classes, colours[one % 5]], [(one + 1) / classes, colours[one % 5]]]
    return scale


# -- parts of figures -----------------------------------------------------------------------------------------


def base_layout(x: str, y: str, *, yaxis: Mapping[str, Any] | None = None) -> dict[str, Any]:
    axis = {
        "gridcolor": "@grid", "zerolinecolor": "@grid", "linecolor": "@grid", "tickcolor": "@grid",
        "automargin": True,
    }  # fmt: skip
    return {
        "font": {"family": "system-ui, sans-serif", "size": 12, "color": "@text"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": axis | {"title": {"text": as_text(x), "standoff": 8}},
        "yaxis": axis | {"title": {"text": as_text(y), "standoff": 8}} | dict(yaxis or {}),
        "margin": {"l": 56, "r": 12, "t": 12, "b": 48},
        "height": 360,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 12}},
        "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@soft", "font": {"color": "@text"}},
        "hovermode": "closest",
    }


def _points(x: Sequence[Any], y: Sequence[Any], **more: Any) -> dict[str, Any]:
    return {"type": "scatter", "mode": "markers", "x": list(x), "y": list(y), **more}


def _whole(last: int) -> dict[str, Any]:
    """An axis of whole numbers from 1."""
    return {"dtick": max(1, math.ceil(last / 10)), "tick0": 1 if last <= 10 else 0, "tickformat": "d"}


def scaled(metric: Metric, value: float | None) -> float | None:
    """As it is drawn: shares in percent."""
    if value is None or not metric.share:
        return None if value is None else _short(float(value))
    return round(100 * value, 3)


def metric_unit(metric: Metric) -> str:
    return f"{metric.words}, %" if metric.share else metric.words


def hover_format(metric: Metric, axis: str) -> str:
    return f"%{{{axis}:.2f}} %" if metric.share else f"%{{{axis}:.3g}}"


def _finite(value: float, scale: float) -> float | None:
    return float(f"{value * scale:.5g}") if math.isfinite(value) else None


def _short(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_text(text: str) -> str:
    """Text that plotly will not take for its markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _state(row: Row) -> str:
    return "diverged" if row.ended == "diverged" else row.state
