"""A byte that was flipped is an error or changes nothing: never another result."""

from __future__ import annotations

import random
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.store import integrity, trials
from workbench.store.history import History, from_jsonl, to_jsonl
from workbench.study.space import Fixed, FloatRange, IntRange

PLANE = {
    "units": IntRange(bounds=(8, 64), log=True, per="depth"),
    "depth": IntRange(bounds=(1, 2)),
    "lr": FloatRange(bounds=(1e-3, 0.2), log=True),
    "epochs": Fixed(value=2),
}
FLIPS = 60


def timeless(history: History) -> History:
    """Without the times of start and end, which are the storage's own and have no digest."""
    return replace(history, rows=tuple(replace(row, started=None, finished=None) for row in history.rows))


def flips(content: bytes, count: int) -> list[bytes]:
    dice = random.Random(0)
    found = []
    for _ in range(count):
        place, bit = dice.randrange(len(content)), 1 << dice.randrange(8)
        found.append(content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :])
    return found


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory, fake: ModuleType) -> Path:
    path = tmp_path_factory.mktemp("journal") / "a.journal"
    fake.tune(fake.open_store(str(path), fake.spec(PLANE, sampler="random", pruner="none")), 4)
    return path


def read(path: str) -> History | None:
    try:
        return timeless(trials.read(path, "fake"))
    except WorkbenchError:
        return None


def earlier(found: History, whole: History) -> bool:
    """Whether it is the same, but for trials that are trained again, with the same result."""
    return all(row in whole.rows or row.state in ("running", "waiting") for row in found.rows)


def test_a_flipped_bit_in_a_journal_is_an_error_or_changes_nothing(journal: Path, tmp_path: Path) -> None:
    whole, told = read(str(journal)), 0
    assert whole is not None
    content = journal.read_bytes()
    copy = tmp_path / "b.journal"
    for spoiled in flips(content[:-1], FLIPS):  # without its last end of line: see below
        copy.write_bytes(spoiled)
        found = read(str(copy))
        told += found is None
        assert found is None or earlier(found, whole)
    assert told > 0.9 * FLIPS  # the others hit an id of a process, or the last line: one that was cut off


def test_a_journal_that_was_cut_is_an_error_or_an_earlier_state(journal: Path, tmp_path: Path) -> None:
    whole = read(str(journal))
    assert whole is not None
    content, copy, dice = journal.read_bytes(), tmp_path / "b.journal", random.Random(0)
    for _ in range(20):
        copy.write_bytes(content[: dice.randrange(len(content))])
        found = read(str(copy))
        assert found is None or earlier(found, whole)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, fake: ModuleType) -> Path:
    path = tmp_path_factory.mktemp("database") / "a.db"
    fake.tune(fake.open_store(f"sqlite:///{path}", fake.spec(PLANE, sampler="random", pruner="none")), 3)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


CHANGES = [
    "UPDATE trial_params SET param_value = param_value * 1.01 WHERE param_name = 'lr' AND trial_id = 1",
    "UPDATE trial_params SET param_name = 'le' WHERE param_name = 'lr' AND trial_id = 1",
    "UPDATE trial_user_attributes SET value_json = replace(value_json, '0.', '1.') WHERE key = 'curve'",
    "UPDATE trial_user_attributes SET value_json = '1' WHERE key = 'seconds'",
    "UPDATE trial_user_attributes SET key = 'curvf' WHERE key = 'curve' AND trial_id = 2",
    "UPDATE trials SET state = 'PRUNED' WHERE trial_id = 2",
    "UPDATE trials SET number = 9 WHERE trial_id = 2",
    "UPDATE study_user_attributes SET key = 'workbench:spfc' WHERE key = 'workbench:spec'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_row_of_a_database_is_an_error(change: str, database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "b.db"
    shutil.copy(database, copy)
    with sqlite3.connect(copy) as connection:
        assert connection.execute(change).rowcount > 0
    connection.close()
    assert read(f"sqlite:///{copy}") is None


CELLS = [
    ("trials", "state"), ("trials", "number"), ("trial_params", "param_name"), ("trial_params", "param_value"),
    ("trial_params", "distribution_json"), ("trial_user_attributes", "key"),
    ("trial_user_attributes", "value_json"), ("trial_values", "value"),
]  # fmt: skip


# Not shrunk: each example opens a database.
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip
@given(data=st.data())
def test_any_changed_cell_of_a_finished_trial_is_an_error_or_changes_nothing(
    data: st.DataObject, database: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "b.db"
    shutil.copy(database, copy)
    whole = read(f"sqlite:///{database}")
    assert whole is not None
    table, column = data.draw(st.sampled_from(CELLS))
    with sqlite3.connect(copy) as connection:
        rows = connection.execute(f"SELECT rowid, {column} FROM {table}").fetchall()
        row, value = data.draw(st.sampled_from(rows))
        if isinstance(value, str):
            place = data.draw(st.integers(0, len(value) - 1))
            value = value[:place] + data.draw(st.sampled_from('019.-"{}[]:,aeE _')) + value[place + 1 :]
        else:
            value += data.draw(st.sampled_from([-1, 1, 7])) * (1 if isinstance(value, int) else 0.01)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, row))
    connection.close()
    found = read(f"sqlite:///{copy}")
    assert found is None or earlier(found, whole)


def test_a_flipped_bit_in_a_history_is_an_error_or_changes_nothing(journal: Path) -> None:
    whole = trials.read(str(journal), "fake")
    text = to_jsonl(whole)
    assert from_jsonl(text) == whole
    for spoiled in flips(text.encode(), FLIPS):
        try:
            found = from_jsonl(spoiled.decode())
        except (WorkbenchError, UnicodeDecodeError):
            continue
        assert found == whole


def test_a_line_without_a_checksum_is_optunas_own() -> None:
    line = {"op_code": 4, "worker_id": "a", "study_id": 0}
    assert integrity.check_line(dict(line)) == line
    with pytest.raises(ValueError, match="a name that no record has"):
        integrity.check_line({**line, "sun": "00000000"})
    with pytest.raises(ValueError, match="not what was written"):
        integrity.check_line({**line, "sum": "00000000"})


def test_what_others_note_at_a_trial_is_theirs(journal: Path, tmp_path: Path, fake: ModuleType) -> None:
    from workbench.store.storage import open_storage

    copy = tmp_path / "b.journal"
    shutil.copy(journal, copy)
    storage: Any = open_storage(str(copy))
    [study] = storage.get_all_studies()
    storage.set_study_user_attr(study._study_id, "mine", 1)
    assert read(str(copy)) == read(str(journal))
