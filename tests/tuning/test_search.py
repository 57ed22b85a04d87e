"""The search with a trainer that trains nothing: rounds, copies, places that fall free, and cohorts that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from workbench.data.splits import DataInfo, Splits
from workbench.store.history import Row
from workbench.store.trials import StudyStore
from workbench.study.identity import identity
from workbench.study.load import load
from workbench.study.trial import Epoch, Outcome
from workbench.tuning.choice import Choice
from workbench.tuning.cohorts import Machine
from workbench.tuning.interruption import Interruption
from workbench.tuning.search import Search
from workbench.tuning.trainer import Lane, OnEpoch, Refill, Trained, nobody

STUDY = """
name = "small"
task = "multiclass"
data = { source = "digits" }
[space]
lr = { float = [1e-3, 1.0], log = true }
epochs = 4
[budget]
trials = 30
[search]
sampler = "random"
pruner = "none"
"""
INFO = DataInfo("noise", "multiclass", True, (64,), 10, 400, 100, 0, None, None, "")
DATA = Splits(None, None, INFO)  # type: ignore[arg-type]
MACHINE = Machine(1e-4, 1e-10, 1e-4, 10**9)


@dataclass
class Together:
    """Lanes in step; an accuracy that follows from the number. `fails` says what goes wrong with a cohort."""

    fails: Callable[[Sequence[Lane]], Exception | None] = lambda cohort: None
    sizes: list[int] = field(default_factory=list)  # lanes in training, epoch by epoch

    def train(
        self, cohort: Sequence[Lane], data: Splits, on_epoch: OnEpoch, refill: Refill = nobody
    ) -> Iterator[Trained]:
        running: dict[int, list[Epoch]] = {lane.number: [] for lane in cohort}
        lanes = {lane.number: lane for lane in cohort}
        while running:
            if (error := self.fails([lanes[number] for number in running])) is not None:
                raise error
            self.sizes.append(len(running))
            for number, curve in running.items():
                curve.append(Epoch(len(curve) + 1, 1, 1, 1, (number * 7 % 10) / 10))
            drops = on_epoch({number: curve[-1] for number, curve in running.items()})
            left = [number for number, curve in running.items() if number in drops or len(curve) == 4]
            for number in left:
                ended = "complete" if len(running[number]) == 4 else "pruned"
                yield Trained(Outcome(number, ended, tuple(running.pop(number)), 0.1, 7), None)  # type: ignore[arg-type]
            joining = refill(len(left)) if left else ()
            running |= {lane.number: [] for lane in joining}
            lanes |= {lane.number: lane for lane in joining}


@dataclass
class Silent:
    messages: list[str] = field(default_factory=list)
    running: list[int] = field(default_factory=list)

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None:
        self.running.append(running)

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None: ...

    def message(self, text: str) -> None:
        self.messages.append(text)

    def stage(self, text: str, done: int, total: int) -> None: ...


@dataclass
class Ran:
    why: str
    rows: tuple[Row, ...]
    together: Together
    serial: Together
    observer: Silent


def _nothing(*_: object) -> None:
    pass


def search(
    folder: Path, *overrides: str, text: str = STUDY, lanes: int = 8, together: Together | None = None,
    serial: Together | None = None,
) -> Ran:  # fmt: skip
    (folder / "small.toml").write_text(text)
    spec = load(str(folder / "small.toml"), overrides)
    store = StudyStore.open(str(folder / "a.journal"), spec, identity=identity(spec))
    observer = Silent()
    trainers = (together or Together(), serial or Together())
    chosen = Choice("fused", lanes, 1, MACHINE)
    one = Search(
        spec, store, DATA, chosen, trainers, observer, Interruption(), None, _nothing, _nothing, _nothing, {}
    )
    return Ran(one.run(), store.history().rows, *trainers, observer)


def test_places_that_fall_free_are_taken_at_the_next_epoch(tmp_path: Path) -> None:
    ran = search(tmp_path, "search.pruner=halving", "budget.trials=60")
    assert ran.why == "budget"
    assert [row.number for row in ran.rows] == list(range(60))
    assert {row.state for row in ran.rows} == {"complete", "pruned"}
    busy = ran.together.sizes[: -len(ran.together.sizes) // 4]
    assert set(busy) == {8}, "a place was left empty while there was something to train"


def test_the_budget_is_met_exactly_whatever_the_cohort(tmp_path: Path) -> None:
    for number, (lanes, trials) in enumerate([(7, 30), (64, 10), (3, 1)]):
        (tmp_path / str(number)).mkdir()
        ran = search(tmp_path / str(number), f"budget.trials={trials}", lanes=lanes)
        assert [row.state for row in ran.rows] == ["complete"] * trials


def test_the_same_command_again_makes_the_same_study(tmp_path: Path) -> None:
    told = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        ran = search(tmp_path / name, "search.sampler=tpe", "search.pruner=halving")
        told.append([(row.number, row.point, row.state, row.curve) for row in ran.rows])
    assert told[0] == told[1]


def test_a_point_is_trained_once_even_if_its_twin_is_still_in_training(tmp_path: Path) -> None:
    text = STUDY.replace("lr = { float = [1e-3, 1.0], log = true }", "lr = { choice = [0.1, 0.2, 0.3] }")
    ran = search(tmp_path, text=text)
    assert [row.state for row in ran.rows] == ["complete"] * 30
    originals = [row for row in ran.rows if row.duplicate_of is None]
    assert len(originals) == 3
    assert sum(ran.together.sizes) == 3 * 4
    for row in ran.rows:
        if row.duplicate_of is not None:
            assert (row.curve, row.point) == (ran.rows[row.duplicate_of].curve, row.point)


def test_a_grid_ends_where_it_ends(tmp_path: Path) -> None:
    text = STUDY.replace("lr = { float = [1e-3, 1.0], log = true }", "lr = { choice = [0.1, 0.2, 0.3] }")
    ran = search(tmp_path, "search.sampler=grid", text=text)
    assert ran.why == "exhausted"
    assert len(ran.rows) == 3


def test_a_cohort_that_is_too_large_is_halved(tmp_path: Path) -> None:
    def too_large(cohort: Sequence[Lane]) -> Exception | None:
        return MemoryError("no room for so many") if len(cohort) > 4 else None

    ran = search(tmp_path, "budget.trials=8", together=Together(too_large))
    assert [row.state for row in ran.rows] == ["complete"] * 8
    assert ran.observer.messages == [
        "8 trials could not be trained together (MemoryError: no room for so many): now in two halves"
    ]
    assert ran.serial.sizes == []


def test_a_lack_of_memory_is_remembered(tmp_path: Path) -> None:
    """Later cohorts, and those that others join, are no larger than the halves that there was room for."""

    def too_large(cohort: Sequence[Lane]) -> Exception | None:
        return MemoryError("no room for so many") if len(cohort) > 4 else None

    text = STUDY.replace("epochs = 4", "epochs = 4\nbatch_size = { choice = [32, 64] }")  # two cohorts at least
    ran = search(tmp_path, "budget.trials=40", text=text, together=Together(too_large))
    assert [row.state for row in ran.rows] == ["complete"] * 40
    assert len(ran.observer.messages) == 1
    assert max(ran.together.sizes) == 4


def test_what_spoils_a_cohort_is_found_by_halving_and_trained_by_itself(tmp_path: Path) -> None:
    def poisoned(cohort: Sequence[Lane]) -> Exception | None:
        return RuntimeError("numbers") if any(lane.number == 3 for lane in cohort) else None

    ran = search(tmp_path, "budget.trials=20", together=Together(poisoned))
    assert [row.state for row in ran.rows] == ["complete"] * 20
    assert ran.observer.messages == [
        "8 trials could not be trained together (RuntimeError: numbers): now in two halves",
        "4 trials could not be trained together (RuntimeError: numbers): now in two halves",
        "2 trials could not be trained together (RuntimeError: numbers): now in two halves",
        "trial 3 could not be trained (RuntimeError: numbers): now once more, by itself",
    ]
    assert ran.serial.sizes == [1] * 4, "all but the one go on together"


def test_what_fails_by_itself_has_failed_and_the_study_goes_on(tmp_path: Path) -> None:
    def poisoned(cohort: Sequence[Lane]) -> Exception | None:
        return RuntimeError("numbers") if any(lane.number == 3 for lane in cohort) else None

    with pytest.raises(RuntimeError, match="numbers"):  # in this process the serial trainer's errors are ours
        search(tmp_path, "budget.trials=20", together=Together(poisoned), serial=Together(poisoned))
    rows = search(tmp_path, "budget.trials=20").rows
    assert [row.state for row in rows] == ["complete"] * 20, "what was under way was not given back"
