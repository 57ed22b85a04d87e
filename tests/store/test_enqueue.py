"""Points that the study file enqueues: the first trials, under every sampler, whatever ends a command."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest

from workbench.errors import WorkbenchError
from workbench.store import trials
from workbench.store.history import Row, from_jsonl, to_jsonl
from workbench.study.identity import identity
from workbench.study.space import Choice, Fixed, FloatRange, IntRange, Parameter
from workbench.study.spec import Enqueued, StudySpec
from workbench.study.trial import Epoch, Outcome

INSIDE = {
    "depth": 2, "units": [50, 20], "optimizer": "sgd", "momentum": 0.9, "lr": 0.01, "nesterov": True,
    "batch_size": 64, "epochs": 5,
}  # fmt: skip
OUTSIDE = {
    "depth": 2, "units": [10, 500], "optimizer": "adam", "lr": 2.0, "batch_size": 640, "epochs": 7,
    "activation": "none",
}  # fmt: skip
FIRST = (Enqueued(name="the lesson's", point=INSIDE), Enqueued(name="another", point=OUTSIDE))
GRID: dict[str, Parameter] = {
    "depth": IntRange(bounds=(1, 2)),
    "units": Choice(options=[8, 16], per="depth"),
    "epochs": Fixed(value=2),
}


def spec(fake: ModuleType, enqueue: tuple[Enqueued, ...] = FIRST, **search: Any) -> StudySpec:
    made: StudySpec = fake.spec(**search).model_copy(update={"enqueue": enqueue})
    return made


def told(rows: tuple[Row, ...]) -> list[tuple[Any, ...]]:
    return [(row.number, row.enqueued, row.state, row.point, row.value, str(row.curve)) for row in rows]


@pytest.mark.parametrize("sampler", ["tpe", "random", "qmc", "gp", "cmaes", "nsga2"])
def test_the_points_are_the_first_trials_in_their_order(sampler: str, tmp_path: Path, fake: ModuleType) -> None:
    if sampler == "cmaes":
        pytest.importorskip("cmaes")
    store = fake.open_store(str(tmp_path / "a.journal"), spec(fake, sampler=sampler, pruner="none"))
    rows = fake.tune(store, 14).rows
    assert [(row.enqueued, row.point) for row in rows[:2]] == [("the lesson's", INSIDE), ("another", OUTSIDE)]
    assert {row.enqueued for row in rows[2:]} == {None}
    assert all(row.point["epochs"] == 5 for row in rows[2:])


def test_a_grid_comes_after_them_and_is_whole(tmp_path: Path, fake: ModuleType) -> None:
    point = {"depth": 1, "units": [99], "epochs": 2}
    study = fake.spec(GRID, sampler="grid").model_copy(update={"enqueue": (Enqueued(name="one", point=point),)})
    rows = fake.tune(fake.open_store(str(tmp_path / "a.journal"), study), 99).rows
    assert rows[0].point == point
    assert sorted(row.point["units"] for row in rows[1:]) == [[8], [8, 8], [8, 16], [16], [16, 8], [16, 16]]


def test_sobols_sequence_is_the_one_without_them(tmp_path: Path, fake: ModuleType) -> None:
    def points(name: str, enqueue: tuple[Enqueued, ...]) -> list[Any]:
        study = spec(fake, enqueue, sampler="qmc", pruner="none")
        rows = fake.tune(fake.open_store(str(tmp_path / name), study), 4 + len(enqueue)).rows
        return [row.point["lr"] for row in rows[len(enqueue) :]]

    assert points("a.journal", FIRST) == points("b.journal", ())


@pytest.mark.parametrize("sampler", ["tpe", "grid", "nsga2"])
def test_a_kill_after_any_record_asks_none_twice_and_leaves_none_out(
    sampler: str, tmp_path: Path, fake: ModuleType
) -> None:
    study = spec(fake, sampler=sampler)
    if sampler == "grid":
        study = study.model_copy(update={"space": GRID})
    file, cut = tmp_path / "whole.journal", tmp_path / "cut.journal"
    whole = fake.tune(fake.open_store(str(file), study), 6)
    records = file.read_bytes().splitlines(keepends=True)
    for count in range(1, len(records), 5):
        cut.write_bytes(b"".join(records[:count]))
        again = fake.tune(fake.open_store(str(cut), study), 6)
        assert told(again.rows) == told(whole.rows), f"killed after {count} of {len(records)} records"


def test_each_storage_gives_them_back(where: str, fake: ModuleType) -> None:
    study = spec(fake)
    store = fake.open_store(where, study)
    both = store.ask(2)
    store.flush()  # and the process dies
    store = fake.open_store(where, study)
    assert store.ask(2) == both
    store.release()
    store.flush()
    store = fake.open_store(where, study)
    assert [trial.point for trial in store.ask(2)] == [INSIDE, OUTSIDE]
    store.tell([fake_outcome(1, 0.9), fake_outcome(0, 0.8)])
    history = store.history()
    assert [(row.enqueued, row.point, row.value) for row in history.rows] == [
        ("the lesson's", INSIDE, 0.8),
        ("another", OUTSIDE, 0.9),
    ]
    assert trials.read(where, "fake") == history == from_jsonl(to_jsonl(history))


def fake_outcome(number: int, accuracy: float) -> Outcome:
    curve = tuple(Epoch(epoch, 1.0, accuracy, 1.0, accuracy) for epoch in (1, 2, 3, 4, 5))
    return Outcome(number, "complete", curve, 0.1, 100)


@pytest.mark.parametrize("pruner", ["halving", "hyperband", "median"])
def test_none_of_them_is_stopped_early(pruner: str, tmp_path: Path, fake: ModuleType) -> None:
    late = Enqueued(name="late", point=INSIDE)
    before = [Enqueued(name=str(i), point=INSIDE | {"momentum": i / 20}) for i in range(8)]
    study = spec(fake, (*before, late), pruner=pruner)
    store = fake.open_store(str(tmp_path / "a.journal"), study)
    [*good, worst] = store.ask(9)
    for epoch in range(1, 6):
        reports = {trial.number: Epoch(epoch, 1.0, 0.5, 1.0, 0.9) for trial in good}
        assert store.report(reports | {worst.number: Epoch(epoch, 1.0, 0.5, 1.0, 0.1)}) == set()


def test_a_trial_is_not_judged_by_a_point_that_the_space_has_not(tmp_path: Path, fake: ModuleType) -> None:
    """It may learn in other epochs: by halving's rule the trial below would be stopped after its first epoch."""
    store = fake.open_store(str(tmp_path / "a.journal"), spec(fake, pruner="halving"))
    _, outside, drawn = store.ask(3)
    store.report({outside.number: Epoch(1, 1.0, 0.9, 1.0, 0.9)})
    assert store.report({drawn.number: Epoch(1, 1.0, 0.5, 1.0, 0.5)}) == set()


def test_samplers_learn_from_a_point_of_the_space_and_from_no_other(tmp_path: Path, fake: ModuleType) -> None:
    where = str(tmp_path / "a.journal")
    store = fake.open_store(where, spec(fake, sampler="tpe", pruner="none"))
    fake.tune(store, 12)
    for study in (store._study, fake.open_store(where, spec(fake, sampler="tpe", pruner="none"))._study):
        seen = study.get_trials(deepcopy=False)
        assert [trial.number for trial in seen] == list(range(12))
        assert seen[0].state == optuna.trial.TrialState.COMPLETE
        assert seen[0].params["lr"] == 0.01
        assert seen[0].params["units_2"] == 20
        assert seen[1].state == optuna.trial.TrialState.FAIL
        common = optuna.search_space.IntersectionSearchSpace(include_pruned=True).calculate(study)
        assert {"depth", "lr", "optimizer", "units_1"} <= set(common)  # with the other one, lr would be gone


def test_genes_of_a_point_of_the_space_are_bred_from(tmp_path: Path, fake: ModuleType) -> None:
    store = fake.open_store(str(tmp_path / "a.journal"), spec(fake, sampler="nsga2", pruner="none"))
    fake.tune(store, 3)
    first = store._study.get_trials(deepcopy=False)[0]
    assert any(key.endswith("generation") for key in first.system_attrs), first.system_attrs


def test_what_optuna_is_told_of_a_point_outside_is_what_it_can_hold(where: str, fake: ModuleType) -> None:
    fake.tune(fake.open_store(where, spec(fake)), 3)
    loaded = optuna.load_study(study_name="fake", storage=trials.open_storage(where, reading=True))
    stored = loaded.get_trials()[1]
    assert stored.params == {"depth": 2, "units_1": 10, "optimizer": "adam"}
    assert stored.user_attrs["enqueued"] == "another"
    assert stored.state == optuna.trial.TrialState.PRUNED  # its rate is beyond the cliff


def test_a_draw_of_the_same_point_is_not_trained_again(tmp_path: Path, fake: ModuleType) -> None:
    point = {"depth": 1, "units": [16], "epochs": 2}
    study = fake.spec(GRID, sampler="grid").model_copy(update={"enqueue": (Enqueued(name="one", point=point),)})
    rows = fake.tune(fake.open_store(str(tmp_path / "a.journal"), study), 99).rows
    [again] = [row for row in rows[1:] if row.point == point]
    assert (again.duplicate_of, again.enqueued) == (0, None)


def test_a_study_that_has_begun_takes_no_further_point_but_another_name(tmp_path: Path, fake: ModuleType) -> None:
    where = str(tmp_path / "a.journal")
    fake.tune(fake.open_store(where, spec(fake, FIRST[:1])), 2)
    with pytest.raises(WorkbenchError, match=r"enqueue\.2: \(not set\) -> \{ depth = 2"):
        fake.open_store(where, spec(fake, FIRST))
    renamed = (Enqueued(name="renamed", point=INSIDE),)
    assert [row.enqueued for row in fake.tune(fake.open_store(where, spec(fake, renamed)), 3).rows] == [
        "renamed",
        None,
        None,
    ]
    assert "enqueue" not in identity(spec(fake, ()))  # what was stored before there was the word goes on


def test_more_points_than_budget_are_tried_as_far_as_it_goes(tmp_path: Path, fake: ModuleType) -> None:
    store = fake.open_store(str(tmp_path / "a.journal"), spec(fake))
    assert [row.enqueued for row in fake.tune(store, 1).rows] == ["the lesson's"]


def test_a_point_on_the_border_of_a_range_is_inside_and_beyond_it_is_not(tmp_path: Path, fake: ModuleType) -> None:
    space = {"lr": FloatRange(bounds=(0.1, 0.5), step=0.2), "epochs": Fixed(value=5)}

    def params(lr: float) -> dict[str, Any]:
        study = fake.spec(space).model_copy(
            update={"enqueue": (Enqueued(name="x", point={"lr": lr, "epochs": 5}),)}
        )
        store = fake.open_store(str(tmp_path / f"{lr}.journal"), study)
        store.ask(1)
        shown: dict[str, Any] = store._trial(0).params
        return shown

    assert params(0.5) == {"lr": 0.5}
    assert params(0.30000000000000004) == {"lr": 0.30000000000000004}
    assert params(0.4) == {}
    assert params(0.7) == {}
