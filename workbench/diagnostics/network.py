"""Diagnoses a network by itself: "nets.py:Net". Needs no torch: the child examines, this judges."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from workbench.diagnostics.engine import Observer, Report, chosen, judge, probes_of, ranked
from workbench.diagnostics.findings import Check, Finding, Layer
from workbench.diagnostics.proof import proven
from workbench.diagnostics.rule import Rule
from workbench.diagnostics.runner import Run, Runner
from workbench.diagnostics.trace import Place, Trace, from_plain
from workbench.errors import WorkbenchError
from workbench.study.user_code import locate


def diagnose_network(
    reference: str,
    *,
    data: str | None = None,
    input_shape: tuple[int, ...] | None = None,
    criterion: str | None = None,
    task: str | None = None,
    arguments: tuple[str, ...] = (),
    steps: int = 200,
    seconds: float = 60.0,
    memory: int | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    prove: bool = True,
    runner: Runner | None = None,
    observer: Observer | None = None,
) -> Report:
    """Build it, train it a little, try it, judge it."""
    path, name = locate(reference, Path())
    if (data is None) == (input_shape is None):
        raise WorkbenchError(
            f"what shall {name} be given?" if data is None else "--data and --input-shape exclude one another",
            hint="--data mnist gives it real examples, --input-shape 1,28,28 random ones",
        )
    applied = chosen(select, ignore)
    network = {
        "name": name,
        "data": data,
        "input_shape": input_shape,
        "criterion": criterion,
        "task": task,
        "arguments": arguments,
    }
    with contextlib.ExitStack() as stack:
        runner = runner or stack.enter_context(Runner())
        runner.watcher = observer.going_on if observer is not None else None
        wishes: dict[str, Any] = {"network": network, "steps": steps, "seconds": seconds, "memory": memory}
        run = runner.run(path, probes=probes_of(applied), **wishes)
        report = _report(reference, run, applied)
        if observer is not None:
            observer.found(list(report.findings))
        if prove:
            if observer is not None:
                observer.proving(list(report.findings))
            findings = proven(runner, path, run.trace, list(report.findings), wishes)
            report = replace(report, findings=tuple(ranked(findings)))
        if observer is not None:
            observer.settled(list(report.findings))
    return report


def _report(reference: str, run: Run, applied: Collection[Rule]) -> Report:
    told = run.results
    mistake = told.get("mistake")
    if mistake is not None:
        raise WorkbenchError(mistake["message"], hint=mistake["hint"])
    if not told:
        raise WorkbenchError(
            f"{reference} could not be looked at: its process {_end(run.trace)}",
            hint="does the file run on its own? its last lines:\n    "
            + "\n    ".join((run.stderr or run.stdout).rstrip().splitlines()[-6:]),
        )
    misfit = from_plain(Finding, told["misfit"])
    findings, judged = verdict(run.trace, applied, misfit, from_plain(Place, told["place"]))
    return Report(
        reference,
        run.trace,
        tuple(findings),
        tuple(judged),
        run.stdout,
        run.stderr,
        tried=from_plain(tuple[Check, ...], told["checks"]),
        layers=from_plain(tuple[Layer, ...], told["layers"]),
        notes=tuple(told["notes"]),
    )


def verdict(
    trace: Trace, applied: Collection[Rule], misfit: Finding | None, loop: Place | None
) -> tuple[list[Finding], list[Check]]:
    """What the rules say, with the misfit of the output as one of theirs. `loop` stands for our training loop."""
    findings, checks = judge(trace, applied)
    findings = [
        replace(finding, related=tuple(each for each in finding.related if not each.place.same_line(loop)))
        for finding in findings
    ]
    if misfit is not None and any(each.name == misfit.rule for each in applied):
        findings.append(misfit)
    return findings, checks


def _end(trace: Trace) -> str:
    if trace.ended.signal is not None:
        return f"was ended by signal {trace.ended.signal}"
    return "had to be ended, for it did not stop" if trace.ended.how == "stuck" else "ended at once"
