"""Trains a cohort as few programs: lanes of one kind learn in lock-step, whatever epoch each is at.

Lanes leave at the end of an epoch, and others start in their places with the next. The programs of a cohort, one
for each kind, take turns, an epoch each. `serial_trainer` defines what is correct.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from workbench.data.splits import Splits
from workbench.errors import WorkbenchError
from workbench.fused import network
from workbench.fused.network import Kind, Network
from workbench.fused.program import Program
from workbench.models.threads import threads
from workbench.study.spec import Task
from workbench.study.trial import Ended, Epoch, Outcome
from workbench.study.vocabulary import TRAINER, settings
from workbench.tuning.serial_trainer import divergence, first_line, updates_of_an_epoch
from workbench.tuning.snapshots import Snapshot, Snapshots, begin, unfit
from workbench.tuning.trainer import BestSoFar, Keep, Lane, OnEpoch, Refill, Trained, examples_of, nobody


@dataclass(eq=False)
class _Learner:
    """A lane on its way."""

    lane: Lane
    network: Network
    seconds: float  # its share of the time so far
    curve: list[Epoch] = field(default_factory=list)
    weights: dict[str, Tensor] | None = None  # of its best epoch

    def go_on_from(self, snapshot: Snapshot) -> None:
        """Be where another training of the lane was. Unfit where that is of another network."""
        with unfit():
            self.network.go_on_from(snapshot.inside)
            snapshot.check(self.network.epochs, self.epochs, self.network.tensors)
        self.curve, self.weights = list(snapshot.curve), snapshot.weights
        self.seconds += snapshot.seconds

    def snapshot(self, programs: Mapping[Kind, Program]) -> Snapshot:
        """Between two epochs; into the memory of its program."""
        inside = programs[self.network.kind].state(self.network)
        return Snapshot(tuple(self.curve), self.seconds, self.weights, inside)

    @property
    def epochs(self) -> int:
        return int(self.network.said["epochs"])

    def ends(self, ended: Ended, metric: str, reason: str = "") -> Trained:
        curve, parameters = tuple(self.curve), self.network.parameters
        outcome = Outcome(self.lane.number, ended, curve, self.seconds, parameters, reason, metric=metric)
        return Trained(outcome, self.weights)


class FusedTrainer:
    """Trains the lanes of a cohort together; for the mlp family, see `fused.reason_not_fusable`."""

    def __init__(
        self,
        *,
        task: Task,
        order_seed: int,
        device: torch.device | str,
        metric: str = "accuracy",
        snapshots: Snapshots | None = None,
    ) -> None:
        self.task, self.order_seed, self.device, self.metric = task, order_seed, torch.device(device), metric
        self.snapshots = snapshots and snapshots.of_trainer("fused", self.device)

    def train(
        self,
        cohort: Sequence[Lane],
        data: Splits,
        on_epoch: OnEpoch,
        refill: Refill = nobody,
        keep: Keep | None = None,
    ) -> Iterator[Trained]:
        """Train every lane; yield each as it ends. ValueError where lanes differ in batch_size."""
        keep = keep or BestSoFar(self.metric)
        sizes = {self._batch_size(lane) for lane in cohort}
        running: list[_Learner] = []
        programs: dict[Kind, Program] = {}
        coming = cohort
        while running or coming:
            sizes |= {self._batch_size(lane) for lane in coming}
            if len(sizes) > 1:
                raise ValueError(f"lanes of one cohort share batch_size, these have {sorted(sizes)}")
            left = []
            for started in begin(self.snapshots, coming, partial(self._start, data=data), keep, on_epoch):
                if isinstance(started, Trained):
                    left.append(started)
                else:
                    running.append(started)
            programs = self._programs(running, programs)
            left += self._epoch(running, programs, data, on_epoch, keep)
            yield from left
            if self.snapshots is not None:
                self.snapshots.put_down((each.lane, partial(each.snapshot, programs)) for each in running)
            coming = refill(len(left)) if left else ()

    @staticmethod
    def _batch_size(lane: Lane) -> int:
        return int(settings(TRAINER, lane.point)["batch_size"])  # type: ignore[arg-type]

    def _start(self, lane: Lane, snapshot: Snapshot | None, data: Splits) -> _Learner | Trained:
        """A lane before its next update, or how it failed."""
        started = self._built(lane, data)
        if snapshot is not None and isinstance(started, _Learner):
            started.go_on_from(snapshot)
        return started

    def _built(self, lane: Lane, data: Splits) -> _Learner | Trained:
        """A lane before its first update, or how it failed."""
        began = time.perf_counter()
        try:
            mine = examples_of(lane, data)
            updates = updates_of_an_epoch(len(mine.train), self._batch_size(lane))
            order = self.order_seed if lane.order_seed is None else lane.order_seed
            built = network.build(lane.point, lane.seed, mine, updates, order)
            if built.norms and min(self._batch_size(lane), len(mine.train)) == 1:
                raise ValueError("batch norm cannot train on minibatches of one example")
        except (WorkbenchError, ValueError) as error:
            return Trained(
                Outcome(lane.number, "failed", (), time.perf_counter() - began, 0, first_line(error)), None
            )
        return _Learner(lane, built, time.perf_counter() - began)

    def _programs(self, running: list[_Learner], before: dict[Kind, Program]) -> dict[Kind, Program]:
        """A program for each kind; those whose lanes are still the same go on."""
        groups: dict[Kind, list[Network]] = {}
        for learner in running:
            groups.setdefault(learner.network.kind, []).append(learner.network)
        found: dict[Kind, Program] = {}
        for kind in list(before):  # one that ends gives its memory back before another is made
            if set(before[kind].networks) == set(groups.get(kind, ())):
                found[kind] = before.pop(kind)
            else:
                before.pop(kind).save()
        for kind, networks in groups.items():
            if kind not in found:
                size = networks[0].said["batch_size"]
                found[kind] = Program(networks, self.task, size, self.metric)
        return found

    def _epoch(
        self,
        running: list[_Learner],
        programs: dict[Kind, Program],
        data: Splits,
        on_epoch: OnEpoch,
        keep: Keep,
    ) -> list[Trained]:
        """One epoch of every lane; those that end with it leave `running`."""
        learners = {id(learner.network): learner for learner in running}
        left: dict[int, Trained] = {}
        told: dict[int, Epoch] = {}
        for program in programs.values():
            began = time.perf_counter()
            with threads(1 if self.device.type == "cpu" else None):
                means = program.epoch()
            for each, found in zip(program.networks, means, strict=True):
                learner = learners[id(each)]
                epoch = Epoch(len(learner.curve) + 1, *found)
                learner.curve.append(epoch)
                number = learner.lane.number
                learner.seconds += (time.perf_counter() - began) / len(means)
                reason = divergence(self.task, epoch, data.info.outputs)
                if reason:
                    left[number] = learner.ends("diverged", self.metric, reason)
                    continue
                told[number] = epoch
        told = {
            learner.lane.number: told[learner.lane.number] for learner in running if learner.lane.number in told
        }
        kept = keep(told)
        for learner in running:
            if learner.lane.number in kept:
                learner.weights = programs[learner.network.kind].state_dict(learner.network)
        dropped = on_epoch(told) if told else ()
        for learner in running:
            number, done = learner.lane.number, len(learner.curve)
            if number in left:
                continue
            if done == learner.epochs:
                left[number] = learner.ends("complete", self.metric)
            elif number in dropped:
                left[number] = learner.ends(
                    "pruned", self.metric, f"stopped after epoch {done} of {learner.epochs}"
                )
        ended = [left[learner.lane.number] for learner in running if learner.lane.number in left]
        running[:] = [learner for learner in running if learner.lane.number not in left]
        return ended
