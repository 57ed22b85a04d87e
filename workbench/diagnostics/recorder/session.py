"""One recording: hooks in, script runs, hooks out, and what was seen as a Trace.

Detail is taken for the first steps and for one step in twenty afterwards; counts, losses and gradients' staleness
at every step. The recording stops the script with `Stop`, which no `except Exception` catches. Between the last
step asked for and the stop it coasts: passes over data end after a few batches, so that the evaluation at their
end is seen, too.
"""

from __future__ import annotations

import functools
import math
import os
import time
import warnings
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn._reduction import legacy_get_string

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.capture import Capture
from workbench.diagnostics.recorder.cuts import Cuts
from workbench.diagnostics.recorder.forwards import Forwards
from workbench.diagnostics.recorder.functions import Functions
from workbench.diagnostics.recorder.gradients import of_weights
from workbench.diagnostics.recorder.graphs import Mark, marked, walk
from workbench.diagnostics.recorder.loaders import Loaders
from workbench.diagnostics.recorder.nonfinite import NonFinite
from workbench.diagnostics.recorder.optimizers import Optimizers
from workbench.diagnostics.recorder.patches import Patches, failures, quietly
from workbench.diagnostics.recorder.registry import Registry
from workbench.diagnostics.recorder.transforms import FunctionalTraining
from workbench.diagnostics.trace import (
    Backward,
    Call,
    Difference,
    Elementwise,
    Ended,
    Graph,
    Kept,
    LossCall,
    Place,
    Trace,
    Warned,
)

DETAILED = 20  # steps seen in full at the beginning
SAMPLED = 20  # then every so many
DIFFERENCES = 4  # a line
OLD = 4  # losses of earlier steps at once: with several optimizers, the last of each may wait for the next
STAGE = 4  # steps seen in full when backward comes from a new line, or a new network: another stage of training
GRAPHS = 12
GRAPHS_A_LINE = 2
LOSSES = 600
EVALUATIONS = 30  # forwards without gradients during which functions are seen
SNAPSHOT_SECONDS = 2.0
COASTING_SECONDS = 2.0  # at least, and at most as long again as was recorded
SNAPSHOT_STEPS = frozenset((1, 2, 3, 5, 10, 20, 50, 100))


class Stop(BaseException):
    """The recording has seen enough."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def _reduction(rest: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    """What a criterion does with the examples' losses; `size_average` and `reduce` are how old scripts say it."""
    told = keywords.get("reduction", next((item for item in rest if isinstance(item, str)), "mean"))
    old = keywords.get("size_average"), keywords.get("reduce")
    if old != (None, None):
        told = legacy_get_string(*old, emit_warning=False)
    return told if isinstance(told, str) else "mean"


def _sleep(recorder: weakref.ref[Recorder]) -> None:
    """In a forked process: it is not the one that is recorded."""
    live = recorder()
    if live is not None:
        live.awake = False


class Recorder:
    """Records what happens between `__enter__` and `__exit__`."""

    def __init__(
        self,
        target: str,
        *,
        steps: int = 200,
        seconds: float = 60.0,
        snapshot: Callable[[Trace], None] | None = None,
        capture: bool = False,
        patience: float = math.inf,
    ) -> None:
        self.target = target
        self.limit = steps
        self.seconds = seconds
        self.patience = (
            patience  # seconds for an experiment, where the caller has less than the experiment would take
        )
        self.began = time.monotonic()
        self.awake = False
        self.step = 0
        self.last_loss: float | None = None
        self.bad = NonFinite()
        self.kept: dict[tuple[Place | None, str], set[int]] = {}
        self.patches = Patches()
        self.registry = Registry()
        self.optimizers = Optimizers(self)
        self.forwards = Forwards(self)
        self.loaders = Loaders(self)
        self.cuts = Cuts(self)
        self.functions = Functions(self)
        self.functional = FunctionalTraining(self)
        self.capture = Capture() if capture else None
        self.graphs: list[Graph] = []
        self.backwards: list[Backward] = []
        self.losses: list[LossCall] = []
        self.elementwise: dict[tuple[Any, ...], Elementwise] = {}
        self.calls: dict[tuple[str, Place | None], Call] = {}
        self.warned: dict[tuple[str, Place | None], Warned] = {}
        self._snapshot = snapshot
        self._last_snapshot = self.began
        self._loss_lines: set[Place | None] = set()
        self._broadcast_lines: set[tuple[Any, ...]] = set()
        self._walked: dict[tuple[Place | None, int | None], int] = {}
        self._look_until = 0
        self._differences: dict[Place | None, list[Difference]] = {}
        self._old_losses: deque[tuple[int, weakref.ref[Tensor]]] = deque(maxlen=10)
        self._evaluations = EVALUATIONS
        self.muted = False  # one example of many runs apart: only its graph tells
        self.coasting = False
        self._coast_until = 0.0
        self._on = False
        self._between = False  # after a pass, or in an evaluation

    # -- hooks in, hooks out -----------------------------------------------------------------------------------

    def __enter__(self) -> Recorder:
        self.forwards.install(self.patches)
        self.optimizers.install(self.patches)
        self.loaders.install(self.patches)
        self.patches.wrap(
            torch.autograd, "backward", before=self._backward_begins, after=self._backward_done, outermost=True
        )
        self.patches.wrap(torch.autograd, "grad", before=self._grad_begins, after=self._grad_done, outermost=True)
        self.functional.transforms.install(self.patches)
        self._install_calls()
        os.register_at_fork(after_in_child=functools.partial(_sleep, weakref.ref(self)))  # cannot be undone
        self.awake = True
        self.functions_on()
        return self

    def __exit__(self, *_: object) -> None:
        self.awake = False
        self.functions_off()
        self.patches.undo()

    def _install_calls(self) -> None:
        for namespace in (torch.nn.utils, torch.nn.utils.clip_grad):
            for name in ("clip_grad_norm_", "clip_grad_value_"):
                if name in namespace.__dict__:
                    self.patches.wrap(namespace, name, before=self._clip(name))
        schedulers = torch.optim.lr_scheduler
        for cls in {schedulers.LRScheduler, *schedulers.LRScheduler.__subclasses__()}:
            if "step" in cls.__dict__:
                self.patches.wrap(cls, "step", before=self._scheduler_step)
        self.patches.wrap(schedulers.LRScheduler, "__init__", before=self._scheduler_made)
        self.patches.wrap(torch, "save", before=self._saving)
        self.patches.wrap(torch, "from_numpy", after=self.data_made)
        self.patches.wrap(nn.Module, "train", before=self._train)
        self.patches.wrap(warnings, "showwarning", before=self._warning)
        self.patches.wrap(BaseProcess, "start", before=self._process)

    # -- the function mode -------------------------------------------------------------------------------------

    def functions_on(self) -> None:
        """See function calls, unless another mode is in force: ours must be the outermost."""
        if not self._on and torch._C._len_torch_function_stack() == 0:
            self.functions.__enter__()  # type: ignore[no-untyped-call]
            self._on = True

    def functions_off(self) -> None:
        """See no function calls, unless another mode lies above ours."""
        stack = torch.overrides._get_current_function_mode_stack() if self._on else []  # type: ignore[no-untyped-call]
        if stack and stack[-1] is self.functions:
            self.functions.__exit__(None, None, None)
            self._on = False

    def functions_resume(self) -> None:
        """After a break: on where this step, or what goes on between steps, is looked at."""
        if self.awake and (self.detailed or self._between):
            self.functions_on()

    @property
    def detailed(self) -> bool:
        """Whether this step is looked at closely."""
        early = self.step < max(DETAILED, self._look_until)
        return not self.coasting and (early or self.step % SAMPLED == 0)

    @property
    def loss_is_bad(self) -> bool:
        """The last loss was NaN or infinite."""
        loss = self.last_loss
        return loss is not None and (loss != loss or loss in (float("inf"), float("-inf")))

    def forward_begins(self, grad: bool) -> None:
        """A root module is about to run."""
        self._check_time()
        if not grad and self._evaluations > 0:
            self._evaluations -= 1
            self._between = True
            self.functions_on()

    def pass_ended(self) -> None:
        """A DataLoader is through: what follows may be evaluation."""
        if self.awake:
            self._between = True
            self.functions_on()

    # -- events ------------------------------------------------------------------------------------------------

    def step_done(self) -> None:
        """An optimizer step, or an update by hand, has been made."""
        if self.coasting:
            self._between = False
            self.functions_off()
            self._check_time()
            return
        self.step += 1
        self._after_step()
        self._between = False
        if self.detailed:
            self.functions_on()
        else:
            self.functions_off()

    def _after_step(self) -> None:
        due = time.monotonic() - self._last_snapshot > SNAPSHOT_SECONDS
        if due or self.step in SNAPSHOT_STEPS:
            self.save()
        if self.step >= self.limit:
            self._coast()
        self._check_time()

    def _coast(self) -> None:
        """Enough steps are recorded. Go on to the evaluation, if it is near: loaders end early from now on."""
        self.coasting = True
        used = time.monotonic() - self.began
        self._coast_until = time.monotonic() + max(COASTING_SECONDS, used)
        self.save()

    def _check_time(self) -> None:
        now = time.monotonic()
        if self.coasting and now > self._coast_until:
            raise Stop("steps")
        if now - self.began > self.seconds:
            raise Stop("seconds")

    def _saving(self, *_: Any, **__: Any) -> None:
        if self.coasting:  # a network that was trained for a moment must not replace the user's file
            raise Stop("steps")

    def save(self) -> None:
        """Hand over what has been seen so far."""
        self._last_snapshot = time.monotonic()
        if self._snapshot is not None:
            self._snapshot(self.trace(Ended("killed")))

    @quietly
    def _backward_begins(self, tensors: Any, *args: Any, **keywords: Any) -> None:
        if not self.awake or self.coasting:
            return
        if self.step == 0 and len(self.backwards) >= self.limit:
            raise Stop("steps")  # nothing ever steps
        self.optimizers.backward_begins()
        loss = facts.first_tensor(tensors)
        if loss is None:
            return
        self.forwards.learned(loss)
        place = places.here()
        self._look_for_old_losses(loss, place)
        value = facts.number(loss)
        self.last_loss = value
        if self.loss_is_bad and loss.grad_fn is not None:
            self.bad.loss(loss, self.graphs, self.step)
        numbers: tuple[int, ...] = ()
        if loss.grad_fn is not None and self._worth_walking(place):
            numbers = self._walk(loss)
        elif loss.grad_fn is None:
            self.registry_leaf(loss)
        root = self.forwards.last_root
        retain = (args[1] if len(args) > 1 else keywords.get("retain_graph")) or False
        if len(self.backwards) < 2000:
            self.backwards.append(
                Backward(
                    self.step,
                    place,
                    value,
                    loss.grad_fn is not None,
                    tuple(loss.shape),
                    bool(retain),
                    root.training if root is not None else None,
                    numbers,
                )
            )

    def _look_for_old_losses(self, loss: Tensor, place: Place | None) -> None:
        """Losses of steps long past that are still there with their graphs: something keeps them."""
        if self.detailed and loss.grad_fn is not None:
            self._old_losses.append((self.step, weakref.ref(loss)))
        alive = [step for step, kept in self._old_losses if step < self.step - 1 and kept() is not None]
        if len(alive) >= OLD:
            self.kept.setdefault((place, "backward"), set()).update(alive)

    def registry_leaf(self, leaf: Tensor) -> None:
        """A loss that is a leaf: nothing can flow back from it."""
        self.note("loss_is_leaf", {"requires_grad": leaf.requires_grad})

    def _worth_walking(self, place: Place | None) -> bool:
        root = self.registry.module(self.forwards.last_root) if self.forwards.last_root is not None else None
        key = place, root.index if root is not None else None
        if key not in self._walked:
            self._walked[key] = 0
            self._look_until = self.step + STAGE
        if not self._on or self._walked[key] >= GRAPHS_A_LINE or len(self.graphs) >= GRAPHS:
            return False
        self._walked[key] += 1
        return True

    def renewed(self, root: int) -> None:
        """A network got other layers: what its losses depend on is seen anew."""
        for key in [key for key in self._walked if key[1] == root]:
            del self._walked[key]

    def seen_apart(self, loss: Tensor) -> tuple[int, ...]:
        """The graph of a loss that is made for the recording: indexes of the criterion calls it went through."""
        place = places.here()
        self.forwards.learned(loss)
        numbers = self._walk(loss) if loss.grad_fn is not None and self._worth_walking(place) else ()
        self.forwards.backward_done()
        return numbers

    def _walk(self, loss: Tensor) -> tuple[int, ...]:
        walked = walk(loss, self.step, self.registry.met)
        self.graphs.append(walked.graph)
        for leaf in walked.leaves:
            self.registry.parameter(leaf).reached = True
        self.optimizers.manual.adopt(walked.leaves)
        numbers = sorted({made.loss for made in walked.marks if made.loss is not None})
        for number in numbers:
            self._loss_lines.add(self.losses[number].place)
        for made in walked.marks:
            if made.elementwise is not None:
                self._broadcast_lines.add((made.place, made.call))
        return tuple(numbers)

    @quietly
    def _backward_done(self, *_: Any, **__: Any) -> None:
        if self.awake:
            self.forwards.backward_done()
        if self.awake and not self.coasting:
            self.optimizers.backward_done()

    @quietly
    def _grad_begins(self, outputs: Any, inputs: Any, *args: Any, **keywords: Any) -> None:
        if self._trains(inputs, keywords):
            self.optimizers.manual.asked_again(inputs)
            before = len(self.backwards)
            self._backward_begins(outputs, *args, **keywords)
            self.backwards[before:] = [replace(call, slopes=True) for call in self.backwards[before:]]

    @quietly
    def _grad_done(self, gradients: Any, outputs: Any, inputs: Any, *_: Any, **keywords: Any) -> None:  # noqa: ARG002
        if self._trains(inputs, keywords):
            self.forwards.backward_done()
            if not self.coasting:
                self.optimizers.manual.given(inputs, gradients)

    def _trains(self, inputs: Any, keywords: Any) -> bool:
        """Whether torch.autograd.grad is asked for the slopes of weights, to train them by hand."""
        return self.awake and of_weights(inputs, keywords, plain=self.plain)

    @property
    def plain(self) -> bool:
        """Whether there are neither networks nor optimizers: weights are tensors like any other."""
        return not self.registry.modules and not any(kept.parameters for kept in self.optimizers.files)

    def note_loss(
        self, function: Any, name: str, score: Tensor, target: Tensor, keywords: Any, args: Any, result: Any
    ) -> int | None:
        """A criterion was called."""
        if self.muted or len(self.losses) >= LOSSES or (self.coasting and torch.is_grad_enabled()):
            return None
        if self.capture is not None and torch.is_grad_enabled() and score.requires_grad:
            self.capture.loss(function, name, args, keywords, places.here())
        made = marked(score)
        root = self.forwards.last_root
        correct = None
        if (
            name in ("cross_entropy", "nll_loss")
            and score.dim() == 2
            and target.dim() == 1
            and score.shape[0] == target.shape[0]
        ):
            correct = int((score.detach().argmax(1) == target.detach()).sum())
        weight = keywords.get("weight", args[2] if len(args) > 2 else None)
        self.losses.append(
            LossCall(
                step=self.step,
                name=name,
                place=places.here(),
                input=facts.measure(score, scores=True),
                target=facts.measure(target, counts=True, scores=target.is_floating_point()),
                value=facts.number(result) if isinstance(result, Tensor) else None,
                reduction=_reduction(args[2:], keywords),
                weighted=isinstance(weight, Tensor),
                ignore_index=keywords.get("ignore_index"),
                label_smoothing=float(keywords.get("label_smoothing") or 0.0),
                grad=torch.is_grad_enabled() and score.requires_grad,
                training=root.training if root is not None else None,
                correct=correct,
                module=made.module if made is not None else None,
                mean=facts.mean(result) if isinstance(result, Tensor) and result.numel() > 1 else None,
            )
        )
        return len(self.losses) - 1

    def note_broadcast(
        self, name: str, left: Tensor, right: Tensor, result: Tensor, *, comparison: bool
    ) -> int | None:
        """Two tensors were broadcast against one another to something larger than both."""
        if self.muted:
            return None
        place = places.here()
        key = (place, name, comparison)
        known = self.elementwise.get(key)
        shapes = tuple(left.shape), tuple(right.shape), tuple(result.shape)
        count = known.count + 1 if known else 1
        if known is None:
            grads = torch.is_grad_enabled(), left.requires_grad, right.requires_grad
            related = facts.storage(left) == facts.storage(right) != 0
            known = Elementwise(name, place, *shapes, comparison, False, 1, self.step, *grads, related)
        self.elementwise[key] = replace(known, count=count)
        return count

    def note_difference(self, left: Tensor, right: Tensor) -> None:
        """A prediction and its target, perhaps."""
        place = places.here()
        seen = self._differences.setdefault(place, [])
        if self.muted or len(seen) >= DIFFERENCES or len(self._differences) > 50:
            return
        score, target = (left, right) if left.requires_grad else (right, left)
        seen.append(Difference(place, facts.measure(score), facts.measure(target, counts=True), self.step))

    def look_for_bad(self, name: str, made: Mark, args: Any, result: Tensor) -> None:
        """Whether a result holds NaN or Inf."""
        if self.detailed:
            self.bad.look(name, made, args, result, self.step)

    def note(self, name: str, detail: dict[str, Any]) -> None:
        """Something was called whose order or arguments may matter. First and count are kept per line."""
        if not self.awake:
            return
        key = (name, places.here())
        known = self.calls.get(key)
        if known is None:
            since = max((kept.backwards for kept in self.optimizers.files), default=len(self.backwards))
            self.calls[key] = Call(name, key[1], self.step, since, detail)
        elif not self.coasting:
            self.calls[key] = replace(known, count=known.count + 1)

    @quietly
    def data_made(self, result: Tensor, *_: Any) -> None:
        """Before the first step: new data, or another type of it."""
        if self.step == 0:
            detail = {"dtype": facts.dtype_name(result), "dim": result.dim(), "numel": result.numel()}
            self.note("made", detail)

    def _clip(self, name: str) -> Callable[..., None]:
        def clipped(parameters: Any, limit: Any = None, *_: Any, **keywords: Any) -> None:
            limit = limit if limit is not None else keywords.get("max_norm", keywords.get("clip_value"))
            held = [parameters] if isinstance(parameters, Tensor) else None
            detail: dict[str, Any] = {"limit": float(limit) if limit is not None else None}
            if held is not None:
                detail["gradients"] = sum(item.grad is not None for item in held)
            self.note(name, detail)

        return clipped

    def _scheduler_made(self, scheduler: Any, optimizer: Any = None, *_: Any, **__: Any) -> None:
        if isinstance(optimizer, torch.optim.Optimizer):
            index = self.optimizers.file(optimizer).index
            self.note("scheduler", {"class": type(scheduler).__name__, "optimizer": index})

    def _scheduler_step(self, scheduler: Any, *_: Any, **__: Any) -> None:
        if getattr(scheduler, "_is_initial", False):  # its own first step, from its constructor
            return
        self.note("scheduler.step", {"class": type(scheduler).__name__})

    def _train(self, module: nn.Module, mode: bool = True) -> None:
        self.note("train" if mode else "eval", {"class": type(module).__name__})

    def _warning(self, message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
        place = places.here()
        if len(self.warned) < 100:
            text = str(message)[:500]
            self.warned.setdefault((text, place), Warned(category.__name__, text, place))

    def _process(self, process: Any) -> None:
        """A process of the script's own is started. Nothing is seen of what it does."""
        function, given = getattr(process, "_target", None), getattr(process, "_args", ())
        if getattr(function, "__module__", "").startswith("torch.multiprocessing") and given:
            function = given[0]  # torch.multiprocessing.spawn wraps it
        if not getattr(function, "__module__", "").startswith("torch.utils.data"):  # a loader's workers
            self.note("process", {"function": getattr(function, "__name__", None)})

    # -- the result --------------------------------------------------------------------------------------------

    def trace(self, ended: Ended) -> Trace:
        """Everything seen so far."""
        calls = [*self.calls.values(), *self.bad.found]
        losses = [replace(call, backward=call.grad and call.place in self._loss_lines) for call in self.losses]
        broadcasts = [
            replace(kept, in_loss=(kept.place, kept.name) in self._broadcast_lines)
            for kept in self.elementwise.values()
        ]
        return Trace(
            target=self.target,
            ended=ended,
            seconds=time.monotonic() - self.began,
            torch=torch.__version__,
            steps=tuple(self.optimizers.steps),
            backwards=tuple(self.backwards),
            losses=tuple(losses),
            graphs=tuple(self.graphs),
            parameters=tuple(kept.written() for kept in self.registry.parameters),
            modules=tuple(kept.written() for kept in self.registry.modules),
            layers=tuple(kept.written() for kept in self.forwards.layers.values()),
            forwards=tuple(kept.written() for kept in self.forwards.files.values()),
            evaluations=tuple(kept.written() for kept in self.forwards.evaluations.values()),
            optimizers=tuple(kept.written() for kept in self.optimizers.files),
            elementwise=tuple(broadcasts),
            differences=tuple(each for seen in self._differences.values() for each in seen),
            cuts=self.cuts.written(),
            kept=tuple(Kept(place, name, len(steps)) for (place, name), steps in self.kept.items()),
            loaders=tuple(kept.written() for kept in self.loaders.files),
            calls=tuple(calls),
            warnings=tuple(self.warned.values()),
            failures=failures(),
        )
