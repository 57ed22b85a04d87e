"""A study from its file to its best network: search, confirmation of the leaders, final training, the test part.

A trial is told only when it has ended; one that a signal or the time limit cuts short goes back to the store
and is trained again, under its own number and seed, by the next command. So a study that was interrupted ten
times ends with the very trials of one that never was.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

import workbench
from workbench import atomic, confidence, same_folds
from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.models import family, metrics
from workbench.models.ignored import ignored
from workbench.models.saved import Weights, digest
from workbench.store import storage
from workbench.store.history import History, Row
from workbench.store.trials import StudyStore
from workbench.study import space, user_code
from workbench.study.identity import identity
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Trial
from workbench.study.vocabulary import TRAINER
from workbench.tuning import baselines, checkpoint, choice, devices, evidence, examples, final, folds, workers
from workbench.tuning.confirmation import Confirmation
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.interruption import Interruption
from workbench.tuning.leading import Leading
from workbench.tuning.memory import Room
from workbench.tuning.search import FAULTY, Observer, Search, Why
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.snapshots import UNFINISHED, Snapshots
from workbench.tuning.trainer import Lane, Trained

if TYPE_CHECKING:
    from workbench.tuning.cluster import Cluster

SEARCHED = 0.6  # of the time limit, by when the search ends
REPEATED, CONFIRMED = 0.65, 0.9  # the same of the confirmation: at the earliest and at the latest
BASELINE = 20.0  # seconds for each baseline that is fitted
BASELINE_ON_FOLDS = 45.0  # seconds for each of them on the folds of a cross-validation
WAIT = 0.5  # seconds from one look at other hosts' trials to the next
TRIES = 3  # of the final training, where it diverges

Gate = Callable[[StudySpec, splits.Splits, Any], dict[str, Any]]
"""Looks at a study before it costs anything: (study, data, what it said the last time) -> what it says, as JSON.
Where that has {"outcome": "stopped"}, nothing is trained; an enqueued point is not where {"enqueued": [{"name",
"refused"}]} has a reason for it."""


@dataclass(frozen=True)
class Options:
    """What the command line adds to a study file."""

    storage: str | None = None  # None: workbench.journal in the current folder
    out: Path = Path("reports")
    device: str = "auto"
    engine: choice.Engine = "auto"
    workers: int | None = None  # None: one for each GPU, else as many as pay
    max_failures: int | None = None  # trials of this command that may fail before it ends
    cluster: str | None = None  # Ray's address; None: this machine trains
    fresh: bool = False
    require_data: bool = False
    confirm: bool = True
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """How a command ended: everything remembered of the study, why it stopped, and what took how long.

    Of the seconds, "total" is the command's wall time; "train" is summed over processes; "ask" (drawing points) and
    "store" (everything else that is remembered) are the parent's, while others train.
    """

    history: History
    why: Why
    seconds: dict[str, float]
    folder: Path


def tune(
    spec: StudySpec,
    options: Options,
    observer: Observer,
    note: Callable[[History], str] | None = None,
    gate: Gate | None = None,
) -> Ending:
    """Run the study to the end of its budget, or until a signal. `note` writes the dashboard's text of it."""
    started = time.monotonic()
    user_code.named_by_a_study_file(spec.code, spec.folder)
    with Interruption() as interruption, _connected(options.cluster) as cluster:
        every = devices.every(options.device)
        choice.check(options.engine, spec)
        data, sealed = examples.load(spec, every[0], require=options.require_data)
        if data.info.stand_in:
            spec = spec.model_copy(update={"name": f"{spec.name}-standin"})
        for line in data.info.notes:
            observer.message(line)
        check_batches(spec, data)
        check_metric(spec, data)
        family.check(spec, data.info.input_shape, data.info.outputs)
        folder = options.out / spec.name
        atomic.check_folder(folder)
        with _opened(spec, options, observer, interruption) as store:
            run = _Run(spec, options, store, data, every, cluster, observer, interruption, folder, started, note)
            with interruption.deferred():
                run.remember_the_setting()
            why: Why
            try:
                run.tell_what_is_ignored()
                if gate is not None and not run.passes(gate):
                    return run.ending("diagnosis")
                why = run.search()
                if why not in FAULTY:
                    elsewhere = store.may_finish()
                    if elsewhere is not None:
                        observer.message(elsewhere)
                        return run.ending("elsewhere")
                    if options.confirm and not run.confirm():
                        why = "timeout"
                    run.compare_on_folds()
                    run.finish(sealed)
                    with interruption.deferred():
                        store.finished()
                        if why != "timeout":
                            run.forget_what_was_cut_short()
            except KeyboardInterrupt:
                why = "interrupted"
            try:
                with interruption.deferred():
                    ending = run.ending(why)
            except KeyboardInterrupt:  # a signal during this bookkeeping, which is done now
                ending = replace(ending, why="interrupted")
            return ending


@contextmanager
def _opened(
    spec: StudySpec, options: Options, observer: Observer, interruption: Interruption
) -> Iterator[StudyStore]:
    """The study: beside other commands where the storage can have that, else by itself."""
    with ExitStack() as stack:
        if storage.has_hosts(options.storage):
            from workbench.store.shared import SharedStore  # SQLAlchemy: a quarter of a second

            shared = SharedStore.open(options.storage, spec, identity=identity(spec), fresh=options.fresh)
            shared.say, shared.pressed = observer.message, lambda: interruption.arrived
            stack.callback(shared.close)
            yield shared
            return
        stack.enter_context(storage.exclusive(options.storage, spec.name))
        yield StudyStore.open(options.storage, spec, identity=identity(spec), fresh=options.fresh)


@contextmanager
def _connected(address: str | None) -> Iterator[Cluster | None]:
    if address is None:
        yield None
        return
    from workbench.tuning import cluster

    with cluster.connected(address) as found:
        yield found


def check_batches(spec: StudySpec, data: splits.Splits) -> None:
    """WorkbenchError where a minibatch could not be filled."""
    parameter = spec.space.get("batch_size")
    default = TRAINER["batch_size"].default
    assert isinstance(default, int)
    asked = {"space.batch_size": int(space.largest(parameter)) if parameter else default}
    for place, one in enumerate(spec.enqueue, 1):
        asked[f"enqueue.{place}.batch_size"] = one.point.get("batch_size", default)
    for where, largest in asked.items():
        if largest <= len(data.train):
            continue
        raise WorkbenchError(
            f"{where}: up to {largest:,}, but the training part has only {len(data.train):,} examples",
            hint=f"write at most {len(data.train)}"
            + (", or give the training part more (data.train)" if data.folds is None else ", or use more folds"),
        )


def undefined(spec: StudySpec, data: splits.Splits) -> dict[str, str]:
    """Metric -> why the validation part, or that of a fold, does not define it."""
    found: dict[str, str] = {}
    for part in _validation_parts(data):
        found |= metrics.undefined(spec.task, part.y.cpu(), data.info.outputs)
    return found


def _validation_parts(data: splits.Splits) -> list[splits.Part]:
    """The one, or that of each fold in the search's division."""
    if data.folds is None:
        return [data.validation]
    return [data.folds.fold(i).validation for i in range(data.folds.count)]


def check_metric(spec: StudySpec, data: splits.Splits) -> None:
    """WorkbenchError where the validation part does not define what the study is judged by."""
    reasons = undefined(spec, data)
    if spec.objective.name in reasons:
        raise WorkbenchError(
            f'metric = "{spec.objective.name}": {reasons[spec.objective.name]} in the validation part, which has '
            f"{len(data.validation):,} examples: the {spec.objective.words} is not defined",
            hint='give the validation part more examples (data.validation), or write metric = "accuracy"',
        )


class _Run:
    """One command's work on one study."""

    def __init__(
        self,
        spec: StudySpec,
        options: Options,
        store: StudyStore,
        data: splits.Splits,
        every: Sequence[torch.device],  # that a worker can have
        cluster: Cluster | None,
        observer: Observer,
        interruption: Interruption,
        folder: Path,
        started: float,
        note: Callable[[History], str] | None,
    ) -> None:
        self.spec, self.options, self.store, self.data = spec, options, store, data
        self.devices, self.device = every, every[0]
        self.observer, self.interruption, self.folder = observer, interruption, folder
        self.started, self.note = started, note
        order_seed = derive(spec.search.seed, "order")
        self.choice = choice.choose(
            options.engine,
            spec,
            data.info,
            every,
            max(1, spec.budget.trials - store.counts().total),
            options.workers if cluster is None else options.workers or max(1, cluster.slots()),
        )
        self.cluster = cluster
        self.recruit = None if cluster is None else partial(cluster.crew, options.workers)
        if self.choice.workers > 1 and cluster is None:
            workers.warm_up()  # while the study is diagnosed
        self.snapshots = None if cluster is not None else self._snapshots()
        self.serial = self._serial_trainer(order_seed, self.snapshots)
        self.one_by_one = FoldTrainer(self.serial)
        self.trainer = self.one_by_one
        if self.choice.name == "fused":
            self.trainer = FoldTrainer(
                FusedTrainer(
                    task=spec.task,
                    order_seed=order_seed,
                    device=self.device,
                    metric=spec.objective.name,
                    snapshots=self.snapshots,
                )
            )
        self.leading = Leading(spec.task, _validation_parts(data), store.history().rows, self._built)
        self.trained = 0.0  # seconds, summed over processes
        self.described = False
        self.refused: dict[int, str] = {}  # enqueued trials that are not to be trained, and why

    # -- before it ----------------------------------------------------------------------------------------

    def tell_what_is_ignored(self) -> None:
        """Before the first trial, of parameters that a user's network is the same for."""
        if self.store.counts().total == 0:
            for line in ignored(self.spec, self.data.info.input_shape, self.data.info.outputs):
                self.observer.message(line)

    def passes(self, gate: Gate) -> bool:
        """Whether the study may be run; a study that is done needs no look."""
        if self.store.counts().total >= self.spec.budget.trials:
            return True
        self.observer.stage("looking for faults", 0, 1)
        said = gate(self.spec, self.data, self.store.recall("diagnosis"))
        with self.interruption.deferred():
            self.store.remember("diagnosis", said)
        why = {one["name"]: one["refused"] for one in said.get("enqueued", ())}
        self.refused = {
            number: why[one.name] for number, one in enumerate(self.spec.enqueue) if why.get(one.name) is not None
        }
        return bool(said["outcome"] != "stopped")

    # -- the search ---------------------------------------------------------------------------------------

    def search(self) -> Why:
        """Spend the budget, beside other hosts until theirs has been spent too."""
        total, counts = self.spec.budget.trials, self.store.counts()
        self.observer.begin(counts.as_dict(), total, self.store.name, self.spec.budget.seconds)
        if counts.total >= total:
            return "nothing left"
        if self.choice.why:
            self.observer.message(self.choice.why)
        why = self._search_here()
        while why in ("budget", "exhausted"):
            others = self.store.elsewhere()
            if others.free:
                why = self._search_here()
            elif others.running == 0:
                break
            elif (until := self._search_until()) is not None and time.monotonic() >= until:
                return "timeout"
            else:
                self.observer.stage("waiting for trials of other hosts", total - others.running, total)
                time.sleep(WAIT)
        return "budget" if self.store.counts().total >= total else why

    def _search_until(self) -> float | None:
        return self._until(SEARCHED if self.options.confirm else CONFIRMED)

    def _search_here(self) -> Why:
        search = Search(
            self.spec,
            self.store,
            self.data,
            self.choice,
            (self.trainer, self.one_by_one),
            self.observer,
            self.interruption,
            self._search_until(),
            self._keep_trained,
            lambda trial, trained: self.leading.told(trial.point, trained),
            self._describe_once,
            self.refused,
            tuple(map(str, self.devices)),
            self.options.max_failures,
            self.recruit,
            self._room(),
            self.snapshots,
        )
        try:
            return search.run()
        finally:
            self.data = search.data
            self.trained += search.seconds

    def _room(self) -> Room:
        if self.cluster is not None:
            return self.cluster.room()
        return Room.shared(tuple(map(str, self.devices)), self.choice.workers)

    def _keep_trained(self, trial: Trial, trained: Trained) -> None:
        best = trained.outcome.best
        assert best is not None
        assert trained.weights is not None
        seed = derive(self.spec.search.seed, "trial", trial.number)
        more = {"trial": trial.number, "trained_on": "training part", "epochs": best.epoch, "seed": seed}
        info = self.data.info
        if self.data.folds is not None:  # then the weights are those of the first fold, until the final training
            more["trained_on"] = folds.FIRST.format(info.folds)
            info = self.data.folds.fold(0).info
        self._save(trial.point, best, trained.weights, more, info, test=None)

    def _until(self, share: float) -> float | None:
        """When so much of the time limit is gone."""
        limit = self.spec.budget.seconds
        return None if limit is None else self.started + share * limit

    # -- the winner ---------------------------------------------------------------------------------------

    def confirm(self) -> bool:
        """Train the leaders again with fresh seeds; False where the time was up before."""
        confirmation = Confirmation(
            self.spec,
            self.store,
            self.data,
            self.devices,
            self.options.engine,
            self.options.workers,
            self.observer.stage,
            self.interruption,
            self._confirm_until(),
            self.recruit,
            self.snapshots,
        )
        try:
            return confirmation.run()
        finally:
            self.trained += confirmation.seconds

    def _confirm_until(self) -> float | None:
        history, limit = self.store.history(), self.spec.budget.seconds
        if limit is None:
            return None
        rows = _enqueued(history)
        winner = confidence.recommended(history)
        if winner is not None and winner not in rows:
            rows.append(winner)
        return self._until(repeats_end(limit, sum(row.seconds for row in rows) * final.longer(self.data)))

    def compare_on_folds(self) -> None:
        """Score the baselines on the folds that the recommended network was scored on, unless that was done."""
        ours = same_folds.network(self.store.history())
        if ours is None or self.data.folds is None:
            return
        taken, _, reached = ours
        divisions = sorted(reached)
        what: dict[str, Any] = {"trial": taken.row.number, "divisions": divisions}
        known = self.store.recall(same_folds.FACT) or {}
        if all(known.get(name) == value for name, value in what.items()):
            return
        kinds = baselines.kinds()
        found: list[baselines.OnFolds] = []
        seconds = self._seconds_each(BASELINE_ON_FOLDS, len(kinds) + 1)
        each = baselines.on_folds(self.data.folds, divisions, self.spec.task, self.spec.objective.name, seconds)
        self.observer.stage("fitting baselines to the same folds", 0, len(kinds))
        for one in each:
            found.append(one)
            self.observer.stage("fitting baselines to the same folds", len(found), len(kinds))
        with self.interruption.deferred():
            self.store.remember(same_folds.FACT, {**what, "models": [one.as_json() for one in found]})

    def finish(self, sealed: splits.SealedTest) -> None:
        """Train the recommended network on all but the test part and score it there, unless that was done."""
        history = self.store.history()
        row = confidence.recommended(history)
        if row is None:
            return
        epochs = confidence.epochs(history, row)
        what = {"trial": row.number, "epochs": epochs, "trained_on": final.TRAINED_ON}
        scored: dict[str, Any] | None = self.store.recall("final")
        if scored is not None and any(scored[name] != value for name, value in what.items()):
            scored = None  # of another network
        if scored is not None and checkpoint.kept(self.folder, study=self.store.name, **what):
            return
        if scored is not None:
            self.observer.message(f"the final network is not in {self.folder}: training it again")
        weights, seed = self._train_finally(row, epochs)
        if weights is None:
            return
        if scored is None:
            scored = self._open_test_part(sealed, row, weights, what)
        assert row.best is not None
        self._save(row.point, row.best, weights, {**what, "seed": seed}, self.data.info, test=scored)

    def _train_finally(self, row: Row, epochs: int) -> tuple[Weights | None, int]:
        """The weights and their seed; None where every try diverged."""
        self.observer.stage("training the final network", 0, 1)
        data = final.joined(self.data)
        seed = self.spec.search.seed
        trainer = self._serial_trainer(derive(seed, "final", "order"))
        for number in range(TRIES):
            lane = Lane(row.number, row.point, derive(seed, "final", number))
            trained = trainer.train_to(lane, data, epochs)
            self.trained += trained.outcome.seconds
            if trained.weights is not None:
                self.observer.stage("training the final network", 1, 1)
                return trained.weights, lane.seed
        self.observer.message(
            f"the final training of trial {row.number} diverged {TRIES} times: the test part was not opened"
        )
        return None, 0

    def _open_test_part(
        self, sealed: splits.SealedTest, row: Row, weights: Weights, what: dict[str, Any]
    ) -> dict[str, Any]:
        fitted = list(self._baselines())
        module = self._built(row.point, weights)
        others, enqueued = self._networks_beside(row), list(self._enqueued_networks(row))
        own = user_code.is_reference(self.spec.model.family) or user_code.is_reference(self.spec.data.source)
        command = [storage.display(word) for word in self.options.command]
        opening = final.opening(row.number, command, self.spec.folder if own else None)
        opening["enqueued"] = [one.number for one, _ in enqueued]
        with self.interruption.deferred():
            self.store.remember("openings", [*(self.store.recall("openings") or []), opening])
            test = sealed.open()
            logits = final.outputs(module, test)
            told = final.compare(fitted, test, logits, self.spec.task)
            scored = final.score(logits, test.y.cpu(), self.spec.task)
            scored = {**what, **scored, "when": opening["when"], "code": opening["code"]}
            self.store.remember("evidence", self._evidence({row.number: module, **others}, test, logits))
            self.store.remember("baselines", told)
            self.store.remember(
                "enqueued",
                [
                    {"trial": one.number, "epochs": len(one.curve), "trained_on": final.TRAINED_ON}
                    | final.beside(network, test, logits, self.spec.task)
                    for one, network in enqueued
                ],
            )
            self.store.remember("final", scored)
        return scored

    def _networks_beside(self, row: Row) -> dict[int, nn.Module]:
        """The other leaders' networks, as the search trained them, where their boundaries can be drawn.

        Of folds there are many; there they are trained as the final one is, on inputs of the same scale.
        """
        about, found = self.data.info, {}
        if not evidence.has_boundary(about, self.spec.task):
            return {}
        others = [one for one in confidence.by_search(self.store.history()) if one.number != row.number]
        for one in others[: evidence.BESIDE]:
            lane = Lane(one.number, one.point, derive(self.spec.search.seed, "trial", one.number))
            if self.data.folds is None:
                [trained] = self.serial.train([lane], self.data, lambda _: ())
            else:
                assert one.best is not None
                trained = self.serial.train_to(lane, final.joined(self.data), one.best.epoch)
            self.trained += trained.outcome.seconds
            if trained.weights is not None:
                found[one.number] = self._built(one.point, trained.weights)
        return found

    def _enqueued_networks(self, row: Row) -> Iterator[tuple[Row, nn.Module]]:
        """Those of the enqueued trials that completed, trained on what the recommended one learns from, for all of
        their epochs: a lesson looks for no best one. Without those that the time limit leaves no time for.
        """
        data, until = final.joined(self.data), self._until(1.0)
        rows = [one for one in _enqueued(self.store.history()) if one.number != row.number]
        trainer = self._serial_trainer(derive(self.spec.search.seed, "final", "order"))
        for done, one in enumerate(rows):
            self.observer.stage("training the enqueued networks", done, len(rows))
            if until is not None and time.monotonic() + one.seconds * final.longer(self.data) > until:
                self.observer.message(f"no time to score {one.enqueued} (trial {one.number}) on the test part")
                continue
            lane = Lane(one.number, one.point, derive(self.spec.search.seed, "final", 0))
            trained = trainer.train_to(lane, data, len(one.curve))
            self.trained += trained.outcome.seconds
            if trained.weights is not None:
                yield one, self._built(one.point, trained.weights)

    def _evidence(self, networks: dict[int, nn.Module], test: splits.Part, logits: torch.Tensor) -> dict[str, Any]:
        """What is told of the first network's outputs, and of all networks' boundaries."""
        told = {"trial": next(iter(networks)), **evidence.collect(logits, test, self.data.info, self.spec.task)}
        drawn = evidence.boundary(networks, test, self.data.info, self.spec.task)
        return told | ({"boundary": drawn} if drawn else {})

    def _built(self, point: space.Point, weights: Mapping[str, torch.Tensor]) -> nn.Module:
        about = self.data.info
        with torch.random.fork_rng(devices=[]):  # its first weights are drawn, and replaced
            module = family.build(
                self.spec.model.family,
                point,
                about.input_shape,
                about.outputs,
                folder=self.spec.folder,
                loss=self.spec.loss,
            ).to(self.device)
        module.load_state_dict(weights)
        return module

    def _baselines(self) -> Iterator[baselines.Fitted]:
        count = 1 + len(baselines.kinds())
        left = self._seconds_each(BASELINE, count - 1)
        part = final.joined(self.data).train
        for done, one in enumerate(baselines.fit(part, self.spec.task, left), 1):
            self.observer.stage("fitting baselines", done, count)
            yield one

    def _seconds_each(self, most: float, count: int) -> float:
        """What the time limit leaves for each of so many, but a second at least."""
        until = self._until(1.0)
        return most if until is None else min(most, max(1.0, (until - time.monotonic()) / count))

    def _snapshots(self) -> Snapshots:
        """Of trials in the middle of their training: what they are of is what may not change."""
        same = {"study": self.store.name, "data set": self.data.info.md5}
        same["setting"] = digest(self.store.recall("identity"))
        return Snapshots((self.folder / UNFINISHED).absolute(), same, self.observer.message)

    def _serial_trainer(self, order_seed: int, snapshots: Snapshots | None = None) -> SerialTrainer:
        return SerialTrainer(
            task=self.spec.task,
            family=self.spec.model.family,
            folder=self.spec.folder,
            order_seed=order_seed,
            device=self.device,
            loss=self.spec.loss,
            metric=self.spec.objective.name,
            snapshots=snapshots,
        )

    def _save(
        self,
        point: space.Point,
        best: Epoch,  # of the trial in the search
        weights: Weights,
        more: dict[str, Any],
        info: splits.DataInfo,
        *,
        test: dict[str, Any] | None,
    ) -> None:
        about = {
            "study": self.store.name,
            **more,
            "epoch": more["epochs"],
            **checkpoint.network(self.spec, info, point, best),
            "test": test and {"accuracy": test["accuracy"], "loss": test["loss"], "metrics": test.get("metrics")},
            "versions": _versions(),
        }
        with self.interruption.deferred():
            checkpoint.save(self.folder, weights, about)

    # -- bookkeeping --------------------------------------------------------------------------------------

    def remember_the_setting(self) -> None:
        self.store.remember("data", self.data.info.as_dict())
        self.store.remember("device", devices.describe(self.device))
        self.store.remember("versions", _versions())
        self.store.remember("storage", storage.display(self.options.storage))
        self.store.remember("command", [storage.display(word) for word in self.options.command])

    def forget_what_was_cut_short(self) -> None:
        """The study is finished: nobody goes on from a trial's middle."""
        if self.snapshots is not None:
            self.snapshots.clear()

    def ending(self, why: Why) -> Ending:
        total = time.monotonic() - self.started
        self._measure_the_leaders()
        before = float(self.store.recall("seconds") or 0.0)  # that other hosts may have added to
        self.store.remember("seconds", round(before + total, 3))
        self.store.remember("engine", self.choice.told())
        if self.store.counts().total:
            self._describe()
        seconds = {"total": total, "train": self.trained, **self.store.seconds}
        return Ending(self.store.history(), why, seconds, self.folder)

    def _measure_the_leaders(self) -> None:
        known = self.store.recall("metrics")
        measured = self.leading.measured(known)
        if known and storage.has_hosts(self.options.storage):  # which may have measured leaders of their own
            measured["validation"] = known["validation"] | measured["validation"]
        self.store.remember("metrics", measured)
        self.store.remember("undefined", undefined(self.spec, self.data))

    def _describe_once(self) -> None:
        if not self.described and not self.store.away:
            self._describe()

    def _describe(self) -> None:
        if self.note is not None:
            self.store.describe(self.note(self.store.history()))
            self.described = True


def _enqueued(history: History) -> list[Row]:
    """The enqueued trials that completed."""
    return [row for row in history.rows if row.enqueued and row.state == "complete"]


def repeats_end(limit: float, ahead: float) -> float:
    """The share of the time limit by which repeats end, so that the final trainings that are ahead find time.

    Both in seconds. `ahead` counts trainings one after another at the pace of their trials, one core each.
    """
    return min(CONFIRMED, max(REPEATED, 1 - ahead / limit))


def _versions() -> dict[str, str]:
    return {"workbench": workbench.__version__, "torch": torch.__version__, "python": platform.python_version()}
