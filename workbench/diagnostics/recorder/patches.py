"""Functions wrapped for a while, where torch has no hook; put back in reverse order."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch

P = ParamSpec("P")
T = TypeVar("T")


def transforming() -> bool:
    """Whether torch.func's grad, vmap or the like runs, whose tensors have no storage, or torch.jit traces, where
    sizes are tensors.
    """
    return torch._C._functorch.peek_interpreter_stack() is not None or torch._C._get_tracing_state() is not None


def quietly(hook: Callable[P, T]) -> Callable[P, T | None]:
    """A hook whose own use of torch is not seen by any function mode; silent while torch transforms."""

    @functools.wraps(hook)
    def quiet(*arguments: P.args, **keywords: P.kwargs) -> T | None:
        if transforming():
            return None
        with torch._C.DisableTorchFunction():
            return hook(*arguments, **keywords)

    return quiet


class Patches:
    """What has been put in the place of something else, or hooked, and how to undo it."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] = []

    def wrap(
        self,
        owner: Any,
        name: str,
        *,
        before: Callable[..., object] | None = None,
        after: Callable[..., object] | None = None,
        outermost: bool = False,
    ) -> None:
        """Call `before(*arguments)` and `after(result, *arguments)` around `owner.name`.

        `outermost`: not for calls from within. Where `before` turns a function mode on, torch hands the very same
        call to the mode, which comes here again.
        """
        inside = False
        original = owner.__dict__.get(name) if isinstance(owner, type) else getattr(owner, name)
        if original is None:
            return

        @functools.wraps(original)
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            nonlocal inside
            if inside and outermost:
                return original(*arguments, **keywords)
            inside = True
            try:
                if before is not None:
                    before(*arguments, **keywords)
                result = original(*arguments, **keywords)
            finally:
                inside = False
            if after is not None:
                after(result, *arguments, **keywords)
            return result

        self.replace(owner, name, wrapped)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Put `new` in the place of `owner.name`."""
        original = owner.__dict__[name]
        setattr(owner, name, new)
        self._undo.append(lambda: setattr(owner, name, original))

    def hook(self, handle: Any) -> None:
        """Remember the handle of a hook of torch's."""
        self._undo.append(handle.remove)

    def undo(self) -> None:
        """Leave nothing behind."""
        while self._undo:
            self._undo.pop()()
