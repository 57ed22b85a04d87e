"""The comparison in a terminal: a column a study, as many beside one another as fit."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.reporting import summary, words
from workbench.reporting.comparing import values
from workbench.reporting.comparing.values import Side, Steps
from workbench.study.metric import Metric

SPARK = "▁▂▃▄▅▆▇█"
ASCII = "_.-=+*#@"
LENGTH = 24  # characters of a sparkline
MOST = 6  # importances shown

Line = list[str]  # what the line is about, then a cell for each study


def lines(sides: Sequence[Side], width: int | None, *, plain: bool = False) -> list[str]:
    """What to print. `width`: of the terminal, None in a pipe; `plain`: in ASCII."""
    table = rows(sides, plain=plain)
    said: list[str] = []
    shown = list(range(1, len(sides) + 1))
    while shown:
        count = next((n for n in range(len(shown), 1, -1) if _fits(table, shown[:n], width)), 1)
        said += [*_aligned(_columns(table, shown[:count])), ""]
        shown = shown[count:]
    return said


def rows(sides: Sequence[Side], *, plain: bool = False) -> list[Line]:
    """Everything but the verdicts; the first row is the names."""
    counts = [summary.counts(side.history) for side in sides]
    table = [["", *(side.label for side in sides)]]
    table += [
        ["data", *(_data(side) for side in sides)],
        ["recommended trial", *(_best(side) for side in sides)],
        [f"validation {_measure(sides)}", *(_reached(side) for side in sides)],
        ["confirmed", *(_confirmed(side) for side in sides)],
        *_tested(sides),
        ["test accuracy", *(_test(side) for side in sides)],
        ["trials", *(f"{one['total']:,}" for one in counts)],
        ["  complete", *(f"{one['complete']:,}" for one in counts)],
        ["  pruned", *(f"{one['pruned']:,}" for one in counts)],
        ["  failed", *(f"{one['failed']:,}" for one in counts)],
        ["time", *(_time(side) for side in sides)],
    ]
    table += _curves(sides, plain=plain)
    if known := values.shares(sides):
        table.append(["importance", *("" for _ in sides)])
        table += [
            [f"  {name}", *("-" if share is None else f"{share:.0%}" for share in row)]
            for name, row in list(known.items())[:MOST]
        ]
    for title, differing in (
        ("searched otherwise", values.ranges(sides)),
        ("set otherwise", values.settings(sides)),
    ):
        if differing:
            table.append([title, *("" for _ in sides)])
            table += [[f"  {name}", *row] for name, row in differing.items()]
    return table


def _curves(sides: Sequence[Side], *, plain: bool) -> list[Line]:
    """Best so far over trials and over seconds, each with one scale for all studies."""
    found = []
    for what, curves, unit in (
        ("trials", [side.by_trials() for side in sides], lambda end: f"{end:,.0f}"),
        ("time", [side.by_seconds() for side in sides], words.duration),
    ):
        if not any(curves):
            continue
        end = max(steps[-1][0] for steps in curves if steps)
        low, high = scale(curves, sides[0].metric)
        sparks = [sparkline(steps, end, low, high, plain=plain) for steps in curves]
        found.append([f"best over {what} (to {unit(end)})", *sparks])
    if found:
        low, high = scale([side.by_trials() for side in sides], sides[0].metric)
        ends = (words.measured(sides[0].metric, end) for end in (low, high))
        found.append([f"  from {' to '.join(ends)}", *("" for _ in sides)])
    return found


def scale(curves: Sequence[Steps], metric: Metric) -> tuple[float, float]:
    """Without the worst quarter, for first trials are often far behind all others."""
    reached = sorted(value for steps in curves for _, value in steps)
    quarter = len(reached) // 4
    return (reached[0], reached[-1 - quarter]) if metric.minimize else (reached[quarter], reached[-1])


def sparkline(steps: Steps, end: float, low: float, high: float, *, plain: bool = False) -> str:
    """The best so far at each of LENGTH moments up to `end`; blank before the first and after the last."""
    signs = ASCII if plain else SPARK
    if not steps:
        return words.MISSING
    text = ""
    for i in range(1, LENGTH + 1):
        moment = end * i / LENGTH
        known = [value for place, value in steps if place <= moment]
        if not known or moment - end / LENGTH >= steps[-1][0]:
            text += " "
            continue
        share = (known[-1] - low) / (high - low) if high > low else 1.0
        text += signs[round(min(max(share, 0.0), 1.0) * (len(signs) - 1))]
    return text.rstrip() or signs[0]


def _measure(sides: Sequence[Side]) -> str:
    """The metric, where all studies have the same."""
    return sides[0].metric.words if alike(sides) else "metric"


def alike(sides: Sequence[Side]) -> bool:
    """Whether all studies are judged by the same metric."""
    return len({side.metric.name for side in sides}) == 1


def _tested(sides: Sequence[Side]) -> list[Line]:
    """The metric on the test part, where it is not the accuracy."""
    if all(side.metric.name == "accuracy" for side in sides):
        return []
    told = [words.measured(side.metric, summary.value(side.test or {}, side.metric)) for side in sides]
    return [[f"test {_measure(sides)}", *told]]


def _data(side: Side) -> str:
    return f"{side.data['name']} {side.data['md5'][:8]}" if side.data else words.MISSING


def _best(side: Side) -> str:
    row = side.best
    return words.MISSING if row is None else f"{row.number} ({words.count(row.parameters, 'parameter')})"


def _reached(side: Side) -> str:
    row = side.best
    return words.MISSING if row is None else words.reached(row)


def _confirmed(side: Side) -> str:
    found = side.interval
    if found is None:
        return "no"
    flattered = "" if len(values.independent(side)) > 1 else ", as chosen"
    told = words.bounds(side.metric, found.low, found.high)
    return f"{words.measured(side.metric, found.mean)} ({told}){flattered}"


def _test(side: Side) -> str:
    score = side.test
    return words.MISSING if score is None else within(score["accuracy"], score["low"], score["high"])


def within(mean: float, low: float, high: float) -> str:
    """ "98.30 % (98.03 to 98.54)"."""
    return f"{words.percent(mean)} ({words.points(low)} to {words.points(high)})"


def _time(side: Side) -> str:
    seconds = side.history.facts.get("seconds")
    return words.MISSING if seconds is None else words.duration(seconds)


# -- columns --------------------------------------------------------------------------------------------------


def _columns(table: Sequence[Line], shown: Sequence[int]) -> list[Line]:
    return [[row[0], *(row[i] for i in shown)] for row in table]


def _fits(table: Sequence[Line], shown: Sequence[int], width: int | None) -> bool:
    return width is None or max(map(len, _aligned(_columns(table, shown)))) <= width


def _aligned(table: Sequence[Line]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(n) for cell, n in zip(row, widths, strict=True)).rstrip() for row in table]
