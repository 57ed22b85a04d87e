"""Sees every torch function the script calls: marks graph nodes with the user's line, measures criteria and layers.

The mode costs a microsecond or two a call, so it is on for the first steps, for a sample of the later ones and
around evaluation (see session.py); everything that must be seen at every step hangs on hooks instead.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder import cuts, facts, places
from workbench.diagnostics.recorder.graphs import Mark, mark, mark_of, marked
from workbench.diagnostics.recorder.nonfinite import LOWS, SOURCES
from workbench.diagnostics.recorder.patches import failed, transforming
from workbench.diagnostics.trace import Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

SET_GRAD = torch.Tensor.grad.__set__  # type: ignore[union-attr]
CRITERIA = frozenset(
    {
        "cross_entropy",
        "nll_loss",
        "mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "kl_div",
        "poisson_nll_loss",
        "soft_margin_loss",
        "multilabel_soft_margin_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "hinge_embedding_loss",
    }
)
ACTIVATIONS = frozenset(
    {
        "relu",
        "relu_",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "silu",
        "celu",
        "prelu",
        "rrelu",
        "hardtanh",
        "relu6",
        "hardswish",
        "mish",
        "softplus",
        "sigmoid",
        "tanh",
        "softmax",
        "log_softmax",
        "softmin",
        "logsigmoid",
        "hardsigmoid",
        "softsign",
        "threshold",
        "glu",
    }
)
ELEMENTWISE = frozenset(
    {
        "add",
        "sub",
        "mul",
        "div",
        "truediv",
        "rsub",
        "radd",
        "rmul",
        "rtruediv",
        "pow",
        "iadd",
        "isub",
        "imul",
        "maximum",
        "minimum",
    }
)
COMPARISONS = frozenset({"eq", "ne", "lt", "gt", "le", "ge", "isclose"})
UPDATES = frozenset({"isub", "iadd", "imul", "sub_", "add_", "mul_", "copy_", "addcdiv_", "addcmul_", "fill_"})
SUMS = frozenset({"add", "add_", "iadd", "radd", "sub", "sub_", "isub", "stack", "cat", "sum", "mean"})
MAKERS = frozenset(  # of data, by a type that the user may have to change
    {
        "tensor",
        "as_tensor",
        "zeros",
        "ones",
        "full",
        "rand",
        "randn",
        "randint",
        "arange",
        "linspace",
        "eye",
        "one_hot",
        "zeros_like",
        "ones_like",
        "float",
        "double",
        "half",
        "long",
        "int",
        "to",
        "type",
    }
)
QUIET = frozenset(
    {
        "__get__",
        "__set__",
        "size",
        "dim",
        "numel",
        "item",
        "tolist",
        "numpy",
        "cpu",
        "is_floating_point",
        "__len__",
        "__format__",
        "__repr__",
        "backward",
        "register_hook",
        "__hash__",
        "data_ptr",
        "is_complex",
        "storage",
        "element_size",
        "stride",
        "is_contiguous",
        "register_post_accumulate_grad_hook",
        "untyped_storage",
        "__bool__",
        "__int__",
        "__float__",
        "__deepcopy__",
        "__index__",
    }
)


def _view(error: Exception) -> bool:
    """Torch does not tell the history of a view that was changed under no_grad."""
    return isinstance(error, RuntimeError) and "view" in str(error)


def plain_name(function: Any) -> str:
    """ "add" for Tensor.add, Tensor.__add__ and torch.add."""
    name: str = getattr(function, "__name__", str(function))
    return name.strip("_") if name.startswith("__") else name


class Functions(TorchFunctionMode):
    """The function mode of one recording."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder
        self._chosen: dict[Any, Callable[..., None] | None] = {}
        self.failed: tuple[Exception, str, tuple[Any, ...], dict[str, Any]] | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            if self.failed is None or self.failed[0] is not error:
                self.failed = (error, plain_name(func), args, kwargs)
            raise
        try:
            look = self._chosen[func]
        except KeyError:
            look = self._chosen[func] = self._choose(func)
        if look is not None and self.recorder.awake and not transforming():
            try:
                with torch._C.DisableTorchFunction():  # a class of the user's own is not to see what we ask
                    look(plain_name(func), args, kwargs, result)
            except Exception as error:  # noqa: BLE001 - a kind of tensor that does not know what we ask
                if not _view(error):
                    failed(plain_name(func), error)
        return result

    def _choose(self, func: Any) -> Callable[..., None] | None:
        """What to do after a function, decided once for each."""
        raw = getattr(func, "__name__", "")
        name = plain_name(func)
        if func == cuts.DATA:
            return lambda _, args, *__: self.recorder.cuts.look("data", args)
        if func == SET_GRAD or raw == "zero_":
            return self._cleared
        if raw == "requires_grad_":
            return self._born
        if raw in cuts.NAMES or name in COMPARISONS:
            return self._cut
        if raw in QUIET:
            return None
        if name in MAKERS:
            return self._made
        if name in UPDATES:
            return self._update
        if name == "scaled_dot_product_attention":
            return self._attention
        if name in CRITERIA:
            return functools.partial(self._criterion, func)
        if name in COMPARISONS or name in ELEMENTWISE:
            return self._elementwise
        return self._any

    def _mark(self, name: str, result: Any, **more: int | None) -> Mark | None:
        first = result if isinstance(result, Tensor) else facts.first_tensor(result)
        if first is None:
            return None
        place, used = self._blame()
        made = Mark(place, used, name, self.recorder.forwards.current_name(), self.recorder.step, **more)
        if first.grad_fn is not None:
            mark(result, made)
        return made

    def _blame(self) -> tuple[Place | None, Place | None]:
        """The line to blame: where the code stands, or, inside nn.Sequential, where the layer was made."""
        stands = places.here()
        made = self.recorder.forwards.made_in_container()
        return (made, stands) if made is not None else (stands, None)

    def _cleared(self, name: str, args: Any, *_: Any) -> None:
        """`p.grad = None`, `p.grad.zero_()`; or zeros written into something else."""
        if name == "zero_":
            self.recorder.optimizers.zeroed_by_hand(args[0])
        elif len(args) > 1 and args[1] is None and args[0].grad is None:
            self.recorder.optimizers.cleared_by_hand(args[0])

    def _born(self, name: str, args: Any, _: Any, result: Any) -> None:  # noqa: ARG002
        """A leaf that asks for gradients: this line made it."""
        born = self.recorder.registry.born
        if isinstance(result, Tensor) and result.is_leaf and result.requires_grad and result not in born:
            born[result] = places.here()

    def _cut(self, name: str, args: Any, keywords: Any, result: Any) -> None:
        """The result has no history, whatever went in."""
        self.recorder.cuts.look(name, args)
        if isinstance(result, Tensor):
            further = self._made if name in MAKERS else self._elementwise if name in COMPARISONS else self._any
            further(name, args, keywords, result)

    def _made(self, name: str, args: Any, keywords: Any, result: Any) -> None:
        """New data, or another type of it."""
        if isinstance(result, Tensor):
            self.recorder.data_made(result)
            self._born(name, args, keywords, result)
        self._any(name, args, keywords, result)

    def _any(self, name: str, args: Any, _: Any, result: Any) -> None:
        if not torch.is_grad_enabled():
            self.recorder.cuts.without_gradients(args)
        first = facts.first_tensor(result)
        if name in SOURCES:
            self.recorder.bad.source(name, args, result, self.recorder.step)
        if first is None or (first.grad_fn is None and name not in ACTIVATIONS and name not in LOWS):
            return
        made = self._mark(name, result)
        if made is None:
            return
        recorder = self.recorder
        if name in ACTIVATIONS and args and isinstance(args[0], Tensor) and isinstance(result, Tensor):
            recorder.forwards.function_layer(name, made, args[0], result)
        if name in SUMS:
            self._sum(name, made, args)
        if isinstance(result, Tensor):
            recorder.look_for_bad(name, made, args, result)

    def _sum(self, name: str, made: Mark, args: Any) -> None:
        """A sum that still holds the graph of an earlier step: `total += loss`."""
        if not torch.is_grad_enabled() or not args:
            return
        parts = args[0] if isinstance(args[0], list | tuple) else args[:2]
        for part in parts:
            if isinstance(part, Tensor) and part.numel() == 1:
                before = marked(part)
                if before is made:  # in place: what it was before feeds the new node
                    before = mark_of(part.grad_fn.next_functions[0][0]) if part.grad_fn is not None else None
                if before is not None and before.step < self.recorder.step:
                    self.recorder.kept.setdefault((made.place, name), set()).add(self.recorder.step)
                    return

    def _update(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        """In place: an update of a parameter by hand, or plain arithmetic."""
        manual = self.recorder.optimizers.manual
        if manual.leaves and isinstance(args[0], Tensor):
            manual.updated(args[0])
        if name not in ELEMENTWISE:
            manual.computed(name, args)
        if name in ELEMENTWISE:
            self._elementwise(name, args, kwargs, result)
        else:
            self._any(name, args, kwargs, result)

    def _elementwise(self, name: str, args: Any, _: Any, result: Any) -> None:
        number = None
        if (
            len(args) > 1
            and isinstance(args[1], Tensor)
            and isinstance(args[0], Tensor)
            and isinstance(result, Tensor)
        ):
            left, right = args[0], args[1]
            self.recorder.optimizers.manual.computed(name, args)
            if left.dim() and right.dim() and result.numel() > max(left.numel(), right.numel()):
                number = self.recorder.note_broadcast(name, left, right, result, comparison=name in COMPARISONS)
            elif (
                name in ("sub", "rsub") and left.shape == right.shape and left.requires_grad != right.requires_grad
            ):
                self.recorder.note_difference(left, right)
        if name in COMPARISONS:
            return
        made = self._mark(name, result, elementwise=number)
        if made is not None and name in SUMS:
            self._sum(name, made, args)
        if made is not None and isinstance(result, Tensor):
            self.recorder.look_for_bad(name, made, args, result)

    def _attention(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        """Attention that drops out while the network is in evaluation mode."""
        rate = args[4] if len(args) > 4 else kwargs.get("dropout_p", 0.0)
        stack = self.recorder.forwards.stack
        if rate and stack and not stack[0].module.training and not stack[-1].module.training:
            self.recorder.note("attention_dropout", {"rate": float(rate)})
        self._any(name, args, kwargs, result)

    def _criterion(self, function: Any, name: str, args: Any, kwargs: Any, result: Any) -> None:
        score = args[0] if args else kwargs.get("input")
        target = args[1] if len(args) > 1 else kwargs.get("target")
        if not isinstance(score, Tensor) or not isinstance(target, Tensor):
            self._mark(name, result)
            return
        index = self.recorder.note_loss(function, name, score, target, kwargs, args, result)
        made = self._mark(name, result, loss=index)
        if made is not None:
            self.recorder.look_for_bad(name, made, args, result)
