"""A report in words for the terminal, and as the documented JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
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

MARKS = {"passed": "ok     ", "failed": "no     ", "skipped": "skipped"}


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
    return "\n".join([*_network(report), told(report) + "\n".join(_summary(report))]) + "\n"


def told(report: Report) -> str:
    """The findings alone."""
    lines = [line for finding in report.findings for line in [*_finding(report.trace, finding), ""]]
    return "".join(f"{line}\n" for line in lines)


def _network(report: Report) -> Iterator[str]:
    """What a network examined by itself is, layer by layer."""
    if not report.layers and not report.notes:
        return
    yield f"{report.target}: {'; '.join(report.notes)}"
    rows = [("layer", "kind", "input", "output", "parameters", "dead", "activations", "gradients")]
    for layer in report.layers:
        shapes = ["x".join(map(str, shape)) if shape is not None else "" for shape in (layer.input, layer.output)]
        numbers = [_number(value) for value in (layer.activation, layer.gradient)]
        dead = "" if layer.dead is None else f"{100 * layer.dead:.0f} %"
        rows.append((layer.name, layer.kind, *shapes, f"{layer.parameters:,}", dead, *numbers))  # type: ignore[arg-type]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if report.layers:
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
            yield f"  {'  '.join(cells)}".rstrip()
        yield ""
    width = max((len(check.name) for check in report.tried), default=0)
    for check in report.tried:
        yield f"  {MARKS[check.outcome]} {check.name:<{width}}  {check.detail}"
    yield ""
    if report.enqueued:
        yield "its enqueued points:"
        for name, findings in report.enqueued.items():
            yield from (f"  {name}: {line}" for line in [in_a_line(one) for one in findings] or ["no fault found"])
        yield ""


def in_a_line(finding: Finding) -> str:
    """ "error: missing-nonlinearity: nothing nonlinear between …" """
    return f"{finding.severity}: {finding.rule}: {finding.message}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"


def _finding(trace: Trace, finding: Finding) -> Iterator[str]:
    yield f"{finding.severity}: {finding.rule} ({finding.verdict})  {where(finding.place)}"
    yield from _source(trace, finding.place)
    yield f"  seen: {finding.message}"
    for related in finding.related:
        yield f"        {where(related.place)}: {related.message}: {trace.line(related.place)}".rstrip(": ")
    if finding.verdict == "proven" and finding.proof is not None:
        yield f"  proof: {proof(finding)}"
    elif "no_proof" in finding.evidence:
        yield f"  proof: {finding.evidence['no_proof']}"
    yield f"  do:   {finding.hint}"
    yield f"  more: workbench rules {finding.rule}"


def proof(finding: Finding) -> str:
    """The two numbers, and what else was repaired for them."""
    numbers = finding.proof or {}
    others = numbers.get("together") or []
    change = f"with {numbers.get('change', 'this one change')}"
    if others:
        change = f"with {', '.join(others)} repaired too"
    more = "; ".join(_pair(other) for other in numbers.get("others", ())[:2])
    return f"{_pair(numbers)} after {numbers.get('steps')} backward calls {change}{f'; {more}' if more else ''}"


def _pair(numbers: dict[str, Any]) -> str:
    before, after = numbers.get("recorded"), numbers.get("repaired")
    return f"{numbers.get('measure', 'loss')} {before:.3g} -> {after:.3g}"


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
    tried = [probe for probe in trace.probes if probe.outcome != "skipped"]
    if tried:
        yield "experiments with the network:"
        yield from (f"  {MARKS[probe.outcome]} {probe.name}: {probe.detail}" for probe in tried)
    if groups["skipped"]:
        yield f"could not be checked ({len(groups['skipped'])}):"
        yield from (f"  {check.name}: {check.detail}" for check in groups["skipped"])
    yield f"{counted(report)} in {run_in_words(report)}"


def counted(report: Report) -> str:
    """ "1 error, 0 warnings"."""
    warnings = sum(finding.severity == "warning" for finding in report.findings)
    return f"{_count(report.errors, 'error')}, {_count(warnings, 'warning')}"


def run_in_words(report: Report) -> str:
    """ "40 steps (0.3 s; the script ran to its end)"."""
    trace = report.trace
    ending = ENDINGS.get(trace.ended.how, trace.ended.how)
    return f"{_count(len(trace.steps), 'step')} ({trace.seconds:.1f} s; {ending})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


# -- JSON ------------------------------------------------------------------------------------------------------


def as_json(report: Report) -> str:
    """One object, documented in docs/diagnose.md. No NaN: a number that is not finite is null."""
    return json.dumps(finite(as_dict(report)), allow_nan=False)


def as_dict(report: Report) -> dict[str, Any]:
    """Target, findings, checks, steps, seconds."""
    return {
        "target": report.target,
        "findings": [_finding_dict(finding) for finding in report.findings],
        "checks": [
            {"name": check.name, "outcome": check.outcome, "detail": check.detail}
            for check in (*report.tried, *report.checks)
        ],
        **(
            {
                "enqueued": [
                    {"name": name, "findings": [_finding_dict(finding) for finding in findings]}
                    for name, findings in report.enqueued.items()
                ]
            }
            if report.enqueued
            else {}
        ),
        **({"layers": [asdict(layer) for layer in report.layers]} if report.layers else {}),
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
    place = related.place
    return {"path": shown(place.path), "line": place.line, "cell": place.cell, "message": related.message}


def finite(value: Any) -> Any:
    """Plain JSON: a number that is not finite is null."""
    if isinstance(value, dict):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
