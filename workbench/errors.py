"""Every mistake a user can make ends here: what is wrong, where, and the way out. Never a traceback."""

from __future__ import annotations


class WorkbenchError(Exception):
    """A mistake the user can mend. The command line prints it as one message and exits with code 2.

    `message` says what is wrong and where; `hint` what to do next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\n  hint: {self.hint}"
