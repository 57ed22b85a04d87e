from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.store import samplers
from workbench.study.space import Choice, Fixed, FloatRange, IntRange, Parameter, Point, flatten, values
from workbench.study.spec import SearchSpec
from workbench.study.trial import Outcome

SMALL: dict[str, Parameter] = {
    "depth": IntRange(bounds=(1, 2)),
    "units": Choice(options=[8, 16, 32], per="depth"),
    "optimizer": Choice(options=["sgd", "adam"]),
    "momentum": FloatRange(bounds=(0.0, 0.9), step=0.45, when={"optimizer": "sgd"}),
    "epochs": Fixed(value=2),
}
DISTINCT = (3 + 3 * 3) * (3 + 1)  # units of one layer or of two, momentum with sgd alone


@pytest.mark.parametrize(
    ("sampler", "trials"),
    [("tpe", 12), ("random", 6), ("qmc", 8), ("gp", 12), ("cmaes", 8), ("grid", 8), ("nsga2", 22)],
)
def test_each_sampler_proposes_points_of_the_space(
    sampler: str, trials: int, tmp_path: Path, fake: ModuleType
) -> None:
    if sampler == "cmaes":
        pytest.importorskip("cmaes")
    space = SMALL if sampler == "grid" else fake.SPACE
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(space, sampler=sampler, pruner="none"))
    rows = fake.tune(store, trials).rows
    assert len(rows) == trials
    for row in rows:
        _check(row.point, space)
    distinct = len({str(row.point) for row in rows})
    assert distinct == trials or (sampler == "nsga2" and distinct > 10)  # a child may equal its parent


def _check(point: Point, space: dict[str, Parameter]) -> None:
    assert set(point) == {name for name in space if name != "nesterov" and name != "momentum"} | (
        {"momentum", "nesterov"} & set(space) if point["optimizer"] == "sgd" else set()
    )
    assert len(point["units"]) == point["depth"]
    for name, value in point.items():
        parameter = space[name]
        for one in value if isinstance(value, list) else [value]:
            if isinstance(parameter, IntRange | FloatRange):
                assert parameter.low <= one <= parameter.high
            else:
                assert one in (values(parameter) or [])


@pytest.mark.parametrize("sampler", ["qmc", "nsga2", "cmaes", "gp", "grid"])
def test_each_sampler_goes_on_as_if_it_had_not_stopped(sampler: str, tmp_path: Path, fake: ModuleType) -> None:
    if sampler == "cmaes":
        pytest.importorskip("cmaes")
    space = SMALL if sampler == "grid" else fake.SPACE
    study = fake.spec(space, sampler=sampler, pruner="none")
    total = 22 if sampler == "nsga2" else 12
    whole = fake.tune(fake.open_store(str(tmp_path / "whole.journal"), study), total)
    parts = str(tmp_path / "parts.journal")
    fake.tune(fake.open_store(parts, study), total - 2)
    fake.ask(fake.open_store(parts, study))  # the process dies while it trains this one
    resumed = fake.tune(fake.open_store(parts, study), total)
    assert [row.point for row in resumed.rows] == [row.point for row in whole.rows]


@pytest.mark.parametrize("sampler", ["nsga2", "gp"])
def test_a_kill_right_after_a_joint_draw_changes_no_point(sampler: str, tmp_path: Path, fake: ModuleType) -> None:
    """These two note down what they are about to propose, and would read it in another way afterwards."""
    file, cut = tmp_path / "whole.journal", tmp_path / "cut.journal"
    study = fake.spec(sampler=sampler, pruner="none")
    whole = [row.point for row in fake.tune(fake.open_store(str(file), study), 13).rows]
    records = file.read_bytes().splitlines(keepends=True)
    drawn = [number for number, one in enumerate(records, 1) if b'"params":' in one]
    assert len(drawn) == 13
    for count in (drawn[-1], drawn[-1] + 2):
        cut.write_bytes(b"".join(records[:count]))
        again = fake.tune(fake.open_store(str(cut), study), 13)
        assert [row.point for row in again.rows] == whole


def test_the_same_knowledge_leads_to_another_point_for_another_trial(tmp_path: Path, fake: ModuleType) -> None:
    """A failed trial teaches TPE nothing, so the next one's joint draw differs by its seed alone."""
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(pruner="none"))
    fake.tune(store, 11)
    rates = []
    for _ in range(3):
        trial = fake.ask(store)
        rates.append(trial.point["lr"])
        fake.tell(store, _failed(trial.number))
    assert len(set(rates)) == 3


def test_qmc_covers_conditional_values_evenly(tmp_path: Path, fake: ModuleType) -> None:
    """The power of two of a Sobol sequence: as many points in each half of each range, from the first trial on."""
    space = fake.SPACE | {"optimizer": Choice(options=["sgd"]), "depth": IntRange(bounds=(3, 3))}
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(space, sampler="qmc", pruner="none"))
    points = [flatten(row.point) for row in fake.tune(store, 16).rows]
    for name, middle in {"momentum": 0.475, "units_3": (9.5 * 128.5) ** 0.5, "lr": 0.0316}.items():
        assert sum(float(point[name]) < middle for point in points) == 8, name


def test_the_seed_decides(fake: ModuleType) -> None:
    def first(seed: int) -> list[Point]:
        store = fake.open_store("a.journal", fake.spec(name=f"of-{seed}", seed=seed))
        return [row.point for row in fake.tune(store, 3).rows]

    assert first(1) != first(2)


# -- grid -------------------------------------------------------------------------------------------------------


def test_a_grid_holds_each_point_once() -> None:
    points = samplers.grid(SMALL)
    assert len(points) == len({str(point) for point in points}) == DISTINCT
    for point in points:
        _check(point, SMALL)


def test_a_grid_ends(where: str, fake: ModuleType) -> None:
    space = {name: SMALL[name] for name in ("depth", "units", "epochs")}
    study = fake.spec(space, sampler="grid", pruner="none")
    store = fake.open_store(where, study)
    fake.tune(store, 5)
    fake.tell(store, _failed(fake.ask(store).number))
    store = fake.open_store(where, study)
    history = fake.tune(store, 100)
    assert fake.ask(store) is None
    assert fake.ask(fake.open_store(where, study)) is None
    assert len(history.rows) == len({str(row.point) for row in history.rows}) == 3 + 3 * 3
    assert store.counts().failed == 1


def _failed(number: int) -> Outcome:
    return Outcome(number, "failed", (), 0.0, 0, "out of memory")


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (FloatRange(bounds=(0.0, 1.0)), r"space\.lr is a range without steps"),
        (IntRange(bounds=(0, 200_000)), "more than 100,000 points"),
    ],
)
def test_a_grid_without_end_is_refused(
    parameter: Parameter, message: str, tmp_path: Path, fake: ModuleType
) -> None:
    with pytest.raises(WorkbenchError, match=message):
        fake.open_store(str(tmp_path / "a.journal"), fake.spec({"lr": parameter}, sampler="grid"))
    assert not (tmp_path / "a.journal").exists()


def test_cmaes_without_its_package_is_refused_at_once(
    tmp_path: Path, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store(str(tmp_path / "a.journal"), fake.spec(sampler="cmaes"))
    assert 'pip install "workbench[cmaes]"' in str(refusal.value)
    assert not (tmp_path / "a.journal").exists()


# -- pruners ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pruner", ["hyperband", "halving", "median", "none"])
def test_each_pruner_stops_some_trials_and_none_stops_none(pruner: str, tmp_path: Path, fake: ModuleType) -> None:
    space = fake.SPACE | {"lr": FloatRange(bounds=(1e-3, 0.2), log=True)}  # none diverges
    store = fake.open_store(str(tmp_path / "a.journal"), fake.spec(space, sampler="random", pruner=pruner))
    rows = fake.tune(store, 12).rows
    pruned = [row for row in rows if row.state == "pruned"]
    assert bool(pruned) == (pruner != "none")
    assert all(row.ended == "pruned" and len(row.curve) < fake.EPOCHS for row in pruned)
    assert all(len(row.curve) == fake.EPOCHS for row in rows if row.state == "complete")


@pytest.mark.parametrize(
    ("parameter", "largest"),
    [(None, 10), (Fixed(value=7), 7), (Choice(options=[3, 9, 5]), 9), (IntRange(bounds=(2, 12), step=5), 12)],
)
def test_the_longest_trial_of_a_space(parameter: Parameter | None, largest: int) -> None:
    assert samplers.largest_epochs({} if parameter is None else {"epochs": parameter}) == largest


def test_hyperband_knows_the_longest_trial() -> None:
    pruner: Any = samplers.pruner(SearchSpec(pruner="hyperband"), 27)[0]
    assert pruner._max_resource == 27
