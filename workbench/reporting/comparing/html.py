"""The comparison as one file like report.html, with the same look, script and plots."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from workbench.reporting import figures, words
from workbench.reporting.comparing import text, values
from workbench.reporting.comparing.values import Side, Steps
from workbench.reporting.figures import Figure
from workbench.reporting.html import parts
from workbench.reporting.html.document import assemble
from workbench.reporting.html.parts import Section

COLOURS = 5  # that can be told apart; more studies take them again, dashed


def page(sides: Sequence[Side]) -> str:
    """The whole file."""
    shown = drawn(sides)
    names = " and ".join(side.label for side in sides)
    title = f"{names} compared"
    said = "".join(f"<li><p>{escape(line)}</p></li>" for line in values.verdicts(sides))
    head = (
        f'<section id="result"><h1>{escape(title)}</h1><ul class="verdicts">{said}</ul>'
        f"{_side_by_side(sides)}</section>\n"
    )
    parts = [Section("result", "Result", head), _curves(sides, shown), _mattered(sides, shown), _differing(sides)]
    return assemble(title, [part for part in parts if part], shown, "Written by workbench. Plots: plotly.js (MIT).")


def drawn(sides: Sequence[Side]) -> dict[str, Figure]:
    """The figures, by name."""
    made = {
        "by-trials": _steps(sides, [side.by_trials() for side in sides], "trials"),
        "by-seconds": _steps(sides, [side.by_seconds() for side in sides], "seconds of training"),
        "shares": _bars(sides),
    }
    return {name: figure for name, figure in made.items() if figure is not None}


def _side_by_side(sides: Sequence[Side]) -> str:
    curves = "best over"
    rows = [row for row in text.rows(sides)[1:] if not row[0].startswith((curves, "  from"))]
    end = next((i for i, row in enumerate(rows) if row[0] == "time"), len(rows) - 1) + 1
    body = "".join(
        f'<tr><th scope="row">{escape(row[0].strip())}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        for row in rows[:end]
    )
    return parts.table(parts.heads(["", *(side.label for side in sides)]), body, "The studies side by side")


def _curves(sides: Sequence[Side], shown: dict[str, Figure]) -> Section | None:
    told = "; ".join(
        f"{side.label}: {words.measured(side.metric, steps[-1][1])}"
        for side in sides
        if (steps := side.by_trials())
    )
    pair = [
        parts.figure(shown, "by-trials", "Over trials", "The best so far, on the validation part.", told),
        parts.figure(shown, "by-seconds", "Over time", "The same; breaks between two commands left out.", told),
    ]
    there = "".join(one for one in pair if one)
    return parts.section("curves", "Curves", "How soon", f'<div class="two">{there}</div>') if there else None


def _mattered(sides: Sequence[Side], shown: dict[str, Figure]) -> Section | None:
    known = values.shares(sides)
    if not known:
        return None
    told = "; ".join(
        f"{name}: {', '.join('-' if share is None else f'{share:.0%}' for share in row)}"
        for name, row in known.items()
    )
    note = "Importance for coming into the best tenth (PED-ANOVA), trials cut short included."
    return parts.section(
        "importances", "Importances", "What mattered", parts.figure(shown, "shares", "Importances", note, told)
    )


def _differing(sides: Sequence[Side]) -> Section | None:
    rows = values.ranges(sides) | values.settings(sides)
    if not rows:
        return None
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for name, row in rows.items()
    )
    heads = parts.heads(["", *(side.label for side in sides)])
    return parts.section(
        "differing", "Differences", "What was searched otherwise", parts.table(heads, body, "Differences")
    )


# -- figures --------------------------------------------------------------------------------------------------


def _steps(sides: Sequence[Side], curves: Sequence[Steps], what: str) -> Figure | None:
    if not any(curves):
        return None
    data = [
        {
            "type": "scatter", "mode": "lines+markers", "name": side.label, "line": _line(i),
            "marker": {"size": 5}, "x": [round(place, 3) for place, _ in steps],
            "y": [figures.scaled(side.metric, value) for _, value in steps],
            "hovertemplate": f"{figures.as_text(side.label)}, %{{x}}: " + figures.hover_format(side.metric, "y")
            + "<extra></extra>",
        }
        for i, (side, steps) in enumerate(zip(sides, curves, strict=True))
        if steps
    ]  # fmt: skip
    low, high = text.scale(curves, sides[0].metric)
    space = max((high - low) * 0.08, 0.002)
    metric = sides[0].metric
    axis = {"range": [figures.scaled(metric, low - space), figures.scaled(metric, high + space)]}
    label = f"best validation {figures.metric_unit(metric)}" if text.alike(sides) else "best, in its metric"
    return {"data": data, "layout": figures.base_layout(what, label, yaxis=axis)}


def _line(i: int) -> dict[str, Any]:
    return {"shape": "hv", "color": _colour(i), "width": 2, "dash": "solid" if i < COLOURS else "dash"}


def _colour(i: int) -> str:
    return f"@c{i % COLOURS}"


def _bars(sides: Sequence[Side]) -> Figure | None:
    known = values.shares(sides)
    if not known:
        return None
    names = list(known)[::-1]
    data = [
        {
            "type": "bar", "orientation": "h", "name": side.label, "y": names, "marker": {"color": _colour(i)},
            "x": [None if known[name][i] is None else round(100 * (known[name][i] or 0.0), 2) for name in names],
            "hovertemplate": f"{figures.as_text(side.label)}, %{{y}}: %{{x:.1f}} %<extra></extra>",
        }
        for i, side in enumerate(sides)
        if side.shares
    ]  # fmt: skip
    layout = figures.base_layout("share of what sets the best tenth apart, %", "")
    layout["yaxis"] |= {"automargin": True, "ticks": ""}
    layout |= {"height": 110 + 26 * len(names) * len(data), "barmode": "group", "showlegend": True}
    return {"data": data, "layout": layout}
