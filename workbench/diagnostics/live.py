"""From Python: a network at hand, and a training loop of one's own, in the caller's process. Needs torch."""

from __future__ import annotations

import html
import linecache
import math
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from torch import Tensor, nn, optim

from workbench.diagnostics import output
from workbench.diagnostics.engine import Report, chosen, judge, probes_of
from workbench.diagnostics.examine import examine
from workbench.diagnostics.findings import Check, Finding
from workbench.diagnostics.network import verdict
from workbench.diagnostics.recorder import crashes, places
from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.subject import Criterion, Task, from_model
from workbench.diagnostics.trace import Ended, Source, Trace
from workbench.diagnostics.unseen import unseen
from workbench.errors import WorkbenchError


class Result:
    """What was found. It prints as text, and shows as a table in a notebook."""

    def __init__(self, report: Report) -> None:
        self.report = report

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors first."""
        return self.report.findings

    @property
    def checks(self) -> tuple[Check, ...]:
        """Everything that was looked at, with its outcome."""
        return (*self.report.tried, *self.report.checks)

    @property
    def errors(self) -> int:
        """Number of error-level findings."""
        return self.report.errors

    def __str__(self) -> str:
        return output.text(self.report)

    def __repr__(self) -> str:
        names = ", ".join(finding.rule for finding in self.findings)
        return f"<workbench: {names or 'no fault found'}>"

    def _repr_html_(self) -> str:
        cells = [
            (finding.severity or "", finding.rule, output.where(finding.place), finding.message, finding.hint)
            for finding in self.findings
        ] or [("", "", "", "no fault found", "")]
        rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in cells)
        head = "".join(f"<th>{name}</th>" for name in ("", "rule", "where", "seen", "to do"))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def diagnose(
    model: nn.Module | Callable[[], nn.Module],
    data: tuple[Tensor, Tensor],
    *,
    criterion: str | Criterion | None = None,
    optimizer: Callable[[list[Tensor]], optim.Optimizer] | None = None,
    task: Task | None = None,
    steps: int = 100,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
) -> Result:
    """Examine a network on examples (x, y): a short training of a copy, experiments, checks.

    `optimizer` makes one from a list of parameters (default: Adam at 0.001). The model is left as it is.
    """
    places.renew()
    applied = chosen(select, ignore)
    subject = from_model(model, data, criterion=criterion, optimizer=optimizer, task=task)
    seen = examine(subject, probes=probes_of(applied), steps=steps, callers=True)
    trace = replace(seen.trace, sources=_sources())
    misfit = seen.misfit and replace(seen.misfit, place=places.here())
    findings, checks = verdict(trace, applied, misfit, places.here())
    report = Report(
        subject.name,
        trace,
        tuple(findings),
        tuple(checks),
        tried=seen.checks,
        layers=seen.layers,
        notes=(subject.said, *subject.notes),
    )
    problem = unseen(report)
    if problem is not None:
        raise problem
    return Result(report)


class watch:  # noqa: N801 - reads as a verb: `with workbench.watch() as seen:`
    """Watches the training inside its block. What was found is there when the block has ended."""

    def __init__(self, *, select: Collection[str] = (), ignore: Collection[str] = ()) -> None:
        self._applied = chosen(select, ignore)
        self._recorder = Recorder("this session", steps=10**12, seconds=math.inf)
        self._result: Result | None = None

    def __enter__(self) -> watch:
        places.renew()
        self._recorder.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        crash = crashes.describe(error, self._recorder) if isinstance(error, Exception) else None
        self._recorder.__exit__(kind, error, at)
        ended = Ended("finished", 0) if error is None else Ended("crashed", 1)
        trace = replace(self._recorder.trace(ended), crash=crash, sources=_sources())
        self._result = Result(_judged(trace, self._applied))

    @property
    def result(self) -> Result:
        """What was found."""
        if self._result is None:
            raise WorkbenchError("the watched block has not ended", hint="look at it after the `with` block")
        return self._result

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors first."""
        return self.result.findings

    @property
    def errors(self) -> int:
        """Number of error-level findings."""
        return self.result.errors

    def __str__(self) -> str:
        return str(self.result)

    def _repr_html_(self) -> str:
        return self.result._repr_html_()


def _judged(trace: Trace, applied: Any) -> Report:
    findings, checks = judge(trace, applied)
    return Report(trace.target, trace, tuple(findings), tuple(checks))


def _sources() -> tuple[Source, ...]:
    """The text of every file, and of every cell of a running notebook, whose code has been met."""
    found = []
    for file in places.files_seen():
        lines = linecache.getlines(file)
        if lines and Path(file).suffix != ".toml":
            at = places.of_line(file, 1, "")
            found.append(Source(at.path, "".join(lines), at.cell))
    return tuple(found)
