"""One trial after another with plain torch.nn and torch.optim: the definition of correct, to be read in a sitting.

A trial's numbers follow from its point and seed, the data and the study's order of minibatches, and from nothing
else: each has torch's generator to itself, and gives it back as it was. Folds take turns, an epoch each, so that
they can be judged by their mean. Fast for all that: data is on the device
already, a minibatch is one gather, and numbers leave the device once an epoch.
Not done: a cheaper count of training accuracy. It is 3 % of a step of a small network.
"""

from __future__ import annotations

import copy
import math
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import lr_scheduler

from workbench.data.minibatches import minibatches
from workbench.data.splits import Part, Splits
from workbench.models import family, metrics, task
from workbench.models.saved import Weights
from workbench.models.threads import SMALL, threads
from workbench.study.spec import Loss, Task
from workbench.study.trial import Ended, Epoch, Outcome
from workbench.study.vocabulary import FAMILIES, TRAINER, settings
from workbench.tuning.snapshots import Snapshot, Snapshots, Unfit, begin, unfit
from workbench.tuning.trainer import BestSoFar, Keep, Lane, OnEpoch, Refill, Trained, examples_of, nobody

EXPLOSION = 10  # a training loss of so many times that of guessing is divergence
CHUNK = 2048  # examples passed at once in eval mode: as fast as all 10,000, in a fifth of the memory


@dataclass(frozen=True, eq=False)
class State:
    """What the next epoch follows from, as it was after one."""

    epoch: int
    weights: Weights
    optimizer: dict[str, Any]
    scheduler: dict[str, Any] | None
    generators: dict[str, Tensor]  # torch's: of the "cpu", and of "cuda" where that trains


@dataclass(eq=False)
class Learner:
    """A network on its way. With its state and that of torch's generators, all that comes next is settled."""

    module: nn.Module
    optimizer: torch.optim.Optimizer
    scheduler: lr_scheduler.LRScheduler | None
    epochs: int = 0  # that it has behind it

    def state(self, generators: dict[str, Tensor]) -> State:
        """A copy of it, between two epochs. `generators` are torch's as the lane left them."""
        return State(
            self.epochs,
            copy.deepcopy(self.module.state_dict()),
            copy.deepcopy(self.optimizer.state_dict()),
            None if self.scheduler is None else copy.deepcopy(self.scheduler.state_dict()),
            generators,
        )

    def go_on_from(self, state: State) -> None:
        """Be where another run of it was, torch's generators included. RuntimeError, ValueError or KeyError where
        the state is of another network."""
        self.module.load_state_dict(state.weights)
        self.optimizer.load_state_dict(state.optimizer)
        if self.scheduler is not None and state.scheduler is not None:
            self.scheduler.load_state_dict(state.scheduler)
        put_generators(state.generators, next(self.module.parameters()).device)
        self.epochs = state.epoch


class Watch(Protocol):
    """Who looks on while one lane learns: reads, and changes no number. See `watching`."""

    def begins(self, learner: Learner) -> None:
        """Before the first update; may put the learner and torch's generators where another run of it ended."""

    def gradients(self) -> None:
        """Those of a minibatch are there, and not yet used."""

    def minibatches(self, losses: list[Tensor], rights: list[Tensor], sizes: list[int]) -> None:
        """All those of an epoch, which has been validated: each one's loss, right answers and examples."""


@dataclass(eq=False)
class _Going:
    """A lane on its way."""

    lane: Lane
    said: dict[str, Any]  # every word of the trainer at its point
    generator: _Generator
    metric: str
    learner: Learner | None = None  # none: it failed before its first epoch
    learning: Iterator[Epoch] = field(default_factory=lambda: iter(()))
    seconds: float = 0.0
    curve: list[Epoch] = field(default_factory=list)
    weights: dict[str, Tensor] | None = None  # of its best epoch
    parameters: int = 0
    ended: Ended | None = None
    reason: str = ""

    def trained(self, ended: Ended) -> Trained:
        curve, number = tuple(self.curve), self.lane.number
        outcome = Outcome(number, ended, curve, self.seconds, self.parameters, self.reason, metric=self.metric)
        return Trained(outcome, self.weights)

    def snapshot(self) -> Snapshot:
        """Between two epochs."""
        assert self.learner is not None
        state = self.learner.state(self.generator.states)
        apart = {name: one for name, one in self.learner.module.named_buffers() if name not in state.weights}
        inside = {"state": vars(state), "buffers": apart, "plain": _plain(self.learner.module)}
        return Snapshot(tuple(self.curve), self.seconds, self.weights, inside)

    def go_on_from(self, snapshot: Snapshot, learner: Learner) -> None:
        """Be where another training of the lane was. Unfit where that is of another network."""
        with unfit(), torch.no_grad():
            learner.go_on_from(State(**snapshot.inside["state"]))
            snapshot.check(learner.epochs, self.said["epochs"], learner.module.state_dict())
            own = dict(learner.module.named_buffers())
            for name, value in snapshot.inside["buffers"].items():
                if not torch.equal(own[name], value.to(own[name].device)):
                    own[name].copy_(value)
            for name, each in learner.module.named_modules():
                vars(each).update(snapshot.inside["plain"][name])
        self.curve, self.weights = list(snapshot.curve), snapshot.weights
        self.seconds += snapshot.seconds


class SerialTrainer:
    """Trains the lanes of a cohort one by one, each through `family.build`, on one device."""

    def __init__(
        self,
        *,
        task: Task,
        family: str,
        folder: Path,
        order_seed: int,
        device: torch.device | str,
        loss: Loss | None = None,
        metric: str = "accuracy",
        snapshots: Snapshots | None = None,
    ) -> None:
        self.task, self.family, self.folder, self.loss, self.metric = task, family, folder, loss, metric
        self.order_seed = order_seed  # of the minibatches, shared by all trials
        self.device = torch.device(device)
        self.snapshots = snapshots and snapshots.of_trainer("serial", self.device)

    def train(
        self,
        cohort: Sequence[Lane],
        data: Splits,
        on_epoch: OnEpoch,
        refill: Refill = nobody,
        keep: Keep | None = None,
    ) -> Iterator[Trained]:
        """Train every lane, one after another, but folds in turn; yield each as it ends. Who joins comes last."""
        keep = keep or BestSoFar(self.metric)
        waiting = deque(cohort)
        while waiting:
            together = [waiting.popleft()]
            while together[0].fold is not None and waiting:
                together.append(waiting.popleft())
            yield from self._train(together, data, on_epoch, keep)
            waiting.extend(refill(len(together)))

    def _train(self, lanes: Sequence[Lane], data: Splits, on_epoch: OnEpoch, keep: Keep) -> Iterator[Trained]:
        """Lanes to their outcomes, an epoch of each in turn. What `on_epoch` raises goes on up."""
        running = begin(self.snapshots, lanes, partial(self._going, data=data), keep, on_epoch)
        while running:
            epochs = ((each, self._epoch(each, data.info.outputs)) for each in running if each.ended is None)
            told = {each.lane.number: epoch for each, epoch in epochs if epoch is not None}
            kept = keep(told)
            for each in running:
                if each.lane.number in kept:
                    assert each.learner is not None
                    each.weights = _copied(each.learner.module)
            dropped = on_epoch(told) if told else ()
            for each in running:
                if each.ended is None and len(each.curve) == each.said["epochs"]:
                    each.ended = "complete"
                elif each.ended is None and each.lane.number in dropped:
                    each.ended = "pruned"
                    each.reason = f"stopped after epoch {len(each.curve)} of {each.said['epochs']}"
                if each.ended is not None:
                    yield each.trained(each.ended)
            running = [each for each in running if each.ended is None]
            if self.snapshots is not None:
                self.snapshots.put_down((each.lane, each.snapshot) for each in running)

    def _going(self, lane: Lane, snapshot: Snapshot | None, data: Splits) -> _Going:
        """A lane before its next epoch; where its network cannot be built, it has ended."""
        began, mine = time.perf_counter(), examples_of(lane, data)
        going = _Going(lane, settings(TRAINER, lane.point), _Generator(lane.seed, self.device), self.metric)
        try:
            with going.generator.own():
                learner = self._learner(lane, going.said, mine)
                if snapshot is not None:
                    going.go_on_from(snapshot, learner)
        except Unfit:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's network may raise anything
            going.ended, going.reason = "failed", first_line(error)
        else:
            going.learner, going.learning = learner, self._learn(lane, learner, going.said, mine)
        going.seconds += time.perf_counter() - began
        return going

    def _epoch(self, going: _Going, outputs: int) -> Epoch | None:
        """A lane's next epoch; None where it was its end. What its network raises ends it as failed."""
        started = time.perf_counter()
        try:
            with going.generator.own():
                epoch = next(going.learning)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a user's network may raise anything
            going.ended, going.reason = "failed", first_line(error)
            return None
        finally:
            going.seconds += time.perf_counter() - started
        assert going.learner is not None
        going.parameters = family.parameter_count(going.learner.module)
        going.curve.append(epoch)
        going.reason = divergence(self.task, epoch, outputs)
        if going.reason:
            going.ended = "diverged"
            return None
        return epoch

    def train_to(self, lane: Lane, data: Splits, epochs: int) -> Trained:
        """One lane for so many of its epochs, at the learning rates of them all: the weights of the last of them.

        For a network that learns from the validation part, too: nothing is judged by it but divergence.
        """
        started = time.perf_counter()
        said: dict[str, Any] = settings(TRAINER, lane.point)
        curve: list[Epoch] = []
        with _Generator(lane.seed, self.device).own():
            learner = self._learner(lane, said, data)
            module, learning = learner.module, self._learn(lane, learner, said, data)
            while True:
                epoch = next(learning)
                curve.append(epoch)
                reason = divergence(self.task, epoch, data.info.outputs)
                if reason or len(curve) == epochs:
                    break
        weights = None if reason else _copied(module)
        seconds, parameters = time.perf_counter() - started, family.parameter_count(module)
        ended: Ended = "diverged" if reason else "complete"
        outcome = Outcome(lane.number, ended, tuple(curve), seconds, parameters, reason, metric=self.metric)
        return Trained(outcome, weights)

    def build(self, lane: Lane, data: Splits) -> nn.Module:
        """The lane's network. Its first weights are drawn on the CPU: the same for every device."""
        about = data.info
        shape, outputs = about.input_shape, about.outputs
        module = family.build(self.family, lane.point, shape, outputs, folder=self.folder, loss=self.loss)
        return module.to(self.device)

    def watched(self, lane: Lane, data: Splits, watch: Watch) -> Iterator[Epoch]:
        """One lane, epoch by epoch, with someone who looks on; what its network raises goes on up.

        Between two epochs torch's generators are the lane's: whoever draws from them meanwhile gives them back.
        """
        with _Generator(lane.seed, self.device).own():
            said = settings(TRAINER, lane.point)
            learner = self._learner(lane, said, data)
            watch.begins(learner)
            yield from self._learn(lane, learner, said, data, watch)

    def _learner(self, lane: Lane, said: dict[str, Any], data: Splits) -> Learner:
        """A lane before its first update."""
        module = self.build(lane, data)
        if data.train.x.dtype == torch.float64:  # not what `data` gives: for comparisons without rounding
            module = module.double()
        if self.family == "cnn":  # its weights' layout is its images': 1.6 times the steps of the lesson's network
            module = module.to(memory_format=torch.channels_last)
        optimizer = make_optimizer(module, said)
        return Learner(module, optimizer, make_scheduler(optimizer, said, len(data.train)))

    def _learn(
        self, lane: Lane, learner: Learner, said: dict[str, Any], data: Splits, watch: Watch | None = None
    ) -> Iterator[Epoch]:
        """The training loop: what each epoch led to."""
        order_seed = self.order_seed if lane.order_seed is None else lane.order_seed
        module, optimizer, scheduler = learner.module, learner.optimizer, learner.scheduler
        small = self.family in FAMILIES and family.parameter_count(module) <= SMALL
        count = 1 if small or self.family == "cnn" else None
        for number in range(learner.epochs + 1, said["epochs"] + 1):
            with threads(count):
                losses, rights, sizes = [], [], []
                module.train()
                for x, y in minibatches(data.train, said["batch_size"], order_seed, number):
                    logits = module(x)
                    loss = task.loss(self.task, logits, y, said["label_smoothing"], self.loss)
                    optimizer.zero_grad(set_to_none=True)
                    loss.backward()  # type: ignore[no-untyped-call]
                    if watch is not None:
                        watch.gradients()
                    optimizer.step()
                    if scheduler is not None:
                        scheduler.step()
                    losses.append(loss.detach())
                    rights.append(task.correct(self.task, logits.detach(), y))
                    sizes.append(len(y))
                train_loss, train_accuracy = _means(losses, rights, sizes)
                measured = judge(module, data.validation, self.task, self.metric, self.loss)
            learner.epochs = number
            if watch is not None:
                watch.minibatches(losses, rights, sizes)
            yield Epoch(number, train_loss, train_accuracy, *measured)


def _plain(module: nn.Module) -> dict[str, dict[str, Any]]:
    """Attributes that are plain values, as a counter of steps is, by the names of the modules that have them."""
    kinds = (bool, int, float, str)
    return {
        name: {key: value for key, value in vars(each).items() if type(value) in kinds}
        for name, each in module.named_modules()
    }


def _copied(module: nn.Module) -> dict[str, Tensor]:
    """Its weights on the CPU, in the usual layout, which every format of a file knows."""
    state = module.state_dict().items()
    return {name: value.to("cpu", copy=True, memory_format=torch.contiguous_format) for name, value in state}


def divergence(task_: Task, epoch: Epoch, outputs: int) -> str:
    """Why this epoch is the end of the trial, or nothing."""
    chance = task.chance_loss(task_, outputs)
    if not math.isfinite(epoch.train_loss):
        return f"training loss was {epoch.train_loss} in epoch {epoch.epoch}"
    if not math.isfinite(epoch.validation_loss):
        return f"validation loss was {epoch.validation_loss} in epoch {epoch.epoch}"
    if epoch.train_loss > EXPLOSION * chance:
        return f"training loss was {epoch.train_loss:.3g} in epoch {epoch.epoch}; guessing has {chance:.3g}"
    return ""


def evaluate(module: nn.Module, part: Part, task_: Task, loss: Loss | None = None) -> tuple[float, float]:
    """Mean loss and accuracy on a part, in eval mode."""
    mean, accuracy, _ = judge(module, part, task_, "accuracy", loss)
    return mean, accuracy


def judge(
    module: nn.Module, part: Part, task_: Task, metric: str, loss: Loss | None = None
) -> tuple[float, float, float | None]:
    """Mean loss and accuracy on a part, in eval mode, and `Epoch.value`."""
    module.eval()
    losses, rights, sizes, outputs = [], [], [], []
    with torch.no_grad():
        for x, y in zip(torch.split(part.x, CHUNK), torch.split(part.y, CHUNK), strict=True):
            logits = module(x)
            losses.append(task.loss(task_, logits, y, criterion=loss))
            rights.append(task.correct(task_, logits, y))
            sizes.append(len(y))
            if metric not in metrics.OF_EVERY_EPOCH:
                outputs.append(logits)
    mean, accuracy = _means(losses, rights, sizes)
    return mean, accuracy, metrics.of_epoch(metric, task_, mean, torch.cat(outputs) if outputs else None, part.y)


def _means(losses: list[Tensor], rights: list[Tensor], sizes: list[int]) -> tuple[float, float]:
    """Loss and accuracy per example, from the mean loss, count of right examples and size of each minibatch."""
    share = torch.tensor(sizes, dtype=torch.float64) / sum(sizes)
    loss = share @ torch.stack(losses).double().cpu()
    return loss.item(), torch.stack(rights).sum().item() / sum(sizes)


def make_optimizer(module: nn.Module, said: dict[str, Any]) -> torch.optim.Optimizer:
    """The update rule. Adam's are `fused`: a fifth off a step. SGD stays plain: `fused` is a twentieth there."""
    lr, decay = said["lr"], said["weight_decay"]
    match said["optimizer"]:
        case "sgd":
            momentum = said["momentum"]
            nesterov = said["nesterov"] and momentum > 0  # torch refuses it at 0, where it changes nothing
            return torch.optim.SGD(module.parameters(), lr, momentum, weight_decay=decay, nesterov=nesterov)
        case "adam":
            return torch.optim.Adam(module.parameters(), lr, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(module.parameters(), lr, weight_decay=decay, fused=True)
        case _:
            return torch.optim.RMSprop(module.parameters(), lr, weight_decay=decay)


def make_scheduler(
    optimizer: torch.optim.Optimizer, said: dict[str, Any], examples: int
) -> lr_scheduler.LRScheduler | None:
    """The learning rate over the updates: cosine falls to 0 at the last, step drops between epochs.

    One-cycle rises to `lr` and falls again; it leaves momentum alone, which has a name of its own in the space.
    """
    updates = updates_of_an_epoch(examples, said["batch_size"])
    match said["lr_schedule"]:
        case "cosine":
            return lr_scheduler.CosineAnnealingLR(optimizer, said["epochs"] * updates)
        case "step":
            return lr_scheduler.StepLR(optimizer, said["lr_step"] * updates, said["lr_factor"])
        case "one-cycle":
            return lr_scheduler.OneCycleLR(
                optimizer, said["lr"], total_steps=said["epochs"] * updates, cycle_momentum=False
            )
        case _:
            return None


def updates_of_an_epoch(examples: int, batch_size: int) -> int:
    """`minibatches` leaves out a last one of a single example."""
    full, rest = divmod(examples, batch_size)
    return max(1, full + (rest > 1))


class _Generator:
    """Torch's generators of the CPU and of `device` as one lane has them, from its seed on."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.seed, self.device = seed, device
        self.states: dict[str, Tensor] = {}  # where the lane left them

    @contextmanager
    def own(self) -> Iterator[None]:
        """The lane's, and then again what they were before."""
        cuda = self.device.type == "cuda"
        with torch.random.fork_rng(devices=[self.device] if cuda else []):
            if self.states:
                put_generators(self.states, self.device)
            else:
                torch.default_generator.manual_seed(self.seed)  # torch.manual_seed moves every GPU's generator
                if cuda:
                    with torch.cuda.device(self.device):
                        torch.cuda.manual_seed(self.seed)
            yield
            self.states = generators(self.device)


def generators(device: torch.device) -> dict[str, Tensor]:
    """The states of torch's, as in `State`."""
    found = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(device)
    return found


def put_generators(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Back to where they were."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


def first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": \n").splitlines()[0]
