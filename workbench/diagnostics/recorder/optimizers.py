"""Optimizers and their steps, through torch's global step hooks; `zero_grad` has none and is wrapped."""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn, optim
from torch.optim import optimizer as hooks

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.gradients import Counts, Gradients
from workbench.diagnostics.recorder.patches import Patches, quietly
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.trace import Optimizer, Place, Step

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

CLONED = 20_000_000  # elements copied at a detailed step, to measure the update
SHOWN = 200  # detailed values kept per parameter
MOVES = frozenset({"sub", "rsub", "add", "radd", "isub", "iadd", "sub_", "add_"})
MANUAL = -1  # the "optimizer" of a script that updates its parameters itself


@dataclass
class OptimizerFile:
    """What is kept of an optimizer."""

    index: int
    name: str
    place: Place | None
    made_at: int
    optimizer: weakref.ref[optim.Optimizer]
    lr: float | None = None
    settings: dict[str, float | bool | str | None] = field(default_factory=dict)
    parameters: set[int] = field(default_factory=set)
    steps: int = 0
    zero_grads: int = 0
    zero_place: Place | None = None
    step_place: Place | None = None
    backwards: int = 0  # since its last step
    zeroed: bool = False  # since its last step
    zeroed_last: bool = False  # since the last backward
    emptied_place: Place | None = None  # what took the gradients away before a step
    goes_on: bool = False
    left: list[tuple[weakref.ref[Tensor], Tensor]] = field(
        default_factory=list
    )  # a few weights after its last step
    given: bool = False  # after the last backward, a parameter had a gradient; looked at in detailed steps

    def written(self) -> Optimizer:
        """As the trace tells it."""
        return Optimizer(
            self.index,
            self.name,
            self.place,
            self.lr,
            self.settings,
            tuple(sorted(self.parameters)),
            self.made_at,
            self.steps,
            self.zero_grads,
            self.emptied_place or self.zero_place,
            self.step_place,
            self.goes_on,
        )


@dataclass
class Pending:
    """A step that has begun."""

    file: OptimizerFile
    place: Place | None
    parameters: list[Tensor]
    counts: Counts
    before: list[Tensor]
    frozen: list[tuple[Tensor, Tensor]]  # with what they were
    closure: bool


class Optimizers:
    """All optimizers of the script, and all steps."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.gradients = Gradients()
        self.files: list[OptimizerFile] = []
        self.steps: list[Step] = []
        self._by_optimizer: ByObject[OptimizerFile] = ByObject()
        self._pending: list[Pending] = []
        self.manual = ManualUpdates(self)

    def install(self, patches: Patches) -> None:
        """Hook every optimizer there will be."""
        patches.wrap(optim.Optimizer, "__init__", after=self._made)
        patches.wrap(optim.Optimizer, "zero_grad", after=self._zeroed)
        patches.wrap(nn.Module, "zero_grad", after=self._module_zeroed)
        patches.hook(hooks.register_optimizer_step_pre_hook(self._before))
        patches.hook(hooks.register_optimizer_step_post_hook(self._after))

    def _made(self, _: None, optimizer: optim.Optimizer, *__: Any, **___: Any) -> None:
        self.file(optimizer)

    def file(self, optimizer: optim.Optimizer) -> OptimizerFile:
        """The file of an optimizer, opened when it is made."""
        known = self._by_optimizer.get(optimizer)
        if known is None:
            name, made_at = type(optimizer).__name__, self.recorder.step
            known = OptimizerFile(len(self.files), name, places.here(), made_at, weakref.ref(optimizer))
            self.files.append(known)
            self._by_optimizer[optimizer] = known
            self._describe(known, optimizer)
        return known

    def _describe(self, kept: OptimizerFile, optimizer: optim.Optimizer) -> None:
        for name, value in optimizer.defaults.items():
            plain = float(value) if isinstance(value, Tensor) and value.numel() == 1 else value
            if plain is None or isinstance(plain, bool | int | float | str):
                kept.settings[name] = plain
        decays = [group.get("weight_decay") for group in optimizer.param_groups]
        if plain_decays := [float(each) for each in decays if isinstance(each, int | float)]:
            kept.settings["weight_decay"] = max(plain_decays)  # of any group
        lr = optimizer.param_groups[0].get("lr", kept.settings.get("lr")) if optimizer.param_groups else None
        kept.lr = float(lr) if lr is not None else None
        self._adopt(kept, optimizer)

    def _adopt(self, kept: OptimizerFile, optimizer: optim.Optimizer) -> None:
        """Its parameters, those included that were added later."""
        for parameter in owned(optimizer):
            known = self.recorder.registry.parameter(parameter)
            known.optimizers.add(kept.index)
            kept.parameters.add(known.index)
        self.manual.disown(owned(optimizer))

    def _zeroed(self, _: None, optimizer: optim.Optimizer, *__: Any, **___: Any) -> None:
        kept = self.file(optimizer)
        kept.zero_grads += 1
        kept.zeroed = kept.zeroed_last = True
        kept.zero_place = places.here() or kept.zero_place

    def _module_zeroed(self, _: None, module: nn.Module, *__: Any, **___: Any) -> None:
        held = {id(parameter) for parameter in module.parameters()}
        for kept in self.files:
            optimizer = kept.optimizer()
            if optimizer is not None and any(id(parameter) in held for parameter in owned(optimizer)):
                kept.zero_grads += 1
                kept.zeroed = kept.zeroed_last = True
                kept.zero_place = places.here() or kept.zero_place

    def cleared_by_hand(self, parameter: Tensor) -> None:
        """`p.grad = None`."""
        for kept in self.files:
            optimizer = kept.optimizer()
            if optimizer is not None and any(each is parameter for each in owned(optimizer)):
                kept.zeroed_last = True
                kept.zero_place = places.here() or kept.zero_place

    def zeroed_by_hand(self, tensor: Tensor) -> None:
        """`p.grad.zero_()`, or `p.grad.data.zero_()`, if the tensor is a gradient."""
        pointer = facts.pointer(tensor)
        for kept in self.files if pointer else ():
            optimizer = kept.optimizer()
            grads = [each.grad for each in owned(optimizer)] if optimizer is not None else []
            if any(facts.pointer(grad) == pointer for grad in grads):
                kept.zeroed_last = True
                kept.zero_place = places.here() or kept.zero_place

    def backward_done(self) -> None:
        """Whether there is now a gradient that a step could use."""
        for kept in self.files if self.recorder.detailed else ():
            optimizer = kept.optimizer()
            grads = [each.grad for each in owned(optimizer)] if optimizer is not None else []
            kept.given = any(facts.some(grad) for grad in grads)
        self.manual.backward_done()

    def backward_begins(self) -> None:
        """Called before anything is added to a gradient."""
        self.manual.backward_begins()
        self.gradients.backward_begins(thorough=self.recorder.detailed)
        for kept in self.files:
            kept.backwards += 1
            kept.zeroed_last = False

    @quietly
    def _before(self, optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:
        recorder = self.recorder
        if not recorder.awake or recorder.coasting:
            return
        kept = self.file(optimizer)
        parameters = list(owned(optimizer))
        known = recorder.registry.tensor
        if len(parameters) != len(kept.parameters) or any(known(parameter) is None for parameter in parameters):
            self._adopt(kept, optimizer)
        if not kept.steps:
            kept.goes_on = any(_as_left(other, parameters) for other in self.files if other is not kept)
        detailed = recorder.detailed
        counts = self.gradients.step_begins(parameters, detailed=detailed or recorder.loss_is_bad)
        before: list[Tensor] = []
        if detailed and sum(parameter.numel() for parameter in parameters) <= CLONED:
            before = [parameter.detach().clone() for parameter in parameters]
        frozen = [(each, each.detach().clone()) for each in parameters if not each.requires_grad]
        closure = any(callable(argument) for argument in args[1:]) or kwargs.get("closure") is not None
        self._pending.append(Pending(kept, places.here(), parameters, counts, before, frozen, closure))
        if not closure:  # a closure runs the whole training step
            recorder.functions_off()

    @quietly
    def _after(self, optimizer: optim.Optimizer, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        if self.recorder.awake and self.recorder.coasting:
            self.recorder.step_done()
        if not self.recorder.awake or not self._pending:
            return
        pending = self._pending.pop()
        self.gradients.step_ends(pending.parameters, pending.file.index)
        self._record(pending, optimizer)
        pending.file.backwards, pending.file.zeroed = 0, False
        self.recorder.step_done()

    def _record(self, pending: Pending, optimizer: optim.Optimizer) -> None:
        recorder, kept, counts = self.recorder, pending.file, pending.counts
        kept.steps += 1
        kept.step_place = pending.place
        kept.left = [(weakref.ref(each), each.detach().clone()) for each in _telling(pending.parameters)]
        measured = recorder.detailed or recorder.loss_is_bad
        ratio = self._updates(pending)
        none = counts.consumed == counts.zero
        if pending.closure:  # what the step found is what its closure left
            none = not ratio and not any(facts.some(each.grad) for each in pending.parameters)
        emptied = kept.given and kept.zeroed_last and none
        kept.emptied_place = kept.emptied_place or (kept.zero_place if emptied else None)
        self.steps.append(
            Step(
                index=len(self.steps),
                optimizer=kept.index,
                place=pending.place,
                loss=recorder.last_loss,
                backwards=kept.backwards,
                consumed=counts.consumed,
                missing=counts.missing,
                zero=counts.zero,
                stale=counts.stale,
                untouched=counts.untouched,
                lr=tuple(float(group["lr"]) for group in optimizer.param_groups if "lr" in group),
                grad_norm=counts.squares**0.5 if measured else None,
                update_ratio=ratio,
                detailed=recorder.detailed,
                closure=pending.closure,
                zero_grad_since=kept.zeroed,
                zeroed_last=kept.zeroed_last,
                emptied=emptied,
                non_finite=counts.non_finite,
                seconds=time.monotonic() - recorder.began,
            )
        )

    def _updates(self, pending: Pending) -> float | None:
        """Median over parameters of |change| / |weight|; each parameter's own is kept in its file."""
        for parameter, was in pending.frozen:
            known = self.recorder.registry.tensor(parameter)
            if known is not None:
                known.moved_frozen += not facts.same(parameter, was)
        ratios = []
        for position, parameter in enumerate(pending.parameters):
            known = self.recorder.registry.tensor(parameter)
            norm = pending.counts.norms.get(id(parameter))
            if known is None:
                continue
            known.got_grad = known.got_grad or parameter.grad is not None
            if norm is not None and len(known.grad_norms) < SHOWN:
                known.grad_norms.append(norm)
            if pending.before and parameter.is_floating_point():
                before = pending.before[position]
                size, change = facts.norm(before), facts.norm(parameter.detach() - before)
                if change > 0:
                    known.changed = True
                if size > 0:
                    ratios.append(change / size)
                    if len(known.update_ratios) < SHOWN:
                        known.update_ratios.append(change / size)
        return median(ratios) if ratios else None


class ManualUpdates:
    """Steps of a script that changes its parameters itself: `w -= lr * w.grad`.

    Seen from backward to backward: a leaf that the graph led to, that no optimizer owns, and whose values
    differ from those at the previous backward. Followed for small parameters, over the recorded steps. Weights that
    are made anew in every step (`w = (w - lr * slope).requires_grad_()`) are stepped when their slope is asked for
    on the same line again.
    """

    def __init__(self, optimizers: Optimizers) -> None:
        self.optimizers = optimizers
        self.leaves: list[weakref.ref[Tensor]] = []
        self.place: Place | None = None
        self._copies: list[Tensor] = []
        self._counts: Counts | None = None
        self._backwards = 0
        self._asked: tuple[Place | None, list[weakref.ref[Tensor]], list[Tensor]] | None = None
        self._moved_by: Place | None = None  # the first line that was seen to compute with them then

    def adopt(self, leaves: list[Tensor]) -> None:
        """Follow the leaves of a graph that no optimizer owns."""
        known = {id(leaf()) for leaf in self.leaves}
        registry = self.optimizers.recorder.registry
        for leaf in leaves:
            kept = registry.tensor(leaf)
            if id(leaf) not in known and leaf.numel() <= 1_000_000 and not (kept and kept.optimizers):
                self.leaves.append(weakref.ref(leaf))
                self._copies.append(leaf.detach().clone())

    def given(self, inputs: Any, gradients: Any) -> None:
        """`torch.autograd.grad` gave these slopes, and leaves `.grad` as it was."""
        leaves = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        slopes = [gradients] if isinstance(gradients, Tensor) else list(gradients)
        registry = self.optimizers.recorder.registry
        if all(leaf.requires_grad for leaf in leaves):  # torch.func's weights do not, and live for one step
            for leaf, slope in zip(leaves, slopes, strict=False):
                registry.parameter(leaf).got_grad |= slope is not None
            self.adopt(leaves)
        counts = Counts(consumed=sum(slope is not None for slope in slopes))
        for leaf, slope in zip(leaves, slopes, strict=False):
            norm = facts.norm(slope)
            counts.norms[id(leaf)] = norm
            counts.squares += norm * norm
            counts.zero += slope is not None and norm == 0.0
            counts.non_finite += norm != norm or norm == float("inf")
        self._counts = counts
        self._asked = (
            places.here(),
            [weakref.ref(leaf) for leaf in leaves],
            [leaf.detach().clone() for leaf in leaves],
        )

    def asked_again(self, inputs: Any) -> None:
        """Before the next slopes: whether these are the weights of before, made anew."""
        leaves = [inputs] if isinstance(inputs, Tensor) else list(inputs)
        if self._asked is None or self._counts is None or self._asked[0] != places.here():
            return
        _, before, values = self._asked
        followed = {id(leaf()) for leaf in self.leaves}  # these are compared when a backward begins
        same = any(one() is leaf and id(leaf) in followed for one, leaf in zip(before, leaves, strict=False))
        if same or [leaf.shape for leaf in leaves] != [value.shape for value in values]:
            return
        if any(not facts.same(leaf, value) for leaf, value in zip(leaves, values, strict=True)):
            self._backwards = max(self._backwards, 1)
            self._record()
            self._backwards = 0
            self._asked = None
            self.optimizers.recorder.step_done()

    def disown(self, parameters: list[Tensor]) -> None:
        """No longer follow what an optimizer holds: one made before the recording is met at its first step."""
        held = {id(parameter) for parameter in parameters}
        pairs = zip(self.leaves, self._copies, strict=False)
        kept = [(leaf, copy) for leaf, copy in pairs if id(leaf()) not in held]
        self.leaves, self._copies = [leaf for leaf, _ in kept], [copy for _, copy in kept]

    def updated(self, tensor: Tensor) -> None:
        """An operation in place was seen; if it was on one of ours, this is the line that updates."""
        pointer = facts.pointer(tensor)
        for reference in self.leaves:
            leaf = reference()
            if pointer and facts.pointer(leaf) == pointer:
                self.place = places.here()
                return

    def computed(self, name: str, args: Any) -> None:
        """New values; where they are of weights whose slopes were given, this is the line that updates."""
        if self._asked is None or name not in MOVES or self._moved_by is not None:
            return
        weights = {pointer for leaf in self._asked[1] if (pointer := facts.pointer(leaf()))}
        if any(isinstance(each, Tensor) and facts.pointer(each) in weights for each in args[:2]):
            self._moved_by = places.here()

    def _live(self) -> list[Tensor]:
        return [leaf for leaf in (reference() for reference in self.leaves) if leaf is not None]

    def backward_begins(self) -> None:
        """If the leaves have moved since the last backward, that was a step."""
        pairs = [(leaf, copy) for leaf, copy in zip(self.leaves, self._copies, strict=True) if leaf() is not None]
        self.leaves, self._copies = [leaf for leaf, _ in pairs], [copy for _, copy in pairs]
        live = self._live()
        if not live:
            return
        if self._counts is not None and any(
            not facts.same(leaf, copy) for leaf, copy in zip(live, self._copies, strict=True)
        ):
            self._record()
            self.optimizers.gradients.step_ends(live, MANUAL)
            self._copies = [leaf.detach().clone() for leaf in live]
            self._backwards = 0
            self.optimizers.recorder.step_done()
        self._backwards += 1

    def backward_done(self) -> None:
        """What the next update, if there is one, will consume."""
        live = self._live()
        if live:
            self._counts = self.optimizers.gradients.step_begins(live, detailed=True)

    def _record(self) -> None:
        recorder, counts = self.optimizers.recorder, self._counts
        assert counts is not None
        self.optimizers.steps.append(
            Step(
                index=len(self.optimizers.steps),
                optimizer=MANUAL,
                place=self.place or self._moved_by or (self._asked[0] if self._asked is not None else None),
                loss=recorder.last_loss,
                backwards=self._backwards,
                consumed=counts.consumed,
                missing=counts.missing,
                zero=counts.zero,
                stale=counts.stale,
                untouched=counts.untouched,
                lr=(),
                grad_norm=counts.squares**0.5,
                detailed=recorder.detailed,
                non_finite=counts.non_finite,
                seconds=time.monotonic() - recorder.began,
            )
        )


def _telling(parameters: list[Tensor]) -> list[Tensor]:
    """The smallest bias and the smallest weight: whoever begins anew does so with both, or with one of them."""
    kinds = ([each for each in parameters if (each.dim() > 1) is weights] for weights in (False, True))
    return [min(kind, key=torch.numel) for kind in kinds if kind]


def _as_left(other: OptimizerFile, parameters: list[Tensor]) -> bool:
    """The weights stand as the last step of another optimizer left them."""
    held = {id(parameter) for parameter in parameters}
    kept = [(reference(), values) for reference, values in other.left]
    return bool(kept) and all(
        leaf is not None and id(leaf) in held and facts.same(leaf, values) for leaf, values in kept
    )


def owned(optimizer: optim.Optimizer) -> list[Tensor]:
    """The parameters of all groups."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
