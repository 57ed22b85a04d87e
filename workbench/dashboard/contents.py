"""What the dashboard shows of a study beside Optuna's own plots: notes and files of the leading trials.

Written when a command ends, in one go and bounded: a trial of 25 ms must not wait for a picture.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.confidence import Leader
from workbench.reporting import page, reading, summary, words
from workbench.reporting.figures import CURVES, Figure, boundaries, coloured, confusion, learning_curves
from workbench.reporting.files import KEPT
from workbench.reporting.pictures import boundary, curves
from workbench.reporting.summary import Ranked
from workbench.store.artifacts import Artifacts
from workbench.store.history import History, to_columns
from workbench.store.importance import importances
from workbench.store.shown import Shown, show
from workbench.study.metric import METRICS, Metric
from workbench.study.trial import Epoch

LEADERS = 20  # trials that get a note and their curves as a table
PICTURED = 5  # of them get pictures, a tenth of a second each
LARGEST = 20 * 2**20  # bytes of the best network's weights; larger ones stay in reports/STUDY alone


def publish(where: str | None, history: History, folder: Path, artifacts: Artifacts) -> None:
    """Write it all to the storage at `where`, files to `artifacts`. `folder` is that of the study's reports."""
    show(where, history.study, contents(history, folder), artifacts)


def contents(history: History, folder: Path) -> Shown:
    """What is to be seen of the study."""
    leaders = [place for place in summary.ranking(history) if place.rank is not None][:LEADERS]
    return Shown(
        note=note(history, folder),
        figures={name: _titled(title, figure) for name, title, figure in _figures(history) if figure is not None},
        notes={place.row.number: "\n".join(trial_note(history, place)) for place in leaders},
        files={place.row.number: dict(_files(place, history, folder)) for place in leaders},
    )


def note(history: History, folder: Path) -> str:
    """The study's note: its result, and where the report is."""
    link = f"[The report](/report/{folder.name}/), where `workbench dashboard` serves this page."
    title, _, rest = page.note(history, reading.read(history, importances(history))).partition("\n")
    return f"{title}\n\n{link}\n{rest}"


def _figures(history: History) -> Iterator[tuple[str, str, Figure | None]]:
    """(name, title, figure): what optuna-dashboard has no plot of its own for."""
    if history.metric.name not in CURVES:
        title = f"{history.metric.title} of the leaders"
        yield "metric-curves", title, learning_curves(history, "value")
    yield "learning-curves", "Accuracy of the leaders (dotted: training)", learning_curves(history, "accuracy")
    yield "loss-curves", "Loss of the leaders (dotted: training)", learning_curves(history, "loss")
    yield "confusion-matrix", "Confusion matrix", confusion(history)
    for name, figure in boundaries(history).items():
        yield name, f"Decision boundary of trial {name.rpartition('-')[2]}", figure


def _titled(title: str, figure: Figure) -> Figure:
    """With real colours, and a title: the dashboard has neither page nor heading around it."""
    made = coloured(figure)
    made["layout"] |= {"title": {"text": title, "x": 0.02, "y": 0.98}, "paper_bgcolor": "#ffffff", "height": 440}
    made["layout"]["margin"] = made["layout"].get("margin", {}) | {"t": 84}
    return made


def trial_note(history: History, place: Ranked) -> Iterator[str]:
    """A trial's note, line by line: its place, what it reached, at what point."""
    row, best = place.row, place.row.best
    yield from (f"**Rank {place.rank}** of {words.count(summary.counts(history)['total'], 'trial')}.", "")
    if row.enqueued is not None:
        yield from (f"Enqueued by the study file: {row.enqueued}.", "")
    if best is not None:
        validation = f"{words.percent(best.validation_accuracy)}, loss {words.loss(best.validation_loss)}"
        training = f"{words.percent(best.train_accuracy)}, loss {words.loss(best.train_loss)}"
        if history.metric.name != "accuracy":
            yield from (f"Validation {history.metric.words} {words.reached(row)}.", "")
        yield from (f"Validation accuracy {validation}, at epoch {best.epoch} of {len(row.curve)}.", "")
        if row.spread is not None:
            yield from (f"The mean of {len(row.folds)} folds ± {words.deviation(history.metric, row.spread)}.", "")
        yield from (f"On its training minibatches then: {training}.", "")
    if row.metrics:
        told = (f"{METRICS[name].words} {words.measured(METRICS[name], one)}" for name, one in row.metrics.items())
        yield from (f"By every metric: {', '.join(told)}.", "")
    if place.leader is not None and place.leader.runs:
        yield from (_confirmed(place.leader, history.metric), "")
    yield from (f"{words.count(row.parameters, 'parameter')}, {words.duration(row.seconds)} of training.", "")
    yield from ("| name | value |", "| --- | --- |")
    yield from (page.row([name, words.value(value)]) for name, value in row.point.items())


def _confirmed(leader: Leader, metric: Metric) -> str:
    """What its repeats with other seeds say."""
    found, runs = leader.interval, words.count(len(leader.fresh or leader.runs), "run")
    mean = f"mean {words.measured(metric, found.mean if found else leader.compared_mean)}"
    ends = [words.measured(metric, end) for end in (found.low, found.high)] if found else []
    spread = f", 95 % interval {' to '.join(ends)}" if ends else ""
    verdict = "tied with the best" if leader.tied_with_best else "behind"
    verdict = "**recommended**" if leader.recommended else verdict
    return f"With other seeds: {mean} of {runs}{spread}; {verdict}."


def _files(place: Ranked, history: History, folder: Path) -> Iterator[tuple[str, bytes]]:
    row, weights = place.row, folder / KEPT["weights"]
    yield "curves.csv", _csv(row.curve).encode()
    if place.rank is not None and place.rank <= PICTURED:
        for name, picture in (("curves.png", curves), ("boundary.png", boundary)):
            if (content := picture(history, row.number)) is not None:
                yield name, content
    if _kept_trial(folder, history.study) == row.number and weights.stat().st_size <= LARGEST:
        yield weights.name, weights.read_bytes()


def _csv(curve: Sequence[Epoch]) -> str:
    """One line an epoch; the dashboard shows it as a table."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    columns = to_columns(curve)
    table.writerow(columns)
    for line in zip(*columns.values(), strict=True):
        table.writerow([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in line])
    return text.getvalue()


def _kept_trial(folder: Path, study: str) -> Any:
    """The number of the trial whose weights lie in the folder."""
    try:
        about = json.loads((folder / KEPT["model"]).read_text(encoding="utf-8"))
        return about["trial"] if about["study"] == study and (folder / KEPT["weights"]).exists() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
