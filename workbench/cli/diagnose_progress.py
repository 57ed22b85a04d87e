"""What a person sees on stderr while a target is diagnosed: findings as they are made, and what goes on now.

On a terminal there is one live line, drawn by rich; in a pipe or a log file a plain line now and then.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Self, TextIO

from workbench.reporting.harmless import plain
from workbench.reporting.terminal import is_terminal

if TYPE_CHECKING:
    from rich.status import Status

    from workbench.diagnostics.findings import Finding
    from workbench.diagnostics.request import Request
    from workbench.diagnostics.trace import Trace


class Progress:
    """Told how a diagnosis goes (engine.Observer). Use it as a context manager."""

    def __init__(
        self,
        target: str,
        *,
        quiet: bool = False,
        announce: bool = True,
        file: TextIO | None = None,
        every: float = 10.0,
    ) -> None:
        self._target = target
        self._quiet = quiet
        self._announce = announce and not quiet  # findings, as soon as they are made
        self._file = file or sys.stderr
        self._every = every  # seconds between two plain lines
        self._status: Status | None = None
        self._began = self._said_at = time.monotonic()
        self._steps = 0
        self._over = False  # the recording
        self._told: dict[tuple[Any, ...], str] = {}
        self._repairs = 0
        self._tried: set[str] = set()

    def __enter__(self) -> Self:
        if not self._quiet and is_terminal(self._file):
            from rich.console import Console

            console = Console(file=plain(self._file), force_terminal=True, highlight=False)
            self._status = console.status(f"{self._target}: starting")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def going_on(self, request: Request, trace: Trace | None) -> None:
        """Bring the live line up to date, or write a plain one when it is time."""
        if trace is not None and request.mode == "record":
            self._steps, self._over = len(trace.steps), trace.ended.how != "killed"
        now = time.monotonic()
        line = f"{self._target}: {self._what(request)}, {now - self._began:.0f} s"
        if self._status is not None:
            from rich.markup import escape

            self._status.update(escape(line))
        elif not self._quiet and now - self._said_at >= self._every:
            self._said_at = now
            self._say(line)

    def _what(self, request: Request) -> str:
        if request.mode == "bare":
            return self._replayed(request)
        if request.network is not None:
            return "training the network a little and trying it"
        if self._over:
            return f"{self._counted()} seen, now experiments with the network"
        return f"running, {self._counted()} seen" if self._steps else "running, no training step yet"

    def _counted(self) -> str:
        return f"{self._steps} step{'' if self._steps == 1 else 's'}"

    def _replayed(self, request: Request) -> str:
        if not request.remedies:
            return "the same steps again, to be compared with"
        if len(request.remedies) > 1:
            return "trying repairs together"
        self._tried.add(str(request.remedies))
        return f"trying repair {len(self._tried)} of {self._repairs}"

    def found(self, findings: list[Finding]) -> None:
        """Announce those that are new."""
        from workbench.diagnostics.output import where

        for finding in findings:
            key = finding.rule, finding.place
            if key not in self._told:
                self._told[key] = f"{finding.rule}  {where(finding.place)}"
                if self._announce:
                    self._say(f"found: {self._told[key]}")

    def proving(self, findings: list[Finding]) -> None:
        """The repairs are about to be tried."""
        self._repairs = sum(finding.remedy is not None and finding.place is not None for finding in findings)
        if self._repairs and self._announce:
            self._say("trying the repairs ...")

    def settled(self, findings: list[Finding]) -> None:
        """Take back what was announced and is not among the findings."""
        left = {(finding.rule, finding.place) for finding in findings}
        for key, told in self._told.items():
            if key not in left and self._announce:
                self._say(f"not confirmed: {told}")

    def _say(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.console.print(Text(text), soft_wrap=True)
        else:
            self._file.write(f"{text}\n")
            self._file.flush()
