"""Ctrl-C, SIGTERM and a closed terminal as one KeyboardInterrupt, never in the middle of a write to the store."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interruption:
    """While entered, a signal raises KeyboardInterrupt: at once, or at the end of a `deferred` block.

    A library in whose call it arrives may make another error of it (pydantic does, while it builds a class): at the
    end that is a KeyboardInterrupt again.
    """

    def __init__(self) -> None:
        self._arrived_here = False
        self._deferring = 0
        self._pending = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for number in SIGNALS:
            # A signal that the parent told us to ignore (nohup, a job put in the background) stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._arrived)
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()
        if self._arrived_here and isinstance(error, Exception):
            told = traceback.format_exception(error)  # with what caused it
            if any("KeyboardInterrupt" in line for line in told):
                raise KeyboardInterrupt

    def _arrived(self, _number: int, _frame: FrameType | None) -> None:
        self._arrived_here = True
        if self._deferring:
            self._pending = True
        else:
            raise KeyboardInterrupt

    @property
    def arrived(self) -> bool:
        """Whether there has been a signal."""
        return self._arrived_here

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """What is inside is finished before a signal that arrives meanwhile is acted on."""
        self._deferring += 1
        try:
            yield
        finally:
            self._deferring -= 1
        if self._pending and not self._deferring:
            self._pending = False
            raise KeyboardInterrupt
