"""The pictures of one training that was watched, as PNG: how it learned, what it says, what goes on inside."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.reporting import words
from workbench.reporting.pictures import COLOURS, area, canvas, line, matrix, name_axes, saved, unit
from workbench.study.course import Course, Look, Spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLES = {
    "curves.png": "Loss and accuracy of training and validation part, against updates and epochs",
    "boundary.png": "What it says over the plane, after some epochs; above training examples, below validation",
    "confusion.png": "Which class is called what, on the validation part after the last epoch",
    "mistakes.png": "The mistakes on the validation part that it is surest of",
    "activations.png": "What the layers give for validation examples, after some epochs",
    "gradients.png": "How long the layers' gradients are: median of an epoch, and 10 to 90 % of its updates",
}
TRAINING, VALIDATION = COLOURS["@c0"], COLOURS["@c1"]
LOOKS = 5  # epochs side by side
LAYERS = 9  # with a panel or a line of their own
BINS = 48
SMOOTH = 40  # windows of minibatches over a training, for the line through them
ROW = 5  # mistakes side by side
WIDE = 20  # a loss that falls or rises by this factor has a logarithmic axis

One = TypeVar("One")


@dataclass(frozen=True)
class Seen:
    """All that is drawn. `planes` and `beside`: see `tuning.watching`; None for data of other than two features."""

    course: Course
    evidence: Mapping[str, Any]  # see `tuning.evidence`; empty where it was not collected
    planes: Mapping[str, Any] | None = None
    beside: Sequence[Sequence[float]] = ()  # validation examples over the planes


def draw(seen: Seen) -> dict[str, bytes]:
    """Every picture that there is something for, by file name."""
    course, known = seen.course, seen.evidence
    made = {
        "curves.png": _curves(course),
        "boundary.png": _boundary(seen),
        "confusion.png": matrix(known["confusion"], known["labels"], "png") if known.get("confusion") else None,
        "mistakes.png": _mistakes(known.get("mistakes") or ()),
        "activations.png": _activations(_picked(course.looks, LOOKS)),
        "gradients.png": _gradients(course),
    }
    return {name: content for name, content in made.items() if content is not None}


# -- how it learned -------------------------------------------------------------------------------------------


def _curves(course: Course) -> bytes | None:
    if not course.curve:
        return None
    with canvas(2, 2, size=(9, 6)) as (figure, axes):
        for row, (quantity, values) in enumerate((("loss", course.losses), ("accuracy", course.accuracies))):
            _against_updates(axes[2 * row], course, quantity, values)
            _against_epochs(axes[2 * row + 1], course, quantity)
        for each in axes:
            each.locator_params(axis="x", nbins=6)
        axes[3].legend(loc="lower right", frameon=False)
        return saved(figure, "png")


def _against_updates(axes: Axes, course: Course, quantity: str, values: Sequence[float]) -> None:
    """Every minibatch, a mean that moves along, and the validation part where an epoch ends."""
    scale = 100.0 if quantity == "accuracy" else 1.0
    each = len(values) // len(course.curve)  # updates of an epoch
    shown = [scale * value for value in values]
    axes.plot(range(1, len(shown) + 1), shown, color=TRAINING, lw=0.5, alpha=0.3)
    axes.plot(*_smoothed(shown), color=TRAINING, lw=1.4)
    epochs, reached = line(course, f"validation_{quantity}")
    mark = "o" if len(epochs) <= 40 else None
    axes.plot([each * epoch for epoch in epochs], reached, color=VALIDATION, lw=1.4, marker=mark, ms=2.5)
    _scaled(axes, quantity, [*shown, *reached])
    name_axes(axes, "update", unit(quantity))


def _against_epochs(axes: Axes, course: Course, quantity: str) -> None:
    drawn: list[float] = []
    for part, colour in (("train", TRAINING), ("validation", VALIDATION)):
        epochs, values = line(course, f"{part}_{quantity}")
        drawn += values
        mark = "o" if len(epochs) <= 40 else None
        label = "training, while it learns" if part == "train" else "validation"
        axes.plot(epochs, values, color=colour, lw=1.6, marker=mark, ms=2.5, label=label)
    _scaled(axes, quantity, drawn)
    axes.locator_params(axis="x", integer=True)
    name_axes(axes, "epoch", unit(quantity))


def _smoothed(values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Means of neighbouring minibatches, at the middle of each window."""
    window = max(1, len(values) // SMOOTH)
    starts = range(0, len(values) - window + 1, max(1, window // 2))
    return [at + (window + 1) / 2 for at in starts], [sum(values[at : at + window]) / window for at in starts]


def _scaled(axes: Axes, quantity: str, values: Sequence[float]) -> None:
    known = [value for value in values if math.isfinite(value)]
    if quantity == "loss" and known and 0 < WIDE * min(known) < max(known):
        axes.set_yscale("log")


# -- what it says ---------------------------------------------------------------------------------------------


def _boundary(seen: Seen) -> bytes | None:
    if seen.planes is None:
        return None
    shown = _picked(seen.planes["trials"], LOOKS)
    validation = {**seen.planes, "points": seen.beside}
    reached = {epoch.epoch: epoch.validation_accuracy for epoch in seen.course.curve}
    with canvas(2, len(shown), size=(2.2 * len(shown) + 0.3, 5.0)) as (figure, axes):
        for column, one in enumerate(shown):
            above, below = axes[column], axes[len(shown) + column]
            area(above, seen.planes, one)
            area(below, validation, one)
            epoch = one["trial"]
            above.set_title("start" if epoch == 0 else f"epoch {epoch}", fontsize=9)
            if epoch in reached:
                below.set_title(words.percent(reached[epoch]), fontsize=9)
            for each in (above, below):
                each.locator_params(nbins=4)  # ticks are most of the time
                each.tick_params(labelleft=column == 0, labelbottom=each is below)
        axes[0].set_ylabel("training")
        axes[len(shown)].set_ylabel("validation")
        figure.legend(
            *axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False, title="class"
        )
        return saved(figure, "png")


def _mistakes(mistakes: Sequence[Mapping[str, Any]]) -> bytes | None:
    """Those that have a picture: what it is, what it is called, and how sure the network is."""
    shown = [one for one in mistakes if one.get("png")]
    if not shown:
        return None
    from PIL import Image

    columns = min(ROW, len(shown))
    rows = -(-len(shown) // columns)
    with canvas(rows, columns, size=(1.5 * columns, 1.8 * rows)) as (figure, axes):
        for each in axes:
            each.axis("off")
        for each, one in zip(axes, shown, strict=False):
            picture = Image.open(io.BytesIO(base64.b64decode(one["png"])))
            each.imshow(picture, cmap="gray", vmin=0, vmax=255)
            each.set_title(f"is {one['true']}, called\n{one['predicted']} ({one['confidence']:.0%})", fontsize=7.5)
        return saved(figure, "png")


# -- what goes on inside --------------------------------------------------------------------------------------


def _activations(looks: Sequence[Look]) -> bytes | None:
    names = _picked(list(looks[-1].activations), LAYERS) if looks else []
    if not names:
        return None
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    with canvas(rows, columns, size=(3.2 * columns, 2.5 * rows)) as (figure, axes):
        for each in axes[len(names) :]:
            each.set_visible(False)
        for each, name in zip(axes, names, strict=False):
            _histograms(
                each, name, [(look.epoch, look.activations[name]) for look in looks if name in look.activations]
            )
        axes[0].set_ylabel("share of values")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
        return saved(figure, "png")


def _histograms(axes: Axes, name: str, spreads: Sequence[tuple[int, Spread]]) -> None:
    """One outline a look, the later the darker. Where a layer holds values back, these are told, not drawn: the
    column of zeros would flatten all others."""
    every = [value for _, spread in spreads for value in spread.values if math.isfinite(value)]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    room = (high - low) / BINS or 1.0
    edges = [low + i * (high - low + room) / BINS for i in range(BINS + 1)]
    for colour, (epoch, spread) in zip(_ramp(len(spreads)), spreads, strict=True):
        held = spread.zeros > 0.01
        values = [value for value in spread.values if value != 0.0 or not held]
        counts = [0] * BINS
        for value in values:
            if math.isfinite(value):
                counts[min(BINS - 1, int((value - low) / (edges[1] - edges[0])))] += 1
        shares = [count / len(spread.values) for count in counts]
        axes.stairs(shares, edges, color=colour, lw=1.2, label="start" if epoch == 0 else f"epoch {epoch}")
    first, last = spreads[0][1].zeros, spreads[-1][1].zeros
    told = f"\nzeros: {first:.0%} at first, {last:.0%} at last" if max(first, last) > 0.01 else ""
    axes.set_title(name + told, fontsize=8.5)


def _gradients(course: Course) -> bytes | None:
    names = _picked(list(course.gradients), LAYERS)
    if not names or not course.curve:
        return None
    with canvas(1, 1, size=(8, 3.8)) as (figure, [axes]):
        epochs = [epoch.epoch for epoch in course.curve]
        for colour, name in zip(_ramp(len(names)), names, strict=True):
            low, middle, high = zip(*course.gradients[name], strict=True)
            axes.fill_between(epochs, low, high, color=colour, alpha=0.15, lw=0)
            axes.plot(epochs, middle, color=colour, lw=1.5, label=name, marker="o" if len(epochs) == 1 else None)
        if any(value > 0 for name in names for band in course.gradients[name] for value in band):
            axes.set_yscale("log")
        axes.locator_params(axis="x", integer=True)
        name_axes(axes, "epoch", "norm of the gradient")
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, title="from the input on")
        return saved(figure, "png")


def _picked(every: Sequence[One], count: int) -> list[One]:
    """The first, the last and some between, evenly."""
    if len(every) <= count:
        return list(every)
    return [every[round(i * (len(every) - 1) / (count - 1))] for i in range(count)]


def _ramp(count: int) -> list[Any]:
    """So many colours from light to dark."""
    from matplotlib import colormaps

    return [colormaps["viridis_r"](0.1 + 0.8 * i / max(1, count - 1)) for i in range(count)]
