"""What has changed of a study's trials, into the storage: one append to a journal, one transaction of a database.

A journal takes what Optuna's storage says as lines of one write. In a database each of those calls is two or three
statements, 48 ms a trial where one trains in 25, so rows that are only added go into Optuna's tables by the dozen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from optuna.distributions import distribution_to_json
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState, create_trial

from workbench.store.storage import together

if TYPE_CHECKING:
    from sqlalchemy import Connection

Rows = defaultdict[Any, list[dict[str, Any]]]  # table -> rows to be added


@dataclass(frozen=True)
class Change:
    """A trial as it is to be stored, as it is stored, and its id there; None: it is not there yet."""

    now: FrozenTrial
    before: FrozenTrial | None
    trial_id: int | None


def write(storage: BaseStorage, study_id: int, changes: Mapping[int, Change]) -> dict[int, int]:
    """All or nothing: {number: id in the storage}. New trials must come in the order of their numbers."""
    with together(storage) as connection:
        return write_within(connection, storage, study_id, changes)


def write_within(
    connection: Connection | None, storage: BaseStorage, study_id: int, changes: Mapping[int, Change]
) -> dict[int, int]:
    """The same, as a part of what goes on `together`."""
    rows: Rows | None = None if connection is None else defaultdict(list)
    if connection is not None:
        changes = _created(connection, study_id, changes)
    ids = {number: _write(storage, study_id, change, rows) for number, change in changes.items()}
    if connection is not None and rows is not None:
        for table, several in rows.items():
            connection.execute(table.__table__.insert(), several)
    for number, change in changes.items():  # last, for a trial that has ended can no longer be changed
        before = TrialState.RUNNING if change.before is None else change.before.state
        created = change.before is None and rows is None
        if change.now.state not in (TrialState.RUNNING, before) and not created:
            storage.set_trial_state_values(ids[number], change.now.state, change.now.values)
    return ids


def _created(connection: Connection, study_id: int, changes: Mapping[int, Change]) -> dict[int, Change]:
    """The changes, each of a trial that is there: new ones are made here, for Optuna counts all rows for each."""
    from optuna.storages._rdb.models import TrialModel  # SQLAlchemy: a quarter of a second, for databases only
    from sqlalchemy import select

    new = {number: change for number, change in changes.items() if change.before is None}
    if not new:
        return dict(changes)
    table = TrialModel.__table__
    row: dict[str, Any] = {"study_id": study_id, "state": TrialState.RUNNING}
    begun = {number: _as_stored(change.now.datetime_start) for number, change in new.items()}
    connection.execute(table.insert(), [row | {"number": n, "datetime_start": when} for n, when in begun.items()])
    found = select(table.c.number, table.c.trial_id).where(table.c.study_id == study_id)
    newest = connection.execute(found.order_by(table.c.trial_id.desc()).limit(len(new)))
    ids: dict[int, int] = dict(newest.tuples().all())
    blank = create_trial(state=TrialState.RUNNING)
    there = {number: replace(change, before=blank, trial_id=ids[number]) for number, change in new.items()}
    return {**changes, **there}


def _as_stored(moment: datetime | None) -> datetime | None:
    """Optuna's databases hold UTC without saying so, its trials local time."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)


def _write(storage: BaseStorage, study_id: int, change: Change, rows: Rows | None) -> int:
    """All but how it ended. What is new goes into `rows` where there are any, else call by call."""
    now, before, trial_id = change.now, change.before, change.trial_id
    if before is None or trial_id is None:
        return storage.create_new_trial(study_id, template_trial=now)
    if now.state == TrialState.RUNNING != before.state:
        storage.set_trial_state_values(trial_id, TrialState.RUNNING)
    changes: dict[str, tuple[Mapping[Any, Any], Mapping[Any, Any]]] = {
        "param": (now.params, before.params),
        "step": (now.intermediate_values, before.intermediate_values),
        "system": (now.system_attrs, before.system_attrs),
        "user": (now.user_attrs, before.user_attrs),
    }
    for kind, (new, old) in changes.items():
        for key, value in new.items():
            if key not in old and rows is not None:
                table, row = _row(kind, key, value, now)
                rows[table].append({"trial_id": trial_id, **row})
            elif key not in old or old[key] != value:
                _call(storage, trial_id, kind, key, value, now)
    return trial_id


def _call(storage: BaseStorage, trial_id: int, kind: str, key: Any, value: Any, trial: FrozenTrial) -> None:
    match kind:
        case "param":  # of a trial whose process died while it was drawn
            distribution = trial.distributions[key]
            storage.set_trial_param(trial_id, key, distribution.to_internal_repr(value), distribution)
        case "step":
            storage.set_trial_intermediate_value(trial_id, key, value)
        case "system":
            storage.set_trial_system_attr(trial_id, key, value)
        case _:
            storage.set_trial_user_attr(trial_id, key, value)


def _row(kind: str, key: Any, value: Any, trial: FrozenTrial) -> tuple[Any, dict[str, Any]]:
    """The table, and the row that Optuna's call would make; a test reads them back through Optuna."""
    from optuna.storages._rdb import models  # SQLAlchemy: a quarter of a second, for databases only

    match kind:
        case "param":
            distribution = trial.distributions[key]
            stored = distribution.to_internal_repr(value)
            return models.TrialParamModel, {
                "param_name": key, "param_value": stored, "distribution_json": distribution_to_json(distribution)
            }  # fmt: skip
        case "step":
            number, sort = models.TrialIntermediateValueModel.intermediate_value_to_stored_repr(value)
            return models.TrialIntermediateValueModel, {
                "step": key, "intermediate_value": number, "intermediate_value_type": sort
            }  # fmt: skip
    table = models.TrialSystemAttributeModel if kind == "system" else models.TrialUserAttributeModel
    return table, {"key": key, "value_json": json.dumps(value)}
