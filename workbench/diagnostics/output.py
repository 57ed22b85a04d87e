"""A report in words for the terminal, and as the documented JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.diagnostics.engine import Report
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.trace import Place, Trace

ENDINGS = {
    "finished": "the script ran to its end",
    "steps": "stopped after the steps asked for",
    "seconds": "stopped after the seconds asked for",
    "crashed": "the script crashed",
    "exited": "the script left with sys.exit",
    "killed": "the process was killed",
    "interrupted": "the script interrupted itself",
    "stuck": "the script did not stop when asked and was killed",
}


def shown(path: str) -> str:
    """A path as the user would type it here."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def where(place: Place | None) -> str:
    """ "train.py:14", "lesson.ipynb, cell 7, line 3"."""
    if place is None:
        return "(no line)"
    if place.cell is not None:
        return f"{shown(place.path)}, cell {place.cell}, line {place.line}"
    return f"{shown(place.path)}:{place.line}"


# -- words -----------------------------------------------------------------------------------------------------


def text(report: Report) -> str:
    """Findings first, then what is in order, then what could not be checked."""
    lines = [line for finding in report.findings for line in [*_finding(report.trace, finding), ""]]
    lines += _summary(report)
    return "\n".join(lines) + "\n"


def _finding(trace: Trace, finding: Finding) -> Iterator[str]:
    yield f"{finding.severity}: {finding.rule} ({finding.verdict})  {where(finding.place)}"
    yield from _source(trace, finding.place)
    yield f"  seen: {finding.message}"
    for related in finding.related:
        yield f"        {where(related.place)}: {related.message}: {trace.line(related.place)}".rstrip(": ")
    if finding.verdict == "proven" and finding.proof is not None:
        yield f"  proof: {proof(finding)}"
    yield f"  do:   {finding.hint}"
    yield f"  more: workbench rules {finding.rule}"


def proof(finding: Finding) -> str:
    """The two numbers."""
    numbers = finding.proof or {}
    before, after = numbers.get("recorded"), numbers.get("repaired")
    return f"loss after {numbers.get('steps')} backward calls {before:.3g} -> {after:.3g} with this one change"


def _source(trace: Trace, place: Place | None) -> Iterator[str]:
    """The line with one before and one after, and a caret under what matters."""
    source = trace.source(place) if place is not None else None
    if source is None or place is None:
        return
    lines = source.text.splitlines()
    width = len(str(place.line + 1))
    for number in range(max(1, place.line - 1), min(len(lines), place.line + 1) + 1):
        line = lines[number - 1]
        yield f"  {number:>{width}} | {line}".rstrip()
        if number == place.line:
            code = line.split("  #")[0].rstrip()
            indent = len(code) - len(code.lstrip())
            yield f"  {'':>{width}} | {' ' * indent}{'^' * max(1, len(code) - indent)}"


def _summary(report: Report) -> Iterator[str]:
    trace = report.trace
    for note in trace.skipped:
        yield f"not run: {note}"
    groups: dict[str, list[Any]] = {"passed": [], "skipped": []}
    for check in report.checks:
        if check.outcome in groups:
            groups[check.outcome].append(check)
    if groups["passed"]:
        yield f"passed ({len(groups['passed'])}):"
        yield from (f"  {check.name}" for check in groups["passed"])
    for probe in trace.probes:
        if probe.outcome == "passed":
            yield f"  {probe.name}: {probe.detail}"
    if groups["skipped"]:
        yield f"could not be checked ({len(groups['skipped'])}):"
        yield from (f"  {check.name}: {check.detail}" for check in groups["skipped"])
    warnings = sum(finding.severity == "warning" for finding in report.findings)
    ending = ENDINGS.get(trace.ended.how, trace.ended.how)
    yield (
        f"{_count(report.errors, 'error')}, {_count(warnings, 'warning')} in {_count(len(trace.steps), 'step')} "
        f"({trace.seconds:.1f} s; {ending})"
    )


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# -- JSON ------------------------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """One object, documented in docs/diagnose.md. No NaN: a number that is not finite is null."""
    return json.dumps(_finite(as_dict(report)), allow_nan=False)


def as_dict(report: Report) -> dict[str, Any]:
    """Target, findings, checks, steps, seconds."""
    return {
        "target": report.target,
        "findings": [_finding_dict(finding) for finding in report.findings],
        "checks": [
            {"name": check.name, "outcome": check.outcome, "detail": check.detail} for check in report.checks
        ],
        "steps": len(report.trace.steps),
        "seconds": round(report.trace.seconds, 3),
    }


def _finding_dict(finding: Finding) -> dict[str, Any]:
    place = finding.place
    evidence = finding.evidence if finding.proof is None else {**finding.evidence, "proof": finding.proof}
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "verdict": finding.verdict,
        "path": shown(place.path) if place else None,
        "line": place.line if place else None,
        "cell": place.cell if place else None,
        "message": finding.message,
        "hint": finding.hint,
        "evidence": evidence,
        "related": [_related(related) for related in finding.related],
    }


def _related(related: Related) -> dict[str, Any]:
    return {"path": shown(related.place.path), "line": related.place.line, "message": related.message}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
