"""What modules do, through torch's global forward hooks: who is running, in which mode, on what, giving what."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.graphs import LARGEST, Mark, notes
from workbench.diagnostics.recorder.patches import Patches, quietly
from workbench.diagnostics.recorder.registry import NOISY
from workbench.diagnostics.trace import Evaluation, Facts, Forward, Layer, Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
RECTIFIERS = frozenset({"relu", "relu_", "relu6", "ReLU", "ReLU6", "threshold", "Threshold"})
FLAT = {"tanh": (-0.999, 0.999), "Tanh": (-0.999, 0.999), "sigmoid": (0.001, 0.999), "Sigmoid": (0.001, 0.999)}
MEASURED = 40  # calls of a layer that are measured, all in steps that are looked at closely
RECENT = 5  # of these, the last, by which units count as dead
RICH = 64  # different values among as many examples: none of these is equal to another by chance
ROOT = "workbench root"  # key in the metadata of the node of a root's output
WAITING = 32  # calls
NEAR = 300  # nodes of the graph among which a network's output is looked for


@dataclass
class LayerFile:
    """A layer or activation as it is being measured."""

    name: str
    kind: str
    place: Place | None
    order: int
    calls: int = 0
    input: Facts | None = None
    output: Facts | None = None
    alive: deque[Tensor] = field(default_factory=lambda: deque(maxlen=RECENT))
    flat: float = 0.0
    seen: int = 0
    first_bad: int | None = None

    def written(self) -> Layer:
        """As the trace tells it."""
        alive = [each for each in self.alive if each.shape == self.alive[-1].shape]
        dead = float((~torch.stack(alive).any(0)).float().mean()) if alive else None
        flat = self.flat / self.seen if self.seen and self.kind in FLAT else None
        units = alive[-1].numel() if alive else 0
        return Layer(
            self.name,
            self.kind,
            self.place,
            self.order,
            self.calls,
            self.input,
            self.output,
            dead,
            flat,
            self.seen,
            self.first_bad,
            units,
        )


@dataclass
class ForwardFile:
    """Calls of a root from one line in one mode, as they come."""

    module: int
    place: Place | None
    training: bool
    grad: bool
    first_step: int
    noisy: tuple[str, ...]
    frozen: tuple[str, ...]
    calls: int = 0
    last_step: int = 0
    backward: bool = False
    input: Facts | None = None
    output: Facts | None = None
    rows: int = 0
    rows_trained: int = 0
    smallest: int | None = None
    loader: int | None = None
    cold: tuple[str, ...] = ()
    cold_calls: int = 0

    def written(self) -> Forward:
        """As the trace tells it."""
        return Forward(**self.__dict__)


@dataclass
class EvaluationFile:
    """Calls without gradients from one stack of the user's lines, as they come."""

    module: int
    stack: tuple[Place, ...]
    loader: int | None
    calls: int = 0
    first_step: int = 0
    repeated: int = 0
    rich: bool = False
    seen: set[int] = field(default_factory=set, repr=False)
    trained: set[int] = field(default_factory=set, repr=False)

    def written(self) -> Evaluation:
        """As the trace tells it."""
        numbers = len(self.seen), len(self.trained), self.repeated, self.rich
        return Evaluation(self.module, self.stack, self.loader, self.calls, self.first_step, *numbers)


@dataclass
class Running:
    """A module whose forward has not returned."""

    module: nn.Module
    name: str
    file: ForwardFile | None = None
    inputs: Tensor | None = field(default=None, repr=False)
    rows: list[int] = field(default_factory=list, repr=False)
    tagged: bool = False  # the node of its output knows its file


class Forwards:
    """The stack of running modules, the layers and the calls of roots."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.stack: list[Running] = []
        self.files: dict[tuple[Any, ...], ForwardFile] = {}
        self.layers: dict[Any, LayerFile] = {}
        self.pending: list[Running] = []  # roots that ran with gradients, and no backward went through them yet
        self._reached: set[int] = set()  # ids of the files whose outputs the loss of this backward depends on
        self.trained_rows: set[int] = set()
        self.learned_rows: dict[int, set[int]] = {}  # by root: of the examples that a backward went through
        self.evaluations: dict[tuple[Any, ...], EvaluationFile] = {}
        # (root, node of its output, examples) with no backward yet; few, since a node keeps its graph in memory
        self._waiting: deque[tuple[int, Any, list[int]]] = deque(maxlen=4)
        self.last_root: nn.Module | None = None

    def install(self, patches: Patches) -> None:
        """Hook every module there is and will be."""
        patches.wrap(nn.Module, "__init__", before=self._made)
        patches.wrap(nn.Module, "register_parameter", after=self._named)
        patches.hook(hooks.register_module_module_registration_hook(self._joins))
        patches.hook(hooks.register_module_parameter_registration_hook(self._joins))
        patches.hook(hooks.register_module_forward_pre_hook(self._before))
        patches.hook(hooks.register_module_forward_hook(self._after, always_call=True))

    def _made(self, module: nn.Module, *_: Any, **__: Any) -> None:
        if module not in self.recorder.registry.made:
            self.recorder.registry.made[module] = places.making()

    def _named(self, _: None, module: nn.Module, name: str, parameter: Tensor | None) -> None:  # noqa: ARG002
        born = self.recorder.registry.born
        if parameter is not None and parameter not in born:
            born[parameter] = places.here()

    @quietly
    def _joins(self, owner: nn.Module, *_: Any) -> None:
        if self.recorder.awake:
            self.recorder.registry.joins(owner)

    def current_name(self) -> str | None:
        """Qualified name of the innermost running module."""
        return self.stack[-1].name if self.stack else None

    def made_in_container(self) -> Place | None:
        """Where the running layer was made, if a container of torch's, not the user's code, called it."""
        stack = self.stack
        if len(stack) > 1 and isinstance(stack[-2].module, CONTAINERS):
            return self.recorder.registry.made.get(stack[-1].module)
        return None

    @quietly
    def _before(self, module: nn.Module, inputs: Any) -> None:
        recorder = self.recorder
        if not recorder.awake:
            return
        if self.stack:
            known = recorder.registry.module(module)
            if known is not None:
                known.calls += 1
            self.stack.append(Running(module, known.name if known else type(module).__name__))
            return
        trained = next(module.parameters(), None) is not None
        if recorder.loaders.preparing and not trained:
            return  # a transform of the data, called once an example
        root = recorder.registry.root(module)
        if recorder.registry.joined(module):
            recorder.renewed(root.index)
        root.calls += 1
        running = Running(module, root.name)
        self.stack.append(running)
        if isinstance(module, nn.modules.loss._Loss):
            return
        if trained:
            self.last_root = module
        recorder.forward_begins(torch.is_grad_enabled())
        if recorder.capture is not None and torch.is_grad_enabled():
            recorder.capture.forward_begins(module, inputs)
        running.file = self._root_call(module, root.index, inputs, running)

    @quietly
    def _after(self, module: nn.Module, inputs: Any, output: Any) -> None:
        if not any(running.module is module for running in self.stack):
            return
        while self.stack[-1].module is not module:
            self.stack.pop()
        running = self.stack.pop()
        recorder = self.recorder
        if not recorder.awake or output is None:
            return
        if recorder.capture is not None and running.file is not None:
            recorder.capture.forward_ends(module, output)
        if running.file is not None and running.file.grad:
            result = facts.first_tensor(output)
            if result is not None and result.grad_fn is not None:
                notes(result.grad_fn)[ROOT] = running.file
                running.tagged = True
                if running.rows:
                    self._waiting.append((running.file.module, result.grad_fn, running.rows))
        if running.file is not None and running.file.output is None:
            result = facts.first_tensor(output)
            running.file.output = facts.measure(result, scores=True) if result is not None else None
        if recorder.detailed and module.training and not list(module.children()):
            self._module_layer(running, inputs, output)

    def _root_call(self, module: nn.Module, index: int, inputs: Any, running: Running) -> ForwardFile:
        place, grad = places.here(), torch.is_grad_enabled()
        noisy = [(child.training, name) for name, child in module.named_modules() if isinstance(child, NOISY)]
        on = tuple(name for training, name in noisy if training)
        off = tuple(name for training, name in noisy if not training)
        recorder = self.recorder
        key = (index, place, module.training, grad, on)
        kept = self.files.get(key)
        if kept is None:
            kept = ForwardFile(index, place, module.training, grad, recorder.step, on, off)
            self.files[key] = kept
        kept.calls += 1
        kept.last_step = recorder.step
        if on and grad:
            kept.cold = tuple(name for name in on if _cold(module.get_submodule(name)))
            kept.cold_calls = kept.cold_calls + 1 if kept.cold else 0
        kept.loader = recorder.loaders.current
        batch = facts.first_tensor(inputs)
        if batch is not None:
            if kept.input is None:
                kept.input = facts.measure(batch, features=True)
            if batch.dim():
                kept.smallest = min(batch.size(0), kept.smallest if kept.smallest is not None else batch.size(0))
            if recorder.detailed:
                recorder.bad.batch(batch, place, recorder.step)
            unsure = not kept.backward and kept.calls <= MEASURED
            if recorder.detailed or not grad or unsure:
                trained = grad and module.training and (kept.backward or recorder.step == 0)
                running.rows = self._rows(kept, batch, trained=trained)
                if not grad:
                    self._evaluation(kept, running.rows, batch)
        if grad:
            self.pending.append(running)
            if batch is not None:
                recorder.bad.given(batch, place)
        return kept

    def _evaluation(self, kept: ForwardFile, rows: list[int], batch: Tensor) -> None:
        if len(self.evaluations) > 50 or not rows:
            return
        stack = places.stack()
        found = self.evaluations.get((kept.module, stack, kept.loader))
        if found is None:
            found = EvaluationFile(kept.module, stack, kept.loader, first_step=self.recorder.step)
            self.evaluations[kept.module, stack, kept.loader] = found
            found.rich = batch.is_floating_point() and torch.unique(batch[:RICH]).numel() >= RICH
        found.calls += 1
        found.repeated += len(rows) - len(set(rows))
        found.seen.update(rows)
        found.trained.update(self.learned_rows.get(kept.module, set()).intersection(rows))

    def learned(self, loss: Tensor) -> None:
        """The examples of the networks whose output lies near the loss are learned from."""
        unsure = any(each.tagged and each.file is not None and not each.file.backward for each in self.pending)
        self._reached = self._roots(loss) if unsure else set()
        nodes, near = {node: (index, rows) for index, node, rows in self._waiting}, [loss.grad_fn]
        self._waiting.clear()
        known = set(near)
        for node in near:
            if node in nodes:
                index, rows = nodes.pop(node)
                self.learned_rows.setdefault(index, set()).update(rows)
            if not nodes or len(near) > NEAR:
                return
            for following, _ in node.next_functions if node is not None else ():
                if following is not None and following not in known:
                    known.add(following)
                    near.append(following)

    def _roots(self, loss: Tensor) -> set[int]:
        """Which files' outputs a loss was computed from; all that wait, where the graph is too large."""
        found: set[int] = set()
        waiting, seen = [loss.grad_fn], {loss.grad_fn}
        while waiting:
            node = waiting.pop()
            if node is None:
                continue
            kept = notes(node).get(ROOT)
            if kept is not None:
                found.add(id(kept))
            children = [child for child, _ in node.next_functions if child is not None and child not in seen]
            seen.update(children)
            waiting += children
            if len(seen) > LARGEST:
                return {id(each.file) for each in self.pending}
        return found

    def _rows(self, kept: ForwardFile, batch: Tensor, *, trained: bool) -> list[int]:
        if kept.rows > 20_000 or not batch.is_floating_point():
            return []
        rows = facts.row_hashes(batch)
        kept.rows += len(rows)
        if trained:
            self.trained_rows.update(rows)
        else:
            before = self.learned_rows.get(kept.module, set()) if kept.grad else self.trained_rows
            kept.rows_trained += sum(row in before for row in rows)
        return rows

    def backward_done(self) -> None:
        """The roots on whose outputs the loss depends took part; so did those of which that is not known."""
        waiting = []
        for running in self.pending:
            kept = running.file
            if kept is None or (running.tagged and not kept.backward and id(kept) not in self._reached):
                waiting.append(running)
            else:
                kept.backward = True
        self.pending = waiting[-WAITING:]

    def _module_layer(self, running: Running, inputs: Any, output: Any) -> None:
        result, given = facts.first_tensor(output), facts.first_tensor(inputs)
        if result is None or given is None:
            return
        made = self.recorder.registry.made.get(running.module)
        self._measure(
            ("module", running.name, id(type(running.module))),
            type(running.module).__name__,
            running.name,
            made,
            given,
            result,
        )

    def function_layer(self, name: str, made: Mark, given: Tensor, result: Tensor) -> None:
        """An activation that was called as a function."""
        if not self.recorder.detailed or not torch.is_grad_enabled():
            return
        if self.stack and not list(self.stack[-1].module.children()) and _is_torchs(self.stack[-1].module):
            return  # the module's own hook measures it
        self._measure(("function", made.place, name), name, name, made.place, given, result)

    def _measure(self, key: Any, kind: str, name: str, place: Place | None, given: Tensor, result: Tensor) -> None:
        kept = self.layers.get(key)
        if kept is None:
            kept = self.layers[key] = LayerFile(name, kind, place, len(self.layers))
        kept.calls += 1
        if kept.calls > MEASURED:
            return
        if kept.input is None:
            kept.input, kept.output = facts.measure(given), facts.measure(result)
        values = facts.dense(result)
        if values is None or values.is_complex() or not values.numel():
            return
        with torch.no_grad():
            if kind in RECTIFIERS and values.dim() > 1:
                alive = (values > 0).reshape(values.shape[0], values.shape[1], -1).any(2).any(0)
                kept.alive.append(alive)
            if kind in FLAT:
                low, high = FLAT[kind]
                kept.flat += float(((values < low) | (values > high)).float().mean())
            kept.seen += 1
            if kept.first_bad is None and values.is_floating_point() and not facts.all_finite(values):
                kept.first_bad = self.recorder.step


def _cold(module: nn.Module) -> bool:
    """A BatchNorm whose own weights are frozen."""
    own = list(module.parameters(recurse=False))
    collects = getattr(module, "running_mean", None) is not None
    return collects and bool(own) and not any(parameter.requires_grad for parameter in own)


def _is_torchs(module: nn.Module) -> bool:
    return type(module).__module__.startswith("torch.")
