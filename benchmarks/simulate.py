"""Where a study of many workers and many trials saturates: the real search, store, sampler and pruner with workers
that train nothing, on a clock of their own.

    python benchmarks/simulate.py --workers 1 10 100 1000 --trials 10000 --sampler random
    python benchmarks/simulate.py --workers 1 --trials 100 1000 10000 --sampler tpe --storage sqlite
    python benchmarks/simulate.py --workers 100 --trials 5000 --lose 0.25 --lose-at 300

A worker's training takes virtual time only: so many seconds a trial (`--seconds`), spread by the trial's seed. What
the parent does - asking, judging, telling, writing, planning cohorts, reading what workers say - takes the
processor's time that it really takes here (with a database server the wall's, for then it waits), and the virtual
clock goes on by as much. So 1,000 workers can be studied on one core, and where the parent cannot keep up, workers
are seen to wait.

A trial's curve is made of those in reports/STUDY/history.jsonl, the nearest points counting most, with noise from
its seed. With `--parent free` what the parent does takes no time, and the same command gives the same study to the
last digit; so does a measured one where neither sampler nor pruner learns from which trial ended first.

Not in it: the network between workers and parent beyond pickling, the data, checkpoints, the panel, confirmation.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import hashlib
import heapq
import itertools
import json
import math
import os
import pickle
import platform
import random
import resource
import tempfile
import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from workbench.data.splits import DataInfo, Splits
from workbench.store import history
from workbench.store.history import Row
from workbench.store.samplers import epochs_of
from workbench.store.trials import StudyStore
from workbench.study.identity import identity
from workbench.study.load import load
from workbench.study.space import FloatRange, IntRange, Parameter, Point, flat_name, flatten
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Outcome
from workbench.tuning import workers
from workbench.tuning.choice import Choice
from workbench.tuning.cohorts import Machine
from workbench.tuning.interruption import Interruption
from workbench.tuning.search import Search
from workbench.tuning.trainer import Lane, Trained

INFO = DataInfo("recorded", "multiclass", True, (784,), 10, 4096, 1024, 0, None, None, "")
NOISE = 0.004  # of an accuracy: what another seed changed in confirmed trials of mnist-small
SPREAD = 0.3  # of the logarithm of a trial's seconds
NEAR = 0.05  # of a parameter's range: recorded points that near count alike
PARTS = ("ask", "report", "judging", "tell", "flush")


@dataclass(frozen=True)
class Setting:
    """One simulation."""

    workers: int
    trials: int
    seconds: float = 0.025  # of a worker, for a trial that goes to its end
    lanes: int = 8
    study: str = "mnist-small"
    sampler: str = "random"
    pruner: str = "none"
    storage: str = "journal"  # memory, journal, sqlite, or the URL of an empty database
    seed: int = 0
    window: int | None = None  # of tpe
    parent: str = "measured"  # or free
    lose: float = 0.0  # the share of the workers that is lost together
    lose_at: float = 60.0  # virtual seconds
    back_after: float = math.inf  # virtual seconds


# -- the clock --------------------------------------------------------------------------------------------


class Clock:
    """Virtual seconds of the parent. It goes on by what the parent computes; what is `aside` takes no time."""

    def __init__(self, spent: Callable[[], float]) -> None:
        self.now = self.worked = 0.0
        self._spent, self._since = spent, spent()

    @contextmanager
    def aside(self) -> Iterator[None]:
        self._count()
        try:
            yield
        finally:
            self._since = self._spent()

    def read(self) -> float:
        """Now, what the parent is doing included."""
        self._count()
        return self.now

    def _count(self) -> None:
        spent = self._spent()
        self.now += spent - self._since
        self.worked += spent - self._since
        self._since = spent


def clock_of(setting: Setting) -> Callable[[], float]:
    """What counts as the parent's time."""
    if setting.parent == "free":
        return lambda: 0.0
    return time.perf_counter if "://" in setting.storage else time.process_time


# -- curves -----------------------------------------------------------------------------------------------


class Recorded:
    """What a trial of any point reaches: the mean of what was recorded, weighted by nearness, with noise."""

    def __init__(self, spec: StudySpec, file: Path) -> None:
        rows = [row for row in history.from_jsonl(file.read_text()).rows if row.state == "complete"]
        rows = [row for row in rows if row.duplicate_of is None]
        self._epochs = max(len(row.curve) for row in rows)
        self._space, self._metric = spec.space, spec.objective.name
        self._points = [self._place(row.point) for row in rows]
        names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
        self._curves = np.array(
            [[[getattr(one, name) for name in names] for one in _stretched(row, self._epochs)] for row in rows]
        )  # [R rows, E epochs, 4]

    def curve(self, lane: Lane) -> list[Epoch]:
        """One for each epoch that the trial's point asks for."""
        place = self._place(lane.point)
        weights = np.array([1 / (_distance(place, other) + NEAR**2) ** 2 for other in self._points])
        mean = np.tensordot(weights / weights.sum(), self._curves, 1)  # [E, 4]
        chance = random.Random(lane.seed)
        shift = chance.gauss(0, NOISE)
        epochs = []
        for number in range(1, epochs_of(lane.point) + 1):
            loss, accuracy, other_loss, reached = mean[min(number, self._epochs) - 1]
            reached = min(1.0, max(0.0, reached + shift + chance.gauss(0, NOISE / 2)))
            epochs.append(Epoch(number, float(loss), float(accuracy), float(other_loss - shift), float(reached)))
        return epochs

    def _place(self, point: Point) -> dict[str, float | str]:
        """Each value as its place in the range, 0 to 1, or as a word."""
        scales: dict[str, Parameter] = {}
        for name, parameter in self._space.items():
            count = len(point[name]) if isinstance(point.get(name), list) else 0
            scales |= {flat_name(name, i): parameter for i in range(1, count + 1)} or {name: parameter}
        return {name: _scaled(scales.get(name), value) for name, value in flatten(point).items()}


def _stretched(row: Row, epochs: int) -> list[Epoch]:
    return [row.curve[min(i, len(row.curve) - 1)] for i in range(epochs)]


def _scaled(parameter: Parameter | None, value: Any) -> float | str:
    if not isinstance(parameter, IntRange | FloatRange) or parameter.low == parameter.high:
        return str(value)
    change = math.log if parameter.log else float
    low, high = change(parameter.low), change(parameter.high)
    return (change(value) - low) / (high - low)


def _distance(one: Mapping[str, float | str], other: Mapping[str, float | str]) -> float:
    """Mean square over all parameters; 1 where one of them lacks it, or says another word."""
    names = one.keys() | other.keys()
    apart = 0.0
    for name in names:
        a, b = one.get(name), other.get(name)
        apart += (a - b) ** 2 if isinstance(a, float) and isinstance(b, float) else float(a != b)
    return apart / len(names)


# -- workers ----------------------------------------------------------------------------------------------

Life = Generator[tuple[float, workers.Message], Any, None]
"""What a worker says, each after so many seconds of training; what it is answered is sent in."""


class Worker:
    """Trains lanes in step, in no time of ours; to the search it looks like `workers.Worker`."""

    def __init__(self, crew: Crew, region: int) -> None:
        self.crew, self.region = crew, region
        self.flying: set[int] = set()
        self.busy, self.alive = False, True
        self.trained = 0.0  # virtual seconds
        self._life: Life = iter(())  # type: ignore[assignment]

    def train(self, lanes: Sequence[Lane], *, fused: bool) -> None:
        """All the same to it whether `fused`."""
        del fused
        with self.crew.clock.aside():
            self.busy = True
            self.flying |= {lane.number for lane in lanes}
            self._life = self._cohort(lanes)
            self._go_on(None)

    def join(self, lanes: Sequence[Lane]) -> None:
        with self.crew.clock.aside():
            self.flying |= {lane.number for lane in lanes}
            self._go_on(lanes)

    def send(self, what: object) -> None:
        with self.crew.clock.aside():
            self._go_on(what)

    def _go_on(self, answer: Any) -> None:
        """Up to the next thing that the parent has to answer."""
        at = self.crew.clock.now
        for _ in itertools.count() if self.alive else ():
            took, message = self._life.send(answer)
            at += took
            self.crew.post(at, self, message)
            answer = ()
            waits = isinstance(message, workers.Ended) and self.crew.judged
            if waits or isinstance(message, workers.Vacant | workers.Done):
                return

    def _cohort(self, lanes: Sequence[Lane]) -> Life:
        running: dict[int, _Running] = {}
        joining = lanes
        while running or joining:
            running |= {lane.number: self.crew.begun(lane) for lane in joining}
            took = sum(each.seconds for each in running.values())
            self.trained += took
            drops: Collection[int] = yield took, workers.Ended({n: each.epoch() for n, each in running.items()})
            left = [n for n, each in running.items() if n in drops or each.over]
            for number in left:
                yield 0.0, workers.Left(Trained(running.pop(number).outcome(number, number in drops), None))
            joining = (yield 0.0, workers.Vacant(len(left))) if left else ()
        yield 0.0, workers.Done()


@dataclass
class _Running:
    curve: list[Epoch]
    seconds: float  # an epoch
    metric: str
    done: int = 0

    def epoch(self) -> Epoch:
        self.done += 1
        return self.curve[self.done - 1]

    @property
    def over(self) -> bool:
        return self.done == len(self.curve)

    def outcome(self, number: int, dropped: bool) -> Outcome:
        stopped = dropped and not self.over
        ended = ("pruned", f"after epoch {self.done}") if stopped else ("complete", "")
        curve = tuple(self.curve[: self.done])
        return Outcome(number, ended[0], curve, self.seconds * self.done, 1000, ended[1], metric=self.metric)  # type: ignore[arg-type]


class Crew:
    """Simulated workers in regions, one of which can be lost; to the search it looks like `workers.Crew`."""

    def __init__(self, setting: Setting, clock: Clock, recorded: Recorded, judged: bool, metric: str) -> None:
        self.data = Splits(None, None, INFO)  # type: ignore[arg-type]
        self.clock, self.judged = clock, judged
        self._setting, self._recorded, self._metric = setting, recorded, metric
        self._agenda: list[tuple[float, int, Worker | None, bytes | Callable[[], list[Worker]]]] = []
        self._ties = itertools.count()
        lost = round(setting.workers * setting.lose)
        self.workers = [Worker(self, region=int(i < lost)) for i in range(setting.workers)]
        self._lost: list[Worker] = []
        self.trained_by_the_lost = 0.0
        self.there: list[tuple[float, int]] = [(0.0, setting.workers)]  # since when, how many workers
        if lost:
            self._at(setting.lose_at, self._lose)
            if math.isfinite(setting.back_after):
                self._at(setting.lose_at + setting.back_after, self._come_back)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begun(self, lane: Lane) -> _Running:
        curve = self._recorded.curve(lane)
        factor = math.exp(random.Random(lane.seed + 1).gauss(-(SPREAD**2) / 2, SPREAD))  # mean 1
        return _Running(curve, self._setting.seconds * factor / len(curve), self._metric)

    def post(self, at: float, worker: Worker, message: workers.Message) -> None:
        heapq.heappush(self._agenda, (at, next(self._ties), worker, pickle.dumps(message)))

    def messages(self, timeout: float) -> Iterator[tuple[Worker, workers.Message]]:
        """What has been said by now; where nothing has, the clock goes on to the next thing that is."""
        with self.clock.aside():
            if self._agenda and self._agenda[0][0] > self.clock.now:
                self.clock.now = max(self.clock.now, min(self.clock.now + timeout, self._agenda[0][0]))
            due = []
            while self._agenda and self._agenda[0][0] <= self.clock.now:
                due.append(heapq.heappop(self._agenda))
            if not due and not self._agenda and timeout:
                raise SystemExit("nobody is left to train")
        for _, _, worker, what in due:
            if worker is None:
                assert not isinstance(what, bytes)
                for dead in what():
                    yield dead, workers.Broken("its region was lost")
            elif worker.alive:
                assert isinstance(what, bytes)
                yield worker, pickle.loads(what)

    def _at(self, when: float, what: Callable[[], list[Worker]]) -> None:
        heapq.heappush(self._agenda, (when, next(self._ties), None, what))

    def _lose(self) -> list[Worker]:
        self._lost = [worker for worker in self.workers if worker.region]
        self.workers = [worker for worker in self.workers if not worker.region]
        for worker in self._lost:
            worker.alive = False
        self.trained_by_the_lost = sum(worker.trained for worker in self._lost)
        self.there.append((self.clock.now, len(self.workers)))
        return [worker for worker in self._lost if worker.flying]

    def _come_back(self) -> list[Worker]:
        self.workers = [*self.workers, *(Worker(self, region=0) for _ in self._lost)]
        self.there.append((self.clock.now, len(self.workers)))
        return []

    def hours_there(self) -> float:
        """Worker hours until now."""
        ends = [since for since, _ in self.there[1:]] + [self.clock.now]
        return sum((end - since) * count for (since, count), end in zip(self.there, ends, strict=True)) / 3600


# -- the parent -------------------------------------------------------------------------------------------


class Watched(StudyStore):
    """Counts the seconds of each part; `judging` is the pruner's, within `report`."""

    def watch(self, spent: Callable[[], float], clock: Clock) -> None:
        self.spent, self.parts = spent, dict.fromkeys(PARTS, 0.0)
        self.clock = clock.read
        rule = self._rule

        def judged(*arguments: Any) -> bool:
            with self.counted("judging"):
                return rule(*arguments)

        self._rule = judged

    @contextmanager
    def counted(self, part: str) -> Iterator[None]:
        started = self.spent()
        try:
            yield
        finally:
            self.parts[part] += self.spent() - started

    def ask(self, count: int) -> Any:
        with self.counted("ask"):
            return super().ask(count)

    def report(self, ended: Mapping[int, Epoch]) -> set[int]:
        before = self.parts["judging"]
        with self.counted("report"):
            drops = super().report(ended)
        self.parts["report"] -= self.parts["judging"] - before
        return drops

    def tell(self, outcomes: Sequence[Outcome]) -> list[Row]:
        with self.counted("tell"):
            return super().tell(outcomes)

    def flush(self) -> None:
        with self.counted("flush"):
            super().flush()


@dataclass
class Silent:
    """An observer that counts what went wrong."""

    messages: list[str] = field(default_factory=list)

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...
    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...
    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None: ...
    def stage(self, text: str, done: int, total: int) -> None: ...

    def message(self, text: str) -> None:
        self.messages.append(text)


# -- one simulation ---------------------------------------------------------------------------------------


def specified(setting: Setting) -> StudySpec:
    """The study's file with this setting's budget and search, and without enqueued points."""
    words = [f"budget.trials={setting.trials}"]
    words += [f"search.{name}={getattr(setting, name)}" for name in ("sampler", "pruner", "seed")]
    if setting.window is not None:
        words.append(f"search.window={setting.window}")
    return load(setting.study, words).model_copy(update={"enqueue": ()})


def simulate(setting: Setting, folder: Path) -> dict[str, Any]:
    """Runs it; what it cost, and a fingerprint of the study that came out."""
    spec = specified(setting)
    recorded = Recorded(spec, _reports(setting.study))
    where = {"journal": str(folder / "a.journal"), "sqlite": f"sqlite:///{folder / 'a.db'}"}
    store = Watched.open(where.get(setting.storage, setting.storage), spec, identity=identity(spec))
    before = _memory()
    spent = clock_of(setting)
    clock = Clock(spent)
    store.watch(time.process_time if setting.parent == "free" else spent, clock)
    crew = Crew(setting, clock, recorded, setting.pruner != "none", spec.objective.name)
    observer = Silent()
    search = Search(
        spec, store, crew.data, Choice("fused", setting.lanes, setting.workers, Machine(1e-4, 1e-10, 1e-4, 10**12)),
        (None, None), observer, Interruption(), None, _nothing, _nothing, _nothing, {},  # type: ignore[arg-type]
        recruit=lambda *_: crew,
    )  # fmt: skip
    with clock.aside():
        pass  # the clock starts here
    clock.now = clock.worked = 0.0
    why = search.run()
    took = clock.read()
    memory, parts = _memory() - before, dict(store.parts)
    started = time.process_time()
    rows = store.history().rows
    reading = time.process_time() - started
    started = time.process_time()
    again = StudyStore.open(where.get(setting.storage, setting.storage), spec, identity=identity(spec))
    opening = time.process_time() - started
    check(rows, again.counts().total, setting.trials, why)
    useful = sum(row.seconds for row in rows)
    there = crew.hours_there()
    trained = sum(worker.trained for worker in crew.workers) + crew.trained_by_the_lost
    return {
        "why": why,
        "hours": took / 3600,
        "trials_per_hour": setting.trials / took * 3600,
        "efficiency": useful / 3600 / there,
        "lost_share": 1 - useful / trained,  # of what was trained: it was trained again
        "parent_busy": clock.worked / took,
        "parent_ms": clock.worked / setting.trials * 1000,
        **{f"{part}_ms": seconds / setting.trials * 1000 for part, seconds in parts.items()},
        "rest_ms": (clock.worked - sum(parts.values())) / setting.trials * 1000 if clock.worked else 0.0,
        "parent_mb": memory,
        "read_seconds": reading,
        "open_seconds": opening,
        "best": max(row.value for row in rows if row.value is not None),
        "pruned": sum(row.state == "pruned" for row in rows),
        "messages": len(observer.messages),
        "fingerprint": fingerprint(rows),
    }


def check(rows: Sequence[Row], counted: int, trials: int, why: str) -> None:
    """SystemExit where a trial is missing, double, or without an end."""
    numbers = [row.number for row in rows]
    unfinished = [row.number for row in rows if row.state not in ("complete", "pruned")]
    if why != "budget" or numbers != list(range(trials)) or unfinished or counted != trials:
        raise SystemExit(f"{why}: {len(numbers)} trials of {trials}, {counted} counted, unfinished: {unfinished}")


def fingerprint(rows: Sequence[Row]) -> str:
    """Of all that a study holds, times of day aside."""
    told = [(row.number, row.point, row.state, [one.objective for one in row.curve]) for row in rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _reports(study: str) -> Path:
    return Path(__file__).parents[1] / "reports" / study / "history.jsonl"


def _memory() -> float:
    """The most that this process has held, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _nothing(*_: object) -> None:
    pass


# -- the command ------------------------------------------------------------------------------------------


def in_a_process(setting: Setting) -> dict[str, Any]:
    """In a new process, for its memory is measured; with a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="workbench-simulate-") as folder:
        os.environ["XDG_STATE_HOME"] = folder
        return simulate(setting, Path(folder))


def line(setting: Setting, found: Mapping[str, Any]) -> str:
    """A row of the table."""
    parts = " ".join(f"{found[f'{part}_ms']:7.2f}" for part in (*PARTS, "rest"))
    return (
        f"{setting.workers:7,} {setting.trials:8,} {setting.sampler:>7} {setting.pruner:>9} "
        f"{found['trials_per_hour']:13,.0f} {found['efficiency']:6.0%} {found['parent_busy']:6.0%} "
        f"{found['parent_ms']:8.2f} {parts} {found['parent_mb']:7.0f} {found['open_seconds']:7.1f}"
    )


HEAD = (
    "workers   trials sampler    pruner trials / hour useful parent  ms each"
    + "".join(f" {part:>7}" for part in (*PARTS, "rest"))
    + "      MB  open s"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    several: dict[str, Any] = {"nargs": "+"}
    parser.add_argument("--workers", type=int, default=[1], **several)
    parser.add_argument("--trials", type=int, default=[1000], **several)
    parser.add_argument("--sampler", default=["random"], **several)
    parser.add_argument("--pruner", default=["none"], **several)
    parser.add_argument("--window", type=int, help="of tpe")
    parser.add_argument("--storage", default="journal", help="journal, sqlite, or the URL of an empty database")
    parser.add_argument("--seconds", type=float, default=Setting.seconds, help="of a worker, for a whole trial")
    parser.add_argument("--lanes", type=int, default=Setting.lanes)
    parser.add_argument("--study", default=Setting.study, help="whose curves are replayed: a name in reports/")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--parent", choices=("measured", "free"), default="measured")
    parser.add_argument("--lose", type=float, default=0.0, help="the share of the workers that is lost together")
    parser.add_argument("--lose-at", type=float, default=Setting.lose_at, help="virtual seconds")
    parser.add_argument("--back-after", type=float, default=math.inf, help="virtual seconds; else they stay away")
    parser.add_argument("--json", action="store_true")
    said = vars(parser.parse_args())
    as_json = said.pop("json")
    lists = {name: said.pop(name) for name in ("workers", "trials", "sampler", "pruner")}
    base = Setting(workers=1, trials=1, **said)
    if not as_json:
        print(HEAD)
    for values in product(*lists.values()):
        setting = replace(base, **dict(zip(lists, values, strict=True)))
        with ProcessPoolExecutor(1) as process:
            found = process.submit(in_a_process, setting).result()
        told = {name: getattr(setting, name) for name in Setting.__dataclass_fields__} | found
        print(json.dumps(told, default=str) if as_json else line(setting, found), flush=True)
    if not as_json:
        print(
            f"{platform.machine()}, python {platform.python_version()}, optuna {optuna.__version__}; per trial: "
            "milliseconds of the parent's processor (with a server: of the wall)"
        )


if __name__ == "__main__":
    main()
