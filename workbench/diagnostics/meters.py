"""What a replay measures: numbers that mean the same in a run with a repair and in the run without.

The loss of the script is no such number where the repair changes the loss itself (`cross_entropy` of a softmax, and
of what went into the softmax). So each call of a criterion is given a yardstick, too: how unlikely the network's
own answer makes the right class, or how far the prediction is from the target, with both in one shape. Accuracy is
counted on the same calls. Beside these stand numbers for faults that are none of learning: see `Meters.written`.

Meters draw no random number and change none of the script's.
"""

from __future__ import annotations

import weakref
import zlib
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import optimizer as optimizer_hooks
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.functions import COMPARISONS, CRITERIA, plain_name
from workbench.diagnostics.recorder.graphs import notes
from workbench.diagnostics.recorder.patches import Patches, transforming
from workbench.diagnostics.recorder.registry import NOISY
from workbench.diagnostics.remedies.gradients import leaves
from workbench.diagnostics.remedies.remedy import Optimizers, Roots, maker

BENCH = 256  # training examples that the network is scored on after the last step
LARGEST = 4_000_000  # elements: larger inputs and networks are not copied
ASKED = 8  # evaluation calls that are repeated, and training calls that are asked for mixing
STEPS_LOOKED_AT = 40  # for what moves from one step to the next
CLOSE = 1e-3  # to 1: the sum of probabilities
TINY = 1e-12  # the least probability, so that its logarithm is a number
KEPT = 4000


@dataclass(frozen=True)
class Score:
    """Of one call of a criterion: mean yardstick, examples, and how many of them were right (None: no classes)."""

    yardstick: float
    examples: int
    right: int | None


def score(name: str, given: Tensor, target: Tensor, ignored: int = -100) -> Score | None:
    """The yardstick of a network's answer; None where the criterion has none.

    Classes: mean negative log-probability of the right one, by what the answer says of itself (a softmax is taken
    as probabilities, a log_softmax as their logarithms, anything else as scores). Values: mean squared or absolute
    error, both sides in the shape of the answer.
    """
    with torch._C.DisableTorchFunction(), torch.no_grad():
        try:
            if name in ("cross_entropy", "nll_loss"):
                return _of_classes(given, target, ignored)
            if name.startswith("binary_cross_entropy"):
                return _of_bits(name, given, target)
            if name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss") and given.numel() == target.numel():
                error = given.detach().reshape(-1) - target.detach().reshape(-1)
                size = error.square() if name == "mse_loss" else error.abs()
                return Score(float(size.mean()), len(given) if given.dim() else 1, _rounded(given, target))
        except (RuntimeError, IndexError):
            return None
    return None


def _of_classes(given: Tensor, target: Tensor, ignored: int) -> Score | None:
    if given.dim() < 2 or given.shape[1] < 2:
        return None
    kind, values = maker(given), given.detach()
    if kind == "LogSoftmax" or bool((values.logsumexp(1).abs() < CLOSE).all()):
        logs = values
    elif kind == "Softmax" or (bool((values >= 0).all()) and bool(((values.sum(1) - 1).abs() < CLOSE).all())):
        logs = values.clamp_min(TINY).log()
    else:
        logs = functional.log_softmax(values, dim=1)
    if target.is_floating_point():
        answer, right = -(logs * target).sum(1), values.argmax(1) == target.argmax(1)
    else:
        counted = (target != ignored) & (target >= 0) & (target < values.shape[1])
        picked = logs.gather(1, target.clamp(0, values.shape[1] - 1).unsqueeze(1)).squeeze(1)
        answer, right = -picked[counted], (values.argmax(1) == target)[counted]
    return Score(float(answer.mean()), answer.numel(), int(right.sum())) if answer.numel() else None


def _of_bits(name: str, given: Tensor, target: Tensor) -> Score | None:
    if given.numel() != target.numel() or bool(((target < 0) | (target > 1)).any()):
        return None
    values, wanted = given.detach().reshape(-1), target.detach().reshape(-1).to(given.dtype)
    if name == "binary_cross_entropy" or maker(given) == "Sigmoid":
        answer = functional.binary_cross_entropy(values.clamp(0, 1), wanted)
        said = values > 0.5
    else:
        answer = functional.binary_cross_entropy_with_logits(values, wanted)
        said = values > 0
    return Score(float(answer), values.numel(), int((said == (wanted > 0.5)).sum()))


def _rounded(given: Tensor, target: Tensor) -> int | None:
    """How often the rounded answer is the target, where targets are whole numbers from 0 to 20."""
    wanted = target.detach().reshape(-1)
    if not bool((wanted == wanted.round()).all()) or not 0 <= float(wanted.min()) <= float(wanted.max()) <= 20:
        return None
    return int((given.detach().reshape(-1).round() == wanted).sum())


@dataclass
class Line:
    """One line of an evaluation: sums over its calls since the last backward, by number of backward calls."""

    name: str
    sums: dict[int, list[float]] = field(default_factory=dict)  # backward calls -> [value, weight, right, counted]

    def plain(self) -> list[list[float]]:
        """[backward calls, value, weight, right, counted], in order."""
        return [[at, *sums] for at, sums in self.sums.items()]


class Meters:
    """The instruments of one replay."""

    def __init__(self, patches: Patches, wanted: tuple[str, ...]) -> None:
        self.wanted = frozenset(wanted)
        self.functions = _Functions(self)
        self.backwards = 0
        self.lines: list[str] = []  # of each backward
        self.scores: list[Score | None] = []  # of the criteria before each backward
        self.evaluations: dict[str, Line] = {}
        self.metrics: dict[str, list[float]] = {}  # line -> trues, and rows compared
        self.rates: list[float] = []
        self.norms: list[float] = []
        self.leftover: list[float] = []  # of each step: share of its gradient that an earlier step had used
        self.repeated: list[tuple[float, float]] = []
        self.mixed: list[float] = []
        self.switched = [0, 0]  # training calls with every Dropout and BatchNorm on; all of them
        self._pending: list[Score] = []
        self._asking = False
        self._evaluated = 0
        self._graphs: list[Any] = []
        self._alive = 0  # the most graphs of earlier steps at one time
        self.overlap = [0, 0]  # evaluated examples that were trained on before; all evaluated
        self._trained: set[int] = set()
        self._stale: dict[int, tuple[Tensor, Tensor | None]] = {}  # of stepped parameters: what they brought along
        self._by_hand: dict[int, Tensor] = {}  # the same of parameters that were moved by hand
        self._values: dict[int, Tensor] = {}  # of these, at the last backward
        self._used: list[Tensor] = []  # stepped since the last backward
        self._first: dict[int, tuple[Tensor, Tensor]] = {}  # parameters, and what they were
        self._still: dict[int, tuple[Tensor, Tensor]] = {}
        self._stirred: set[int] = set()
        self._roots: list[nn.Module] = []
        self.bench = _Bench()
        self.optimizers = Optimizers().watch(patches, self._hold)
        Roots(patches, before=self._called, after=self._answered)
        if "leftover" in self.wanted:  # within what the remedies put around a backward
            patches.wrap(torch.autograd, "backward", before=self._before_by_hand, after=self._after_by_hand)
        patches.hook(optimizer_hooks.register_optimizer_step_pre_hook(self._steps))
        patches.hook(optimizer_hooks.register_optimizer_step_post_hook(self._stepped))

    @property
    def plain(self) -> bool:
        """Whether there are neither networks nor optimizers: weights are tensors like any other."""
        return not self._roots and not self.optimizers.made

    @property
    def waits(self) -> bool:
        """Whether an evaluation is wanted that has not come yet."""
        return bool(self.wanted & {"repeat", "evaluation"}) and self._evaluated < 1

    # -- events ------------------------------------------------------------------------------------------------

    def backward(self, loss: Tensor) -> None:
        """A backward begins."""
        place = places.here()
        self.lines.append(f"{place.path}:{place.cell or ''}:{place.line}" if place is not None else "")
        self.scores.append(_joined(self._pending))
        self._pending.clear()
        self.backwards += 1
        for parameter in self._used:
            grad = parameter.grad
            self._stale[id(parameter)] = (parameter, None if grad is None else grad.detach().clone())
        self._used.clear()
        if loss.grad_fn is None:
            return
        if self.backwards <= 3:
            for leaf in leaves(loss):
                self._remember(leaf)
        if "graphs" in self.wanted:
            self._alive = max(self._alive, sum(token() is not None for token in self._graphs[:-1]))
            token = _Token()
            notes(loss.grad_fn)["workbench meters"] = token
            self._graphs.append(weakref.ref(token))

    def criterion(self, name: str, args: Any, kwargs: Any) -> None:
        """A criterion of torch's was called."""
        given = args[0] if args else kwargs.get("input")
        target = args[1] if len(args) > 1 else kwargs.get("target")
        if not isinstance(given, Tensor) or not isinstance(target, Tensor) or self._asking:
            return
        found = score(name, given, target, kwargs.get("ignore_index", -100))
        if torch.is_grad_enabled() and given.requires_grad:
            if found is not None:
                self._pending.append(found)
            self.bench.target(name, target)
        elif found is not None:
            right = float(found.right) if found.right is not None else 0.0
            counted = float(found.examples) if found.right is not None else 0.0
            self._note(name, found.yardstick * found.examples, found.examples, right, counted)

    def compared(self, name: str, args: Any, result: Any) -> None:
        """Two tensors were compared for a metric."""
        if self._asking or len(args) < 2 or not isinstance(args[1], Tensor) or not isinstance(result, Tensor):
            return
        left, right = args[0], args[1]
        if not isinstance(left, Tensor) or not left.dim() or not right.dim() or result.dtype != torch.bool:
            return
        rows = max(left.numel(), right.numel())
        place = places.here()
        key = f"{place.path}:{place.cell or ''}:{place.line}" if place is not None else ""
        sums = self.metrics.setdefault(key, [0.0, 0.0])
        sums[0] += float(result.sum())
        sums[1] += rows
        if name == "eq" and left.numel() == right.numel() == result.numel():
            self._note("eq", 0.0, 0, float(result.sum()), rows)

    def _note(self, name: str, value: float, weight: int, right: float, counted: float) -> None:
        place = places.here()
        key = f"{name} {place.path}:{place.cell or ''}:{place.line}" if place is not None else name
        if len(self.evaluations) > 50:
            return
        sums = self.evaluations.setdefault(key, Line(name)).sums.setdefault(self.backwards, [0.0, 0.0, 0.0, 0.0])
        for position, more in enumerate((value, weight, right, counted)):
            sums[position] += more

    # -- networks ----------------------------------------------------------------------------------------------

    def _called(self, module: nn.Module, inputs: Any) -> None:
        if transforming():
            return
        if not any(each is module for each in self._roots) and next(module.parameters(), None) is not None:
            self._roots.append(module)
        if torch.is_grad_enabled() and not self._asking:
            self.bench.given(module, inputs)

    def _answered(self, module: nn.Module, inputs: Any, kwargs: Any, output: Any) -> None:
        if self._asking or transforming() or not isinstance(output, Tensor):
            return
        if next(module.parameters(), None) is None:
            return
        if self.wanted & {"overlap", "examples"}:
            self._overlaps(inputs)
        if torch.is_grad_enabled():
            self.bench.answered(module, output)
            noisy = [child.training for child in module.modules() if isinstance(child, NOISY)]
            self.switched[0] += all(noisy)
            self.switched[1] += 1
            if "mixing" in self.wanted and len(self.mixed) < ASKED and self.backwards:
                self._mix(module, inputs, kwargs, output)
            if module.training or "repeat" not in self.wanted:
                return
        if not self.backwards:
            return
        self._evaluated += 1
        if "repeat" in self.wanted and len(self.repeated) < ASKED:
            self._repeat(module, inputs, kwargs, output)

    def _overlaps(self, inputs: Any) -> None:
        """How many of the examples that are evaluated were trained on before."""
        rows = set(facts.row_hashes(inputs[0])) if inputs and isinstance(inputs[0], Tensor) else set()
        if torch.is_grad_enabled():
            self._trained |= rows
        elif self.backwards:
            self.overlap = [self.overlap[0] + len(rows & self._trained), self.overlap[1] + len(rows)]

    def _repeat(self, module: nn.Module, inputs: Any, kwargs: Any, output: Tensor) -> None:
        """The same examples once more, and the first half of them without the others."""
        with self._aside(module):
            again = module(*inputs, **kwargs)
            if not isinstance(again, Tensor) or again.shape != output.shape:
                return
            worst = _difference(output, again)
            half = _half(inputs, len(output)) if output.dim() and not kwargs else None
            if half is not None:
                part = module(*half)
                if isinstance(part, Tensor) and part.shape == output[: len(part)].shape:
                    worst = max(worst, _difference(output[: len(part)], part))
            self.repeated.append(worst)

    def _mix(self, module: nn.Module, inputs: Any, kwargs: Any, output: Tensor) -> None:
        """How far the answers for some examples depend on which others are in the batch, in evaluation mode."""
        half = _half(inputs, len(output)) if output.dim() and not kwargs else None
        if half is None:
            return
        modes = [(child, child.training) for child in module.modules()]
        with self._aside(module), torch.no_grad():
            module.eval()
            whole, part = module(*inputs), module(*half)
            for child, training in modes:
                child.training = training
            if isinstance(whole, Tensor) and isinstance(part, Tensor) and part.shape == whole[: len(part)].shape:
                self.mixed.append(_difference(whole[: len(part)], part)[0])

    def _aside(self, module: nn.Module) -> _Aside:
        return _Aside(self, module)

    # -- parameters --------------------------------------------------------------------------------------------

    def _hold(self, optimizer: torch.optim.Optimizer) -> None:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                self._remember(parameter)

    def _remember(self, parameter: Tensor) -> None:
        if id(parameter) not in self._first and parameter.numel() <= LARGEST:
            self._first[id(parameter)] = (parameter, parameter.detach().clone())

    def _steps(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if len(self.rates) < KEPT:
            self.rates.append(float(optimizer.param_groups[0].get("lr", 0.0)))
        if "leftover" in self.wanted:
            self._brought_along(optimizer)

    def _brought_along(self, optimizer: torch.optim.Optimizer) -> None:
        stale = own = 0.0
        for parameter in (each for group in optimizer.param_groups for each in group["params"]):
            _, before = self._stale.pop(id(parameter), (parameter, None))
            now = parameter.grad
            if now is None or now.layout != torch.strided:
                continue
            stale += float(before.square().sum()) if before is not None else 0.0
            own += float((now if before is None else now - before).detach().square().sum())
        if stale + own > 0 and len(self.leftover) < KEPT:
            self.leftover.append(stale**0.5 / (stale**0.5 + own**0.5))

    def _before_by_hand(self, *_: Any, **__: Any) -> None:
        """What a backward will add to, of parameters that an update by hand has moved since the last one."""
        held = {id(p) for made in self.optimizers.made for group in made.param_groups for p in group["params"]}
        for key, (parameter, _first) in self._first.items():
            if key in held:
                continue
            value = self._values.get(key)
            if value is not None and not torch.equal(value, parameter):
                grad = parameter.grad
                self._by_hand[key] = torch.zeros_like(parameter) if grad is None else grad.detach().clone()
            self._values[key] = parameter.detach().clone()

    def _after_by_hand(self, *_: Any, **__: Any) -> None:
        """The same share as in `_brought_along`."""
        stale = own = 0.0
        for key, before in self._by_hand.items():
            now = self._first[key][0].grad
            if now is not None:
                stale += float(before.square().sum())
                own += float((now.detach() - before).square().sum())
        self._by_hand.clear()
        if stale + own > 0 and len(self.leftover) < KEPT:
            self.leftover.append(stale**0.5 / (stale**0.5 + own**0.5))

    def _stepped(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """The gradients it used are still there. What is frozen must be what it was after the step before."""
        if "leftover" in self.wanted:
            self._used += [each for group in optimizer.param_groups for each in group["params"]]
        if "norms" in self.wanted and len(self.norms) < KEPT:
            grads = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
            if grads:
                self.norms.append(float(torch.stack([grad.detach().norm() for grad in grads]).norm()))
        if "frozen" not in self.wanted or self.backwards % max(1, self.backwards // STEPS_LOOKED_AT):
            return
        for module in self._roots:
            for tensor in _frozen(module):
                known = self._still.get(id(tensor))
                if known is not None and not torch.equal(known[1], tensor):
                    self._stirred.add(id(tensor))
                self._still[id(tensor)] = (tensor, tensor.detach().clone())

    def _distinct(self) -> float:
        """The smallest share of different units in a weight, whichever of its dimensions the units are."""
        matrices = [weight.detach().flatten(1) for weight, _ in self._first.values() if weight.dim() > 1]
        wide = [each for each in matrices if min(each.shape) > 1 and bool(torch.isfinite(each).all())]
        both = [*wide, *(each.T for each in wide)]
        return min((len(torch.unique(each, dim=0)) / len(each) for each in both), default=1.0)

    def _benched(self) -> list[Any] | None:
        self._asking = True
        return self.bench.scored()

    # -- the result --------------------------------------------------------------------------------------------

    def written(self) -> dict[str, Any]:
        """All numbers, as JSON."""
        moved = {
            key: not torch.equal(parameter.detach(), first) or bool(torch.isnan(first).any())
            for key, (parameter, first) in self._first.items()
            if parameter.requires_grad
        }
        held = {id(p) for made in self.optimizers.made for group in made.param_groups for p in group["params"]}
        return {
            "lines": self.lines,
            "scores": [None if one is None else [one.yardstick, one.examples, one.right] for one in self.scores],
            "bench": self._benched(),
            "evaluations": {key: one.plain() for key, one in self.evaluations.items()},
            "metrics": self.metrics,
            "moved": [sum(moved.values()), len(moved)],
            "held_moved": [sum(moved.get(key, False) for key in held), len(held)],
            "stirred": [len(self._stirred), len(self._still)],
            "graphs": self._alive,
            "distinct": self._distinct(),
            "overlap": self.overlap,
            "examples": len(self._trained),
            "rates": self.rates,
            "norms": self.norms,
            "leftover": self.leftover,
            "repeated": self.repeated,
            "mixed": self.mixed,
            "switched": self.switched,
        }


class _Functions(TorchFunctionMode):
    """Sees criteria and comparisons."""

    def __init__(self, meters: Meters) -> None:
        super().__init__()
        self.meters = meters

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = plain_name(func)
        if transforming():
            return result
        if name in CRITERIA:
            self.meters.criterion(name, args, kwargs or {})
        elif name in COMPARISONS:
            with torch._C.DisableTorchFunction():
                self.meters.compared(name, args, result)
        return result


class _Aside:
    """While a network is asked besides: no number of the script's changes by it."""

    def __init__(self, meters: Meters, module: nn.Module) -> None:
        self.meters, self.module = meters, module

    def __enter__(self) -> None:
        self.meters._asking = True
        self._random = torch.get_rng_state()
        self._buffers = [(buffer, buffer.detach().clone()) for buffer in self.module.buffers()]

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self.meters._asking = False
        torch.set_rng_state(self._random)
        with torch.no_grad():
            for buffer, value in self._buffers:
                buffer.data.copy_(value)
        return kind is not None and issubclass(kind, Exception)  # a network that cannot be asked is not asked


class _Token:
    """Lives as long as the graph node that holds it."""


def _joined(scores: list[Score]) -> Score | None:
    examples = sum(one.examples for one in scores)
    if not examples:
        return None
    known = [one.right for one in scores if one.right is not None]
    mean = sum(one.yardstick * one.examples for one in scores) / examples
    return Score(mean, examples, sum(known) if len(known) == len(scores) else None)


def _difference(one: Tensor, other: Tensor) -> tuple[float, float]:
    """(largest difference relative to the spread of the answers, share of the decisions that differ)."""
    with torch.no_grad():
        one, other = one.detach().float(), other.detach().float()
        spread = float(one.std()) if one.numel() > 1 else float(one.abs().mean())
        largest = float((one - other).abs().max())
        if one.dim() > 1 and one.shape[1] > 1:
            changed = (one.argmax(1) != other.argmax(1)).float().mean()
        else:
            changed = ((one > 0) != (other > 0)).float().mean()
        return largest / max(spread, 1e-8), float(changed)


def _half(inputs: Any, rows: int) -> tuple[Any, ...] | None:
    """The first half of the examples, where every tensor has one row for each."""
    tensors = [value for value in inputs if isinstance(value, Tensor)]
    if rows < 2 or not tensors or any(not value.dim() or len(value) != rows for value in tensors):
        return None
    return tuple(value[: rows // 2] if isinstance(value, Tensor) else value for value in inputs)


def _frozen(module: nn.Module) -> list[Tensor]:
    """Parameters that want no gradient, and the statistics of batch norms whose weights are such."""
    found: list[Tensor] = [parameter for parameter in module.parameters() if not parameter.requires_grad]
    for child in module.modules():
        own = list(child.parameters(recurse=False))
        if isinstance(child, nn.modules.batchnorm._BatchNorm) and own and not any(p.requires_grad for p in own):
            found += [buffer for buffer in (child.running_mean, child.running_var) if buffer is not None]
    return found


class _Bench:
    """Training examples that one network is scored on after the last step: the same in every replay.

    Of all examples that trained, those whose inputs have the smallest hashes are kept: which these are depends on
    neither the order nor the batches they came in.
    """

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Tensor, Tensor]] = {}
        self.module: nn.Module | None = None
        self.name = ""
        self._inputs: Tensor | None = None
        self._output: tuple[int, ...] = ()
        self._spoilt = False

    def given(self, module: nn.Module, inputs: Any) -> None:
        """A network is called with gradients."""
        if self.module is not None and self.module is not module:
            self._spoilt = True
        self.module = module
        single = len(inputs) == 1 and isinstance(inputs[0], Tensor) and 0 < inputs[0].numel() <= LARGEST
        self._inputs = inputs[0].detach().clone() if single and not self._spoilt else None

    def answered(self, module: nn.Module, output: Tensor) -> None:
        """Its answer."""
        self._output = tuple(output.shape) if module is self.module else ()

    def target(self, name: str, target: Tensor) -> None:
        """What a criterion holds against it."""
        inputs, self._inputs = self._inputs, None
        if inputs is None or not target.dim() or not inputs.dim() or len(inputs) != len(target) or self._spoilt:
            return
        if self._output[:1] != tuple(target.shape[:1]) or inputs.dtype == torch.bfloat16:
            return
        self.name = self.name or name
        flat = inputs.reshape(len(inputs), -1).cpu().contiguous().numpy()
        for row, values in enumerate(flat):
            mark = zlib.crc32(values.tobytes())
            if mark not in self.rows and (len(self.rows) < BENCH or mark < max(self.rows)):
                self.rows[mark] = (inputs[row], target[row].detach().clone())
                if len(self.rows) > BENCH:
                    del self.rows[max(self.rows)]

    def scored(self) -> list[Any] | None:
        """[yardstick, examples, right] in evaluation mode; None where there is no such network."""
        if self.module is None or self._spoilt or len(self.rows) < 2:
            return None
        marks = sorted(self.rows)
        try:
            self.module.eval()
            with torch.enable_grad():  # the answer tells what made it, a softmax or a layer
                output = self.module(torch.stack([self.rows[mark][0] for mark in marks]))
            found = score(self.name, output, torch.stack([self.rows[mark][1] for mark in marks]))
        except Exception:  # noqa: BLE001 - the user's network in a use it was not written for
            return None
        return None if found is None else [found.yardstick, found.examples, found.right]
