"""A trial's network from its seed: the same data, engine, order and number of epochs lead to the same weights."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import torch

from workbench.data.splits import Splits
from workbench.errors import WorkbenchError
from workbench.exporting.network import Network, restored
from workbench.store.history import History, Row
from workbench.study.check import check
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch
from workbench.study.user_code import check_named
from workbench.tuning import checkpoint, examples
from workbench.tuning.folds import FIRST, FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane, Trained


def trial_of(history: History, number: int, *, diverged: bool = False) -> Row:
    """The trial that trained what trial `number` stands for. WorkbenchError where it led to no network; `diverged`:
    but one that has diverged will do."""
    rows = {row.number: row for row in history.rows}
    if number not in rows:
        there = f"0 to {max(rows)}" if rows else "none yet"
        raise WorkbenchError(
            f"study {history.study} has no trial {number}", hint=f"its trials: {there}; ranking.csv lists them"
        )
    row = rows[number]
    if row.duplicate_of is not None:
        return trial_of(history, row.duplicate_of, diverged=diverged)
    if row.ended == "diverged" and row.curve and diverged:
        return row
    if row.state in ("failed", "running", "waiting") or row.ended == "diverged" or row.best is None:
        how = "diverged" if row.ended == "diverged" else {"failed": "failed"}.get(row.state, "has not ended")
        raise WorkbenchError(
            f"trial {number} of {history.study} {how}{f': {row.reason}' if row.reason else ''}",
            hint="name a trial that was completed, or pruned: ranking.csv lists them",
        )
    return row


def again(history: History, row: Row, home: Path, say: Callable[[str], None]) -> Network:
    """Train the trial once more. `home`: where a user's "file.py:function" lies."""
    spec = spec_of(history, home)
    data = data_of(history, spec, row)
    trained = _train(history, spec, row, data)
    best = trained.outcome.best
    if trained.weights is None or best is None:
        raise WorkbenchError(f"trial {row.number} could not be trained again: {trained.outcome.reason}")
    if best != row.best:
        assert row.best is not None
        say(
            f"trial {row.number} did not repeat its numbers to the last digit (another device or version of "
            f"torch?): validation accuracy {best.validation_accuracy:.4f}, then {row.best.validation_accuracy:.4f}"
        )
    about = _about(history, spec, row, best, data)
    if data.folds is not None:
        first = data.folds.fold(0).info
        about["trained_on"] = FIRST.format(data.info.folds)
        about |= {"standardize": {"mean": first.mean, "deviation": first.deviation}}
    return restored(about, trained.weights)


def data_of(history: History, spec: StudySpec, row: Row, device: torch.device | str = "cpu") -> Splits:
    """The examples that the trial was trained on. WorkbenchError where they are others now."""
    known = history.facts.get("data") or {}
    data, _ = examples.load(spec, device, require=not known.get("stand_in"))
    if known and data.info.md5 != known["md5"]:
        raise WorkbenchError(
            f"trial {row.number} of {history.study} cannot be trained again: the data are not those of the study "
            f"(md5 {data.info.md5}, then {known['md5']})",
            hint="put the old data back, or search again: workbench tune --fresh",
        )
    return data


def spec_of(history: History, home: Path) -> StudySpec:
    """The study as it was run, which the file may no longer say."""
    spec, mistakes = check(history.spec, home)
    if spec is None:
        raise WorkbenchError("\n".join([f"study {history.study} as it is stored:", *map(str, mistakes)]))
    check_named(spec.code, home, f"study {history.study} as it is stored")
    return spec


def _train(history: History, spec: StudySpec, row: Row, data: Splits) -> Trained:
    order = derive(spec.search.seed, "order")
    serial = SerialTrainer(
        task=spec.task,
        family=spec.model.family,
        folder=spec.folder,
        order_seed=order,
        device="cpu",
        loss=spec.loss,
        metric=spec.objective.name,
    )
    fused = FusedTrainer(task=spec.task, order_seed=order, device="cpu", metric=spec.objective.name)
    trainer = FoldTrainer(fused if str(history.facts.get("engine")).startswith("fused") else serial)

    def until_it_was_stopped(ended: Mapping[int, Epoch]) -> Collection[int]:
        return [number for number, epoch in ended.items() if epoch.epoch >= len(row.curve)]

    lane = Lane(row.number, row.point, derive(spec.search.seed, "trial", row.number))
    [trained] = trainer.train([lane], data, until_it_was_stopped)
    return trained


def _about(history: History, spec: StudySpec, row: Row, best: Epoch, data: Splits) -> dict[str, Any]:
    """As in best.json."""
    return {
        "study": history.study,
        "trial": row.number,
        "trained_on": "training part",
        "epoch": best.epoch,
        **checkpoint.network(spec, data.info, row.point, best),
        "test": None,
    }
