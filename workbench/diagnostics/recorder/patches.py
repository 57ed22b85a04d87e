"""Functions wrapped for a while, where torch has no hook; put back in reverse order.

What we do there of our own must never reach the script: whatever a look at it raises is caught and counted. Some
kinds of tensors (sparse, nested, meta, classes of a user's own) know only a part of torch's functions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import torch

FAILURES = 20  # different ones that are told
P = ParamSpec("P")
T = TypeVar("T")


def transforming() -> bool:
    """Whether torch.func's grad, vmap or the like runs, whose tensors have no storage, or torch.jit traces, where
    sizes are tensors.
    """
    return torch._C._functorch.peek_interpreter_stack() is not None or torch._C._get_tracing_state() is not None


_failures: dict[str, int] = {}  # hooks of torch's know nothing of a recording


def failed(look: str, error: Exception) -> None:
    """A look at the script that raised: what it was for is not known, the script goes on."""
    text = str(error).strip().partition("\n")[0].partition(". ")[0]
    told = f"{look.strip('_').replace('_', ' ')}: {type(error).__name__}: {text[:160]}"
    if told in _failures or len(_failures) < FAILURES:
        _failures[told] = _failures.get(told, 0) + 1


def failures() -> tuple[str, ...]:
    """What could not be looked at, and how often, since the recording began."""
    return tuple(f"{told} ({count} times)" if count > 1 else told for told, count in _failures.items())


def guarded(hook: Callable[P, T]) -> Callable[P, T | None]:
    """A hook whose exceptions end with it; a recording's own Stop is none of them."""

    @functools.wraps(hook)
    def safe(*arguments: P.args, **keywords: P.kwargs) -> T | None:
        try:
            return hook(*arguments, **keywords)
        except Exception as error:  # noqa: BLE001 - the script must not see it, whatever it is
            failed(getattr(hook, "__name__", "hook"), error)
            return None

    return safe


def quietly(hook: Callable[P, T]) -> Callable[P, T | None]:
    """A guarded hook whose own use of torch is not seen by any function mode; silent while torch transforms."""
    safe = guarded(hook)

    @functools.wraps(hook)
    def quiet(*arguments: P.args, **keywords: P.kwargs) -> T | None:
        if transforming():
            return None
        with torch._C.DisableTorchFunction():
            return safe(*arguments, **keywords)

    return quiet


class Patches:
    """What has been put in the place of something else, or hooked, and how to undo it."""

    def __init__(self) -> None:
        _failures.clear()
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
        before = guarded(before) if before is not None else None
        after = guarded(after) if after is not None else None
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
