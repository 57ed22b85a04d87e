"""The files of a report, in one folder, each replaced whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench import atomic, confidence
from workbench.confidence import Leader
from workbench.reporting import drawing, figures, page, pictures, reading, summary
from workbench.reporting.html.document import document, pack
from workbench.store.history import History, strict, to_jsonl
from workbench.store.importance import importances
from workbench.study.metric import fitting
from workbench.study.space import flatten

WRITTEN = {
    "report": "report.md",
    "html": "report.html",
    "ranking": "ranking.csv",
    "summary": "summary.json",
    "history": "history.jsonl",
}
KEPT = {"weights": "best.pt", "model": "best.json"}  # written by the search itself, when it finds a better trial


def write_reports(
    history: History, folder: Path, *, seconds: Mapping[str, float], begin: drawing.Begin = drawing.here
) -> dict[str, Path]:
    """Write every report, and say what is where, the best network's files included. All of it is made before the
    first file is touched: what goes wrong leaves the old reports as they were.

    `seconds` is what this command took: "total", and what of it went where. `begin`: who draws the pictures.
    """
    text = to_jsonl(history)
    drawing_ends = begin(history, text)
    pack()  # meanwhile
    kept = _kept(history, folder)
    shares = importances(history)
    verdicts = reading.read(history, shares)
    paths = {name: folder / file for name, file in (WRITTEN | kept).items()}
    contents = {
        "ranking": ranking_csv(history),
        "summary": _json(summary.result(history, seconds=seconds, reports=paths) | _background(history)),
        "history": text,
        "html": document(history, verdicts, figures.every(history, shares)),
    }
    drawn = drawing_ends()
    shown = {f"{pictures.FOLDER}/{name}": pictures.TITLES[name] for name in drawn}
    contents["report"] = page.page(history, folder=folder, network=bool(kept), verdicts=verdicts, shown=shown)
    for name, content in drawn.items():
        atomic.write(folder / pictures.FOLDER / name, content)
    for name, text in contents.items():
        atomic.write(paths[name], text.encode())
    return paths


def _kept(history: History, folder: Path) -> dict[str, str]:
    """The best network's files, where they are those of this history's best trial and not of another one's."""
    winner = summary.best(history)
    try:
        about = json.loads((folder / KEPT["model"]).read_text(encoding="utf-8"))
        of_the_best = winner is not None and (about["study"], about["trial"]) == (history.study, winner.number)
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return KEPT if of_the_best and (folder / KEPT["weights"]).exists() else {}


def ranking_csv(history: History) -> str:
    """One line a trial, in the order of the ranking; a column for every metric, which are known of the leaders, and
    for every hyperparameter, per-layer ones apart."""
    ranked = summary.ranking(history)
    names = _columns(history)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    measures = fitting(history.spec["task"])
    heads = [*_FIXED, *(f"metric.{name}" for name in measures), *(["front"] if history.by_size_too else [])]
    front = {row.number for row in confidence.front(history)} if history.by_size_too else set()
    columns = [f"space.{name}" if name in heads else name for name in names]
    table.writerow(map(no_formula, [*heads, *columns]))
    for place in ranked:
        row, epoch = place.row, place.row.best
        measured = (
            (epoch.epoch, epoch.train_loss, epoch.train_accuracy, epoch.validation_loss, epoch.validation_accuracy)
            if epoch
            else (None,) * 5
        )
        point = flatten(row.point)
        cells = [place.rank, row.number, place.state, row.value, *_confirmed(place.leader), *measured]
        cells += [row.spread, row.seconds, row.parameters, row.duplicate_of, row.reason, row.enqueued]
        cells += [row.metrics.get(name) for name in measures]
        cells += [*([row.number in front] if history.by_size_too else []), *(point.get(name) for name in names)]
        table.writerow([_cell(cell) for cell in cells])
    return text.getvalue()


def no_formula(text: str) -> str:
    """The cell as spreadsheets show it: with a ' before what they would take for a formula and run."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _confirmed(leader: Leader | None) -> tuple[Any, ...]:
    if leader is None:
        return (None,) * 5
    found = leader.interval
    told = (found.mean, found.low, found.high) if found else (None,) * 3
    return (*told, leader.tied_with_best, leader.recommended)


_FIXED = (
    "rank", "trial", "state", "value", "confirmed_mean", "confirmed_low", "confirmed_high", "tied_with_best",
    "recommended", "best_epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
    "folds_deviation", "seconds", "parameters", "duplicate_of", "reason", "enqueued",
)  # fmt: skip


def _columns(history: History) -> list[str]:
    """The flat names in use, in the order of the study file: units_1, units_2 where `units` stands."""
    order = {name: i for i, name in enumerate(history.spec["space"])}
    found = {
        (order.get(name, len(order)), i, flat): None
        for row in history.rows
        for name, value in row.point.items()
        for i, flat in enumerate(flatten({name: value}))
    }
    return [flat for _, _, flat in sorted(found)]


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return no_formula(value)
    return f"{value:.6g}" if isinstance(value, float) else value


def _background(history: History) -> dict[str, Any]:
    return {"counts": summary.counts(history), "spec": history.spec, "facts": _told(history.facts)}


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts without pictures and grids, which are in history.jsonl."""
    evidence = {k: v for k, v in (facts.get("evidence") or {}).items() if k not in ("mistakes", "boundary")}
    return {**facts, **({"evidence": evidence} if evidence else {})}


def _json(table: dict[str, Any]) -> str:
    return json.dumps(strict(table), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
