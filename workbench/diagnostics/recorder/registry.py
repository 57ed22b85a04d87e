"""Who is who: roots, modules and parameters by name, in the order in which they were met.

Everything is held weakly. A script that builds a network per fold must be able to drop the last one.
"""

from __future__ import annotations

import inspect
import linecache
import re
import weakref
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.weak import ByObject
from workbench.diagnostics.trace import Module, Parameter, Place

INTERNAL = frozenset(nn.Module().__dict__)
COMPARED = 20_000_000  # elements of which first values are kept, to see whether they change
PARTED = 1e-3  # difference of rows, as a share of how far they moved: rounding is far below; own choice
NOISY = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
SETTINGS = (
    "in_features",
    "out_features",
    "in_channels",
    "out_channels",
    "kernel_size",
    "stride",
    "padding",
    "dilation",
    "groups",
    "bias",
    "dim",
    "p",
    "num_features",
    "num_embeddings",
    "embedding_dim",
    "input_size",
    "hidden_size",
    "num_layers",
    "batch_first",
    "bidirectional",
    "inplace",
    "start_dim",
    "end_dim",
    "negative_slope",
    "momentum",
    "track_running_stats",
    "nonlinearity",
    "requires_grad",  # torch's modules have none: the user set it
)


def settings_of(module: nn.Module) -> dict[str, int | float | bool | str | None]:
    """The plain constructor values a module keeps."""
    found: dict[str, int | float | bool | str | None] = {}
    for name in SETTINGS:
        value = module.__dict__.get(name)
        if isinstance(value, int | float | bool | str):
            found[name] = value
        elif isinstance(value, tuple) and value and all(isinstance(item, int) for item in value):
            found[name] = "x".join(str(item) for item in value)
    return found


@dataclass
class ModuleFile:
    """What is kept of a module."""

    index: int
    name: str
    root: int
    module: weakref.ref[nn.Module]
    plain: Module
    calls: int = 0

    def written(self) -> Module:
        """As the trace tells it."""
        live = self.module()
        training = live.training if live is not None else self.plain.training
        values = {**self.plain.__dict__, "calls": self.calls, "training": training}
        if live is not None and "requires_grad" in live.__dict__:  # torch's modules have none: the user set it
            values["settings"] = {**self.plain.settings, "requires_grad": bool(live.__dict__["requires_grad"])}
        return Module(**values)


@dataclass
class ParameterFile:
    """What is kept of a parameter."""

    index: int
    tensor: weakref.ref[Tensor]
    name: str
    shape: tuple[int, ...]
    dtype: str
    owner: int | None = None
    registered: bool = False
    reached: bool = False
    trainable: bool = True
    optimizers: set[int] = field(default_factory=set)
    got_grad: bool = False
    changed: bool | None = None
    place: Place | None = None
    born: Place | None = None
    first: Tensor | None = None
    low: float | None = None
    high: float | None = None
    std: float | None = None
    rows_equal: bool = False
    rows_parted: bool = False
    zero: bool = False
    grad_norms: list[float] = field(default_factory=list)
    update_ratios: list[float] = field(default_factory=list)
    module: str | None = None
    via: str | None = None
    moved_frozen: int = 0

    def look(self) -> None:
        """Bring up to date what may have changed."""
        tensor = self.tensor()
        if tensor is None:
            return
        self.trainable = tensor.requires_grad
        self.got_grad = self.got_grad or tensor.grad is not None
        if self.first is not None and not self.changed:
            self.changed = not facts.same(tensor, self.first)
        if self.first is not None and self.rows_equal and self.changed:
            spread, moved = (tensor.detach() - tensor[:1].detach()).abs().max(), (tensor - self.first).abs().max()
            self.rows_parted = bool(spread > PARTED * moved)

    def written(self) -> Parameter:
        """As the trace tells it."""
        self.look()
        kept = {**self.__dict__}
        for name in ("tensor", "first"):
            del kept[name]
        for name in ("grad_norms", "update_ratios"):
            kept[name] = tuple(kept[name])
        kept["optimizers"] = tuple(sorted(self.optimizers))
        return Parameter(**kept)


class Registry:
    """Modules and parameters, by object."""

    def __init__(self) -> None:
        self.made: ByObject[Place | None] = ByObject()  # module -> where
        self.born: ByObject[Place | None] = ByObject()  # leaf -> where
        self.modules: list[ModuleFile] = []
        self.parameters: list[ParameterFile] = []
        self._by_module: ByObject[ModuleFile] = ByObject()
        self._by_tensor: ByObject[ParameterFile] = ByObject()
        self._roots: ByObject[bool] = ByObject()
        self._joined: set[int] = set()  # index of each root that got a layer or a parameter since it was listed
        self._kept = 0

    def module(self, module: nn.Module) -> ModuleFile | None:
        """What is known of a module."""
        return self._by_module.get(module)

    def tensor(self, tensor: Tensor) -> ParameterFile | None:
        """What is known of a parameter."""
        return self._by_tensor.get(tensor)

    def met(self, leaf: Tensor) -> tuple[str, int]:
        """Name and index of a leaf that a graph leads to; its name is "?" where no known module owns it."""
        kept = self.parameter(leaf)
        return kept.name, kept.index

    def root(self, module: nn.Module) -> ModuleFile:
        """Register a module that was called from outside of any other, with all it holds."""
        known = self.module(module)
        if known is None or module not in self._roots:
            known = self._list(module)
            self._roots[module] = True
        return known

    def pass_over(self, copies: list[Tensor]) -> None:
        """Copies of weights, made for a look at a graph: that they never change tells nothing."""
        for copy in copies:
            kept = self.tensor(copy)
            if kept is not None:
                kept.first = kept.changed = None

    def joins(self, owner: nn.Module) -> None:
        """A module gets a layer or a parameter, by `net.head = nn.Linear(32, 2)` say."""
        known = self.module(owner)
        if known is not None:
            self._joined.add(known.root)

    def joined(self, module: nn.Module) -> bool:
        """Whether a known root is another network than before; what is new in it is listed, once."""
        known = self.module(module) if self._joined else None
        if known is None or known.index not in self._joined:
            return False
        self._joined.discard(known.index)
        before = len(self.modules)
        for name, child in module.named_modules():
            if self.module(child) is None:
                self._add(child, name, known.index)
        fresh = [
            (name, parameter)
            for name, parameter in module.named_parameters()
            if (kept := self.tensor(parameter)) is None or kept.owner is None
        ]
        for name, parameter in fresh:
            self._name(parameter, name, known.index, module)
        return bool(fresh) or len(self.modules) > before

    def _list(self, root: nn.Module) -> ModuleFile:
        first = len(self.modules)
        for name, module in root.named_modules():
            self._add(module, name, first)
        for name, parameter in root.named_parameters():
            self._name(parameter, name, first, root)
        for via, module, prefix in _hidden(root):
            self._add(module, prefix, first, registered=False)
            for name, parameter in module.named_parameters(prefix=prefix):
                self._name(parameter, name, first, root, via=via)
        for via, leaf, name in _hidden_leaves(root):
            if self.parameter(leaf).name == "?":
                self._name(leaf, name, first, root, via=via)
        return self.modules[first]

    def _add(self, module: nn.Module, name: str, root: int, *, registered: bool = True) -> None:
        index = len(self.modules)
        cls = type(module)
        own = _users_class(cls)
        plain = Module(
            index=index,
            name=name,
            cls=cls.__name__,
            root=root,
            place=self.made.get(module),
            defined=_class_place(cls) if own else None,
            own=own,
            parameters=sum(
                parameter.numel() for parameter in module.parameters(recurse=False) if _sized(parameter)
            ),
            settings=settings_of(module),
            training=module.training,
            calls=0,
            registered=registered,
        )
        kept = ModuleFile(index, name, root, weakref.ref(module), plain)
        self.modules.append(kept)
        self._by_module[module] = kept

    def _name(self, parameter: Tensor, name: str, root: int, module: nn.Module, via: str | None = None) -> None:
        kept = self.parameter(parameter)
        kept.name, kept.owner, kept.via = name, root, via
        kept.registered = via is None
        kept.module = name.rpartition(".")[0]
        if via is None:
            kept.place = self.made.get(module.get_submodule(kept.module))

    def parameter(self, tensor: Tensor) -> ParameterFile:
        """The file of a parameter, opened at first sight."""
        known = self.tensor(tensor)
        if known is not None:
            return known
        dtype = facts.dtype_name(tensor)
        shape = tuple(tensor.shape) if _sized(tensor) else ()
        kept = ParameterFile(
            len(self.parameters), weakref.ref(tensor), "?", shape, dtype, born=self.born.get(tensor)
        )
        if _sized(tensor) and tensor.numel() and tensor.layout == torch.strided and not tensor.is_meta:
            self._first_look(kept, tensor.detach())
        self.parameters.append(kept)
        self._by_tensor[tensor] = kept
        return kept

    def _first_look(self, kept: ParameterFile, values: Tensor) -> None:
        if self._kept + values.numel() <= COMPARED:
            self._kept += values.numel()
            kept.first = values.clone()
            kept.changed = False
        plain = facts.dense(values)
        if plain is None or not plain.is_floating_point():
            return
        values = plain
        low, high = torch.aminmax(values)
        kept.low, kept.high, kept.std = float(low), float(high), float(values.float().std(correction=0))
        kept.zero = kept.low == 0.0 == kept.high
        kept.rows_equal = values.dim() > 1 and values.shape[0] > 1 and bool((values == values[:1]).all())


def _sized(tensor: Tensor) -> bool:
    return not isinstance(tensor, nn.parameter.UninitializedParameter)


def _users_class(cls: type) -> bool:
    module = inspect.getmodule(cls)
    path = getattr(module, "__file__", None)
    if path is None:  # notebooks and scripts that run as __main__
        path = next((f.__code__.co_filename for f in cls.__dict__.values() if inspect.isfunction(f)), "<none>")
    return places.is_users(path)


def _class_place(cls: type) -> Place | None:
    functions = [value for value in cls.__dict__.values() if inspect.isfunction(value)]
    if not functions:
        return None
    path = functions[0].__code__.co_filename
    line = min(function.__code__.co_firstlineno for function in functions)
    for above in range(line, 0, -1):  # from the first method up to its `class`
        if re.match(rf"\s*class\s+{re.escape(cls.__name__)}\b", linecache.getline(path, above)):
            return places.of_line(path, above, "")
    return places.of_line(path, line, "")


def _hidden(root: nn.Module) -> list[tuple[str, nn.Module, str]]:
    """Modules in plain lists, tuples and dicts of a module: (where, module, name). Torch does not look there."""
    registered = {id(module) for module in root.modules()}
    found = []
    for prefix, owner in root.named_modules():
        for attribute, value in list(vars(owner).items()):
            if attribute in INTERNAL:
                continue
            for key, module in _inside(value):
                if id(module) not in registered:
                    registered.add(id(module))
                    name = ".".join(part for part in (prefix, attribute, key) if part)
                    via = f"{type(owner).__name__}.{attribute}"
                    if _users_object(value) and key:
                        via = f"{type(value).__name__}.{key.partition('.')[0]}"
                    found.append((via, module, name))
    return found


def _hidden_leaves(root: nn.Module) -> list[tuple[str, Tensor, str]]:
    """Trained tensors in plain attributes, lists and dicts of a module, or behind them: (where, leaf, name)."""
    found = []
    for prefix, owner in root.named_modules():
        for attribute, value in list(vars(owner).items()):
            if attribute in INTERNAL:
                continue
            items = {"": value}
            if isinstance(value, dict):
                items = {str(key): item for key, item in list(value.items())[:1000]}
            elif isinstance(value, list | tuple):
                items = {str(key): item for key, item in enumerate(value[:1000])}
            for key, item in items.items():
                leaf = _leaf_of(item) if isinstance(item, Tensor) and item.requires_grad else None
                if leaf is not None:
                    name = ".".join(part for part in (prefix, attribute, key) if part)
                    found.append((f"{type(owner).__name__}.{attribute}", leaf, name))
    return found


def _leaf_of(tensor: Tensor) -> Tensor | None:
    """The tensor itself, or the Parameter that a conversion or one product made it of."""
    function: Any = tensor.grad_fn
    for _ in range(4):
        if function is None:
            break
        leaf = getattr(function, "variable", None)
        if leaf is not None:
            return leaf if isinstance(leaf, nn.Parameter) else None
        function = next((child for child, _ in function.next_functions if child is not None), None)
    return tensor if tensor.is_leaf else None


def _users_object(value: Any) -> bool:
    """An object of a class of the user's that is no module."""
    return hasattr(value, "__dict__") and not isinstance(value, nn.Module | type) and _users_class(type(value))


def _inside(value: Any, depth: int = 0) -> list[tuple[str, nn.Module]]:
    if depth > 2 or isinstance(value, str | bytes | Tensor):
        return []
    if isinstance(value, nn.Module):
        return [("", value)] if depth else []
    if isinstance(value, dict):
        items: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list | tuple):
        items = list(enumerate(value))
    elif _users_object(value) and not depth:
        items = list(vars(value).items())
    else:
        return []
    found = []
    for key, item in items[:1000]:
        for inner, module in _inside(item, depth + 1):
            found.append((f"{key}.{inner}" if inner else str(key), module))
    return found
