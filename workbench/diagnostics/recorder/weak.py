"""A dictionary by object identity that keeps nothing alive: tensors compare elementwise, and are no plain keys."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast

from torch.utils.weak import WeakIdKeyDictionary

T = TypeVar("T")


class ByObject(Generic[T]):
    """torch's WeakIdKeyDictionary, with types."""

    def __init__(self) -> None:
        self._inner: Any = WeakIdKeyDictionary()

    def get(self, key: object) -> T | None:
        """What is known of an object."""
        return cast("T | None", self._inner.get(key))

    def __setitem__(self, key: object, value: T) -> None:
        self._inner[key] = value

    def __contains__(self, key: object) -> bool:
        return key in self._inner
