from __future__ import annotations

import json
import math
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest

from workbench.errors import WorkbenchError
from workbench.store import trials
from workbench.store.history import History, Row
from workbench.study.space import Choice, Fixed, FloatRange
from workbench.study.trial import Epoch, Outcome


def told(history: History) -> list[tuple[Any, ...]]:
    """What may not depend on how often a study was interrupted."""
    return [
        (row.number, row.state, row.ended, row.point, row.value, str(row.curve), row.reason, row.duplicate_of)
        for row in history.rows
    ]


# -- resuming ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_study_that_is_resumed_equals_one_that_never_stopped(
    where: str, elsewhere: str, sampler: str, fake: ModuleType
) -> None:
    study = fake.spec(sampler=sampler)
    whole = fake.tune(fake.open_store(where, study), 12)
    for total in (3, 11, 12):
        parts = fake.tune(fake.open_store(elsewhere, study), total)
    assert told(parts) == told(whole)
    assert len({str(row.point) for row in whole.rows}) == 12  # no draw is repeated


@pytest.mark.parametrize(
    "search", [{"sampler": "tpe", "pruner": "hyperband"}, {"sampler": "qmc", "pruner": "halving"}]
)
def test_a_kill_after_any_record_changes_nothing(search: dict[str, str], tmp_path: Path, fake: ModuleType) -> None:
    file, cut = tmp_path / "whole.journal", tmp_path / "cut.journal"
    whole = fake.tune(fake.open_store(str(file), fake.spec(**search)), 13)
    records = file.read_bytes().splitlines(keepends=True)
    for count in range(1, len(records), 23):
        half_a_record = records[count][: len(records[count]) // 2]
        cut.write_bytes(b"".join(records[:count]) + half_a_record)
        again = fake.tune(fake.open_store(str(cut), fake.spec(**search)), 13)
        assert told(again) == told(whole), f"killed after {count} of {len(records)} records"


def test_what_the_pruner_said_before_a_kill_holds(tmp_path: Path, fake: ModuleType) -> None:
    file, cut = tmp_path / "whole.journal", tmp_path / "cut.journal"
    study = fake.spec(sampler="random", pruner="halving")
    whole = fake.tune(fake.open_store(str(file), study), 12)
    records = file.read_bytes().splitlines(keepends=True)
    judged = [number for number, record in enumerate(records, 1) if b"intermediate_value" in record]
    assert len(judged) > 12
    assert {row.state for row in whole.rows} == {"pruned", "complete"}
    for count in judged:
        cut.write_bytes(b"".join(records[:count]))
        assert told(fake.tune(fake.open_store(str(cut), study), 12)) == told(whole)


def test_a_killed_trial_is_trained_again_under_its_number(where: str, elsewhere: str, fake: ModuleType) -> None:
    study = fake.spec(pruner="median")
    whole = fake.tune(fake.open_store(elsewhere, study), 10)
    store = fake.open_store(where, study)
    fake.tune(store, 7)
    killed = fake.ask(store)
    for number in (1, 2, 3):
        if fake.report(store, killed, fake.epoch_of(killed, number)):
            break
    store = fake.open_store(where, study)
    assert store.resumed.total == 7
    assert [row.state for row in store.history().rows][7:] == ["waiting"]
    again = fake.ask(store)
    assert again == killed
    fake.settle(store, again)
    assert told(fake.tune(store, 10)) == told(whole)


def test_a_released_trial_is_the_next_one(where: str, fake: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "DEATHS", 3)
    store = fake.open_store(where, fake.spec())
    fake.tune(store, 2)
    released = fake.ask(store)
    for _ in range(trials.DEATHS + 1):
        store.release()
        store.flush()
        store = fake.open_store(where, fake.spec())
        assert fake.ask(store) == released
    assert store.counts().total == 2


def test_a_trial_that_kills_its_process_again_and_again_is_given_up(
    where: str, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "DEATHS", 3)
    for _ in range(trials.DEATHS):
        deadly = fake.ask(fake.open_store(where, fake.spec()))
        assert deadly.number == 0
    store = fake.open_store(where, fake.spec())
    [row] = store.history().rows
    assert (row.state, row.ended, row.reason) == (
        "failed", "failed", "the process ended 3 times while training this trial",
    )  # fmt: skip
    assert fake.ask(store).number == 1
    assert store.counts().as_dict() == {"total": 1, "complete": 0, "pruned": 0, "failed": 1}


def test_a_trial_that_comes_further_from_death_to_death_is_not_given_up(
    where: str, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "DEATHS", 2)
    for epoch in range(1, fake.EPOCHS):  # as on machines that are taken away again and again
        store = fake.open_store(where, fake.spec(pruner="none"))
        trial = fake.ask(store)
        assert trial.number == 0
        fake.report(store, trial, fake.epoch_of(trial, epoch))
    assert fake.ask(fake.open_store(where, fake.spec(pruner="none"))).number == 0
    assert fake.ask(fake.open_store(where, fake.spec(pruner="none"))).number == 1, "twice at one epoch"


def test_kill_minus_nine_while_writing_leaves_a_store_that_goes_on(where: str, fake: ModuleType) -> None:
    chance = random.Random(7)
    finished: dict[int, Row] = {}
    for _ in range(3):
        with subprocess.Popen([sys.executable, fake.__file__, where], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # it has told its first trial
            time.sleep(chance.uniform(0.0, 0.2))
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
        rows = trials.read(where, "fake").rows
        assert {number: rows[number] for number in finished} == finished
        finished = {row.number: row for row in rows if row.state in trials.FINISHED}
    store = fake.open_store(where, fake.spec())
    assert "running" not in {row.state for row in store.history().rows}
    assert store.counts().total == len(finished) > 0
    history = fake.tune(store, len(finished) + 2)
    assert [row.number for row in history.rows] == list(range(len(history.rows)))


# -- batches ----------------------------------------------------------------------------------------------------


def test_a_round_and_an_epoch_are_written_at_once(tmp_path: Path, fake: ModuleType) -> None:
    file = tmp_path / "a.journal"
    store = fake.open_store(str(file), fake.spec(sampler="random", pruner="none"))
    sizes = []

    def records() -> int:
        return len(file.read_bytes().splitlines())

    before = records()
    asked = store.ask(8)
    store.report({trial.number: fake.epoch_of(trial, 1) for trial in asked})
    assert records() == before, "something was written before the flush"
    store.flush()
    assert records() == before + 8, "a trial that was never written is one record"
    store.report({trial.number: fake.epoch_of(trial, 2) for trial in asked})
    store.tell([fake.train(store, trial) for trial in asked[:4]])
    store.flush()
    store.flush()
    sizes = [row.state for row in trials.read(str(file), "fake").rows]
    assert sizes.count("running") == 4
    assert len(sizes) == 8


def test_a_flush_is_one_transaction(tmp_path: Path, fake: ModuleType) -> None:
    """Cut off in its middle, it leaves nothing of itself, and the next one writes it all."""
    where = f"sqlite:///{tmp_path / 'a.db'}"
    store = fake.open_store(where, fake.spec(sampler="random", pruner="none"))
    asked = store.ask(3)
    store.flush()
    store.tell([fake.train(store, trial) for trial in asked])
    write, written = store._storage.set_trial_state_values, []

    def break_down(trial_id: int, *what: Any) -> bool:
        written.append(trial_id)
        if len(written) == 3:
            raise OSError("the disk is gone")
        return bool(write(trial_id, *what))

    store._storage.set_trial_state_values = break_down
    with pytest.raises(WorkbenchError, match="the disk is gone"):
        store.flush()
    assert [row.state for row in trials.read(where, "fake").rows] == ["running"] * 3
    store.flush()
    assert "running" not in {row.state for row in trials.read(where, "fake").rows}


def test_a_journal_is_shared_with_a_study_that_writes_meanwhile(tmp_path: Path, fake: ModuleType) -> None:
    file = str(tmp_path / "a.journal")
    ours = fake.open_store(file, fake.spec(name="ours", sampler="random"))
    theirs = fake.open_store(file, fake.spec(name="theirs", sampler="random", seed=1))
    mine, yours = ours.ask(3), theirs.ask(3)
    for store in (ours, theirs, ours):
        store.flush()
    for store, asked in ((ours, mine[:1]), (theirs, yours), (ours, mine[1:])):
        store.tell([fake.train(store, trial) for trial in asked])
        store.flush()
    for name, asked in (("ours", mine), ("theirs", yours)):
        rows = trials.read(file, name).rows
        assert [row.point for row in rows] == [trial.point for trial in asked]
        assert all(row.ended is not None for row in rows)


def test_a_flush_is_overdue_after_a_second(tmp_path: Path, fake: ModuleType) -> None:
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec())
    assert not store.overdue
    store.ask(1)
    assert not store.overdue
    time.sleep(trials.DELAY + 0.01)
    assert store.overdue
    store.flush()
    assert not store.overdue


def test_trials_of_one_round_keep_away_from_each_other(tmp_path: Path, fake: ModuleType) -> None:
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(pruner="none"))
    fake.tune(store, 15)
    points = [str(trial.point) for trial in store.ask(8)]
    assert len(set(points)) == 8


# -- outcomes ---------------------------------------------------------------------------------------------------


def test_a_point_is_trained_once(where: str, fake: ModuleType) -> None:
    space = {"activation": Choice(options=["relu", "tanh"]), "batch_norm": Choice(options=[True, False])}
    store = fake.open_store(where, fake.spec(space, sampler="random", pruner="none"))
    rows = fake.tune(store, 9).rows
    trained = [row for row in rows if row.duplicate_of is None]
    assert len(trained) == len({str(row.point) for row in rows}) <= 4
    for row in rows:
        if row.duplicate_of is not None:
            twin = rows[row.duplicate_of]
            assert twin in trained
            assert (row.point, row.curve, row.state, row.value) == (twin.point, twin.curve, twin.state, twin.value)
    assert store.counts().complete == 9
    reopened = fake.open_store(where, fake.spec(space, sampler="random", pruner="none"))
    trial = fake.ask(reopened)
    assert reopened.twin(trial.point) == next(row for row in rows if row.point == trial.point)


def test_true_and_one_are_two_points(where: str, fake: ModuleType) -> None:
    store = fake.open_store(where, fake.spec({"batch_norm": Choice(options=[True, False])}, sampler="random"))
    fake.tune(store, 4)
    trial = fake.ask(store)
    assert store.twin(trial.point) is not None
    assert store.twin({"batch_norm": int(trial.point["batch_norm"])}) is None


def test_a_diverged_trial_counts_as_pruned_and_keeps_its_reason(where: str, fake: ModuleType) -> None:
    store = fake.open_store(where, fake.spec(pruner="none"))
    trial = fake.ask(store)
    first, last = fake.epoch_of(trial, 1), Epoch(2, math.inf, 0.1, math.nan, math.nan)
    assert fake.report(store, trial, first) is False
    assert fake.report(store, trial, last) is False
    row = fake.tell(store, Outcome(trial.number, "diverged", (first, last), 0.5, 7, "the loss is not a number"))
    assert (row.state, row.ended, row.reason) == ("pruned", "diverged", "the loss is not a number")
    assert row.value == first.validation_accuracy
    assert row.curve[0] == first
    assert str(row.curve[1]) == str(last)
    assert store.counts().as_dict() == {"total": 1, "complete": 0, "pruned": 1, "failed": 0}
    [kept] = trials.read(where, "fake").rows
    assert str(kept) == str(replace(row, finished=kept.finished))  # it is written a moment after it is told


@pytest.mark.parametrize("ended", ["complete", "pruned", "diverged", "failed"])
def test_no_number_that_is_none_reaches_the_file(ended: str, tmp_path: Path, fake: ModuleType) -> None:
    file = tmp_path / "a.journal"
    store = fake.open_store(str(file), fake.spec())
    trial = fake.ask(store)
    epoch = Epoch(1, math.nan, math.nan, math.inf, math.nan)
    fake.report(store, trial, epoch)
    row = fake.tell(store, Outcome(trial.number, ended, (epoch,), 0.5, 7))  # type: ignore[arg-type]
    store.remember("tests", [{"loss": math.inf, "accuracy": math.nan}])
    assert row.state == ("failed" if ended == "failed" else "pruned")

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    for record in file.read_text().splitlines():
        json.loads(record, parse_constant=refuse)
    assert store.recall("tests") == [{"loss": "inf", "accuracy": None}]


def test_tpe_learns_to_keep_away_from_where_trials_diverge(tmp_path: Path, fake: ModuleType) -> None:
    """Beyond lr = 0.01 all diverge, and the best values are next to it. Told as failed, TPE stays there."""

    def beyond(ended: str) -> float:
        space = {"lr": FloatRange(bounds=(1e-4, 1.0), log=True), "epochs": Fixed(value=1)}
        store = fake.open_store(str(tmp_path / f"{ended}.journal"), fake.spec(space, pruner="none"))
        rates = []
        for _ in range(40):
            trial = fake.ask(store)
            rates.append(trial.point["lr"])
            if rates[-1] > 1e-2:
                fake.tell(store, Outcome(trial.number, ended, (), 0.1, 7, "diverged"))  # type: ignore[arg-type]
            else:
                accuracy = 0.2 * math.log10(rates[-1] / 1e-4)
                fake.tell(store, Outcome(trial.number, "complete", (Epoch(1, 1, 1, 1, accuracy),), 0.1, 7))
        return sum(rate > 1e-2 for rate in rates[20:]) / 20

    assert beyond("diverged") < 0.5 < beyond("failed")


def test_a_trial_that_got_to_its_last_epoch_is_not_pruned(tmp_path: Path, fake: ModuleType) -> None:
    space = {"lr": FloatRange(bounds=(1e-3, 0.2), log=True), "epochs": Fixed(value=3)}  # rungs after 1 and 3
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(space, pruner="halving"))
    said = []
    for accuracies in [(0.5, 0.6, 0.9), (0.4,), (0.6, 0.6, 0.7)]:
        trial = fake.ask(store)
        curve = tuple(Epoch(number, 1, 1, 1, accuracy) for number, accuracy in enumerate(accuracies, 1))
        said.append([fake.report(store, trial, epoch) for epoch in curve])
        fake.tell(store, Outcome(trial.number, "complete", curve, 0.1, 7))
    assert said == [[False, False, False], [True], [False, False, False]]


# -- generations and identity --------------------------------------------------------------------------------------


def test_fresh_starts_beside_the_old_trials(where: str, fake: ModuleType) -> None:
    first = fake.tune(fake.open_store(where, fake.spec()), 3)
    store = fake.open_store(where, fake.spec(), fresh=True)
    assert (store.name, store.generation, store.resumed.total) == ("fake@2", 2, 0)
    assert fake.open_store(where, fake.spec(), fresh=True).name == "fake@2"  # it holds nothing yet
    fake.tune(store, 2)
    assert fake.open_store(where, fake.spec()).name == "fake@2"
    assert fake.open_store(where, fake.spec(), fresh=True).name == "fake@3"
    assert trials.read(where, "fake", 1).rows == first.rows
    assert trials.read(where, "fake@2").study == trials.read(where, "fake", 2).study == "fake@2"
    assert trials.read(where, "fake").study == "fake@3"
    assert trials.names(where) == ["fake", "fake@2", "fake@3"]


def test_another_space_is_refused_with_both_ways_on(where: str, fake: ModuleType) -> None:
    fake.tune(fake.open_store(where, fake.spec()), 2)
    before = trials.read(where, "fake")
    changed = fake.spec(fake.SPACE | {"lr": FloatRange(bounds=(1e-4, 1e-1), log=True)}, seed=3)
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store(where, changed)
    assert "holds 2 trials" in refusal.value.message
    assert "space.lr.float: [0.001, 1.0] -> [0.0001, 0.1]" in refusal.value.message
    assert "search.seed: 0 -> 3" in refusal.value.message
    assert "--fresh" in str(refusal.value.hint)
    assert "undo" in str(refusal.value.hint)
    assert trials.read(where, "fake") == before
    assert fake.open_store(where, changed, fresh=True).name == "fake@2"


def test_budget_sampler_and_pruner_may_change(where: str, fake: ModuleType) -> None:
    fake.tune(fake.open_store(where, fake.spec(sampler="tpe", pruner="hyperband")), 3)
    history = fake.tune(fake.open_store(where, fake.spec(sampler="random", pruner="none")), 5)
    assert len(history.rows) == 5
    assert trials.read(where, "fake").spec["search"] == {"sampler": "random", "pruner": "none", "seed": 0}


def test_a_study_of_somebody_else_is_not_touched(where: str, fake: ModuleType) -> None:
    fake.open_store(where, fake.spec(name="ours"))
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    foreign = optuna.create_study(study_name="fake", storage=_optuna(where))
    foreign.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(WorkbenchError, match="that workbench did not make"):
        fake.open_store(where, fake.spec())
    assert trials.names(where) == ["ours"]


# -- what is remembered -----------------------------------------------------------------------------------------


def test_facts_are_remembered(where: str, fake: ModuleType) -> None:
    store = fake.open_store(where, fake.spec())
    assert store.recall("device") is None
    store.remember("device", "cpu")
    store.remember("data", {"train": 10, "mean": [0.5]})
    store.remember("device", "cuda:0")
    store = fake.open_store(where, fake.spec())
    assert store.recall("device") == "cuda:0"
    assert trials.read(where, "fake").facts == {"device": "cuda:0", "data": {"train": 10, "mean": [0.5]}}


def test_reading_gives_what_the_store_gave(where: str, fake: ModuleType) -> None:
    store = fake.open_store(where, fake.spec())
    fake.tune(store, 4)
    fake.ask(store)
    history = store.history()
    assert trials.read(where, "fake") == history
    assert [row.state for row in history.rows][4:] == ["running"]
    assert all(len(row.point["units"]) == row.point["depth"] for row in history.rows)
    assert history.spec == fake.spec().resolved()
    started, finished = history.rows[0].started, history.rows[0].finished
    assert started is not None
    assert finished is not None
    assert started < finished
    assert finished.endswith("+00:00")


def test_a_dashboard_finds_names_it_can_show(where: str, fake: ModuleType) -> None:
    fake.tune(fake.open_store(where, fake.spec(pruner="none")), 2)
    study = optuna.load_study(study_name="fake", storage=_optuna(where))
    assert study.metric_names == ["validation accuracy"]
    assert study.direction.name == "MAXIMIZE"
    first = study.get_trials()[0]
    assert list(first.intermediate_values) == [1, 2, 3, 4, 5]
    assert {"best_epoch", "parameters", "seconds", "train_accuracy", "validation_loss", "curve"} <= set(
        first.user_attrs
    )
    assert first.user_attrs["curve"]["epoch"] == [1, 2, 3, 4, 5]


# -- reading what is not there ----------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [trials.names, lambda where: trials.read(where, "fake")], ids=["names", "read"])
def test_reading_what_is_not_there_makes_nothing(where: str, look: Callable[[str], object], tmp_path: Path) -> None:
    missing = "nothing is stored there" if where.startswith("postgresql") else "no such file"
    for _ in range(2):
        with pytest.raises(WorkbenchError, match=missing):
            look(where)
    assert {path.name for path in tmp_path.iterdir()} <= {"state"}  # where locks are


def test_reading_leaves_a_journal_as_it_is(tmp_path: Path, fake: ModuleType) -> None:
    file = tmp_path / "a.journal"
    fake.tune(fake.open_store(str(file), fake.spec()), 2)
    with file.open("ab") as journal:
        journal.write(b'{"op_code":8,"wor')  # a process is in the middle of this
    before = file.read_bytes()
    assert len(trials.read(str(file), "fake").rows) == 2
    assert file.read_bytes() == before


def test_a_study_that_is_not_there(where: str, fake: ModuleType) -> None:
    fake.open_store(where, fake.spec(name="mnist-small"))
    with pytest.raises(WorkbenchError) as missing:
        trials.read(where, "mnist-smal")
    assert missing.value.hint == "did you mean mnist-small?"
    with pytest.raises(WorkbenchError, match="has no generation 4") as generation:
        trials.read(where, "mnist-small", 4)
    assert generation.value.hint == "there is: 1"


def _optuna(where: str) -> Any:
    """The storage as any other program opens it."""
    if "://" in where:
        return where
    return optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(where))
