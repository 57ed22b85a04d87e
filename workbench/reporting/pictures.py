"""The main figures as files, for pages that cannot run a script: report.md, a dashboard's artifacts. By matplotlib.

matplotlib takes half a second to load, so it is loaded when the first picture is drawn; without a screen, always.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from workbench.reporting import figures, words
from workbench.store.history import History, Row
from workbench.study.trial import Epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FOLDER = "pictures"  # beside report.md
COLOURS = figures.PALETTES["light"]
EVEN = 127.5  # of 255: both classes are as likely
BEHIND = 15  # other trials' curves, grey
SIDE_BY_SIDE = {"left": 0.08, "right": 0.99, "bottom": 0.14, "top": 0.96, "wspace": 0.22}  # of the figure
ALONE = {"left": 0.09, "right": 0.99, "bottom": 0.15, "top": 0.97}
NUMBERED = 12  # classes; in the cells of more there is no room for numbers
TITLES = {
    "learning-curves.svg": "Learning curves of the leaders: whole lines validation, dotted training",
    "optimization.png": "What each trial reached on the validation part, and the best so far",
    "front.png": "What each size of network reached on the validation part",
    "confusion.svg": "Which class is called what, on the test part",
    "boundary.png": "Where the leaders draw the line, with test examples",
}


def load() -> None:
    """What drawing needs, so that the first picture need not wait for it."""
    import matplotlib.backends.backend_svg  # noqa: F401
    import PIL.Image  # noqa: F401


def draw(history: History) -> dict[str, bytes]:
    """Every picture that this history has, by file name."""
    if not figures.leading(history):
        return {}
    makers: dict[str, Callable[[History], bytes | None]] = {
        "learning-curves.svg": _learning_curves,
        "optimization.png": _optimization,
        "front.png": _front,
        "confusion.svg": _confusion,
        "boundary.png": _boundaries,
    }
    made = {name: make(history) for name, make in makers.items()}
    return {name: content for name, content in made.items() if content is not None}


def curves(history: History, trial: int) -> bytes | None:
    """PNG of one trial's metric and loss against epochs; None where it ended no epoch."""
    [row] = [row for row in history.rows if row.number == trial]
    if not row.curve:
        return None
    with canvas(1, 2, places=SIDE_BY_SIDE) as (figure, axes):
        for each, quantity in zip(axes, _quantities(history), strict=True):
            _curve(each, history, row, quantity, COLOURS["@c0"], f"trial {trial}; dotted: training")
            name_axes(each, "epoch", figures.curve_unit(history, quantity)[1])
            each.locator_params(axis="y", nbins=5)  # ticks are most of the time
            each.locator_params(axis="x", nbins=5, integer=True)
        axes[0].legend(frameon=False)
        return saved(figure, "png")


def boundary(history: History, trial: int) -> bytes | None:
    """PNG of one trial's decision boundary; None where none was drawn of it."""
    known = _known_boundary(history)
    found = [one for one in known.get("trials", ()) if one["trial"] == trial]
    if not found:
        return None
    with canvas(1, 1, size=(4.2, 4.0)) as (figure, [axes]):
        area(axes, known, found[0])
        return saved(figure, "png")


def _learning_curves(history: History) -> bytes | None:
    leaders = figures.leading(history)
    if not any(row.curve for row in leaders):
        return None
    numbers = {row.number for row in leaders}
    others = [row for row in history.rows if row.number not in numbers and row.value and row.ended != "diverged"]
    others = sorted(others, key=lambda row: -history.metric.gain(row.value))[:BEHIND]
    with canvas(1, 2, places=SIDE_BY_SIDE) as (figure, axes):
        for each, quantity in zip(axes, _quantities(history), strict=True):
            scale, unit = figures.curve_unit(history, quantity)
            for row in others:
                each.plot(
                    *line(row, f"validation_{quantity}", scale), color=COLOURS["@dim"], lw=0.5, alpha=0.5,
                    rasterized=True,
                )  # fmt: skip
            for place, row in reversed(list(enumerate(leaders))):
                _curve(each, history, row, quantity, COLOURS[f"@c{place}"], f"trial {row.number}")
            _limit(each, figures.after_the_start(leaders, quantity, scale))
            name_axes(each, "epoch", unit)
        handles, labels = axes[0].get_legend_handles_labels()
        axes[1].legend(handles[::-1], labels[::-1], loc="upper right", frameon=False)
        return saved(figure, "svg")


def _optimization(history: History) -> bytes | None:
    plot = figures.optimization(history, whole=True)
    if plot is None:
        return None
    with canvas(1, 1, size=(8, 3.4), places=ALONE) as (figure, [axes]):
        for trace in plot["data"]:
            if trace["mode"] == "lines":
                axes.step(trace["x"], trace["y"], where="post", color=COLOURS["@c2"], label=trace["name"])
                continue
            colour = COLOURS[trace["marker"]["color"]]
            hollow, cross = "open" in trace["marker"]["symbol"], trace["marker"]["symbol"] == "x"
            axes.scatter(
                trace["x"], trace["y"], s=16, marker="x" if cross else "o", label=trace["name"], linewidths=0.9,
                color=colour, facecolors="none" if hollow else colour,
            )  # fmt: skip
        _limit(axes, plot["layout"]["yaxis"])
        axes.legend(loc="lower right", framealpha=0.85, edgecolor="none")  # points may lie behind it
        name_axes(axes, "trial", plot["layout"]["yaxis"]["title"]["text"])
        return saved(figure, "png")


def _front(history: History) -> bytes | None:
    plot = figures.front(history)
    if plot is None:
        return None
    marks = {"circle-open": ".", "circle": "o", "star": "*"}
    with canvas(1, 1, size=(8, 3.4)) as (figure, [axes]):
        for trace in plot["data"]:
            mark = trace["marker"]
            axes.scatter(
                trace["x"], trace["y"], s=mark["size"] ** 2 / 2, marker=marks[mark["symbol"]],
                label=trace["name"], color=COLOURS[mark["color"]],
            )  # fmt: skip
        axes.set_xscale("log")
        _limit(axes, plot["layout"]["yaxis"])
        axes.legend(frameon=False)
        name_axes(axes, "parameters", plot["layout"]["yaxis"]["title"]["text"])
        return saved(figure, "png")


def _confusion(history: History) -> bytes | None:
    known = history.facts.get("evidence") or {}
    if not known.get("confusion"):
        return None
    return matrix(known["confusion"], known["labels"], "svg")


def matrix(counts: list[list[int]], labels: list[str], kind: str) -> bytes:
    """A confusion matrix: rows are what it is, columns what the network says; colour is the share of the row."""
    shares = [[count / (sum(row) or 1) for count in row] for row in counts]
    side = min(8.0, 1.6 + 0.42 * len(labels))
    with canvas(1, 1, size=(side, side)) as (figure, [axes]):
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        ticks = range(len(labels)) if len(labels) <= figures.LABELLED else []
        axes.set_xticks(ticks, labels if ticks else [], rotation=90 if max(map(len, labels)) > 3 else 0)
        axes.set_yticks(ticks, labels if ticks else [])
        for i, row in enumerate(counts if len(labels) <= NUMBERED else ()):
            for j, count in enumerate(row):
                if count:
                    colour = "white" if shares[i][j] > 0.5 else COLOURS["@ink"]
                    axes.text(j, i, f"{count}", ha="center", va="center", fontsize=7, color=colour)
        axes.grid(visible=False)
        name_axes(axes, "called", "is")
        return saved(figure, kind)


def _known_boundary(history: History) -> Mapping[str, Any]:
    return (history.facts.get("evidence") or {}).get("boundary") or {}


def _boundaries(history: History) -> bytes | None:
    known = _known_boundary(history)
    trials = known.get("trials") or ()
    if not trials:
        return None
    reached = {row.number: words.reached(row) for row in history.rows}
    width = 2.5 * len(trials) + 0.5
    places = {"left": 0.5 / width, "right": 1 - 0.1 / width, "bottom": 0.1, "top": 0.9, "wspace": 0.08}
    with canvas(1, len(trials), size=(width, 2.8), places=places) as (figure, axes):
        for each, one in zip(axes, trials, strict=True):
            area(each, known, one)
            each.set_title(f"trial {one['trial']}: {reached.get(one['trial'], words.MISSING)}", fontsize=9)
            each.locator_params(nbins=5)  # ticks are most of the time
            each.yaxis.set_visible(each is axes[0])  # all show the same plane
        return saved(figure, "png")


def area(axes: Axes, known: Mapping[str, Any], one: Mapping[str, Any]) -> None:
    """What one network says over the plane, and the examples."""
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap, ListedColormap

    classes = len(known["labels"])
    x, y = known["x"], known["y"]
    grid = np.frombuffer(base64.b64decode(one["values"]), dtype=np.uint8).reshape(len(y), len(x))
    two = [COLOURS["@classa"], "white", COLOURS["@classb"]]
    strong = [COLOURS[f"@c{i % 5}"] for i in range(classes)]
    colours = LinearSegmentedColormap.from_list("two", two) if classes == 2 else ListedColormap(strong)
    axes.imshow(
        grid, origin="lower", extent=(x[0], x[-1], y[0], y[-1]), cmap=colours, vmin=0,
        vmax=255 if classes == 2 else classes - 1, alpha=1.0 if classes == 2 else 0.3, aspect="auto",
    )  # fmt: skip
    if classes == 2 and grid.min() < EVEN < grid.max():
        axes.contour(x, y, grid, levels=[EVEN], colors=COLOURS["@soft"], linewidths=0.9)
    for label in range(classes):
        some = [point for point in known["points"] if point[2] == label]
        axes.scatter(
            [point[0] for point in some], [point[1] for point in some], s=7, color=strong[label],
            marker="osD^v"[label % 5], edgecolors="white", linewidths=0.3, label=str(known["labels"][label]),
        )  # fmt: skip
    axes.grid(visible=False)


def _quantities(history: History) -> tuple[str, str]:
    """What is drawn against epochs: the metric, and the loss."""
    return ("accuracy" if history.metric.name in figures.CURVES else "value"), "loss"


def _curve(axes: Axes, history: History, row: Row, quantity: str, colour: str, name: str) -> None:
    scale, _ = figures.curve_unit(history, quantity)
    axes.plot(*line(row, f"validation_{quantity}", scale), color=colour, lw=1.6, label=name)
    axes.plot(*line(row, f"train_{quantity}", scale), color=colour, lw=1.2, ls=":")


class Curved(Protocol):
    """A trial, or the course of a training."""

    @property
    def curve(self) -> Sequence[Epoch]: ...


def line(row: Curved, name: str, scale: float | None = None) -> tuple[list[int], list[float]]:
    """One quantity of its curve against epochs; unless told otherwise, accuracies in percent."""
    scale = scale or (100.0 if name.endswith("accuracy") else 1.0)
    part, _, quantity = name.partition("_")
    return [epoch.epoch for epoch in row.curve], [
        scale * figures.measured(epoch, part, quantity) for epoch in row.curve
    ]


def unit(quantity: str) -> str:
    return "accuracy, %" if quantity == "accuracy" else "loss, nats"


def _limit(axes: Axes, axis: Mapping[str, Any]) -> None:
    """The range that the figure of report.html shows first."""
    if "range" not in axis:
        return
    low, high = axis["range"]
    if axis.get("type") == "log":
        axes.set_yscale("log")
        low, high = 10**low, 10**high
    axes.set_ylim(low, high)


def name_axes(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)


@contextmanager
def canvas(
    rows: int,
    columns: int,
    size: tuple[float, float] = (9, 3.6),
    places: Mapping[str, float] | None = None,
) -> Iterator[tuple[Figure, list[Axes]]]:
    """A figure without a window: nothing of the user's own matplotlib is used or changed.

    `places`: where the axes lie, as matplotlib's `subplots_adjust` has it. Without it they make room for whatever
    stands beside them, which takes as long as two more drawings.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    style: Any = {
        "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 8.5, "axes.grid": True,
        "grid.color": COLOURS["@grid"], "axes.edgecolor": COLOURS["@dim"], "axes.axisbelow": True,
        "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "workbench", "svg.fonttype": "none",
        "text.color": COLOURS["@text"], "axes.labelcolor": COLOURS["@text"], "figure.dpi": 110,
    }  # fmt: skip
    # To ask which backend there is loads pyplot; a figure with a canvas of its own needs none.
    plain: Any = {name: value for name, value in mpl.rcParamsDefault.items() if name != "backend"}
    with mpl.rc_context():
        mpl.rcParams.update({**plain, **style})
        figure = Figure(figsize=size, layout=None if places else "constrained", facecolor="white")
        FigureCanvasAgg(figure)
        yield figure, list(figure.subplots(rows, columns, squeeze=False, gridspec_kw=dict(places or {})).flat)


def saved(figure: Figure, kind: str) -> bytes:
    """The same figure gives the same bytes: no date in it. A PNG of 256 colours is a third of one of all."""
    file = io.BytesIO()
    if kind == "svg":
        figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()
    from PIL import Image

    drawn: Any = figure.canvas  # Agg's, see `canvas`
    drawn.draw()
    picture = Image.frombuffer("RGBA", drawn.get_width_height(), drawn.buffer_rgba())
    picture.convert("RGB").quantize(256).save(file, "PNG", optimize=True)
    return file.getvalue()
