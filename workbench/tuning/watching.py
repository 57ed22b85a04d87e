"""One network, one training, watched: what is noted of every minibatch, and closer looks at some epochs.

The serial trainer trains; nothing here touches its network. Whatever has to be passed through one goes through a
second network of the same build that is given the weights of the first, and torch's generators are given back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn

from workbench.data.splits import Splits
from workbench.errors import WorkbenchError
from workbench.models import family
from workbench.study.course import Course, Look, Spread
from workbench.study.trial import Epoch
from workbench.study.vocabulary import TRAINER, settings
from workbench.tuning import evidence, final
from workbench.tuning.interruption import Interruption
from workbench.tuning.serial_trainer import Learner, SerialTrainer, State, divergence, first_line, generators
from workbench.tuning.trainer import Lane

EXAMPLES = 1000  # of the validation part, whose activations are looked at
KEPT = 401  # values of a layer
SORTED = 200_000  # values of a layer that these are picked from
BAND = (0.1, 0.5, 0.9)  # quantiles of an epoch's gradient norms

Ended = Literal["complete", "diverged", "failed", "interrupted"]


@dataclass(frozen=True)
class Ending:
    """How a training ended. The epochs before a diverged or an unfinished one are sound all the same."""

    ended: Ended
    reason: str  # why, of what has diverged or failed
    seconds: float  # of this command


class Watcher:
    """Watches one lane learn. `course` and `start`: what was seen of it before, and where that ended."""

    def __init__(
        self,
        trainer: SerialTrainer,
        lane: Lane,
        data: Splits,
        course: Course | None = None,
        start: State | None = None,
    ) -> None:
        self.trainer, self.lane, self.data = trainer, lane, data
        self.course = Course() if course is None else course
        self.parameters = 0
        self._start = start
        self._learner: Learner | None = None
        self._looked_at: nn.Module | None = None  # the second network: the first as it was after the last epoch
        self._layers: dict[str, list[nn.Parameter]] = {}
        self._norms: list[Tensor] = []  # of this epoch: a row a minibatch, a column a layer
        self._minibatches: tuple[list[Tensor], list[Tensor], list[int]] = ([], [], [])

    def run(
        self,
        interruption: Interruption,
        told: Callable[[Course], None],
        keep: Callable[[State], None] | None = None,
    ) -> Ending:
        """Train to the point's last epoch, or until the network diverges or raises, or a signal arrives.

        `told` is called after each epoch, `keep` after each sound one, with a copy of the state.
        """
        began = time.perf_counter()
        ended, reason = self._run(interruption, told, keep)
        with interruption.deferred():
            if ended in ("complete", "interrupted") and self.began and self.course.curve:
                self._look(len(self.course.curve))
        return Ending(ended, reason, time.perf_counter() - began)

    def _run(
        self,
        interruption: Interruption,
        told: Callable[[Course], None],
        keep: Callable[[State], None] | None,
    ) -> tuple[Ended, str]:
        with closing(self.trainer.watched(self.lane, self.data, self)) as learning:  # type: ignore[type-var]
            try:
                while (epoch := self._next(learning)) is not None:
                    with interruption.deferred():
                        self._note(epoch)
                        reason = divergence(self.trainer.task, epoch, self.data.info.outputs)
                        told(self.course)
                        if reason:
                            return "diverged", reason
                        if keep is not None:
                            keep(self.state())
                        if epoch.epoch in _fibonacci(epoch.epoch):
                            self._look(epoch.epoch)
            except _Failed as failed:
                return "failed", str(failed)
            except KeyboardInterrupt:
                return "interrupted", ""
        return "complete", ""

    @staticmethod
    def _next(learning: Iterator[Epoch]) -> Epoch | None:
        """The next epoch, None after the last."""
        try:
            return next(learning, None)
        except WorkbenchError:
            raise
        except (Exception, SystemExit) as error:  # a user's network may raise anything
            raise _Failed(first_line(error)) from error

    @property
    def began(self) -> bool:
        """Whether there is a network."""
        return self._looked_at is not None

    # -- told by the trainer ------------------------------------------------------------------------------

    def begins(self, learner: Learner) -> None:
        """A second network is built, and the first put where it was, if it was trained before."""
        module = learner.module
        with self._generators_given_back():
            second = self.trainer.build(self.lane, self.data)
        self._learner, self._looked_at = learner, second.to(next(module.parameters()).dtype)
        self.parameters = family.parameter_count(module)
        self._layers = {
            _named(name, layer): own
            for name, layer in module.named_modules()
            if (own := [one for one in layer.parameters(recurse=False) if one.requires_grad])
        }
        if self._start is not None:
            self._restore(self._start)
        self._looked_at.load_state_dict(module.state_dict())
        if self._start is None:
            self._look(0)

    def gradients(self) -> None:
        """The norm of each layer's gradient: weights and biases together."""
        norms = []
        for own in self._layers.values():
            there = [torch.linalg.vector_norm(one.grad) for one in own if one.grad is not None]
            norms.append(torch.linalg.vector_norm(torch.stack(there)) if there else torch.tensor(torch.nan))
        self._norms.append(torch.stack([norm.to(norms[0].device) for norm in norms]))

    def minibatches(self, losses: list[Tensor], rights: list[Tensor], sizes: list[int]) -> None:
        """Kept until the epoch is noted as a whole."""
        self._minibatches = (losses, rights, sizes)

    # -- noted after an epoch -----------------------------------------------------------------------------

    def _note(self, epoch: Epoch) -> None:
        assert self._learner is not None
        assert self._looked_at is not None
        losses, rights, sizes = self._minibatches
        norms = torch.stack(self._norms).cpu().double()
        self._norms = []
        quantiles = torch.quantile(norms, torch.tensor(BAND, dtype=norms.dtype), dim=0).T.tolist()
        for name, band in zip(self._layers, quantiles, strict=True):
            self.course.gradients.setdefault(name, []).append(band)
        self.course.losses += torch.stack(losses).tolist()
        self.course.accuracies += (torch.stack(rights).cpu() / torch.tensor(sizes)).tolist()
        self.course.curve.append(epoch)
        self._looked_at.load_state_dict(self._learner.module.state_dict())

    def _look(self, epoch: int) -> None:
        """Pass validation examples and the plane through the second network."""
        assert self._looked_at is not None
        if any(look.epoch == epoch for look in self.course.looks):
            return
        data, task = self.data, self.trainer.task
        with self._generators_given_back(), torch.no_grad():
            activations = _activations(self._looked_at.eval(), data.validation.x[:EXAMPLES])
            drawn = evidence.boundary({epoch: self._looked_at}, data.train, data.info, task)
        plane = drawn["trials"][0]["values"] if drawn else None
        self.course.looks.append(Look(epoch, activations, plane))

    # -- told of it afterwards ----------------------------------------------------------------------------

    def evidence(self) -> dict[str, Any]:
        """What the network gets right and wrong on the validation part after its last epoch; see `evidence`."""
        assert self._looked_at is not None
        data, task = self.data, self.trainer.task
        with self._generators_given_back():
            logits = final.outputs(self._looked_at, data.validation)
            return evidence.collect(logits, data.validation, data.info, task)

    def planes(self) -> tuple[dict[str, Any], list[list[float]]] | None:
        """All looks at the plane of two features with training examples, and validation examples to draw there."""
        assert self._looked_at is not None
        drawn = evidence.boundary({}, self.data.train, self.data.info, self.trainer.task)
        if drawn is None:
            return None
        trials = [{"trial": look.epoch, "values": look.plane} for look in self.course.looks]
        return drawn | {"trials": trials}, evidence.points(self.data.validation, self.data.info)

    # -- going on another time ----------------------------------------------------------------------------

    def state(self) -> State:
        """A copy of it, between two epochs."""
        assert self._learner is not None
        return self._learner.state(generators(self.trainer.device))

    def _restore(self, start: State) -> None:
        assert self._learner is not None
        try:
            self._learner.go_on_from(start)
        except (RuntimeError, ValueError, KeyError) as error:
            raise WorkbenchError(
                f"the weights do not fit the network of {self.trainer.family}: {error}",
                hint="the function has changed since: put the old one back, or train anew",
            ) from error

    @contextmanager
    def _generators_given_back(self) -> Iterator[None]:
        device = self.trainer.device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            yield


class _Failed(Exception):  # noqa: N818 - told as an ending
    pass


def epochs_of(lane: Lane) -> int:
    """How many the lane's point asks for."""
    epochs = settings(TRAINER, lane.point)["epochs"]
    assert isinstance(epochs, int)
    return epochs


def _fibonacci(last: int) -> set[int]:
    """1, 2, 3, 5, 8, …: most changes at first, and a training that goes on keeps the looks that it had."""
    found, following = [1, 2], 3
    while found[-1] < last:
        found, following = [*found, following], found[-1] + following
    return set(found)


def _activations(network: nn.Module, x: Tensor) -> dict[str, Spread]:
    """What each nonlinearity and the network itself gives for x; of a network without modules for its
    nonlinearities, what each layer with weights gives."""
    named = [(name, module) for name, module in network.named_modules() if not list(module.children())]
    chosen = [one for one in named if type(one[1]).__module__ == "torch.nn.modules.activation"]
    chosen = chosen or [one for one in named if list(one[1].parameters(recurse=False))]
    found: dict[str, Spread] = {}

    def noting(label: str) -> Callable[[nn.Module, Any, Any], None]:
        def note(_module: nn.Module, _given: Any, output: Any) -> None:
            if isinstance(output, Tensor) and output.is_floating_point() and output.numel():
                found[label] = _spread(output)

        return note

    hooks = [module.register_forward_hook(noting(_named(name, module))) for name, module in chosen]
    try:
        output = network(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found | {"output": _spread(output)}


def _spread(values: Tensor) -> Spread:
    every = values.detach().flatten()
    some = every[:: -(-len(every) // SORTED)].float().cpu().sort().values
    picked = torch.linspace(0, len(some) - 1, min(KEPT, len(some))).round().long()
    return Spread(some[picked].tolist(), (every == 0).double().mean().item())


def _named(name: str, module: nn.Module) -> str:
    return f"{name} {type(module).__name__}".strip()
